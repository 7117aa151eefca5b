"""Whether models are right as often as they say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

from figures import style
from figures.legend import panel_title
from figures.style import INK, MUTED, Lang, label
from figures.text import fit

COLUMNS = 3  # panels in a row


@dataclass(frozen=True)
class Bins:
    """Equal bins of confidence: how many images each holds, their mean confidence and accuracy (NaN if empty)."""

    images: npt.ArrayLike
    confidence: npt.ArrayLike
    accuracy: npt.ArrayLike
    note: str  # stands in the panel, e.g. the calibration error


@style.with_report_style
def reliability_diagrams(models: Mapping[str, Bins], lang: Lang) -> Figure:
    """One panel a model, three in a row: accuracy against confidence over the share of the images in each bin."""
    if not models:
        raise ValueError("reliability_diagrams needs at least one model, got none")
    variants = style.in_order(models)
    side, gap, left, below, above = 44.0, 8.0, 13.0, 10.0, 8.0  # mm
    rows = -(-len(variants) // COLUMNS)
    pitch = side + below + above
    fig = style.new_figure(style.TEXT_WIDTH, rows * pitch)
    for place, variant in enumerate(variants):
        bins, own = models[variant], style.variant_style(variant)
        images, confidence, accuracy = (
            np.asarray(values, float) for values in (bins.images, bins.confidence, bins.accuracy)
        )
        row, column = divmod(place, COLUMNS)
        bottom = (rows - 1 - row) * pitch + below
        ax = style.add_axes(fig, left + column * (side + gap), bottom, side, side)
        edges = np.linspace(0, 1, len(images) + 1)
        ax.bar(edges[:-1], images / max(images.sum(), 1), width=np.diff(edges), align="edge", color="#dfe2e7", zorder=1)
        ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=style.DASHED, zorder=2)
        filled = images > 0
        ax.plot(
            confidence[filled], accuracy[filled], own.marker, linestyle="-", color=own.color,
            linewidth=1.1, markersize=4.0, clip_on=False, zorder=3, label=variant,
        )  # fmt: skip
        ax.set(xlim=(0, 1), ylim=(0, 1))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
            axis.set_major_formatter(PercentFormatter(1, decimals=0))
        if column:
            ax.tick_params(labelleft=False)
        else:
            middle = (bottom + side / 2) / (rows * pitch)
            words = label("准确率", "accuracy", lang)
            fig.text(0.5 / style.TEXT_WIDTH, middle, words, rotation=90, ha="left", va="center", color=INK)
        ax.set_xlabel(label("置信度", "confidence", lang))
        back = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        ax.text(0.04, 0.95, bins.note, transform=ax.transAxes, va="top", bbox=back, zorder=4)
        panel_title(
            ax,
            fit(style.variant_name(variant, lang), side + 2.0),
            "" if len(variants) == 1 else chr(ord("a") + place),
        )
    return fig
