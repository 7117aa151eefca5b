"""How every figure looks, and how it becomes SVG: sizes in mm, one face for both scripts, one look a variant.

Figures are drawn at their final size with type as large as a caption's, without pyplot and without global
state: a function marked `drawn` runs under these settings alone, whatever matplotlibrc the machine has.
"""

import io
import logging
import re
import warnings
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from operator import itemgetter
from pathlib import Path
from typing import Any, Literal, ParamSpec

import matplotlib
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.ft2font import FT2Font
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

Lang = Literal["both", "zh", "en"]
Formatter = Callable[[float], str]
Dash = str | tuple[int, tuple[float, ...]]  # matplotlib's linestyle: a name, or (offset, (on, off, …)) in line widths
P = ParamSpec("P")

TEXT_WIDTH = 165.0  # mm, the report's text block
MM_PER_INCH = 25.4
TYPE_SIZE = 8.0  # pt, as a caption's
LINE_HEIGHT = 4.4  # mm, one line of a legend
SLACK = 0.4  # mm that something may reach over a figure's edge: half a line, the white around a letter

INK, MUTED, GRID = "#1f2328", "#5f6670", "#e4e6ea"
ACCENT = "#12355b"  # the darkest colour of the palette; the hue of heat maps

FONT_FOLDER = Path(__file__).resolve().parent.parent / "templates" / "fonts"
FACES = ("NotoSansCJKsc-Regular.otf", "NotoSansCJKsc-Bold.otf")
FAMILIES = ["Noto Sans CJK SC", "DejaVu Sans"]  # DejaVu comes with matplotlib and has symbols the first lacks

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
    "svg.fonttype": "path",  # the same picture with whatever faces the reader has
    "svg.hashsalt": "figures",  # ids, and with them the bytes, depend on the content alone
}


@dataclass(frozen=True, kw_only=True)
class Look:
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
LOOKS: Mapping[str, Look] = {
    "wrong": Look(zh="错误", en="wrong", color="#b83a0b", dash=DASHED, marker="s", width=1.2),
    "double": Look(zh="双重", en="double", color="#f2b48c", marker="", width=4.2),
    "corrected": Look(zh="修正", en="corrected", color=ACCENT, dash=(0, (2.4, 1.4)), marker="o", width=1.2),
    "reference": Look(zh="参照", en="reference", color="#9fc1e2", marker="", width=4.2),
    "wrong-lr10": Look(
        zh="错误，学习率 ×10", en="wrong, rate ×10", color="#6d3f8f", dash=DASHDOT, marker="D", width=1.2
    ),
    "layer2nn": Look(zh="两层神经网络", en="2-layer NN", color="#2b9c96", dash=DASHDOT, marker="^"),
    "mlp": Look(zh="残差 MLP", en="residual MLP", color="#b83a0b", dash=DASHED, marker="s"),
    "cnn": Look(zh="CNN", en="CNN", color=ACCENT, marker="o"),
}


def look(variant: str) -> Look:
    """The look of a variant; an unknown one gets a look that depends on its name alone."""
    if variant in LOOKS:
        return LOOKS[variant]
    number = zlib.crc32(variant.encode())  # hash() differs between processes
    return Look(
        zh=variant,
        en=variant,
        color=("#6d3f8f", "#7d6608", "#8a1c4a")[number % 3],
        dash=(DOTTED, DASHDOT, DASHED, "-")[number // 3 % 4],
        marker=("D", "v", "P", "X", "*")[number // 12 % 5],
    )


def in_order(variants: Iterable[str]) -> list[str]:
    """The variants without repetition: known ones in the palette's order, then the others by name."""
    known = list(LOOKS)
    return sorted(set(variants), key=lambda v: (known.index(v) if v in LOOKS else len(known), v))


def label(zh: str, en: str, lang: Lang, unit: str = "") -> str:
    """The label in one script or both, Chinese first. Raises ValueError for an unknown language."""
    if lang not in ("both", "zh", "en"):
        raise ValueError(f"lang must be both, zh or en, got {lang!r}")
    words = {"zh": zh, "en": en, "both": zh if zh == en else f"{zh} {en}"}[lang]
    return f"{words} ({unit})" if unit else words


def variant_name(variant: str, lang: Lang) -> str:
    """What legends call a variant."""
    return label(look(variant).zh, look(variant).en, lang)


def percent(fraction: float) -> str:
    """0.8034 as 80.3%; the fallback where the caller passes no formatter."""
    return f"{100 * fraction:.1f}%"


def decimals(value: float) -> str:
    """1.46119 as 1.4612; the fallback where the caller passes no formatter."""
    return f"{value:.4f}"


@cache
def _register_faces() -> None:
    """Make the project's faces known, ahead of a system copy of the same name."""
    paths = [str(FONT_FOLDER / face) for face in FACES]
    for path in paths:
        if not Path(path).is_file():
            raise FileNotFoundError(f"no font at {path}; it is part of the project: restore it with git checkout")
        font_manager.fontManager.addfont(path)
    font_manager.fontManager.ttflist.sort(key=lambda entry: entry.fname not in paths)  # stable


def drawn(function: Callable[P, Figure]) -> Callable[P, Figure]:
    """The function, run under the project's settings and faces alone; nothing stays changed after it."""

    @wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        _register_faces()
        with matplotlib.rc_context(RC):
            return function(*args, **kwargs)

    return wrapper


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of its final size. Call it inside a `drawn` function."""
    return Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), dpi=200)


def add_axes(fig: Figure, left: float, bottom: float, width: float, height: float, **kwargs: Any) -> Axes:
    """Axes whose data area lies at these mm from the figure's lower left corner."""
    w, h = fig.get_size_inches() * MM_PER_INCH
    return fig.add_axes((left / w, bottom / h, width / w, height / h), **kwargs)


def panel_title(ax: Axes, text: str, letter: str = "", formula: str = "") -> None:
    """Write what the panel shows above it: a bold letter for captions to refer to, words, a formula."""
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
    left = 0.0
    if letter:
        ax.annotate(letter, (0, 1), (-6.0, 5.0), weight="bold", **place)
        left = 3.5
    ax.annotate(text, (0, 1), (left, 5.0), **place)
    if formula:  # a text of its own: mathtext would set the words in its own face
        left += (text_width(text) + 1.2) * 72 / MM_PER_INCH
        ax.annotate(formula, (0, 1), (left, 5.0), parse_math=True, math_fontfamily="stix", size=9, **place)


def luminance(color: str | tuple[float, float, float, float]) -> float:
    """Relative luminance in [0, 1], as WCAG 2.2 defines it for contrast."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def text_width(text: str, size: float = TYPE_SIZE) -> float:
    """Width of one line of text in mm, in the project's faces."""
    _register_faces()
    _require_glyphs([text])
    prop = FontProperties(family=FAMILIES, size=size)
    width, _, _ = text_to_path.get_text_width_height_descent(text, prop, ismath=False)
    return float(width) * MM_PER_INCH / 72


def fit(text: str, width: float) -> str:
    """The text on one line, shortened with "..." to at most width mm."""
    return _shorten(" ".join(text.split()), width)


def wrap(text: str, width: float, lines: int) -> str:
    """The text in at most so many lines of at most width mm; what is left over becomes "...".

    It is broken at spaces into lines of about equal length.
    """
    whole = _greedy(text, width, lines)
    narrower = whole
    while whole and not narrower[-1].endswith("...") and len(narrower) == len(whole):
        whole, width = narrower, width - 1.0
        narrower = _greedy(text, width, lines)
    return "\n".join(whole)


def _greedy(text: str, width: float, lines: int) -> list[str]:
    words = text.split()
    done: list[str] = []
    while words:
        count = 1
        while count < len(words) and text_width(" ".join(words[: count + 1])) <= width:
            count += 1
        if len(done) == lines - 1 or text_width(words[0]) > width:
            return [*done, _shorten(" ".join(words), width)]
        done.append(" ".join(words[:count]))
        words = words[count:]
    return done


def _shorten(line: str, width: float) -> str:
    if text_width(line) <= width:
        return line
    low, high = 0, len(line)  # the longest beginning that fits with its dots
    while low < high:
        middle = (low + high + 1) // 2
        fits = text_width(line[:middle].rstrip() + "...") <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return line[:low].rstrip() + "..."


Entry = tuple[Mapping[str, Any], str]  # keywords of a Line2D, and what it stands for


@dataclass(frozen=True)
class Key:
    """A legend, laid out before its figure is because the figure's height depends on its lines.

    Entries flow from left to right; matplotlib's own legend packs columns, whose rows drift apart where one
    column's glyphs are taller.
    """

    rows: Sequence[Sequence[tuple[float, Entry]]]  # the mm at which each entry begins

    @property
    def height(self) -> float:
        """mm, with the space under it."""
        return len(self.rows) * LINE_HEIGHT + 1.6 if self.rows else 0.0

    def draw(self, fig: Figure, left: float) -> None:
        """Place it at the figure's top, left mm from its edge; outside the axes it covers no data."""
        w, h = fig.get_size_inches() * MM_PER_INCH
        for row, entries in enumerate(self.rows):
            y = 1 - (row + 0.5) * LINE_HEIGHT / h
            for start, (line, text) in entries:
                x = [(left + start + part * HANDLE) / w for part in (0, 0.5, 1)]
                fig.add_artist(Line2D(x, [y] * 3, **{"markevery": [1], **line}, gid="key"))
                fig.text(x[2] + 1.6 / w, y, text, va="center_baseline", gid="key")


HANDLE = 7.6  # mm, the sample of a line in a legend


def key(entries: Sequence[Entry], width: float) -> Key:
    """A legend at most width mm wide; a label that alone is wider is shortened."""
    rows: list[list[tuple[float, Entry]]] = []
    x = width
    for line, text in entries:
        text = fit(text, width - HANDLE - 1.6)
        length = HANDLE + 1.6 + text_width(text)
        if not rows or x + length > width:
            rows.append([])
            x = 0.0
        rows[-1].append((x, (line, text)))
        x += length + 5.0
    return Key(rows)


def variant_key(variants: Iterable[str], lang: Lang) -> list[Entry]:
    """Legend entries for the lines of these variants."""
    return [({**look(v).line, "marker": look(v).marker}, variant_name(v, lang)) for v in variants]


def end_labels(ax: Axes, labels: Sequence[tuple[float, str]]) -> None:
    """Write texts beside the right edge at their y values, apart from each other; equal texts once."""
    height = ax.bbox.height / ax.figure.dpi * MM_PER_INCH
    to_axes = ax.transScale + ax.transLimits
    wanted = sorted({text: to_axes.transform((1, y))[1] * height for y, text in labels}.items(), key=itemgetter(1))
    places = spread([y for _, y in wanted], 3.4)
    for (text, _), place in zip(wanted, places, strict=True):
        ax.annotate(
            text,
            (1, place / height),
            (4.5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center_baseline",
            annotation_clip=False,
        )


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Ascending places moved as little as possible so that neighbours are at least gap apart."""
    groups: list[tuple[float, int]] = []  # (centre, how many) of places that had to be pushed together
    for place in places:
        groups.append((place, 1))
        while len(groups) > 1:
            (low, m), (high, n) = groups[-2:]
            if high - low >= gap * (m + n) / 2:
                break
            groups[-2:] = [((low * m + high * n) / (m + n), m + n)]
    return [centre + gap * (i - (n - 1) / 2) for centre, n in groups for i in range(n)]


@cache
def _glyphs() -> frozenset[int]:
    """Code points that one of the faces can draw."""
    _register_faces()
    paths = [font_manager.findfont(FontProperties(family=family)) for family in FAMILIES]
    return frozenset(code for path in paths for code in FT2Font(path).get_charmap())


def _require_glyphs(texts: Iterable[str]) -> None:
    """Raise ValueError for a character that would be drawn as a box."""
    for text in texts:
        for character in text:
            if ord(character) not in _glyphs() and character != "\n":
                raise ValueError(
                    f"no face of the figures has a glyph for {character!r} (U+{ord(character):04X}), "
                    f"which stands in {text[:60]!r}; write it without that character "
                    f"or add it to the faces in {FONT_FOLDER}"
                )


def _require_inside(fig: Figure) -> None:
    """Raise ValueError if something is drawn beyond the figure's edge, where it would be cut off without a word."""
    drawn = fig.get_tightbbox(FigureCanvasAgg(fig).get_renderer())
    width, height = fig.get_size_inches()
    over = {"left": -drawn.x0, "right": drawn.x1 - width, "bottom": -drawn.y0, "top": drawn.y1 - height}
    side = max(over, key=lambda name: over[name])
    if over[side] * MM_PER_INCH > SLACK:
        raise ValueError(f"something sticks out of the figure at the {side} by {over[side] * MM_PER_INCH:.1f} mm")


class _Messages(logging.Handler):
    """Keeps what matplotlib logs as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def svg(fig: Figure) -> str:
    """The figure as one `<svg>` element, text as paths; the same string in every process.

    Raises ValueError where matplotlib warns, would draw a box for a character, or cuts something off at the edge.
    """
    _register_faces()
    texts = [a.get_text() for a in fig.findobj(Text) if isinstance(a, Text) and not a.get_parse_math()]
    _require_glyphs(texts)
    buffer, log, logger = io.StringIO(), _Messages(), logging.getLogger("matplotlib")
    logger.addHandler(log)
    try:
        with warnings.catch_warnings(), matplotlib.rc_context(RC):
            warnings.simplefilter("error")
            nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
            fig.savefig(buffer, format="svg", metadata=nothing)
            _require_inside(fig)
    except Warning as warning:
        raise ValueError(f"matplotlib warned while drawing a figure: {warning}") from warning
    finally:
        logger.removeHandler(log)
    if log.messages:
        raise ValueError(f"matplotlib warned while drawing a figure: {'; '.join(log.messages)}")
    # Comments repeat the texts, which come from data; an XML head could not stand inside HTML.
    return re.sub(r"\s*<!--.*?-->", "", buffer.getvalue()[buffer.getvalue().index("<svg") :], flags=re.DOTALL)


def save(fig: Figure, path: Path) -> None:
    """Write the figure as an SVG file; errors as `svg`."""
    if path.suffix != ".svg":
        raise ValueError(f"figures are saved as .svg, got {path}")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{svg(fig)}', encoding="utf-8", newline="\n")
