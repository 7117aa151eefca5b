"""Image files to square RGB arrays: what is refused and why, how the others are decoded."""

import errno
import hashlib
import io
import struct
import time
import warnings
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from experiments.data.dataset import DataError, printable
from experiments.disk.reading import patiently
from experiments.limits import available_memory, usable_cores

CACHE_PX = 128  # side of a decoded image
MAX_PIXELS = 64_000_000  # of one file; a 250-MB array. Bigger ones are refused before they are decoded
MAX_BYTES = 256 * 2**20  # of one file
# Only these are tried: Pillow's other readers (EPS starts Ghostscript) have no place among training images.
FORMATS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
# What Pillow's readers raise on a damaged file, by their source and by fuzzing them.
_DECODE_ERRORS = (
    OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, AttributeError, ArithmeticError,
    NotImplementedError, struct.error, zlib.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


class BadImageError(Exception):
    """An image file that cannot be used; the message is the reason, without the file's name."""


class UnreadableImageError(BadImageError):
    """An image file that cannot be read at the moment: its content, and so whether it can be used, is unknown."""


class MemoryShortError(DataError):
    """The images to be decoded do not fit into the memory; the message says how many."""


@dataclass(frozen=True)
class Candidate:
    """A regular file in a class folder, not yet looked into."""

    file: str  # "class/name.jpg", POSIX, always encodable
    path: str  # where it is; may hold bytes that are no UTF-8, as surrogates
    label: int
    size: int  # bytes
    mtime_ns: int


def decode_image(path: str, px: int = CACHE_PX) -> np.ndarray:
    """Decode an image file to uint8 (px, px, 3): its central square, antialiased; of an animation, the start.

    Grey, palette, 16-bit and CMYK become RGB, transparent parts white. EXIF orientation is left alone, as in
    ImageNet's own pixels. Raises UnreadableImageError if the file cannot be read, BadImageError if it is damaged, too
    big or not an image.
    """
    try:
        data = patiently(lambda: read_image(path))
    except OSError as error:
        raise UnreadableImageError(os_reason(error)) from None
    if not data:
        raise BadImageError("empty file")
    if len(data) > MAX_BYTES:
        raise BadImageError(f"larger than {MAX_BYTES // 2**20} MB")
    try:
        ImageFile.LOAD_TRUNCATED_IMAGES = False  # some libraries set it for the whole process that imports them
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise BadImageError(_too_many_pixels(f"{width} × {height} pixels"))
            image.draft(None, (2 * px, 2 * px))  # JPEG: let the DCT halve a large photo, still twice too sharp
            width, height = image.size
            side = min(width, height)
            left, top = (width - side) // 2, (height - side) // 2
            square = _to_rgb(image.crop((left, top, left + side, top + side)))
            return np.asarray(square.resize((px, px), Image.Resampling.BICUBIC))
    except UnidentifiedImageError:
        raise BadImageError("not an image in a known format") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImageError(_too_many_pixels("too many pixels")) from None
    except _DECODE_ERRORS as error:
        reason = printable(str(error) or type(error).__name__)
        raise BadImageError(f"damaged image: {reason}") from None


def read_image(path: str) -> bytes:
    """The content of an image file, or of one that is too big more than MAX_BYTES of it. Raises OSError."""
    with open(path, "rb") as file:
        return file.read(MAX_BYTES + 1)


def decode_images(
    candidates: Sequence[Candidate], console: Console, px: int = CACHE_PX
) -> tuple[np.ndarray, list[str | None], dict[str, BadImageError]]:
    """Decode on all cores: images uint8 (N, px, px, 3), the SHA-256 of each, and the faults of bad files, by name.

    A bad file has None for a digest and meaningless pixels. Raises MemoryShortError if they do not fit into the memory.
    Threads, since Pillow releases the interpreter while it decodes; unlike processes they have nothing to send back.
    """
    needed, left = len(candidates) * px * px * 3, available_memory()
    if needed > left:  # asked first: the system grants it, and ends the process once it is filled
        raise MemoryShortError(
            f"decoding {len(candidates):,} images needs {needed / 2**30:.2g} GiB of memory, {left / 2**30:.2g} are left"
        )
    images = np.empty((len(candidates), px, px, 3), np.uint8)

    def decode(i: int) -> str | BadImageError:
        try:
            images[i] = decode_image(candidates[i].path, px)
        except BadImageError as error:
            return error
        return hashlib.sha256(images[i]).hexdigest()

    workers = usable_cores()
    started = time.monotonic()
    if not console.is_terminal:
        console.print(f"decoding {len(candidates):,} images on {workers} cores", markup=False)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
        console=console, transient=True, disable=not console.is_terminal,
    )  # fmt: skip
    Image.init()  # loads the readers once, before threads could do it at the same time
    # Pillow's remarks on odd files say nothing to the user. Filters hold for all threads: set once, here.
    with warnings.catch_warnings(), bar, ThreadPoolExecutor(workers) as pool:
        warnings.simplefilter("ignore")
        try:
            task = bar.add_task("decoding", total=len(candidates))
            results = []
            for result in pool.map(decode, range(len(candidates))):  # bar.track would start a thread of its own
                results.append(result)
                bar.advance(task)
        except BaseException:  # Ctrl-C: do not wait for thousands of files
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    bad = {
        candidate.file: result
        for candidate, result in zip(candidates, results, strict=True)
        if isinstance(result, BadImageError)
    }
    seconds = time.monotonic() - started
    console.print(f"decoded {len(candidates) - len(bad):,} images in {seconds:.1f} s", markup=False)
    return images, [result if isinstance(result, str) else None for result in results], bad


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # Pillow would clip 16-bit grey at 255 instead of scaling it
        grey = np.asarray(image)
        if grey.min() < 0 or grey.max() > 0xFFFF:
            raise BadImageError("32-bit integer pixels, whose white is unknown")
        image = Image.fromarray((grey >> 8).astype(np.uint8))
    elif image.mode == "F":
        raise BadImageError("floating-point pixels, whose white is unknown")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image.convert("RGB")


def _too_many_pixels(what: str) -> str:
    return f"{what}, at most {MAX_PIXELS // 10**6} million are decoded"


def os_reason(error: OSError) -> str:
    """Why the system refused, in a few words."""
    if error.errno == errno.ELOOP:
        return "symlink loop"
    return (error.strerror or type(error).__name__).lower()
