"""A finished report as a PDF: what is read from it, and how its pages are held to the data."""

import io
import zlib
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import pikepdf

from experiments.data.dataset import printable
from report.faults import bookmark_faults, with_finding
from report.judged import Verdicts, VerifyError
from report.pdf.content import Content, stream_bytes
from report.pdf.passages import Fault, Passages, compare, shortened
from report.pdf.text import font_tables, page_text, squeezed, structure_elements

MOST_FILES = 20
MOST_BOOKMARKS = 1000


@dataclass(frozen=True)
class OpenedPdf:
    """What is read from a PDF before anything is judged."""

    files: dict[str, bytes]
    texts: list[str]  # of the pages, squeezed
    pages: list[str]  # digests of what they draw
    parts: dict[str, str]
    metadata: dict[str, str]
    related: bool  # whether the files that belong to the document are the attached ones
    alternatives: set[str]  # squeezed
    bookmarks: list[str]
    packer: str | None  # the program that saved it last, if that is not this one; "" where it is not named


def open_pdf(path: Path, data: bytes) -> OpenedPdf:
    """Raises VerifyError, one line, whatever the data are. path: the file that they come from."""
    try:
        pdf = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError:
        raise VerifyError(f"{path}: opens only with a password; save it without one, or name the original") from None
    except pikepdf.PdfError as error:
        reason = str(error).rpartition(">: ")[2]  # not where in memory it was read from
        raise VerifyError(f"{path}: not a PDF that can be opened ({reason}); name a report's PDF or HTML") from None
    with pdf:
        try:
            return _read(pdf)
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


def _read(pdf: pikepdf.Pdf) -> OpenedPdf:
    if len(pdf.attachments) > MOST_FILES:
        raise ValueError(f"{len(pdf.attachments)} files are attached; a report has at most {MOST_FILES}")
    files = {name: stream_bytes(spec.get_file().obj) for name, spec in pdf.attachments.items()}
    content = Content(pdf)
    pages = content.pages()  # first: no stream is read further than allowed
    fonts: dict[tuple[int, int], dict[int, str]] = {}
    related = {spec.obj.objgen for spec in pdf.attachments.values()}
    return OpenedPdf(
        files=files,
        texts=[squeezed(page_text(page, font_tables(page, fonts))) for page in pdf.pages],
        pages=pages,
        parts=content.parts(),
        metadata=content.metadata(),
        related={file.objgen for file in pdf.Root.get("/AF", pikepdf.Array())} == related,
        alternatives={squeezed(str(e.Alt)) for e in structure_elements(pdf) if "/Alt" in e},
        bookmarks=_bookmarks(pdf),
        packer=_packer(pdf),
    )


def _bookmarks(pdf: pikepdf.Pdf) -> list[str]:
    """Every title, each before those below it; at most as many as a report could have."""
    titles: list[str] = []
    left, seen = [pdf.Root.get("/Outlines", pikepdf.Dictionary()).get("/First")], set()
    while left and len(titles) < MOST_BOOKMARKS:
        if (item := left.pop()) is None or item.objgen in seen:
            continue
        seen.add(item.objgen)
        titles.append(str(item.get("/Title", "")))
        left += [item.get("/Next"), item.get("/First")]
    return titles


def _packer(pdf: pikepdf.Pdf) -> str | None:
    """Who saved the file after it was made, "" if that is not said, None if nobody did."""
    first, last = pdf.trailer.get("/ID", (b"", b"?"))
    if bytes(first) == bytes(last):
        return None
    producer = str(pdf.docinfo.get("/Producer", ""))
    return "" if not producer or producer.startswith("WeasyPrint") else f" ({producer})"


def check_pdf(opened: OpenedPdf, manifest: dict[str, Any], html: str, same_version: bool, verdicts: Verdicts) -> None:
    """Pages, text and all that a reader does not see. html: the print edition that the data give."""
    verdicts.pages = len(opened.pages)
    report = Passages(html)
    checked, faults = compare(report, opened.texts)
    bookmarks = bookmark_faults(html, opened.bookmarks) if same_version else []
    # Whose words differ since they are another version's, still has every page as its manifest says.
    _check_content(opened, manifest, faults if same_version else [], bookmarks, verdicts)
    untouched = verdicts.failed
    _check_text(report, checked, faults, opened.alternatives, verdicts)
    verdicts.rewritten += verdicts.failed - untouched


def packing_note(opened: OpenedPdf, holds: bool) -> list[str]:
    """That another program saved the file, if one did."""
    if opened.packer is None:
        return []
    unchanged = "; content unchanged" if holds else ""
    return [printable(f"packed again by another program{opened.packer}{unchanged}", 200)]


def _check_content(
    opened: OpenedPdf, manifest: dict[str, Any], faults: list[Fault], bookmarks: list[str], verdicts: Verdicts
) -> None:
    """Pages, structure, bookmarks, link targets and metadata against the manifest."""
    verdicts.check(opened.related, "the files related to the document are not the ones attached to it")
    for name in sorted(opened.parts.keys() | manifest["parts"].keys()):
        now, then = opened.parts.get(name), manifest["parts"].get(name)
        change = "added" if then is None else "removed" if now is None else "altered"
        verdicts.check(now == then, "" if name == "bookmarks" and bookmarks else f"{name}: {change}")
    for fault in bookmarks:
        verdicts.check(False, fault)
    for name in sorted(opened.metadata.keys() | manifest["metadata"].keys()):
        now, then = opened.metadata.get(name), manifest["metadata"].get(name)
        verdicts.check(now == then, f"metadata, {name}: {_quoted(now)}, printed as {_quoted(then)}")
    explained = {fault.page for fault in faults}
    then_pages = [str(page) for page in manifest["pages"]]
    matcher = SequenceMatcher(None, then_pages, opened.pages, autojunk=False)
    for change, first, end, now_first, now_end in matcher.get_opcodes():
        if change == "equal":
            verdicts.claims += end - first
            continue
        both = min(end - first, now_end - now_first)
        if both == len(then_pages) > 1:
            message = "every page was altered or drawn again by another program: only text and data can be compared"
            verdicts.check(False, message)
            verdicts.claims += both - 1
            verdicts.failed += both - 1
        else:
            for number in range(now_first + 1, now_first + both + 1):
                fault = "" if number in explained else f"page {number}: what it draws was altered"
                verdicts.check(False, fault)
        for number in range(first + both + 1, end + 1):
            verdicts.check(False, f"page {number} of the report is missing")
        for number in range(now_first + both + 1, now_end + 1):
            verdicts.check(False, f"page {number} is none of the report's")


def _quoted(text: str | None) -> str:
    return "nothing" if text is None else f"'{shortened(text, 60)}'"


def _check_text(
    report: Passages, checked: int, faults: list[Fault], alternatives: set[str], verdicts: Verdicts
) -> None:
    """The text of the pages and the alternative texts against what the data give."""
    verdicts.claims += max(0, checked - len(faults))
    for fault in faults:
        message = with_finding(fault.message, verdicts.facts)
        verdicts.check(False, f"page {fault.page}: {message}" if fault.page else message)
    for text in report.alternatives:
        verdicts.check(squeezed(text) in alternatives, f"no picture has the alternative text: {shortened(text)}")
