"""Accuracy class by class."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

from figures import style
from figures.style import GRID, Lang, label

INTERVAL: dict[str, Any] = {"linewidth": 1.1, "markersize": 4.2}


@style.drawn
def per_class_accuracy(table: pd.DataFrame, class_labels: Sequence[str], lang: Lang) -> Figure:
    """A dot with its interval for each class and variant; the class that the CNN recognises best comes first.

    table has the columns variant, class (an index of class_labels), accuracy, low, high, the last three
    fractions; NaN leaves out the dot or the interval. Without a CNN the mean over the variants sorts.
    """
    if table.empty:
        raise ValueError("the table of per-class accuracies is empty; evaluate a model first or leave its figure out")
    if table.duplicated(["variant", "class"]).any():
        twice = table[table.duplicated(["variant", "class"])].iloc[0]
        raise ValueError(f"variant {twice['variant']!r} has class {twice['class']} twice in the per-class table")
    variants = style.in_order(table["variant"])
    ranking = table[table["variant"] == "cnn"] if "cnn" in variants else table
    order = table.groupby("class", sort=True)["accuracy"].mean() * np.nan
    order.update(ranking.groupby("class")["accuracy"].mean())
    classes = list(order.sort_values(ascending=False, kind="stable", na_position="last").index)

    texts = [" ".join(class_labels[name].split()) for name in classes]
    left = min(50.0, max(map(style.text_width, texts)) + 3.0)
    lines = [(v, {"color": style.look(v).color, "marker": style.look(v).marker, **INTERVAL}) for v in variants]
    right = 4.5
    key = style.key([(line, style.variant_name(v, lang)) for v, line in lines], style.TEXT_WIDTH - left)
    step = max(5.5, 1.7 * len(variants) + 1.2)  # mm a class
    fig = style.new_figure(style.TEXT_WIDTH, key.height + step * len(classes) + 11.0)
    ax = style.add_axes(fig, left, 9.5, style.TEXT_WIDTH - left - right, step * len(classes))
    for stripe in range(0, len(classes), 2):
        ax.axhspan(stripe - 0.5, stripe + 0.5, color="#f5f6f8", linewidth=0, zorder=0)
    rows = {name: row for row, name in enumerate(classes)}
    for place, (variant, line) in enumerate(lines):
        own = table[table["variant"] == variant]
        shift = (place - (len(variants) - 1) / 2) * 2.1 / step
        y = own["class"].map(rows).to_numpy(float) + shift
        ax.hlines(y, own["low"], own["high"], color=line["color"], linewidth=line["linewidth"], zorder=2)
        ax.plot(own["accuracy"], y, **{**line, "linestyle": ""}, zorder=3, clip_on=False, label=variant)
    ax.set_xlim(0, 1)
    ax.set_ylim(len(classes) - 0.5, -0.5)
    ax.set_yticks(range(len(classes)), [style.fit(text, left - 2.5) for text in texts])
    ax.tick_params(axis="y", length=0, pad=3)
    ax.grid(False, axis="y")
    ax.grid(True, axis="x", color=GRID)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(FixedLocator([0, 0.2, 0.4, 0.6, 0.8, 1]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(label("测试准确率", "test accuracy", lang))
    key.draw(fig, left)
    return fig
