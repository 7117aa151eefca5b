"""What a model costs and what it achieves."""

import numpy as np
import pandas as pd
from matplotlib.axis import XAxis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, PercentFormatter

from figures import style
from figures.legend import panel_title
from figures.style import MUTED, Formatter, Lang, label
from figures.text import fit, text_width

WIDTH = 120.0  # mm
TEXT_HEIGHT = 3.3  # mm
STEP = 0.8  # mm between the places tried for a text
Box = tuple[float, float, float, float]  # left, bottom, right, top in mm


@style.with_report_style
def cost_against_accuracy(table: pd.DataFrame, lang: Lang, *, percent: Formatter, count: Formatter) -> Figure:
    """A point for each model over a logarithmic axis of operations, its name and accuracy next to it without overlap.

    table has the columns variant, flops (of one image forward) and accuracy (a fraction); low and high, if there,
    are drawn as an interval. A row without both values, or with 0 FLOPs or less, is not drawn.
    """
    finite = np.isfinite(table["flops"]) & np.isfinite(table["accuracy"]) & (table["flops"] > 0)
    rows = table[finite].set_index("variant")
    rows = rows.loc[style.in_order(rows.index)].reset_index()
    if rows.empty:
        raise ValueError("no model has both positive flops and an accuracy; leave this figure out")

    left, bottom, height = 11.0, 10.0, 52.0
    width = WIDTH - left - 3.0
    fig = style.new_figure(WIDTH, height + bottom + 8.0)
    ax = style.add_axes(fig, left, bottom, width, height)
    low, high = rows["flops"].min(), rows["flops"].max()
    margin = max((high / low) ** 0.12, 1.6)
    ax.set_xscale("log")
    ax.set_xlim(low / margin, high * margin)
    ax.set_ylim(0, 1)
    _ticks(ax.xaxis, low / margin, high * margin, count)
    ax.yaxis.set_major_locator(MaxNLocator(5))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    ax.set_xlabel(label("每张图像的浮点运算次数", "FLOPs per image", lang))
    panel_title(ax, label("测试准确率", "test accuracy", lang))

    across = np.log(rows["flops"] * margin / low) / np.log(high * margin**2 / low) * width
    points = np.column_stack([across, rows["accuracy"] * height])  # mm in the axes
    taken: list[Box] = [(x - 1.2, y - 1.2, x + 1.2, y + 1.2) for x, y in points]
    for row, (x, _) in zip(rows.itertuples(), points, strict=True):
        own = style.variant_style(row.variant)
        spot = row.flops, row.accuracy
        ax.plot(*spot, own.marker, color=own.color, markersize=4, clip_on=False, zorder=3, label=row.variant)
        ends = getattr(row, "low", np.nan), getattr(row, "high", np.nan)
        if np.isfinite(ends).all():
            ax.vlines(spot[0], *ends, color=own.color, linewidth=1.1, zorder=2)
            taken.append((x - 0.4, ends[0] * height, x + 0.4, ends[1] * height))
    for row, (x, y) in zip(rows.itertuples(), points, strict=True):
        text = fit(f"{style.variant_name(row.variant, lang)} {percent(row.accuracy)}", width * 0.6)
        size = text_width(text), TEXT_HEIGHT
        spot_x, spot_y = _nearest_free((x, y), size, (width, height), taken)
        taken.append((spot_x, spot_y, spot_x + size[0], spot_y + size[1]))
        centre = spot_x + size[0] / 2, spot_y + size[1] / 2
        away = np.hypot(max(abs(centre[0] - x) - size[0] / 2, 0), max(abs(centre[1] - y) - size[1] / 2, 0))
        if away > 3.0:  # too far to be read as this point's: a thin line leads to it
            start = np.clip(x, spot_x, spot_x + size[0]), np.clip(y, spot_y, spot_y + size[1])
            link = np.array([start, (x, y)]) / (width, height)
            ax.plot(link[:, 0], link[:, 1], color=MUTED, linewidth=0.5, transform=ax.transAxes, zorder=1.5)
        ax.text(centre[0] / width, centre[1] / height, text, transform=ax.transAxes, ha="center", va="center")
    return fig


def _nearest_free(
    point: tuple[float, float], size: tuple[float, float], area: tuple[float, float], taken: list[Box]
) -> tuple[float, float]:
    """Lower left corner, in mm, of the free place for a text of this size that is nearest to the point.

    Right of the point is preferred where several are equally near. Raises ValueError when the area is full.
    """
    x, y = np.meshgrid(np.arange(1.0, area[0] - size[0], STEP), np.arange(0.5, area[1] - size[1], STEP))
    free = np.ones(x.shape, bool)
    for left, bottom, right, top in taken:
        pad = 0.8
        free &= (x > right + pad) | (x + size[0] < left - pad) | (y > top + pad) | (y + size[1] < bottom - pad)
    if not free.any():
        raise ValueError(f"{len(taken)} points and labels leave no room for one more; draw fewer models")
    dx = np.maximum(np.maximum(x - point[0], point[0] - x - size[0]), 0)
    dy = np.maximum(np.maximum(y - point[1], point[1] - y - size[1]), 0)
    off_centre = np.abs(y + size[1] / 2 - point[1])
    distance = np.hypot(dx, dy) + 0.15 * off_centre + 0.5 * (x + size[0] / 2 < point[0])
    best = np.argmin(np.where(free, distance, np.inf))
    return float(x.flat[best]), float(y.flat[best])


def _ticks(axis: XAxis, low: float, high: float, count: Formatter) -> None:
    """Ticks at 1, 2 and 5 times powers of ten, few enough to stand side by side."""
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [s * 10.0**d for d in decades for s in steps if low <= s * 10.0**d <= high]
        if len(ticks) <= 8:
            break
    axis.set_major_locator(FixedLocator(ticks))
    axis.set_major_formatter(lambda value, _: count(value))
    axis.set_minor_locator(NullLocator())
