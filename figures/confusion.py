"""Confusion matrices side by side."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from figures import style
from figures.style import ACCENT, Formatter, Lang, label

SHADES = LinearSegmentedColormap.from_list("shades", ["#ffffff", "#a9c3de", "#4f7fae", ACCENT])  # darker is more
NUMBER_SIZE = 7.0  # pt
SMALLEST_CELL = 4.2  # mm; 100 in NUMBER_SIZE just fits
PX = 16  # raster pixels a cell, so that a viewer that smooths pictures keeps the cells' edges


@style.drawn
def confusion_matrices(
    matrices: Mapping[str, npt.ArrayLike],
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    lang: Lang,
    *,
    percent: Formatter = "{:.0%}".format,
) -> Figure:
    """One panel a variant: what percentage of each true class (row) was predicted as each class (column).

    Each matrix holds counts (K, K), row = true class. Empty cells are left blank, as is the row of a class
    without images; the percent sign is left out. Where K is so large that numbers would not be legible,
    shades stand alone. The labels name the classes, and may do so in two languages.
    """
    k = len(row_labels)
    counts = {variant: _counts(variant, matrix, k) for variant, matrix in matrices.items()}
    if not counts:
        raise ValueError("confusion_matrices needs at least one matrix, got none")
    variants = style.in_order(counts)
    (side, row_names), (depth, column_names) = _fitted(row_labels), _fitted(column_labels)
    left, gap, right = side + 5.5, 3.0, 0.5
    columns = min(3, len(variants))
    while columns > 1 and (style.TEXT_WIDTH - left - right - gap * (columns - 1)) / columns / k < SMALLEST_CELL:
        columns -= 1
    panel = min((style.TEXT_WIDTH - left - right - gap * (columns - 1)) / columns, 11.0 * k, 110.0)
    columns_label = label("预测类别", "predicted class", lang)
    right = max(right, (style.text_width(columns_label) - panel) / 2 + 0.5)  # wider than few classes
    lines = -(-len(variants) // columns)
    above, below = 6.5, depth + 6.5
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
            np.kron(shares, np.ones((PX, PX))),
            cmap=SHADES,
            vmin=0,
            vmax=1,
            interpolation="none",
            extent=(-0.5, k - 0.5, k - 0.5, -0.5),
        )
        ax.grid(False)
        ax.tick_params(length=0, pad=2)
        ax.set_xticks(range(k) if last else [], column_names if last else [], rotation=90)
        ax.set_yticks(range(k) if column == 0 else [], row_names if column == 0 else [])
        edges = np.arange(1, k) - 0.5
        ax.hlines(edges, -0.5, k - 0.5, color="white", linewidth=0.6, zorder=2)
        ax.vlines(edges, -0.5, k - 0.5, color="white", linewidth=0.6, zorder=2)
        ax.spines[:].set(visible=True, color=style.MUTED, zorder=3)
        if panel / k >= SMALLEST_CELL:
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
        style.panel_title(ax, style.fit(title, panel - 2.0), "" if len(variants) == 1 else chr(ord("a") + place))
        height = fig.get_size_inches()[1] * style.MM_PER_INCH
        if last:
            middle = (left + column * (panel + gap) + panel / 2) / width
            base = (bottom - depth - 5.8) / height
            fig.text(middle, base, columns_label, ha="center", va="bottom")
        if column == 0:
            y = (bottom + panel / 2) / height
            fig.text(0.5 / width, y, label("真实类别", "true class", lang), rotation=90, ha="left", va="center")
    return fig


def _fitted(labels: Sequence[str]) -> tuple[float, list[str]]:
    """The length in mm that the labels take, at most 26, and the labels cut to it."""
    length = min(26.0, max(style.text_width(" ".join(text.split())) for text in labels) + 1.0)
    return length, [style.fit(text, length) for text in labels]


def _counts(variant: str, matrix: npt.ArrayLike, k: int) -> npt.NDArray[np.float64]:
    counts = np.asarray(matrix, float)
    if counts.shape != (k, k):
        raise ValueError(f"{variant}: {k} class labels need a matrix of shape ({k}, {k}), got {counts.shape}")
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError(f"{variant}: a confusion matrix holds counts, 0 or more; got {counts.min()} as the least")
    return counts
