"""How every figure looks: sizes in mm, one font for both scripts, one style a variant.

Figures are drawn at their final size with type as large as a caption's, without pyplot and without global
state: a function marked `with_report_style` runs under these settings alone, whatever matplotlibrc the machine has.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from experiments.catalog import IMAGE_MODELS
from experiments.models.recipe import names
from figures import room

Lang = Literal["both", "zh", "en"]
Formatter = Callable[[float], str]
Dash = str | tuple[int, tuple[float, ...]]  # matplotlib's linestyle: a name, or (offset, (on, off, …)) in line widths
P = ParamSpec("P")

TEXT_WIDTH = room.TEXT_WIDTH
MM_PER_INCH = 25.4
TYPE_SIZE = 8.0  # pt, as a caption's

INK, MUTED, GRID = "#1f2328", "#5f6670", "#e4e6ea"
ACCENT = "#12355b"  # the darkest colour of the palette; the hue of heat maps

FONT_FOLDER = Path(__file__).resolve().parent.parent / "templates" / "fonts"
FACES = ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Names.otf", "NotoSansCJKsc-Bold.otf")
FAMILIES = [
    "Noto Sans CJK SC",
    "Noto Sans CJK SC Names",
    "DejaVu Sans",
]  # DejaVu comes with matplotlib and has symbols the first lacks

RC = {
    # matplotlib's own defaults first, so that a matplotlibrc cannot change a figure
    **{k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith(("backend", "interactive", "toolbar"))},
    "font.family": FAMILIES,
    "font.size": TYPE_SIZE,
    "axes.titlesize": TYPE_SIZE,
    "axes.labelsize": TYPE_SIZE,
    "xtick.labelsize": TYPE_SIZE,
    "ytick.labelsize": TYPE_SIZE,
    "text.parse_math": False,  # a class name may hold a dollar sign
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelpad": 2.5,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.6,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",  # the same picture with whatever fonts the reader has
    "svg.hashsalt": "figures",  # ids, and with them the bytes, depend on the content alone
}


@dataclass(frozen=True, kw_only=True)
class VariantStyle:
    """How one variant is named and drawn, in every figure. width in pt; dash as matplotlib's linestyle."""

    zh: str
    en: str
    color: str
    dash: Dash = "-"
    marker: str = "o"
    width: float = 1.3

    @property
    def line(self) -> dict[str, Any]:
        """Keywords for a line without markers."""
        return {"color": self.color, "linestyle": self.dash, "linewidth": self.width}


DASHED, DASHDOT, DOTTED = (0, (4.0, 1.8)), (0, (5.0, 1.6, 1.2, 1.6)), (0, (1.2, 1.6))

# Luminances, dashes and markers differ: readable in grey and without red-green vision. Of two variants that
# coincide, one is a wide pale line and the other a thin dark dashed one that runs inside it.
SOFTMAX: Mapping[str, VariantStyle] = {
    "wrong": VariantStyle(zh="错误", en="wrong", color="#b83a0b", dash=DASHED, marker="s", width=1.2),
    "double": VariantStyle(zh="双重", en="double", color="#f2b48c", marker="", width=4.2),
    "corrected": VariantStyle(zh="修正", en="corrected", color=ACCENT, dash=(0, (2.4, 1.4)), marker="o", width=1.2),
    "reference": VariantStyle(zh="参照", en="reference", color="#9fc1e2", marker="", width=4.2),
    "wrong-lr10": VariantStyle(
        zh="错误，学习率 ×10", en="wrong, rate ×10", color="#6d3f8f", dash=DASHDOT, marker="D", width=1.2
    ),
}
# Image models by name, Chinese and English; each is drawn by its place in the catalogue.
MODELS: dict[str, tuple[str, str]] = {model: (own.zh, own.en) for model in IMAGE_MODELS for own in [names(model)]}
PALETTE: Sequence[tuple[str, Dash, str]] = (  # colour, dash, marker; any two differ in all three
    ("#2b9c96", DASHDOT, "^"),
    ("#b83a0b", DASHED, "s"),
    (ACCENT, "-", "o"),
    ("#6d3f8f", DOTTED, "D"),
    ("#111111", (0, (8.0, 1.6)), "v"),
    ("#7c5cff", (0, (2.4, 1.2, 1.2, 1.2, 1.2, 1.2)), "P"),
)


def variant_style(variant: str) -> VariantStyle:
    """How a variant is drawn. Raises ValueError for one without a name, or a model for which no colour is left."""
    if variant in SOFTMAX:
        return SOFTMAX[variant]
    if variant not in MODELS:
        known = ", ".join([*SOFTMAX, *MODELS])
        raise ValueError(
            f"no figure knows the variant {variant!r}; add it to experiments/catalog.py (known are {known})"
        )
    place = list(MODELS).index(variant)
    if place >= len(PALETTE):
        raise ValueError(f"{len(PALETTE)} models can be distinguished in a figure, and {variant!r} is one more")
    (zh, en), (color, dash, marker) = MODELS[variant], PALETTE[place]
    return VariantStyle(zh=zh, en=en, color=color, dash=dash, marker=marker)


def in_order(variants: Iterable[str]) -> list[str]:
    """The variants without repetition, in the order of the tables above. Raises ValueError for an unknown one."""
    known = [*SOFTMAX, *MODELS]
    unique = set(variants)
    for variant in sorted(unique):
        variant_style(variant)
    return sorted(unique, key=known.index)


def label(zh: str, en: str, lang: Lang, unit: str = "") -> str:
    """The label in one script or both, Chinese first. Raises ValueError for an unknown language."""
    if lang not in ("both", "zh", "en"):
        raise ValueError(f"lang must be both, zh or en, got {lang!r}")
    words = {"zh": zh, "en": en, "both": zh if zh == en else f"{zh} {en}"}[lang]
    return f"{words} ({unit})" if unit else words


def variant_name(variant: str, lang: Lang) -> str:
    """What legends call a variant."""
    style = variant_style(variant)
    return label(style.zh, style.en, lang)


@cache
def register_fonts() -> None:
    """Make the project's fonts known, ahead of a system copy of the same name."""
    paths = [str(FONT_FOLDER / face) for face in FACES]
    for path in paths:
        if not Path(path).is_file():
            raise FileNotFoundError(f"no font at {path}; it is part of the project: restore it with git checkout")
        font_manager.fontManager.addfont(path)
        if path.endswith("Names.otf"):  # in bold text, too: Matplotlib warns where a family has no bold
            (regular,) = (entry for entry in font_manager.fontManager.ttflist if entry.fname == path)
            font_manager.fontManager.ttflist.append(replace(regular, weight=700))
    font_manager.fontManager.ttflist.sort(key=lambda entry: entry.fname not in paths)  # stable


def with_report_style(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """The function, run under the project's settings and fonts alone; nothing stays changed after it."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        register_fonts()
        with matplotlib.rc_context(RC):
            return function(*args, **kwargs)

    return wrapper


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of its final size. Call it inside a `with_report_style` function."""
    return Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), dpi=200)


def add_axes(fig: Figure, left: float, bottom: float, width: float, height: float, **kwargs: Any) -> Axes:
    """Axes whose data area lies at these mm from the figure's lower left corner."""
    w, h = fig.get_size_inches() * MM_PER_INCH
    return fig.add_axes((left / w, bottom / h, width / w, height / h), **kwargs)


def luminance(color: str | tuple[float, float, float, float]) -> float:
    """Relative luminance in [0, 1], as WCAG 2.2 defines it for contrast."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
