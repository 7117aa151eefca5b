"""Looks at laid-out pages before they are printed: does each piece of text keep to its column, cell or panel?

WeasyPrint lets text run out of its box, over the next column or off the paper, without a word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from weasyprint.formatting_structure import boxes

SLACK = 1.0  # CSS px that text may stick out of its column: rounding
MM_PER_PX = 25.4 / 96
# What a font puts ink on, as parts of the font size above and below the baseline; lines of text touch beyond that.
ASCENT, DESCENT = 0.72, 0.12


@dataclass(frozen=True)
class _Piece:
    """A run of text or a picture where it is drawn, in CSS px from the sheet's upper left corner."""

    name: str
    owner: int  # of the column, cell or panel that it belongs to
    left: float
    right: float
    top: float
    bottom: float


def layout_faults(pages: Any) -> Iterator[str]:
    """What lies where it must not, in words, page by page.

    pages: those of a `weasyprint.Document`. A fault names the page, the text and by how many mm it is off.
    """
    for number, page in enumerate(pages, start=1):
        sheet = page._page_box
        pieces: list[_Piece] = []
        for child in sheet.children:
            within = _Limits.of(child) if isinstance(child, boxes.MarginBox) else _Limits.of(sheet)
            bottom = None if isinstance(child, boxes.MarginBox) else sheet.content_box_y() + sheet.height
            for fault in _walk(child, within, bottom, pieces):
                yield f"page {number}: {fault}"
        for fault in _overlaps(pieces):
            yield f"page {number}: {fault}"


@dataclass(frozen=True)
class _Limits:
    """From where to where in px text may extend, and what ends it there."""

    left: float
    right: float
    owner: int
    what: str

    @classmethod
    def of(cls, box: Any) -> "_Limits":
        left = box.content_box_x()
        indent = box.style["text_indent"]
        hanging = min(indent.value, 0) if indent.unit == "px" else 0.0
        return cls(left + hanging, left + box.width, id(box), _kind(box))

    def narrowed(self, box: Any) -> "_Limits":
        """Where text in this box may extend: not beyond the box, nor beyond what holds it."""
        own = _Limits.of(box)
        left = self if self.left > own.left else own
        right = self if self.right < own.right else own
        return _Limits(left.left, right.right, own.owner, (right if right is self else left).what)


def _kind(box: Any) -> str:
    if isinstance(box, boxes.PageBox):
        return "the text area"
    if isinstance(box, boxes.MarginBox):
        return "its place in the margin"
    return "its cell" if isinstance(box, boxes.TableCellBox) and box.element_tag in ("td", "th") else "its column"


def _walk(box: Any, limits: _Limits, bottom: float | None, pieces: list[_Piece]) -> Iterator[str]:
    """The faults of what is drawn in `box`; its pieces are added to the list."""
    for child in getattr(box, "children", ()):
        if isinstance(child, boxes.ReplacedBox) or (isinstance(child, boxes.TextBox) and child.text.strip()):
            piece = _piece(child, limits.owner)
            pieces.append(piece)
            yield from _sticking_out(piece, child, limits, bottom)
        inner = limits.narrowed(child) if isinstance(child, boxes.BlockContainerBox) else limits
        yield from _walk(child, inner, bottom, pieces)


def _piece(box: Any, owner: int) -> _Piece:
    left, top = box.position_x, box.position_y
    if isinstance(box, boxes.TextBox):
        size = box.style["font_size"]
        base = top + box.baseline
        text = box.text.strip()
        name = repr(text if len(text) <= 40 else text[:39] + "…")
        spaces = len(box.text) - len(box.text.rstrip())  # hang over the end of a line
        return _Piece(
            name, owner, left, left + box.width - 0.3 * size * spaces, base - ASCENT * size, base + DESCENT * size
        )
    element = box.element
    name = f"figure {element.get('src') or element.get('aria-label') or ''}".strip()
    return _Piece(name, owner, left, left + box.width, top, top + box.height)


def _sticking_out(piece: _Piece, box: Any, limits: _Limits, bottom: float | None) -> Iterator[str]:
    over = {"right": piece.right - limits.right, "left": limits.left - piece.left}
    if bottom is not None:
        over["bottom"] = box.position_y + box.height - bottom
    side = max(over, key=lambda name: over[name])
    if over[side] > SLACK:
        what = "the text area" if side == "bottom" else limits.what
        yield f"{piece.name} sticks out of {what} at the {side} by {over[side] * MM_PER_PX:.1f} mm"


def _overlaps(pieces: list[_Piece]) -> Iterator[str]:
    """Pieces of different columns, cells or panels that lie on each other, by how many mm."""
    pieces = sorted(pieces, key=lambda piece: piece.top)
    for place, upper in enumerate(pieces):
        for lower in pieces[place + 1 :]:
            if lower.top > upper.bottom - SLACK:
                break
            wide = min(upper.right, lower.right) - max(upper.left, lower.left)
            if upper.owner != lower.owner and wide > SLACK:
                high = min(upper.bottom, lower.bottom) - lower.top
                yield f"{upper.name} lies on {lower.name} by {min(wide, high) * MM_PER_PX:.1f} mm"
