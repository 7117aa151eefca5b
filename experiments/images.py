"""Folders of image files to square RGB arrays: what is listed, what is refused and why, how it is decoded."""

import errno
import hashlib
import io
import os
import stat
import struct
import time
import warnings
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from experiments.dataset import DataError, printable

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


@dataclass(frozen=True)
class Candidate:
    """A regular file in a class folder, not yet looked into."""

    file: str  # "class/name.jpg", POSIX, always encodable
    path: str  # where it is; may hold bytes that are no UTF-8, as surrogates
    label: int
    size: int  # bytes
    mtime_ns: int


def class_folders(folder: Path) -> dict[str, Path]:
    """The folders of one class each in `folder`, by name; hidden ones and files beside them do not count.

    Raises DataError if `folder` cannot be listed.
    """
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise DataError(
            f"cannot list {printable(str(folder), 200)}: {_os_reason(error)}; "
            "it must be a folder that holds one folder of images for each class"
        ) from None
    around = {folder.resolve(), *folder.resolve().parents}
    return {
        _encodable(entry.name): Path(entry.path)
        for entry in entries
        if not entry.name.startswith((".", "__MACOSX"))
        and os.path.isdir(entry.path)
        and Path(entry.path).resolve() not in around  # a link back up would hold every class
    }


def list_images(folders: Mapping[str, Path]) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """The files of each class folder, and (file, reason) for what cannot be reached; both sorted by name.

    Folders within are searched too, links to folders are not followed. A file's label is the position of its
    class folder.
    """
    candidates, skipped = [], []
    for label, (name, folder) in enumerate(folders.items()):
        top = str(folder)
        for path, status in _walk(top):
            file = name + _encodable(path[len(top) :]).replace(os.sep, "/")
            if isinstance(status, OSError):
                skipped.append((file, _os_reason(status)))
            elif stat.S_ISREG(status.st_mode):
                candidates.append(Candidate(file, path, label, status.st_size, status.st_mtime_ns))
            else:  # opening a pipe would wait for ever
                skipped.append((file, "not a regular file"))
    candidates.sort(key=lambda candidate: (candidate.label, candidate.file))
    return candidates, sorted(skipped)


def decode_image(path: str, px: int = CACHE_PX) -> np.ndarray:
    """Decode an image file to uint8 (px, px, 3): its central square, antialiased; of an animation, the start.

    Grey, palette, 16-bit and CMYK become RGB, transparent parts white. EXIF orientation is left alone, as in
    ImageNet's own pixels. Raises BadImageError if the file is unreadable, damaged, too big or not an image.
    """
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadImageError(_os_reason(error)) from None
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


def decode_images(
    candidates: Sequence[Candidate], console: Console, px: int = CACHE_PX
) -> tuple[np.ndarray, list[str | None], list[tuple[str, str]]]:
    """Decode on all cores: images uint8 (N, px, px, 3), the SHA-256 of each, and (file, reason) of the bad.

    A bad file has None for a digest and meaningless pixels. Threads, since Pillow lets go of the interpreter
    while it decodes; unlike processes they have nothing to send back.
    """
    images = np.empty((len(candidates), px, px, 3), np.uint8)

    def decode(i: int) -> str | BadImageError:
        try:
            images[i] = decode_image(candidates[i].path, px)
        except BadImageError as error:
            return error
        return hashlib.sha256(images[i]).hexdigest()

    workers = cores()
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
            jobs = pool.map(decode, range(len(candidates)))
            results = list(bar.track(jobs, len(candidates), description="decoding"))
        except BaseException:  # Ctrl-C: do not wait for thousands of files
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    skipped = [
        (candidate.file, str(result))
        for candidate, result in zip(candidates, results, strict=True)
        if isinstance(result, BadImageError)
    ]
    seconds = time.monotonic() - started
    console.print(f"decoded {len(candidates) - len(skipped):,} images in {seconds:.1f} s", markup=False)
    return images, [result if isinstance(result, str) else None for result in results], skipped


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _walk(top: str) -> Iterator[tuple[str, os.stat_result | OSError]]:
    """Each visible file below `top` with what is known about it, and each thing that cannot be reached."""
    unreadable: list[OSError] = []
    for parent, subfolders, files in os.walk(top, onerror=unreadable.append):
        subfolders[:] = [name for name in subfolders if not name.startswith(".")]
        for path in (os.path.join(parent, name) for name in files if not name.startswith(".")):
            try:
                yield path, os.stat(path)
            except OSError as error:
                yield path, error
    for failed in unreadable:
        yield failed.filename, failed


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


def _encodable(name: str) -> str:
    """The name with bytes that are no UTF-8 spelt out, so that it can be stored and printed."""
    return name.encode("utf-8", "backslashreplace").decode()


def _os_reason(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "symlink loop"
    return (error.strerror or type(error).__name__).lower()
