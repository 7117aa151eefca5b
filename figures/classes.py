"""Accuracy class by class."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

from figures import style
from figures.legend import legend
from figures.style import GRID, Lang, label
from figures.text import fit_all, text_width

INTERVAL: dict[str, Any] = {"linewidth": 1.1, "markersize": 4.2}

LABELS = 47.0  # mm that the name of a class may take
TALLEST = 205.0  # mm of rows, which leaves room for axis, legend and caption on the page
CLOSE = 4.0  # mm a class where so many are shown that they stand in several columns
MARGIN = 4.5  # mm at the right of a column


@style.with_report_style
def per_class_accuracy(table: pd.DataFrame, class_labels: Sequence[str], lang: Lang) -> Figure:
    """A dot with its interval for each class and variant; the class that the best variant recognises best comes first.

    table has the columns variant, class (an index of class_labels), accuracy, low, high, the last three
    fractions; NaN leaves out the dot or the interval. The best variant is that of the highest mean accuracy.
    """
    if table.empty:
        raise ValueError("the table of per-class accuracies is empty; evaluate a model first or leave its figure out")
    if table.duplicated(["variant", "class"]).any():
        twice = table[table.duplicated(["variant", "class"])].iloc[0]
        raise ValueError(f"variant {twice['variant']!r} has class {twice['class']} twice in the per-class table")
    variants = style.in_order(table["variant"])
    means = table.groupby("variant")["accuracy"].mean().reindex(variants)
    ranking = table[table["variant"] == means.idxmax()] if means.notna().any() else table
    order = table.groupby("class", sort=True)["accuracy"].mean() * np.nan
    order.update(ranking.groupby("class")["accuracy"].mean())
    classes = list(order.sort_values(ascending=False, kind="stable", na_position="last").index)

    step = max(5.5, 1.7 * len(variants) + 1.2)  # mm a class
    columns, apart = 1, 2.1  # mm from one variant's dot to the next
    if step * len(classes) > TALLEST:
        columns, step, apart = math.ceil(len(classes) * CLOSE / TALLEST), CLOSE, CLOSE / (len(variants) + 1)
    rows = -(-len(classes) // columns)
    width = style.TEXT_WIDTH / columns
    fitted = fit_all(class_labels, LABELS / columns)
    left = max(text_width(fitted[name]) for name in classes) + 3.0
    sizes = INTERVAL if columns == 1 else {**INTERVAL, "markersize": 2.6, "linewidth": 0.8}
    lines = [
        (v, {"color": style.variant_style(v).color, "marker": style.variant_style(v).marker, **sizes}) for v in variants
    ]
    legend_box = legend([(line, style.variant_name(v, lang)) for v, line in lines], style.TEXT_WIDTH - left)
    fig = style.new_figure(style.TEXT_WIDTH, legend_box.height + step * rows + 11.0)
    for column in range(columns):
        own = classes[column * rows : (column + 1) * rows]
        height = step * len(own)
        ax = style.add_axes(fig, column * width + left, 9.5 + step * (rows - len(own)), width - left - MARGIN, height)
        _draw(ax, table, own, [fitted[name] for name in own], lines, apart / step)
        ax.set_xlabel(label("测试准确率", "test accuracy", lang))
    legend_box.draw(fig, left)
    return fig


def _draw(
    ax: Axes,
    table: pd.DataFrame,
    classes: Sequence[int],
    names: Sequence[str],
    lines: Sequence[tuple[str, dict[str, Any]]],
    apart: float,
) -> None:
    """The rows of some classes, from the top down; the variants' dots lie `apart`, as a share of a row."""
    for stripe in range(0, len(classes), 2):
        ax.axhspan(stripe - 0.5, stripe + 0.5, color="#f5f6f8", linewidth=0, zorder=0)
    rows = {name: row for row, name in enumerate(classes)}
    for place, (variant, line) in enumerate(lines):
        own = table[table["variant"] == variant]
        own = own[own["class"].isin(classes)]
        shift = (place - (len(lines) - 1) / 2) * apart
        y = own["class"].map(rows).to_numpy(float) + shift
        ax.hlines(y, own["low"], own["high"], color=line["color"], linewidth=line["linewidth"], zorder=2)
        ax.plot(own["accuracy"], y, **{**line, "linestyle": ""}, zorder=3, clip_on=False, label=variant)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(classes) - 0.5, -0.5)
    ax.set_yticks(range(len(classes)), names)
    ax.tick_params(axis="y", length=0, pad=3)
    ax.grid(False, axis="y")
    ax.grid(True, axis="x", color=GRID)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(FixedLocator([0, 0.2, 0.4, 0.6, 0.8, 1]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
