"""The process that runs WeasyPrint, started by report.pdf: an order on stdin, problems and PDF on stdout."""

import base64
import functools
import gc
import json
import logging
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pydyf
import weasyprint
from weasyprint import svg
from weasyprint.pdf import tags
from weasyprint.svg import utils as svg_utils
from weasyprint.text.ffi import harfbuzz_subset
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from report.pdf.layout import layout_faults
from report.pdf.svg_paths import path_operators

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
VARIANT = "pdf/a-3a"  # archivable, tagged, may carry files


def main() -> None:
    """Carry out one order."""
    apply_patches()
    gc.disable()  # a fifth of the time otherwise: everything lives until the end anyway
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # die at once: WeasyPrint would swallow it inside a figure
    order = json.load(sys.stdin)
    if sys.platform != "darwin":
        _, already = resource.getrlimit(resource.RLIMIT_AS)  # cannot be raised
        most = order["memory"] if already == resource.RLIM_INFINITY else min(order["memory"], already)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    problems, pdf = render(order["html"], [Path(root) for root in order["roots"]])
    json.dump({"problems": problems, "pdf": base64.b64encode(pdf).decode()}, sys.stdout)


def render(html: str, roots: Sequence[Path]) -> tuple[list[str], bytes]:
    """Everything that is wrong with the page, and the PDF; it counts only if nothing is wrong."""
    collect = _Collect()
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).addHandler(collect)
        logging.getLogger(name).setLevel(logging.WARNING)
    pdf = b""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)  # not what concerns WeasyPrint's own authors
        try:
            page = weasyprint.HTML(string=html, base_url=f"{TEMPLATES.as_uri()}/", url_fetcher=Fetcher(roots))
            document = page.render(pdf_variant=VARIANT, pdf_tags=True)
            collect.messages += layout_faults(document.pages)
            pdf = document.write_pdf(pdf_variant=VARIANT, pdf_tags=True)
        except FatalURLFetchingError as error:
            collect.messages.append(f"{error}: {error.__cause__}")
    if harfbuzz_subset is None:  # WeasyPrint would take fontTools, slowly and with other bytes
        collect.messages.append("cannot load library 'libharfbuzz-subset-0'")
    messages = collect.messages + [str(warning.message) for warning in caught]
    return list(dict.fromkeys(messages)), pdf


class _Collect(logging.Handler):
    """Keeps every message at WARNING or above; WeasyPrint logs what went wrong and goes on."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


class Fetcher(URLFetcher):  # type: ignore[misc]
    """Opens plain files under `roots` and data: addresses, nothing else; a refusal stops the rendering."""

    def __init__(self, roots: Sequence[Path]):
        super().__init__(allowed_protocols=("file", "data"), allow_redirects=False, fail_on_errors=True)
        self._roots = [root.resolve() for root in roots]

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """The response for `url`; raises ValueError or OSError for what is not allowed or not there."""
        parts = urlsplit(url)
        if parts.scheme == "data":
            return super().fetch(url, headers)
        if parts.scheme != "file" or parts.netloc:
            raise ValueError(f"the report loads only its own files, not {url}")
        path = Path(url2pathname(parts.path)).resolve(strict=True)
        if not path.is_file() or not any(path.is_relative_to(root) for root in self._roots):
            raise ValueError(f"{path} is outside the report's own folders")
        return super().fetch(path.as_uri())


def apply_patches() -> None:
    """Change WeasyPrint for this process: languages in the structure tree, figures drawn faster. Call it once."""
    _name_languages()
    # The same few numbers are parsed over and over when a figure is drawn. A pure function.
    svg_utils.size = functools.lru_cache(1 << 17)(svg_utils.size)
    svg.TAGS["path"] = _path_once(svg.TAGS["path"])


def _name_languages() -> None:
    """Write each element's own language into the structure tree; WeasyPrint 70 writes only the document's.

    Wraps a private function, so a test counts the languages in a finished PDF.
    """
    build = tags._build_box_tree

    def build_with_language(box: Any, *args: Any) -> Iterator[pydyf.Dictionary]:
        source = getattr(getattr(box, "_box", box), "element", None)
        lang = source.get("lang") if source is not None else None
        for element in build(box, *args):
            if lang:
                element["Lang"] = pydyf.String(lang)
            yield element

    tags._build_box_tree = build_with_language


Draw = Callable[[Any, Any, float], None]


def _path_once(draw: Draw) -> Draw:
    """WeasyPrint's drawing of an SVG path, parsed once: a figure's letters are the same few paths, used often.

    A path is drawn without knowing where it stands: its operators depend on the two arguments of the key alone.
    """
    known: dict[tuple[str, float], tuple[bytes, list[Any]]] = {}

    def draw_path(image: Any, node: Any, font_size: float) -> None:
        key = node.get("d", ""), font_size
        operators = image.stream.stream
        if key in known:
            drawn, corners = known[key]
            operators.append(drawn)
            node.vertices.extend(corners)
        elif not any(node.get(f"marker{place}") for place in _MARKERS) and (plain := path_operators(key[0])):
            known[key] = plain, []  # its corners are where markers would be drawn
            operators.append(plain)
        else:
            before, vertices = len(operators), len(node.vertices)
            draw(image, node, font_size)
            known[key] = b"\n".join(map(pydyf._to_bytes, operators[before:])), list(node.vertices)[vertices:]

    return draw_path


_MARKERS = ("", "-start", "-mid", "-end")


if __name__ == "__main__":
    main()
