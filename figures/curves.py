"""Curves: what was measured epoch by epoch, and the size of the gradient in theory.

Tables have the columns experiment, variant, seed, epoch, split, metric, value (one measurement a row; loss in
nats per example, accuracy as a fraction). A line is the mean over seeds and its band reaches from the lowest
seed to the highest. Where a seed's value is not finite there is no mean, and no line.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, PercentFormatter

from figures import style
from figures.legend import Entry, end_labels, legend, panel_title, variant_entries
from figures.style import DASHED, DOTTED, INK, MUTED, Formatter, Lang, label

SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
Seeds = pd.DataFrame  # index epoch; columns mean, low, high; NaN where a seed has no finite value


@style.with_report_style
def softmax_curves(
    curves: pd.DataFrame,
    floor: float,
    chance: float,
    lang: Lang,
    *,
    percent: Formatter,
    number: Formatter,
) -> Figure:
    """Training loss, validation loss and validation accuracy of every softmax variant.

    floor is the lowest loss that a double softmax can have, chance the loss of a uniform prediction, both in
    nats.
    """
    rows = _rows(curves, experiment="softmax")
    variants = style.in_order(rows["variant"])
    panels = [("train", "loss"), ("val", "loss"), ("val", "acc")]
    titles = [
        label("训练损失", "training loss", lang, "nats"),
        label("验证损失", "validation loss", lang, "nats"),
        label("验证准确率", "validation accuracy", lang),
    ]
    lines = [
        (floor, DOTTED, label("双重 softmax 的下限", "floor of a double softmax", lang)),
        (chance, (0, (7, 2)), label("均匀预测", "uniform prediction", lang)),
    ]
    entries = variant_entries(variants, lang)
    entries += [({"color": INK, "linewidth": 0.8, "linestyle": dash}, text) for _, dash, text in lines]
    legend_box = legend(entries, style.TEXT_WIDTH - 9)

    height, width = 46.0, 39.5
    fig = style.new_figure(style.TEXT_WIDTH, legend_box.height + height + 16.0)
    axes = [style.add_axes(fig, left, 9.5, width, height) for left in (9.0, 52.5, 114.5)]
    for ax, (split, metric), title, letter in zip(axes, panels, titles, "abc", strict=True):
        for variant in variants:
            _draw(ax, rows, variant, split, metric)
        _epochs(ax, rows, lang)
        panel_title(ax, title, letter)
    losses = axes[:2]
    values = rows.loc[rows["metric"] == "loss", "value"]
    limits = _loss_limits(values, [floor, chance])
    for ax in losses:
        _loss_axis(ax, limits)
        for level, dash, _ in lines:
            ax.axhline(level, color=INK, linewidth=0.8, linestyle=dash, zorder=1.5)
    axes[1].tick_params(labelleft=False)
    end_labels(axes[1], [(floor, number(floor)), (chance, number(chance))])
    _accuracy_axis(axes[2])
    end_labels(axes[2], _ends(rows, variants, "val", "acc", percent))
    legend_box.draw(fig, 9.0)
    return fig


@style.with_report_style
def gradients(
    probability: npt.ArrayLike,
    one: npt.ArrayLike,
    two: npt.ArrayLike,
    curves: pd.DataFrame,
    lang: Lang,
    *,
    initial: float = 0.1,
    number: Formatter,
    logits: str,
) -> Figure:
    """The gradient at the logits in theory, by the probability p_y of the label, and as measured, by epoch.

    probability and |∂L/∂z_y| for one softmax and for two have shape (P,); initial is p_y before training (one
    over the classes), where both are marked with their values. Measured: the mean norm of every softmax
    variant, on a logarithmic axis. logits is the letter that the text uses for them.
    """
    p, sizes = (
        np.asarray(probability, float),
        {"corrected": np.asarray(one, float), "wrong": np.asarray(two, float)},
    )
    if p.ndim != 1 or len(p) < 2 or any(values.shape != p.shape for values in sizes.values()):
        shapes = ", ".join(str(np.shape(a)) for a in (probability, one, two))
        raise ValueError(f"probability, one and two need one equal shape (P,) with P > 1, got {shapes}")
    rows = _rows(curves, experiment="softmax", metric="grad_norm")
    variants = style.in_order(rows["variant"])
    entries = variant_entries(variants, lang)
    legend_box = legend(entries, style.TEXT_WIDTH - 9)
    height = 44.0
    fig = style.new_figure(style.TEXT_WIDTH, legend_box.height + height + 16.0)
    theory, measured = (style.add_axes(fig, left, 9.5, 65.0, height) for left in (9.0, 93.0))
    _by_probability(theory, p, sizes, lang, initial, number)
    panel_title(
        theory, label("梯度：理论", "gradient in theory", lang), "a", formula=rf"$|\partial L/\partial {logits}_y|$"
    )
    split = "val" if (rows["split"] == "val").any() else str(rows["split"].iloc[0])
    for variant in variants:
        _draw(measured, rows, variant, split, "grad_norm")
    if (rows["value"] > 0).any():
        measured.set_yscale("log", nonpositive="mask")
    _log_ticks(measured, rows["value"])
    _epochs(measured, rows, lang)
    panel_title(
        measured, label("梯度：实测", "gradient as measured", lang), "b", formula=rf"$\|\partial L/\partial {logits}\|$"
    )
    legend_box.draw(fig, 9.0)
    return fig


def _by_probability(
    ax: Axes, p: np.ndarray, sizes: dict[str, np.ndarray], lang: Lang, initial: float, number: Formatter
) -> None:
    order = np.argsort(p)
    ax.axvline(initial, color=MUTED, linewidth=0.6, linestyle=DOTTED)
    for variant, values in sizes.items():
        own = style.variant_style(variant)
        ax.plot(p[order], values[order], **own.line)
        start = float(np.interp(initial, p[order], values[order]))
        ax.plot(initial, start, own.marker, color=own.color, markersize=4.5, zorder=3)
        falling = variant == "corrected"  # 1 - p falls; the other rises and bends down: there is room next to it
        place = (4, 4) if falling else (5, -8.5)
        ax.annotate(number(start), (initial, start), place, textcoords="offset points")
    ax.text(0.45, 0.6, label("一次 softmax", "one softmax", lang), color=style.variant_style("corrected").color)
    ax.text(
        0.58, 0.04, label("两次 softmax", "two softmaxes", lang), color=style.variant_style("wrong").color, ha="center"
    )
    ax.set_xlim(0, 1)
    top = np.nanmax([*sizes["corrected"], *sizes["wrong"], 0.0])
    ax.set_ylim(0, max(float(top) * 1.08, 0.01))
    ax.set_xlabel(label("标签类别的概率", "probability of the label", lang))


@style.with_report_style
def learning_curves(
    curves: pd.DataFrame,
    variant: str,
    lang: Lang,
    *,
    percent: Formatter,
    number: Formatter,
) -> Figure:
    """Loss and accuracy of one image model by epoch, on the training and the validation split."""
    rows = _rows(curves, experiment="imagenet10", variant=variant)
    names = {"train": label("训练", "training", lang), "val": label("验证", "validation", lang)}
    entries: list[Entry] = [(_split_line(variant, split), name) for split, name in names.items()]
    legend_box = legend(entries, style.TEXT_WIDTH - 9)
    height = 44.0
    fig = style.new_figure(style.TEXT_WIDTH, legend_box.height + height + 16.0)
    axes = [style.add_axes(fig, left, 9.5, 61.0, height) for left in (9.0, 93.0)]
    for ax, metric, write, title, letter in zip(
        axes,
        ("loss", "acc"),
        (number, percent),
        (label("损失", "loss", lang, "nats"), label("准确率", "accuracy", lang)),
        "ab",
        strict=True,
    ):
        ends = []
        for split in names:
            _draw(ax, rows, variant, split, metric, **_split_line(variant, split))
            ends += _ends(rows, [variant], split, metric, write)
        _epochs(ax, rows, lang)
        panel_title(ax, title, letter)
        if metric == "loss":
            _loss_axis(ax, _loss_limits(rows.loc[rows["metric"] == "loss", "value"], [0.0]))
        else:
            _accuracy_axis(ax)
        end_labels(ax, ends)
    legend_box.draw(fig, 9.0)
    return fig


def _rows(curves: pd.DataFrame, **only: str) -> pd.DataFrame:
    """The rows with these values. Raises ValueError when there are none."""
    rows = curves
    for column, value in only.items():
        rows = rows[rows[column] == value]
    if rows.empty:
        wanted = ", ".join(f"{column} {value!r}" for column, value in only.items())
        raise ValueError(f"the curves have no row with {wanted}; train it first or leave its figure out")
    return rows


def _over_seeds(rows: pd.DataFrame, variant: str, split: str, metric: str) -> Seeds:
    chosen = rows[(rows["variant"] == variant) & (rows["split"] == split) & (rows["metric"] == metric)]
    if chosen.duplicated(["seed", "epoch"]).any():
        twice = chosen[chosen.duplicated(["seed", "epoch"])].iloc[0]
        raise ValueError(
            f"{variant}, {split} {metric}: seed {twice['seed']} has epoch {twice['epoch']} twice; "
            "a run must be in the table once"
        )
    wide = chosen.pivot(index="epoch", columns="seed", values="value").sort_index()
    wide = wide.where(np.isfinite(wide))  # inf is as little a value as NaN
    return pd.DataFrame(
        {
            "mean": wide.mean(axis=1, skipna=False),
            "low": wide.min(axis=1, skipna=False),
            "high": wide.max(axis=1, skipna=False),
        }
    )


def _draw(ax: Axes, rows: pd.DataFrame, variant: str, split: str, metric: str, **changes: Any) -> None:
    """One line with its band; nothing when the variant has no such measurements."""
    seeds = _over_seeds(rows, variant, split, metric)
    if seeds.empty:
        return
    own = style.variant_style(variant)
    every = max(1, round(len(seeds) / 10))
    line = {**own.line, "marker": own.marker, "markevery": every, **changes}
    wide = own.width > 3  # lies under the others
    ax.plot(seeds.index, seeds["mean"], label=variant, zorder=2 if wide else 3, clip_on=False, **line)
    if (seeds["high"] > seeds["low"]).any():
        band: dict[str, Any] = {"color": line["color"], "alpha": 0.22, "linewidth": 0, "zorder": 1.8}
        ax.fill_between(seeds.index, seeds["low"], seeds["high"], **band)


def _split_line(variant: str, split: str) -> dict[str, Any]:
    """Training thin, grey and dashed; validation in the variant's own colour."""
    if split == "train":
        return {"color": MUTED, "linestyle": DASHED, "linewidth": 1.0, "marker": ""}
    return {
        "color": style.variant_style(variant).color,
        "linestyle": "-",
        "linewidth": 1.5,
        "marker": style.variant_style(variant).marker,
    }


def _ends(
    rows: pd.DataFrame, variants: Sequence[str], split: str, metric: str, write: Formatter
) -> list[tuple[float, str]]:
    """(value, text) at the last epoch of each variant whose last mean is finite."""
    last = [_over_seeds(rows, variant, split, metric)["mean"] for variant in variants]
    return [(mean.iloc[-1], write(mean.iloc[-1])) for mean in last if len(mean) and np.isfinite(mean.iloc[-1])]


def _epochs(ax: Axes, rows: pd.DataFrame, lang: Lang) -> None:
    ax.set_xlim(0, max(rows["epoch"].max(), 1))
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_xlabel(label("轮次", "epoch", lang))


def _accuracy_axis(ax: Axes) -> None:
    ax.set_ylim(0, 1)  # the same for every model, so that panels can be compared
    ax.yaxis.set_major_locator(FixedLocator([0, 0.2, 0.4, 0.6, 0.8, 1]))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _loss_limits(values: pd.Series, levels: Sequence[float]) -> tuple[float, float]:
    """Limits of a loss axis that hold all finite values and these levels."""
    finite = [*values[np.isfinite(values)], *levels]
    low, high = min(finite), max(finite)
    margin = 0.04 * (high - low) or 0.5
    return (max(low - margin, 0.0) if low >= 0 else low - margin), high + margin


def _loss_axis(ax: Axes, limits: tuple[float, float]) -> None:
    ax.set_ylim(*limits)
    if limits[1] > 50:  # before a run diverges its loss explodes: keep the others readable
        ax.set_yscale("symlog", linthresh=1.0)
        ax.set_ylim(*limits)
        powers = range(int(np.log10(limits[1])) + 1)
        chosen = powers[:: 1 + len(powers) // 6]
        written = [str(10**n) if n < 4 else "10" + str(n).translate(SUPERSCRIPT) for n in chosen]
        ax.set_yticks([0.0, *(10.0**n for n in chosen)], ["0", *written])
        ax.yaxis.set_minor_locator(NullLocator())
    else:
        ax.yaxis.set_major_locator(MaxNLocator(5))


def _log_ticks(ax: Axes, values: pd.Series) -> None:
    """Ticks at 1, 2 and 5 times powers of ten, written as plain numbers."""
    finite = values[np.isfinite(values) & (values > 0)]
    if finite.empty:
        return
    low, high = finite.min() / 1.25, finite.max() * 1.25
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    steps = (1, 2, 5) if high / low < 200 else (1,)
    ticks = [step * 10.0**decade for decade in decades for step in steps]
    ticks = [tick for tick in ticks if low <= tick <= high]
    ax.set_ylim(low, high)
    ax.yaxis.set_major_locator(FixedLocator(ticks[:: max(1, len(ticks) // 8)]))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_locator(NullLocator())
