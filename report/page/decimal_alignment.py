"""Numbers under one another: how far each stands off the right edge, so that decimal points line up."""

import html
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from fontTools.ttLib import TTFont

from report.page.fonts import FONTS, SANS, SANS_BOLD

_NUMBER = re.compile(r"[^\d]*[\d,]*")  # a sign, digits: what stands left of the point
_STRONG = re.compile(r"<(?:b|strong)\b")
# A number with what it counts in: 1,200; −0.3; 75.41 (of "75.41 ± 0.30"); 1 h 12 min; 230 M.
_QUANTITY = re.compile(r"([−-]?)(\d[\d,]*(?:\.\d+)?)(?:\s?(min|h|s|k|M|G|T)\b)?")
_UNITS = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3600.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
Cell = Any  # a value, or a pair (zh, en)


def decimals(rows: Sequence[Sequence[Cell]], align: str, columns: Sequence[Cell]) -> list[list[tuple[Cell, float]]]:
    """Each cell with its padding on the right in em: in columns marked "." the part after the integer lines
    up.

    Nothing is added to the text, so a number is copied as it was printed. Raises ValueError when a row has
    another length than the header.
    """
    if len(align) != len(columns):
        raise ValueError(f"align {align!r} has {len(align)} letters for {len(columns)} columns")
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"the row {list(row)!r} has {len(row)} cells for {len(columns)} columns")
    tails = [[_tail(cell) if kind == "." else 0.0 for cell, kind in zip(row, align, strict=True)] for row in rows]
    widest = [max(column) for column in zip(*tails, strict=True)]
    return [
        [
            (cell, round(most - tail, 3) if kind == "." and _has_digit(cell) else 0.0)
            for cell, tail, most, kind in zip(row, tail_row, widest, align, strict=True)
        ]
        for row, tail_row in zip(rows, tails, strict=True)
    ]


def sort_value(cell: Cell) -> str:
    """The number that a cell of numbers is sorted by, in the plain notation of scripts; "" for a cell without one."""
    text = "" if isinstance(cell, tuple | list) else _text(cell).split("±")[0]
    parts = _QUANTITY.findall(text)
    if not parts:
        return ""
    if parts[0][2] not in ("h", "min"):  # only times have a second part
        parts = parts[:1]
    total = sum(float(number.replace(",", "")) * _UNITS[unit] for _, number, unit in parts)
    return f"{-total if parts[0][0] else total:.12g}"


def _text(cell: Cell) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", str(cell)))


def _has_digit(cell: Cell) -> bool:
    return not isinstance(cell, tuple | list) and any(char.isdigit() for char in _text(cell))


def _tail(cell: Cell) -> float:
    """Width in em of what follows the integer part; 0 for a cell without a number."""
    if not _has_digit(cell):
        return 0.0
    text = _text(cell)
    whole = _NUMBER.match(text)
    assert whole is not None  # the pattern matches the empty string
    widths = _advances(SANS_BOLD if _STRONG.search(str(cell)) else SANS)
    return sum(widths.get(ord(char), 1.0) for char in text[whole.end() :])


@cache
def _advances(name: str) -> dict[int, float]:
    """Code point -> width in em in the font that sets the tables."""
    with TTFont(FONTS / name, lazy=True) as font:
        em, metrics = font["head"].unitsPerEm, font["hmtx"]
        return {code: metrics[glyph][0] / em for code, glyph in font.getBestCmap().items() if code < 0x2600}
