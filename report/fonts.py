"""The bundled faces: what they cover, and the few glyphs of them that an HTML page carries along."""

import base64
import io
from collections.abc import Iterable
from functools import cache as remembered
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from experiments.files import sha256
from report.cache import NO_CACHE, Cache
from report.errors import RenderError

FONTS = Path(__file__).resolve().parent.parent / "templates" / "fonts"
SERIF = "NotoSerifCJKsc-Regular.woff2"
SANS = "NotoSansCJKsc-Regular.otf"
SANS_BOLD = "NotoSansCJKsc-Bold.otf"
MONO = "JetBrainsMono-Regular.ttf"

# CSS family, weight and file. The families have names of their own: a face of the same name that is installed
# on this machine must never stand in, and in the PDF a foreign face is known by its name.
FACES = (
    ("Report Serif", 400, SERIF),
    ("Report Sans", 400, SANS),
    ("Report Sans", 700, SANS_BOLD),
    ("Report Mono", 400, MONO),
)

SHA256 = {
    SERIF: "3a6aabf43ba916d81aa51263ab3255e34748a37364f3ef91ba78e4ff648a9ace",
    SANS: "c4be18db0706cd6ea2e6adaa1be887aae2aa3a584009ed2a0d311513a4c9276e",
    SANS_BOLD: "a44a636efc555c676ba1a3e8deba6d8908a87300610028e43f2894dc4349c321",
    MONO: "c70c86f0104b80bf97009c3de60057145b6527a107e973e1b8772a906a72ca6c",
}


def check_faces() -> None:
    """Raise RenderError if a bundled face is not the one that belongs here.

    fontTools, Matplotlib and WeasyPrint each fail in their own way on a damaged face, or draw other shapes.
    """
    for name, digest in SHA256.items():
        path = FONTS / name
        try:
            found = sha256(path.read_bytes())
        except OSError as error:
            raise RenderError(f"{path}: cannot be read ({error.strerror}); {_CURE}") from None
        if found != digest:
            raise RenderError(f"{path}: has the SHA-256 {found[:16]}…, not {digest[:16]}…; {_CURE}")


_CURE = "restore it with: git checkout templates/fonts"


@remembered
def coverage(name: str) -> frozenset[int]:
    """Code points that a bundled face can show."""
    with TTFont(FONTS / name, lazy=True) as font:
        return frozenset(font.getBestCmap())


def uncovered(text: str) -> set[str]:
    """Characters of `text` that no face here can show; every one of them needs a face of the system."""
    # The three CJK faces cover the same characters (a test holds them to it), so one of them answers for all;
    # the mono face steps in for the Latin letters that they lack.
    known = coverage(SANS) | coverage(MONO)
    return {char for char in set(text) if ord(char) not in known and not char.isspace()}


def linked_faces() -> str:
    """@font-face rules that name the files beside the style sheet."""
    return "\n".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};src:url("fonts/{name}")}}'
        for family, weight, name in FACES
    )


def embedded_faces(text: str, cache: Cache = NO_CACHE) -> str:
    """@font-face rules that hold the glyphs of `text` themselves, as WOFF2."""
    characters = "".join(sorted(set(text)))
    return "\n".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:swap;'
        f'src:url("data:font/woff2;base64,{_subset(name, characters, cache)}")}}'
        for family, weight, name in FACES
    )


def _subset(name: str, characters: str, cache: Cache) -> str:
    face = cache.get(f"face {name} {characters}", lambda: subset_bytes(name, map(ord, characters)))
    return base64.b64encode(face).decode()


def subset_bytes(name: str, codes: Iterable[int]) -> bytes:
    """The bundled face cut down to `codes`, as WOFF2."""
    # The bundled files have no hints left and their bounds stay true enough; to look again would double the
    # time.
    options = subset.Options(layout_features=["*"], hinting=True, flavor="woff2")
    with TTFont(FONTS / name, lazy=True, recalcBBoxes=False, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        out = io.BytesIO()
        subset.save_font(font, out, options)
    return out.getvalue()
