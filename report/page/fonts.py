"""The bundled fonts: what they cover, and the few glyphs of them that an HTML page carries along."""

import base64
from collections.abc import Iterable
from functools import cache as remembered
from pathlib import Path

from fontTools.ttLib import TTFont

from experiments.disk.files import sha256
from report.cache import NO_CACHE, Cache
from report.errors import RenderError
from report.page import font_subset

FONTS = Path(__file__).resolve().parents[2] / "templates" / "fonts"
SERIF = "NotoSerifCJKsc-Regular.woff2"
SANS = "NotoSansCJKsc-Regular.otf"
SANS_BOLD = "NotoSansCJKsc-Bold.woff2"
NAMES = "NotoSansCJKsc-Names.otf"
LATIN = "NotoSans-Regular.ttf"  # unpacking its curves took a third of a second of every report
MONO = "JetBrainsMono-Regular.ttf"
FIGURES_BOLD = "NotoSansCJKsc-Bold.otf"  # for Matplotlib alone, which also reads SANS and NAMES

# CSS family, weight and file. The families have names of their own: a font of the same name that is installed
# on this machine must never stand in, and in the PDF a foreign font is known by its name.
FACES = (
    ("Report Serif", 400, SERIF),
    ("Report Sans", 400, SANS),
    ("Report Sans", 700, SANS_BOLD),
    ("Report Latin", 400, LATIN),
    ("Report Names", 400, NAMES),
    ("Report Mono", 400, MONO),
)
FALLBACKS = ("Report Latin", "Report Names")  # for what Report Serif and Report Sans lack

SHA256 = {
    SERIF: "3a6aabf43ba916d81aa51263ab3255e34748a37364f3ef91ba78e4ff648a9ace",
    SANS: "c4be18db0706cd6ea2e6adaa1be887aae2aa3a584009ed2a0d311513a4c9276e",
    NAMES: "0e88d549842660f12a5f46efd963624fcd59d0eb2ab8eea363aa35d695bb0b25",
    SANS_BOLD: "6ade0ebfdf32884feaf122ed5f4d12422e388aca9e79ccb9cd92af63e336d9b4",
    LATIN: "46af0706329ac09b08cbbbade98d95c048eb8b220e1a0af63ab5619fec684e94",
    MONO: "c70c86f0104b80bf97009c3de60057145b6527a107e973e1b8772a906a72ca6c",
    FIGURES_BOLD: "03e5e24cd6a35b8d771af44f1c3f3307d9283dd73237be672a47b2541ca2ebad",
}


def check_fonts() -> None:
    """Raise RenderError if a bundled font is not the one that belongs here.

    fontTools, Matplotlib and WeasyPrint each fail in their own way on a damaged font, or draw other shapes.
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
    """Code points that a bundled font can show."""
    with TTFont(FONTS / name, lazy=True) as font:
        return frozenset(font.getBestCmap())


def uncovered(text: str) -> set[str]:
    """Characters of `text` that no font here can show; every one of them needs a font of the system."""
    known = _covered()
    return {char for char in set(text) if ord(char) not in known and not char.isspace()}


@remembered
def _covered() -> frozenset[int]:
    # The fonts of Report Serif and Report Sans cover the same characters (a test holds them to it).
    return coverage(SANS) | coverage(NAMES) | coverage(LATIN) | coverage(MONO)


@remembered
def _advances() -> dict[int, float]:
    with TTFont(FONTS / SANS, lazy=True) as font:
        widths, units = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: widths[glyph][0] / units for code, glyph in font.getBestCmap().items()}


def width(text: str) -> float:
    """Width of a line of Report Sans in em; what that lacks counts as an em each."""
    return sum(_advances().get(ord(char), 1.0) for char in text)


def linked_fonts() -> str:
    """@font-face rules that name the files next to the style sheet."""
    return "\n".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};src:url("fonts/{name}")}}'
        for family, weight, name in FACES
    )


def embedded_fonts(text: str, cache: Cache = NO_CACHE) -> str:
    """@font-face rules that hold the glyphs of `text` themselves, as WOFF."""
    wanted = frozenset(map(ord, text))
    rare = wanted - coverage(SANS)
    needed = {family: rare & coverage(name) if family in FALLBACKS else wanted for family, _, name in FACES}
    return "\n".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};font-display:swap;'
        f'src:url("data:font/woff;base64,{_subset(name, "".join(map(chr, sorted(needed[family]))), cache)}")}}'
        for family, weight, name in FACES
        if needed[family]
    )


def _subset(name: str, characters: str, cache: Cache) -> str:
    font = cache.get(f"face {name} {characters}", lambda: subset_bytes(name, map(ord, characters)))
    return base64.b64encode(font).decode()


def subset_bytes(name: str, codes: Iterable[int]) -> bytes:
    """The bundled font cut down to `codes`, as WOFF."""
    return font_subset.as_woff(font_subset.subset(_unpacked(name), codes))


@remembered
def _unpacked(name: str) -> bytes:
    return font_subset.unpacked((FONTS / name).read_bytes())
