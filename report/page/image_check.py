"""Pictures are looked into before they reach the page: WeasyPrint embeds a truncated one without a word."""

import base64
import binascii
import io
import re
import warnings
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageFile

from report.errors import RenderError

MAX_BYTES = 20_000_000
_EMBEDDED = re.compile(r"data:image/(?:png|jpeg);base64,(.*)", re.S)


def read_figure(folder: Path, src: str) -> tuple[Path, bytes]:
    """The file `src` of `folder`, whole and decodable, as (resolved path, bytes).

    Raises RenderError when it is missing, outside the folder (also by a link), too large, or damaged.
    """
    root = folder.resolve()
    try:
        path = (root / src).resolve()
        there = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # too long, not a name at all, a loop of links
        raise RenderError(f"figure {src!r:.80} cannot be read: {error}") from error
    if not path.is_relative_to(root):
        raise RenderError(f"figure {src!r} is outside {root}")
    if not there:
        raise RenderError(f"figure {path} is missing; draw it before rendering")
    if path.stat().st_size > MAX_BYTES:
        raise RenderError(f"figure {path} has {path.stat().st_size:,} bytes, more than {MAX_BYTES:,}")
    data = path.read_bytes()
    check_image(path.name, data)
    return path, data


@cache
def check_image(name: str, data: bytes) -> None:
    """Decode a picture to its last pixel; raises RenderError if that fails. Both editions show the same pictures."""
    if Path(name).suffix.lower() == ".svg":
        try:
            root = ElementTree.fromstring(data)
        except ElementTree.ParseError as error:
            raise RenderError(f"figure {name} is damaged: {error}") from error
        if root.tag != "{http://www.w3.org/2000/svg}svg":
            raise RenderError(f"figure {name} is no SVG: its root is {root.tag}")
        for element in root.iter("{http://www.w3.org/2000/svg}image"):
            href = element.get("{http://www.w3.org/1999/xlink}href") or element.get("href") or ""
            match = _EMBEDDED.fullmatch(href)
            if not match:
                raise RenderError(f"figure {name} refers to {href[:60]!r}; pictures in an SVG must be embedded")
            try:
                _decode(name, base64.b64decode(match[1]))
            except binascii.Error as error:
                raise RenderError(f"figure {name} is damaged: {error}") from error
    else:
        _decode(name, data)


def _decode(name: str, data: bytes) -> None:
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint sets it for the whole process that imports it
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
                image.load()
    # Pillow raises SyntaxError for a broken PNG chunk, OSError for a truncated file.
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise RenderError(f"figure {name} is damaged: {error}") from error
