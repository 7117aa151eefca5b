"""Tables for a teacher's eyes: on the terminal, as a page for the browser, as CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.bilingual import Bilingual
from experiments.data.dataset import printable

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
WIDTH = 120  # columns of the terminal's table; a narrower terminal wraps it as it likes
MOST_LINES = 40  # rows on the terminal; the page has all
LONGEST = 400  # characters of a cell


@dataclass(frozen=True)
class Listing:
    """A table under a heading. Cells are text from anywhere: each output makes them harmless.

    bad: the rows that a reader should look at first. note: what is to be known of all rows.
    """

    heading: Bilingual
    columns: tuple[Bilingual, ...]
    rows: tuple[tuple[str, ...], ...]
    bad: frozenset[int] = frozenset()
    note: Bilingual | None = None

    def text(self) -> str:
        """As lines for a terminal, English; a column that no row fills is left out."""
        filled = [place for place in range(len(self.columns)) if not self.rows or any(row[place] for row in self.rows)]
        table = Table(box=box.SIMPLE_HEAD, title=self.heading.en, title_justify="left", title_style="", pad_edge=False)
        for place in filled:
            table.add_column(self.columns[place].en, overflow="fold")
        for row in self.rows[:MOST_LINES]:
            table.add_row(*(Text(_safe(row[place])) for place in filled))
        out = io.StringIO()
        Console(file=out, width=WIDTH, color_system=None, highlight=False).print(table)
        lines = [line.rstrip() for line in out.getvalue().splitlines()]
        if (more := len(self.rows) - MOST_LINES) > 0:
            lines.append(f"and {more} more, on the page")
        return "\n".join([*filter(None, lines), *([self.note.en] if self.note else [])])

    def csv(self) -> bytes:
        """As a spreadsheet reads it: UTF-8 with its mark, and no cell that it would take for a formula."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow([column.en for column in self.columns])
        writer.writerows([_plain(cell) for cell in row] for row in self.rows)
        return text.getvalue().encode("utf-8-sig")


def _plain(cell: str) -> str:
    """A cell that begins as a formula does is text: an apostrophe before it (OWASP, CSV injection)."""
    shown = _safe(cell)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@") and not _number(shown) else shown


def _safe(cell: str) -> str:
    return printable(cell.replace("\xa0", " "), LONGEST)


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def page(title: Bilingual, summary: Sequence[Bilingual], listings: Sequence[Listing]) -> bytes:
    """All listings as one HTML file that loads nothing and runs nothing."""
    shown = [
        {
            "heading": listing.heading,
            "columns": listing.columns,
            "rows": [(number in listing.bad, [_safe(cell) for cell in row]) for number, row in enumerate(listing.rows)],
            "note": listing.note,
        }
        for listing in listings
    ]
    return _template().render(title=title, summary=summary, listings=shown).encode()


@cache
def _template() -> Template:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("listings.html")
