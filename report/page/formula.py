"""LaTeX formulas as SVG, drawn offline by ziamath, sized in em so that they follow the text around them."""

import html
import json
import re
import warnings
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from markupsafe import Markup

from report.cache import NO_CACHE, Cache
from report.errors import RenderError

if TYPE_CHECKING:
    import ziamath

_SIZE = 20.0  # px: the size at which formulas are drawn
_EM = _SIZE / 1.09  # px: one em of the text; the mathematical font is that much smaller than the body's at equal size
_MARGIN = 0.4  # px around the ink, so that antialiased edges are not cut


def formula(latex: str, alt: str | None = None, cache: Cache = NO_CACHE) -> Markup:
    """An inline formula on the text's baseline; `alt` is what is read aloud, the LaTeX itself if None."""
    return _svg(latex.strip(), alt, cache, display=False)


def display_formula(latex: str, alt: str | None = None, cache: Cache = NO_CACHE) -> Markup:
    """The same formula in display style: large operators, limits above and below."""
    return _svg(latex.strip(), alt, cache, display=True)


def _svg(latex: str, alt: str | None, cache: Cache, *, display: bool) -> Markup:
    drawn = cache.get(f"formula {display} {latex}", lambda: json.dumps(_draw(latex, display)).encode())
    width, height, depth, viewbox, paths = json.loads(drawn)
    title = html.escape(alt or latex)
    return Markup(
        f'<svg xmlns="http://www.w3.org/2000/svg" class="math" role="img" aria-label="{title}"'
        f' width="{width:.3f}em" height="{height:.3f}em" viewBox="{viewbox}"'
        f' style="vertical-align:{-depth:.3f}em"><title>{title}</title>{paths}</svg>'
    )


def _draw(latex: str, display: bool) -> tuple[float, float, float, str, str]:
    """Width, height, depth below the baseline (em), view box, and the paths as SVG markup.

    An author writes formulas too, and neither ziamath nor latex2mathml says what it raises for one it cannot read.
    """
    with warnings.catch_warnings():
        # ziamath 0.13 looks up its own font by importlib.resources.path, which Python 3.11 calls deprecated.
        warnings.simplefilter("ignore", DeprecationWarning)
        import ziamath  # late: a tenth of the imports of a report, whose formulas are mostly drawn already
    # SVG 1.1 without <symbol>: with SVG 2 every formula on the page would define the same ids.
    ziamath.config.svg2 = False
    ziamath.config.precision = 2
    try:
        drawn = ziamath.Latex(latex, size=_SIZE, inline=not display, margin=_MARGIN)
        svg = drawn.svgxml()
    except Exception as error:  # they assert, run off a list, or write MathML that no parser takes ("$&$")
        raise RenderError(f"formula {latex!r} cannot be typeset: {error!r}") from error
    _refuse_what_would_be_drawn_wrong(latex, drawn)
    _, top, width, height = map(float, svg.attrib["viewBox"].split())
    paths = "".join(ElementTree.tostring(child, encoding="unicode") for child in svg)
    paths = paths.replace('fill="black"', 'fill="currentColor"').replace('stroke="black"', 'stroke="currentColor"')
    return width / _EM, height / _EM, (top + height) / _EM, svg.attrib["viewBox"], paths


def _refuse_what_would_be_drawn_wrong(latex: str, drawn: "ziamath.Latex") -> None:
    """ziamath spells out an unknown command and draws a box for a character it lacks, both silently."""
    text = "".join(html.unescape(part) for part in re.findall(r">([^<>]+)<", drawn.mathmlstr()))
    if unknown := re.search(r"\\[a-zA-Z]+", text):
        raise RenderError(f"formula {latex!r}: {unknown[0]} is not a command that is known here")
    for char in text:
        if not char.isspace() and not drawn.font.glyphindex(char):
            raise RenderError(f"formula {latex!r}: the mathematical font has no {char!r} (U+{ord(char):04X})")
