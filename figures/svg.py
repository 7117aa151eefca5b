"""How a figure becomes SVG, and what must not be wrong with it then."""

import io
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from figures.glyphs import join_letters
from figures.style import MM_PER_INCH, RC, register_fonts
from figures.text import require_glyphs

SLACK = 0.4  # mm that something may reach beyond an edge or onto text: half a line, the white around a letter


def svg(fig: Figure) -> str:
    """The figure as one `<svg>` element, text as paths; the same string in every process.

    Raises ValueError where matplotlib warns, would draw a box for a character, cuts something off at the edge, or sets
    text on other text or in another panel.
    """
    register_fonts()
    texts = [a.get_text() for a in fig.findobj(Text) if isinstance(a, Text) and not a.get_parse_math()]
    require_glyphs(texts)
    buffer, log, logger = io.StringIO(), _Messages(), logging.getLogger("matplotlib")
    logger.addHandler(log)
    try:
        with warnings.catch_warnings(), matplotlib.rc_context(RC):
            warnings.simplefilter("error")
            nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
            fig.savefig(buffer, format="svg", metadata=nothing)
            _require_legible(fig)
    except Warning as warning:
        raise ValueError(f"matplotlib warned while drawing a figure: {warning}") from warning
    finally:
        logger.removeHandler(log)
    if log.messages:
        raise ValueError(f"matplotlib warned while drawing a figure: {'; '.join(log.messages)}")
    # Comments repeat the texts, which come from data; an XML head could not stand inside HTML.
    content = buffer.getvalue()[buffer.getvalue().index("<svg") :]
    return join_letters(re.sub(r"\s*<!--.*?-->", "", content, flags=re.DOTALL))


def save(fig: Figure, path: Path) -> None:
    """Write the figure as an SVG file; errors as `svg`."""
    if path.suffix != ".svg":
        raise ValueError(f"figures are saved as .svg, got {path}")
    path.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{svg(fig)}', encoding="utf-8", newline="\n")


class _Messages(logging.Handler):
    """Keeps what matplotlib logs as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _require_legible(fig: Figure) -> None:
    """Raise ValueError for what is cut off at the figure's edge, and for text on other text or in another panel."""
    renderer = FigureCanvasAgg(fig).get_renderer()
    box = fig.get_tightbbox(renderer)  # inches
    width, height = fig.get_size_inches()
    over = {"left": -box.x0, "right": box.x1 - width, "bottom": -box.y0, "top": box.y1 - height}
    side = max(over, key=lambda name: over[name])
    if over[side] * MM_PER_INCH > SLACK:
        raise ValueError(f"something sticks out of the figure at the {side} by {over[side] * MM_PER_INCH:.1f} mm")
    texts = [(text, panel) for panel in (None, *fig.axes) for text in _texts(fig, panel)]
    places = _in_mm([text.get_window_extent(renderer) for text, _ in texts], fig)
    depth = np.triu(_overlaps(places, places), 1)
    if (depth > SLACK).any():
        first, second = np.unravel_index(depth.argmax(), depth.shape)
        one, other = (texts[index][0].get_text() for index in (first, second))
        raise ValueError(f"{one!r:.60} lies on {other!r:.60} by {depth.max():.1f} mm")
    depth = _overlaps(places, _in_mm([panel.get_window_extent(renderer) for panel in fig.axes], fig))
    foreign = np.array([[owner is not panel for panel in fig.axes] for _, owner in texts], bool)
    if (foreign & (depth > SLACK)).any():
        text, _ = texts[int((foreign * depth).max(axis=1).argmax())]
        raise ValueError(f"{text.get_text()!r:.60} reaches {(foreign * depth).max():.1f} mm into a panel not its own")


def _texts(fig: Figure, panel: Axes | None) -> Iterator[Text]:
    """The texts that are seen in a panel and around it, or, without one, those of the figure itself."""
    found: list[Text] = list(fig.texts if panel is None else panel.texts)
    if panel is not None and panel.axison:
        for axis in (panel.xaxis, panel.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            found += [axis.label, axis.offsetText, *(text for tick in ticks for text in (tick.label1, tick.label2))]
    yield from (text for text in found if text.get_visible() and text.get_text().strip())


def _in_mm(boxes: Sequence[BboxBase], fig: Figure) -> npt.NDArray[np.float64]:
    """(n, 4): left, bottom, right, top of each in mm."""
    return np.array([box.extents for box in boxes], float).reshape(-1, 4) / fig.dpi * MM_PER_INCH


def _overlaps(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n, m): how deep each place of a lies in each of b, in mm; 0 where they are apart."""
    ends = np.minimum(a[:, None, 2:], b[None, :, 2:]) - np.maximum(a[:, None, :2], b[None, :, :2])
    return np.clip(ends.min(axis=2), 0, None)
