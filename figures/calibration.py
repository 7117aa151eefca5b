"""Whether models are right as often as they say."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, PercentFormatter

from figures import style
from figures.style import INK, MUTED, Lang, label


@dataclass(frozen=True)
class Bins:
    """Equal bins of confidence: how many images each holds, their mean confidence and accuracy (NaN if empty)."""

    images: npt.ArrayLike
    confidence: npt.ArrayLike
    accuracy: npt.ArrayLike
    note: str  # stands in the panel, e.g. the calibration error


@style.drawn
def reliability_diagrams(models: Mapping[str, Bins], lang: Lang) -> Figure:
    """One panel a model: accuracy against confidence over the share of the images in each bin."""
    if not models:
        raise ValueError("reliability_diagrams needs at least one model, got none")
    variants = style.in_order(models)
    side, gap, left, bottom = 44.0, 8.0, 13.0, 10.0
    fig = style.new_figure(style.TEXT_WIDTH, side + bottom + 8.0)
    for place, variant in enumerate(variants):
        bins, look = models[variant], style.look(variant)
        images, confidence, accuracy = (
            np.asarray(values, float) for values in (bins.images, bins.confidence, bins.accuracy)
        )
        ax = style.add_axes(fig, left + place * (side + gap), bottom, side, side)
        edges = np.linspace(0, 1, len(images) + 1)
        ax.bar(edges[:-1], images / max(images.sum(), 1), width=np.diff(edges), align="edge", color="#dfe2e7", zorder=1)
        ax.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=style.DASHED, zorder=2)
        filled = images > 0
        ax.plot(
            confidence[filled], accuracy[filled], look.marker, linestyle="-", color=look.color,
            linewidth=1.1, markersize=4.0, clip_on=False, zorder=3, label=variant,
        )  # fmt: skip
        ax.set(xlim=(0, 1), ylim=(0, 1))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
            axis.set_major_formatter(PercentFormatter(1, decimals=0))
        if place:
            ax.tick_params(labelleft=False)
        ax.set_xlabel(label("置信度", "confidence", lang))
        back = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        ax.text(0.04, 0.95, bins.note, transform=ax.transAxes, va="top", bbox=back, zorder=4)
        style.panel_title(
            ax,
            style.fit(style.variant_name(variant, lang), side + 2.0),
            "" if len(variants) == 1 else chr(ord("a") + place),
        )
    height = fig.get_size_inches()[1] * style.MM_PER_INCH
    fig.text(
        0.5 / style.TEXT_WIDTH, (bottom + side / 2) / height, label("准确率", "accuracy", lang),
        rotation=90, ha="left", va="center", color=INK,
    )  # fmt: skip
    return fig
