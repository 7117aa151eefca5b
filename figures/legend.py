"""What stands around the data: legends, the titles of panels, labels at the ends of lines."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from figures.style import MM_PER_INCH, Lang, variant_name, variant_style
from figures.text import fit, text_width

LINE_HEIGHT = 4.4  # mm, one line of a legend
HANDLE = 7.6  # mm, the sample of a line in a legend
Entry = tuple[Mapping[str, Any], str]  # keywords of a Line2D, and what it stands for


@dataclass(frozen=True)
class Legend:
    """A legend, laid out before its figure is because the figure's height depends on its lines.

    Entries flow from left to right; matplotlib's own legend packs columns, whose rows drift apart where one
    column's glyphs are taller.
    """

    rows: Sequence[Sequence[tuple[float, Entry]]]  # the mm at which each entry begins

    @property
    def height(self) -> float:
        """mm, with the space under it."""
        return len(self.rows) * LINE_HEIGHT + 1.6 if self.rows else 0.0

    def draw(self, fig: Figure, left: float) -> None:
        """Place it at the figure's top, left mm from its edge; outside the axes it covers no data."""
        w, h = fig.get_size_inches() * MM_PER_INCH
        for row, entries in enumerate(self.rows):
            y = 1 - (row + 0.5) * LINE_HEIGHT / h
            for start, (line, text) in entries:
                x = [(left + start + part * HANDLE) / w for part in (0, 0.5, 1)]
                fig.add_artist(Line2D(x, [y] * 3, **{"markevery": [1], **line}, gid="legend"))
                fig.text(x[2] + 1.6 / w, y, text, va="center_baseline", gid="legend")


def legend(entries: Sequence[Entry], width: float) -> Legend:
    """A legend at most width mm wide; a label that alone is wider is shortened."""
    rows: list[list[tuple[float, Entry]]] = []
    x = width
    for line, text in entries:
        text = fit(text, width - HANDLE - 1.6)
        length = HANDLE + 1.6 + text_width(text)
        if not rows or x + length > width:
            rows.append([])
            x = 0.0
        rows[-1].append((x, (line, text)))
        x += length + 5.0
    return Legend(rows)


def variant_entries(variants: Iterable[str], lang: Lang) -> list[Entry]:
    """Legend entries for the lines of these variants."""
    return [({**variant_style(v).line, "marker": variant_style(v).marker}, variant_name(v, lang)) for v in variants]


def panel_title(ax: Axes, text: str, letter: str = "", formula: str = "") -> None:
    """Write what the panel shows above it: a bold letter for captions to refer to, words, a formula."""
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    left = 0.0
    if letter:
        ax.annotate(letter, (0, 1), (-6.0, 5.0), weight="bold", **place)
        left = 3.5
    ax.annotate(text, (0, 1), (left, 5.0), **place)
    if formula:  # a text of its own: mathtext would set the words in its own font
        left += (text_width(text) + 1.2) * 72 / MM_PER_INCH
        ax.annotate(formula, (0, 1), (left, 5.0), parse_math=True, math_fontfamily="stix", size=9, **place)


def end_labels(ax: Axes, labels: Sequence[tuple[float, str]]) -> None:
    """Write texts next to the right edge at their y values, apart from each other; equal texts once."""
    height = ax.bbox.height / ax.figure.dpi * MM_PER_INCH
    to_axes = ax.transScale + ax.transLimits
    wanted = sorted({text: to_axes.transform((1, y))[1] * height for y, text in labels}.items(), key=itemgetter(1))
    places = spread([y for _, y in wanted], 3.4)
    for (text, _), place in zip(wanted, places, strict=True):
        ax.annotate(
            text,
            (1, place / height),
            (4.5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center_baseline",
            annotation_clip=False,
        )


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Ascending places moved as little as possible so that neighbours are at least gap apart."""
    groups: list[tuple[float, int]] = []  # (centre, how many) of places that had to be pushed together
    for place in places:
        groups.append((place, 1))
        while len(groups) > 1:
            (low, m), (high, n) = groups[-2:]
            if high - low >= gap * (m + n) / 2:
                break
            groups[-2:] = [((low * m + high * n) / (m + n), m + n)]
    return [centre + gap * (i - (n - 1) / 2) for centre, n in groups for i in range(n)]
