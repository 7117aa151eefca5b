"""Confusion matrices side by side."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from figures import style
from figures.legend import panel_title
from figures.room import LONGEST_LABEL, PANEL_GAP, SMALLEST_CELL, TALLEST, WIDEST, has_numbers
from figures.style import ACCENT, Formatter, Lang, label
from figures.text import fit, fit_all, text_width

SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#a9c3de", "#4f7fae", ACCENT])  # darker is more
NUMBER_SIZE = 7.0  # pt
PX = 16  # raster pixels a cell, so that a viewer that smooths pictures keeps the cells' edges
PX_MOST = 1200  # raster pixels of a side: fewer a cell where there are many cells
LABEL_PITCH = 3.0  # mm between two names of classes; of more classes every second, fifth, tenth … is named


@style.with_report_style
def confusion_matrices(
    matrices: Mapping[str, npt.ArrayLike],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    lang: Lang,
    *,
    percent: Formatter,
) -> Figure:
    """One panel a variant: what percentage of each true class (row) was predicted as each class (column).

    Each matrix holds counts (K, K), row = true class. Empty cells are left blank, as is the row of a class
    without images; the percent sign is left out. Where K is so large that numbers would not be legible,
    shades stand alone, and where the names would lie on each other, only some classes are named. The labels name the
    classes, and may do so in two languages.
    """
    k = len(row_labels)
    counts = {variant: _counts(variant, matrix, k) for variant, matrix in matrices.items()}
    if not counts:
        raise ValueError("confusion_matrices needs at least one matrix, got none")
    variants = style.in_order(counts)
    (side, row_names), (depth, column_names) = _fitted(row_labels), _fitted(column_labels)
    left, gap, right = side + 5.5, PANEL_GAP, 0.5
    columns_label = label("预测类别", "predicted class", lang)
    above, below = 6.5, depth + 6.5

    def side_of(columns: int) -> float:
        return min((style.TEXT_WIDTH - left - right - gap * (columns - 1)) / columns, 11.0 * k, WIDEST)

    def fits_page(columns: int) -> bool:
        return -(-len(variants) // columns) * (side_of(columns) + above) + below <= TALLEST

    choices = range(min(3, len(variants)), 0, -1)
    with_numbers = has_numbers(k, len(variants))
    numbered = [n for n in choices if with_numbers and side_of(n) / k >= SMALLEST_CELL and fits_page(n)]
    large = [n for n in choices if fits_page(n)]  # shades alone: as large as the page allows
    columns = numbered[0] if numbered else large[-1] if large else choices[0]
    panel = side_of(columns)
    wider = text_width(columns_label) - panel  # than a panel of few classes
    gap, right = max(gap, wider + 2.0), max(right, wider / 2 + 0.5)
    lines = -(-len(variants) // columns)
    named = range(0, k, next(n for n in _steps() if panel / k * n >= min(LABEL_PITCH, panel)))
    px = max(1, min(PX, PX_MOST // k))
    width = left + columns * panel + (columns - 1) * gap + right
    fig = style.new_figure(width, lines * (panel + above) + below)

    for place, variant in enumerate(variants):
        line, column = divmod(place, columns)
        last = place + columns >= len(variants)  # nothing under it
        bottom = below + (lines - 1 - line) * (panel + above)
        ax = style.add_axes(fig, left + column * (panel + gap), bottom, panel, panel)
        totals = counts[variant].sum(axis=1, keepdims=True)
        shares = np.divide(counts[variant], totals, out=np.zeros((k, k)), where=totals > 0)
        ax.imshow(
            np.kron(shares, np.ones((px, px))),
            cmap=SHADES,
            vmin=0,
            vmax=1,
            interpolation="none",
            extent=(-0.5, k - 0.5, k - 0.5, -0.5),
        )
        ax.grid(False)
        ax.tick_params(length=0, pad=2)
        ax.set_xticks(named if last else [], [column_names[n] for n in named] if last else [], rotation=90)
        ax.set_yticks(named if column == 0 else [], [row_names[n] for n in named] if column == 0 else [])
        edges = np.arange(1, k if len(named) == k else 1) - 0.5
        ax.hlines(edges, -0.5, k - 0.5, color="white", linewidth=0.6, zorder=2)
        ax.vlines(edges, -0.5, k - 0.5, color="white", linewidth=0.6, zorder=2)
        ax.spines[:].set(visible=True, color=style.MUTED, zorder=3)
        if with_numbers:
            for true, predicted in zip(*np.nonzero(counts[variant]), strict=True):
                share = shares[true, predicted]
                ax.text(
                    predicted,
                    true,
                    percent(share).removesuffix("%").strip(),
                    ha="center",
                    va="center_baseline",
                    size=NUMBER_SIZE,
                    color="white" if style.luminance(SHADES(share)) < 0.2 else style.INK,
                )
        title = style.variant_name(variant, lang)
        panel_title(ax, fit(title, panel - 2.0), "" if len(variants) == 1 else chr(ord("a") + place))
        height = fig.get_size_inches()[1] * style.MM_PER_INCH
        if last:
            middle = (left + column * (panel + gap) + panel / 2) / width
            base = (bottom - depth - 5.8) / height
            fig.text(middle, base, columns_label, ha="center", va="bottom")
        if column == 0:
            y = (bottom + panel / 2) / height
            fig.text(0.5 / width, y, label("真实类别", "true class", lang), rotation=90, ha="left", va="center")
    return fig


def _steps() -> Iterator[int]:
    """1, 2, 5, 10, 20, 50, …"""
    for power in count():
        yield from (10**power, 2 * 10**power, 5 * 10**power)


def _fitted(labels: Sequence[str]) -> tuple[float, list[str]]:
    """The length in mm that the labels take, and the labels cut to at most 26 mm, no two alike."""
    fitted = fit_all(labels, LONGEST_LABEL)
    return max(map(text_width, fitted)) + 1.0, fitted


def _counts(variant: str, matrix: npt.ArrayLike, k: int) -> npt.NDArray[np.float64]:
    counts = np.asarray(matrix, float)
    if counts.shape != (k, k):
        raise ValueError(f"{variant}: {k} class labels need a matrix of shape ({k}, {k}), got {counts.shape}")
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError(f"{variant}: a confusion matrix holds counts, 0 or more; got {counts.min()} as the least")
    return counts
