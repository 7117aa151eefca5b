"""LaTeX formulas as SVG, drawn offline by ziamath, sized in em so that they follow the text around them."""

import html
import re
import warnings
from functools import cache
from xml.etree import ElementTree

from markupsafe import Markup

from report.errors import RenderError

with warnings.catch_warnings():
    # ziamath 0.13 looks up its own face by importlib.resources.path, which Python 3.11 calls deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    import ziamath
    from latex2mathml import exceptions

# SVG 1.1 without <symbol>: with SVG 2 every formula on the page would define the same ids.
ziamath.config.svg2 = False
ziamath.config.precision = 2

# ziamath asserts that LaTeX is well formed; latex2mathml has a dozen errors without a common base class.
_LATEX_ERRORS: tuple[type[Exception], ...] = (
    AssertionError,
    *(kind for kind in vars(exceptions).values() if isinstance(kind, type) and issubclass(kind, Exception)),
)

_SIZE = 20.0  # px: the size at which formulas are drawn
_EM = _SIZE / 1.09  # px: one em of the text; the mathematical face is that much smaller than the body's at equal size
_MARGIN = 0.4  # px around the ink, so that antialiased edges are not cut


def formula(latex: str, alt: str | None = None) -> Markup:
    """An inline formula on the text's baseline; `alt` is what is read aloud, the LaTeX itself if None."""
    return _svg(latex.strip(), alt, display=False)


def display_formula(latex: str, alt: str | None = None) -> Markup:
    """The same formula in display style: large operators, limits above and below."""
    return _svg(latex.strip(), alt, display=True)


def _svg(latex: str, alt: str | None, *, display: bool) -> Markup:
    width, height, depth, viewbox, paths = _draw(latex, display)
    title = html.escape(alt or latex)
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="math" role="img" aria-label="{title}"'
        f' width="{width:.3f}em" height="{height:.3f}em" viewBox="{viewbox}"'
        f' style="vertical-align:{-depth:.3f}em"><title>{title}</title>{paths}</svg>'
    )


@cache
def _draw(latex: str, display: bool) -> tuple[float, float, float, str, str]:
    """Width, height, depth below the baseline (em), view box, and the paths as SVG markup."""
    try:
        drawn = ziamath.Latex(latex, size=_SIZE, inline=not display, margin=_MARGIN)
        svg = drawn.svgxml()
    except _LATEX_ERRORS as error:
        raise RenderError(f"formula {latex!r} cannot be typeset: {error!r}") from error
    _refuse_what_would_be_drawn_wrong(latex, drawn)
    _, top, width, height = map(float, svg.attrib["viewBox"].split())
    paths = "".join(ElementTree.tostring(child, encoding="unicode") for child in svg)
    paths = paths.replace('fill="black"', 'fill="currentColor"').replace('stroke="black"', 'stroke="currentColor"')
    return width / _EM, height / _EM, (top + height) / _EM, svg.attrib["viewBox"], paths


def _refuse_what_would_be_drawn_wrong(latex: str, drawn: ziamath.Latex) -> None:
    """ziamath spells out an unknown command and draws a box for a character it lacks, both silently."""
    text = "".join(html.unescape(part) for part in re.findall(r">([^<>]+)<", drawn.mathmlstr()))
    if unknown := re.search(r"\\[a-zA-Z]+", text):
        raise RenderError(f"formula {latex!r}: {unknown[0]} is not a command that is known here")
    for char in text:
        if not char.isspace() and not drawn.font.glyphindex(char):
            raise RenderError(f"formula {latex!r}: the mathematical face has no {char!r} (U+{ord(char):04X})")
