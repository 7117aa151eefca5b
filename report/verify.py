"""Checks a finished report by itself: recomputes what it says from the data attached to it. Needs no results, no torch.

Everything that the words depend on is attached. So the findings are computed again, the report is written again,
and every passage of it (a paragraph, a caption, a row of a table, an alternative text) must stand in the PDF as it
comes out now. That is a check against mistakes and against alterations of the text or of the data; it is no signature:
whoever changes the data and prints a new report from them is found out only by training again.
"""

import io
import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from math import isclose
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import pikepdf

from experiments.catalog import EXPERIMENTS
from experiments.dataset import printable
from experiments.errors import UserError
from experiments.files import sha256
from report import attachments
from report.build import program, report_html
from report.findings import image_findings, softmax_findings

LARGEST = 200 << 20  # bytes of the PDF, and of each stream in it: a report has a fiftieth of that
MOST_FILES = 20


class VerifyError(UserError):
    """The file cannot be checked at all; the message names it and says why."""


@dataclass
class Verdicts:
    """What was checked and what did not hold, in the order of the report."""

    claims: int = 0
    faults: list[str] = field(default_factory=list)

    def check(self, holds: bool, fault: str) -> None:
        self.claims += 1
        if not holds:
            self.faults.append(printable(fault, 400))  # names in it come from the file

    def __str__(self) -> str:
        return f"claims: {self.claims - len(self.faults)}/{self.claims} hold"


def verify(path: Path) -> Verdicts:
    """Check the report in a PDF, which may come from anywhere.

    Raises VerifyError if it is no report of this program, and AttachmentError if its data cannot be read.
    """
    try:
        if path.exists() and not path.is_file():
            raise VerifyError(f"{path}: not a file; name the PDF of a report")
        if path.stat().st_size > LARGEST:
            raise VerifyError(f"{path}: larger than {LARGEST >> 20} MB; no report is")
        pdf = pikepdf.open(io.BytesIO(path.read_bytes()))
    except OSError as error:
        raise VerifyError(f"{path}: cannot be read ({error.strerror}); name the PDF of a report") from None
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:
        reason = str(error).rpartition(">: ")[2]  # not where in memory it was read from
        raise VerifyError(f"{path}: not a PDF that can be opened ({reason}); name the PDF of a report") from None
    with pdf:
        try:
            files = _attached(pdf)
            pages = [_text(page) for page in pdf.pages]
            pictures = [sha256(drawing) for drawing in _drawings(pdf)]
            if "/Metadata" in pdf.Root:
                _bounded(pdf.Root.Metadata)  # no further, before the whole of it is read
            document = sha256(attachments.frame(pdf))
            related = {spec.obj.objgen for spec in pdf.attachments.values()}
            honest = {file.objgen for file in pdf.Root.get("/AF", pikepdf.Array())} == related
            told = {_squeezed(str(e.Alt)) for e in _elements(pdf) if "/Alt" in e}
        except (
            pikepdf.PdfError,
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
            RecursionError,
            zlib.error,
            ParseError,
        ) as error:
            raise VerifyError(f"{path}: its pages cannot be read ({error}); it was damaged or altered") from None
    verdicts = Verdicts()
    verdicts.check(honest, "the files related to the document are not the ones attached to it")
    _check_files(files, pictures, document, verdicts)
    source = attachments.unpack(files)
    try:
        findings, html = _written_again(source)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        # Data of this program never do that; such as someone made up may.
        raise VerifyError(f"{path}: its data give no report ({type(error).__name__}: {error})") from None
    _check_findings(files.get("findings.json", b""), findings, verdicts)
    before = len(verdicts.faults)
    _check_text(html, pages, told, verdicts)
    if len(verdicts.faults) > before and source.program != program():
        verdicts.faults.append("the report was written by another version of the program: verify it with that one")
        verdicts.claims += 1
    return verdicts


def _written_again(source: attachments.Source) -> tuple[Any, str]:
    """The findings and the text that the attached data give."""
    results = source.results
    softmax, images = softmax_findings(results), image_findings(results)
    experiments = [experiment.quick() if results.quick else experiment for experiment in EXPERIMENTS]
    html = report_html(results, experiments, softmax, images, source.fields, source.lang, "print")  # type: ignore[arg-type]
    return attachments.facts(softmax, images), html


def _attached(pdf: pikepdf.Pdf) -> dict[str, bytes]:
    if len(pdf.attachments) > MOST_FILES:
        raise VerifyError(f"{len(pdf.attachments)} files are attached; a report has at most {MOST_FILES}")
    return {name: _bounded(spec.get_file().obj) for name, spec in pdf.attachments.items()}


def _bounded(stream: Any) -> bytes:
    """The content of a stream, inflated no further than LARGEST."""
    raw = bytes(stream.read_raw_bytes())
    filters = stream.get("/Filter")
    if isinstance(filters, pikepdf.Array) and len(filters) == 1:
        filters = filters[0]
    if filters is None:
        return raw
    if filters != "/FlateDecode" or "/DecodeParms" in stream:
        raise ValueError(f"a stream is packed with {filters!r}, not as this program does")
    inflate = zlib.decompressobj()
    data = inflate.decompress(raw, LARGEST)
    if inflate.unconsumed_tail:
        raise ValueError(f"a stream is larger than {LARGEST >> 20} MB")
    return data


def _drawings(pdf: pikepdf.Pdf) -> Iterator[bytes]:
    for page in pdf.pages:
        _bounded(page.Contents)  # no further, before the whole of it is read
    yield from attachments.drawings(pdf)


def _elements(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    for element in pdf.objects:
        if isinstance(element, pikepdf.Dictionary) and element.get("/Type") == "/StructElem":
            yield element


_OPERATOR = re.compile(
    rb"/(?P<begin>Artifact|\w+)\s+(?:<<[^<>]*>>\s*)?B[DM]C|(?P<end>\bEMC\b)"
    rb"|/(?P<font>\w+) [\d.]+ Tf|\[(?P<shown>[^\[\]]*)\] TJ"
)
_GLYPHS = re.compile(rb"<([0-9a-fA-F]+)>")
_MAPPED = re.compile(r"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>")


def _text(page: pikepdf.Page) -> str:
    """The text of a page in the order in which it is drawn, running heads left out, squeezed."""
    fonts: dict[bytes, dict[str, str]] = {}
    for name, font in page.Resources.get("/Font", pikepdf.Dictionary()).items():
        table = _bounded(font.ToUnicode).decode("ascii")
        fonts[name.lstrip("/").encode()] = {
            glyph.lower(): bytes.fromhex(code).decode("utf-16-be") for glyph, code in _MAPPED.findall(table)
        }
    out: list[str] = []
    marks: list[bool] = []  # the marked content that is open; True for an artifact
    current: dict[str, str] = {}
    for match in _OPERATOR.finditer(_bounded(page.Contents)):
        if match["begin"]:
            marks.append(match["begin"] == b"Artifact")
        elif match["end"]:
            marks = marks[:-1]
        elif match["font"]:
            current = fonts[match["font"]]
        elif not any(marks):
            for glyphs in _GLYPHS.findall(match["shown"]):
                codes = glyphs.decode().lower()
                out += [current.get(codes[i : i + 4], "\ufffd") for i in range(0, len(codes), 4)]
    return _squeezed("".join(out))


_DROPPED = re.compile(r"[\s\u00ad\u2010\u200b\u2060\ufeff-]+")


def _squeezed(text: str) -> str:
    """Without spaces and hyphens, which line breaks put in and take out; ligatures as their letters."""
    return _DROPPED.sub("", unicodedata.normalize("NFKC", text))


class _Passages(HTMLParser):
    """The report's text, block by block, and the alternative texts of its pictures and formulas."""

    HEADINGS = ("h1", "h2", "h3", "h4")
    BLOCKS = ("p", "li", "tr", *HEADINGS, "dt", "dd", "pre")
    UNSEEN = ("svg", "style", "script", "title", "ol")  # ol: the contents, which repeat the headings

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.passages: list[str] = []
        self.alternatives: list[str] = []
        self.repeated: set[str] = set()  # what may stand on several pages: headings, heads of tables, running heads
        self._parts: list[str] = []
        self._unseen = 0
        self._in_head = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self.UNSEEN:
            self._unseen += 1
        # A div begins a passage, the next language in a list, but its end ends none: "main" does so for the banner.
        if tag in (*self.BLOCKS, "div") or (tag == "span" and "line" in (given.get("class") or "").split()):
            self._finish()
        if tag == "main":
            self._finish(repeats=True)  # the banner
        self._in_head |= tag == "thead"
        self.repeated |= {str(given[name]) for name in ("data-head", "data-running") if given.get(name)}
        if tag == "img" and given.get("alt"):
            self.alternatives.append(str(given["alt"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.UNSEEN:
            self._unseen -= 1
        if tag in self.BLOCKS:
            self._finish(repeats=tag in self.HEADINGS or self._in_head)
        self._in_head &= tag != "thead"

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._parts.append(data)

    def _finish(self, repeats: bool = False) -> None:
        text, self._parts = " ".join("".join(self._parts).split()), []
        if _squeezed(text):
            self.passages.append(text)
            if repeats:
                self.repeated.add(text)


def _check_files(files: dict[str, bytes], pictures: list[str], document: str, verdicts: Verdicts) -> None:
    """The attached files and the pages against the manifest."""
    if attachments.MANIFEST not in files:
        raise VerifyError("no data are attached; no report of build.py, or printed again by another program")
    manifest = attachments.read_manifest(files[attachments.MANIFEST])
    for name in sorted((files.keys() | manifest["files"].keys()) - {attachments.MANIFEST}):
        if name not in files:
            verdicts.check(False, f"{name}: no longer attached")
        elif name not in manifest["files"]:
            verdicts.check(False, f"{name}: attached later")
        else:
            verdicts.check(sha256(files[name]) == manifest["files"][name], f"{name}: altered")
    verdicts.check(
        document == manifest["document"], "structure, hidden texts, bookmarks, targets or metadata were altered"
    )
    verdicts.check(len(pictures) == len(manifest["pages"]), f"{len(manifest['pages'])} pages, now {len(pictures)}")
    for number, (now, then) in enumerate(zip(pictures, manifest["pages"], strict=False), start=1):
        verdicts.check(now == then, f"page {number}: what it draws was altered")


def _check_findings(attached: bytes, computed: Any, verdicts: Verdicts) -> None:
    before, now = (dict(_leaves(content)) for content in (attachments.read_json("findings.json", attached), computed))
    for name in sorted(before.keys() | now.keys()):
        a, b = before.get(name, "missing"), now.get(name, "missing")
        same = isclose(a, b, rel_tol=1e-9) or (a != a and b != b) if _numeric(a) and _numeric(b) else a == b
        verdicts.check(same, f"findings.json, {name}: {a!r:.60}, but the data give {b!r:.60}")


def _numeric(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _leaves(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(content, dict | list):
        for key, value in content.items() if isinstance(content, dict) else enumerate(content):
            yield from _leaves(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, content


def _check_text(html: str, pages: list[str], told: set[str], verdicts: Verdicts) -> None:
    """Each passage of the report as it is written now against the text of the PDF, each place used once."""
    parser = _Passages()
    parser.feed(html)
    parser.close()
    left = list(pages)
    order = sorted(range(len(parser.passages)), key=lambda i: -len(parser.passages[i]))  # the unmistakable ones first
    found = {i: _strike(_squeezed(parser.passages[i]), left) for i in order}
    for i, passage in enumerate(parser.passages):
        verdicts.check(found[i], f"not in the text as the data give it: {_shortened(passage)}")
    for number, page in enumerate(left, start=1):
        more = _left_over(page, parser.repeated)
        verdicts.check(not more, f"page {number}: text that the data do not give: {_shortened(more)}")
    for text in parser.alternatives:
        verdicts.check(_squeezed(text) in told, f"no picture has the alternative text: {_shortened(text)}")


_STRUCK = "\0"


def _strike(passage: str, pages: list[str]) -> bool:
    """Strike a passage out of the pages' text, where it stands whole or goes on on the next page."""
    for number, page in enumerate(pages):
        if passage in page:
            pages[number] = page.replace(passage, _STRUCK, 1)
            return True
    for number in range(len(pages) - 1):
        # The longest end, not the longest start: in a row, the text before the break is followed by the other language,
        # which may begin with the same letter; the text after the break has nothing or a full stop before it.
        length = _longest_end(passage, pages[number + 1])
        if length and passage[:-length] in pages[number]:
            for place, part in ((number, passage[:-length]), (number + 1, passage[-length:])):
                pages[place] = pages[place].replace(part, _STRUCK, 1)
            return True
    return False


_NUMBERS = re.compile(r"[.\d]*?\d{1,3}(?:/\d+)?|\.+")  # of lines, of pages, and the dots that lead to them


def _left_over(page: str, repeated: set[str]) -> str:
    """What a page says after everything that the report says has been struck out, but for what may be repeated."""
    for text in sorted(map(_squeezed, repeated), key=len, reverse=True):
        page = page.replace(text, _STRUCK)
    return " ".join(part for part in page.split(_STRUCK) if part and not _NUMBERS.fullmatch(part))


def _longest_end(passage: str, page: str) -> int:
    low, high = 0, len(passage) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if passage[-middle:] in page else (low, middle - 1)
    return low


def _shortened(text: str, limit: int = 90) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
