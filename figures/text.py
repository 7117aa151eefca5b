"""Text in figures: how wide it is, how it is cut or wrapped to fit, and whether its characters can be drawn."""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.textpath import text_to_path

from figures.distinct import cut_middle, distinct
from figures.style import FAMILIES, FONT_FOLDER, MM_PER_INCH, TYPE_SIZE, register_fonts


@cache
def text_width(text: str, size: float = TYPE_SIZE) -> float:
    """Width of one line of text in mm, in the project's fonts."""
    register_fonts()
    require_glyphs([text])
    prop = FontProperties(family=FAMILIES, size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, prop, ismath=False)
    return float(width) * MM_PER_INCH / 72


def fit(text: str, width: float) -> str:
    """The text on one line of at most width mm, cut in the middle where it is longer."""
    return cut_middle(" ".join(text.split()), lambda line: text_width(line) <= width)


def wrap(text: str, width: float, lines: int) -> str:
    """The text in at most `lines` lines of at most width mm and about equal length, cut in the middle if it is longer.

    It is broken at spaces; where that is not enough, also after the marks that join words in names and between Han
    characters; a part that alone is too long, where the line ends.
    """
    text = " ".join(text.split())
    widest = max((text_width(word) for word in text.split()), default=0.0)
    if widest <= width and len(done := _lines(text, width, _SPACES)) <= lines:
        while width - 1.0 >= widest and len(narrower := _lines(text, width - 1.0, _SPACES)) == len(done):
            done, width = narrower, width - 1.0
        return "\n".join(done)
    text = cut_middle(text, lambda text: len(_lines(text, width, _JOINTS)) <= lines)
    return "\n".join(_lines(text, width, _JOINTS))


def fit_all(texts: Sequence[str], width: float, lines: int = 1) -> list[str]:
    """Each text as `fit`, or with lines above 1 as `wrap`, gives it, but no two alike: those carry their number.

    What is too long first loses the words that all begin with, which tell nothing apart.
    """
    # The first and the last in order begin alike as far as all do.
    first, last = (min(texts), max(texts)) if len(texts) > 1 else ("", "")
    start = first[: next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))]
    shared = start.removesuffix(re.split(r"[\s_/.-]", start)[-1])

    def shorten(text: str) -> str:
        done = fit(text, width) if lines == 1 else wrap(text, width, lines)
        if not shared or "".join(done.split()) == "".join(text.split()):
            return done
        rest = f"...{text[len(shared) :]}"
        return fit(rest, width) if lines == 1 else wrap(rest, width, lines)

    return distinct(texts, shorten)


_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_SPACES = re.compile("(?<= )")
_JOINTS = re.compile(f"(?<=[ _/.-])(?=[^ _/.-])|(?<=[a-z])(?=[A-Z])|(?<=[{_HAN}])(?=[{_HAN}])")


def _lines(text: str, width: float, breaks: re.Pattern[str]) -> list[str]:
    """The text in lines as full as they can be; one character stays even where the width is less."""
    done = [""]
    for part in breaks.sub("\0", text).split("\0"):
        if text_width((done[-1] + part).rstrip()) <= width:
            done[-1] += part
        elif text_width(part.rstrip()) <= width:
            done.append(part)
        else:
            for character in part:
                if done[-1] and text_width(done[-1] + character) > width:
                    done.append("")
                done[-1] += character
    return [line.rstrip() for line in done if line.strip()]


@cache
def _glyphs() -> frozenset[int]:
    """Code points that one of the fonts can draw."""
    register_fonts()
    paths = [font_manager.findfont(FontProperties(family=family)) for family in FAMILIES]
    return frozenset(code for path in paths for code in FT2Font(path).get_charmap())


def require_glyphs(texts: Iterable[str]) -> None:
    """Raise ValueError for a character that would be drawn as a box."""
    for text in texts:
        for character in text:
            if ord(character) not in _glyphs() and character != "\n":
                raise ValueError(
                    f"no font of the figures has a glyph for {character!r} (U+{ord(character):04X}), "
                    f"which stands in {text[:60]!r}; write it without that character "
                    f"or add it to the fonts in {FONT_FOLDER}"
                )
