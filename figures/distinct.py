"""Names cut to a length so that no two of them look alike."""

import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence


def cut_middle(text: str, fits: Callable[[str], bool], dots: str = "...") -> str:
    """The text, or the longest beginning and end of it that fit with dots between them.

    Names that begin alike, as those of folders do, often differ at their end.
    """
    if fits(text):
        return text
    low, high = 0, len(text)  # characters kept
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(_ends(text, middle, dots)) else (low, middle - 1)
    return _ends(text, low, dots)


def _ends(text: str, kept: int, dots: str) -> str:
    tail = text[len(text) - kept // 2 :]
    while tail and unicodedata.combining(tail[0]):  # an accent belongs to the letter that was cut
        tail = tail[1:]
    return f"{text[: math.ceil(kept / 2)].rstrip()}{dots}{tail.lstrip()}"


def distinct(names: Sequence[str], shorten: Callable[[str], str]) -> list[str]:
    """Each name shortened; where two would look alike, both carry their place in the sequence: crane #3.

    shorten must keep the end of a name. Names look alike if they differ only in white space or in how Unicode spells
    the same character.
    """
    shown = [shorten(name) for name in names]
    numbered: set[int] = set()
    while True:
        seen = Counter(map(_looks, shown))
        alike = {place for place, text in enumerate(shown) if seen[_looks(text)] > 1} - numbered
        if not alike:
            return shown
        for place in alike:
            shown[place] = shorten(f"{names[place]} #{place}")
        numbered |= alike


def _looks(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())
