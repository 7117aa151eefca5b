"""Every run of softmax regression: its accuracy, and how well it recognises each class."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from figures import style
from figures.confusion import SHADES
from figures.legend import panel_title
from figures.style import Formatter, Lang, label, variant_name, variant_style
from figures.text import fit_all, text_width

ROW, DOTS = 4.2, 22.0  # mm: the height of a class, and of the panel of accuracies
GAP, ABOVE, BELOW = 7.0, 6.5, 9.0  # mm between panels, over the upper ones and under the lower ones
LONGEST_LABEL = 22.0  # mm


@style.with_report_style
def every_seed(
    recalls: Mapping[str, npt.ArrayLike], classes: Sequence[str], unlearned: float, lang: Lang, *, percent: Formatter
) -> Figure:
    """A column of each panel is a run: above a dot for its accuracy, below a shade for its recall of each class.

    recalls: variant → (S, K), fractions, all classes equally large; those below `unlearned` are marked.
    """
    table = {variant: np.asarray(values, float) for variant, values in recalls.items()}
    for variant, values in table.items():
        if values.ndim != 2 or values.shape[1] != len(classes) or not ((values >= 0) & (values <= 1)).all():
            raise ValueError(f"{variant}: {len(classes)} classes need recalls of shape (S, {len(classes)}) in [0, 1]")
    names = fit_all(classes, LONGEST_LABEL)
    left = max(max(map(text_width, names)), text_width("100%")) + 4.0
    panel = (style.TEXT_WIDTH - left - 1.5 - GAP * (len(table) - 1)) / len(table)
    height = ROW * len(classes)
    fig = style.new_figure(style.TEXT_WIDTH, BELOW + height + 3.0 + DOTS + ABOVE)
    accuracies = {variant: values.mean(axis=1) for variant, values in table.items()}
    low = min(map(np.min, accuracies.values()))
    high = max(map(np.max, accuracies.values()))
    margin = max(0.01, 0.12 * (high - low))
    for place, (variant, values) in enumerate(table.items()):
        runs, own = len(values), variant_style(variant)
        x = left + place * (panel + GAP)
        dots = style.add_axes(fig, x, BELOW + height + 3.0, panel, DOTS)
        dots.plot(range(runs), accuracies[variant], own.marker or "o", color=own.color, markersize=2.6, clip_on=False)
        dots.axhline(accuracies[variant].mean(), color=own.color, linewidth=0.8)
        dots.set_ylim(low - margin, high + margin)
        dots.yaxis.set_major_locator(MaxNLocator(4))
        dots.yaxis.set_major_formatter(lambda value, _: percent(value))
        dots.tick_params(labelleft=place == 0, labelbottom=False, bottom=False)
        panel_title(dots, variant_name(variant, lang), chr(ord("a") + place))

        cells = style.add_axes(fig, x, BELOW, panel, height)
        cells.imshow(values.T, cmap=SHADES, vmin=0, vmax=1, interpolation="none", aspect="auto")
        cells.grid(False)
        cells.hlines(np.arange(1, len(classes)) - 0.5, -0.5, runs - 0.5, color="white", linewidth=0.6)
        lost = np.argwhere(values < unlearned)
        cells.plot(*lost.T, "x", color=style.SOFTMAX["wrong"].color, markersize=3.2, markeredgewidth=1.0, zorder=3)
        cells.set_yticks(range(len(classes)), names if place == 0 else [])
        cells.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        cells.tick_params(length=0, pad=2)
        cells.spines[:].set(visible=True)
        for ax in (dots, cells):
            ax.set_xlim(-0.5, runs - 0.5)
        cells.set_xlabel(label("种子", "seed", lang))
    return fig
