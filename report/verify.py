"""Checks a finished report by itself: recomputes what it says from the data attached to it. Needs no results, no torch.

Everything that the words depend on is attached. So the findings are computed again, the report is written again,
and every passage of it (a paragraph, a caption, a row of a table, an alternative text) must stand in the PDF as it
comes out now. That is a check against mistakes and against alterations of the text or of the data; it is no signature:
whoever changes the data and prints a new report from them is found out only by training again.
"""

import io
import zlib
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from math import isclose
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import pikepdf

from experiments.catalog import EXPERIMENTS
from experiments.data.dataset import printable
from experiments.disk.files import sha256
from experiments.errors import UserError
from report.about import about, kind
from report.faults import bookmark_faults, leaves, with_finding
from report.findings import compute_findings
from report.pdf import attachments
from report.pdf.content import LARGEST, Content, stream_bytes
from report.pdf.passages import Fault, Passages, compare, shortened
from report.pdf.text import font_tables, page_text, squeezed, structure_elements
from report.personal_seeds import series_fault
from report.selection import as_trained
from report.words.check import RULES_VERSION
from report.words.held import Held
from report.write import held_words, program, report_html

MOST_FILES = 20
MOST_BOOKMARKS = 1000
MOST_SHOWN = 20  # faults; one altered prediction changes hundreds of numbers


class VerifyError(UserError):
    """The file cannot be checked at all; the message names it and says why."""


@dataclass
class Verdicts:
    """What was checked in which report, and what did not hold, in the order of the report."""

    path: Path = Path()
    about: list[str] = field(default_factory=list)  # what the report says that it is: title, author, kind, runs
    kind: str = ""  # "demo data", "quick run": not to be taken for a finished report; empty for a full one
    claims: int = 0
    failed: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: int = 0
    source: attachments.Source | None = None  # what the report was made from
    facts: dict[str, Any] = field(default_factory=dict)  # the findings that the source gives
    rewritten: int = 0  # of the failed claims, those about what this version of the program would say

    @property
    def holds(self) -> bool:
        return not self.failed

    def check(self, holds: bool, fault: str = "") -> None:
        """Count a claim; one that does not hold may be explained by the fault of another."""
        self.claims += 1
        if not holds:
            self.failed += 1
            if fault:
                self.faults.append(printable(fault, 400))  # names in it come from the file

    @property
    def of_another_version(self) -> bool:
        """Whether the report is as it was made, and only the words and findings of another version differ from ours."""
        made_elsewhere = self.source is not None and self.source.program != program()
        return made_elsewhere and 0 < self.failed == self.rewritten

    def __str__(self) -> str:
        if self.of_another_version:
            same = f"{self.claims - self.failed} of {self.claims} claims are the same here"
            return f"made by another version of the program, which alone can judge it; {same}"
        return f"claims: {self.claims - self.failed}/{self.claims} hold{f' ({self.kind})' if self.kind else ''}"

    def text(self) -> str:
        """Everything, as lines to be printed: the file, what it says that it is, faults, notes, and the verdict."""
        shown = [] if self.of_another_version else self.faults[:MOST_SHOWN]
        if shown and (more := len(self.faults) - len(shown)):
            shown.append(f"and {more} more")
        return "\n".join([printable(f"{self.path}: {' · '.join(self.about)}", 600), *shown, *self.notes, str(self)])


@dataclass(frozen=True)
class _Opened:
    """What is read from a PDF before anything is judged."""

    files: dict[str, bytes]
    texts: list[str]  # of the pages, squeezed
    pages: list[str]  # digests of what they draw
    parts: dict[str, str]
    metadata: dict[str, str]
    related: bool  # whether the files that belong to the document are the attached ones
    alternatives: set[str]  # squeezed
    bookmarks: list[str]
    packer: str | None  # the program that saved it last, if that is not this one


def verify(path: Path) -> Verdicts:
    """Check the report in a PDF, which may come from anywhere.

    Raises VerifyError if it is no report of this program, and AttachmentError if its data cannot be read.
    """
    opened = _open(path)
    if attachments.MANIFEST not in opened.files:
        raise VerifyError(
            f"{path}: no data are attached; it is no report of build.py, or another program printed it again and "
            "dropped them: verify the PDF that build.py wrote"
        )
    manifest = attachments.read_manifest(opened.files[attachments.MANIFEST])
    source = attachments.unpack(opened.files)
    try:
        verdicts = Verdicts(path, about(source), kind(source))
        findings, html, held = _written_again(source)
        verdicts.source, verdicts.facts, verdicts.pages = source, findings, len(opened.pages)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        # Data of this program never do that; such as someone made up may.
        raise VerifyError(f"{path}: its data give no report ({type(error).__name__}: {error})") from None
    verdicts.check(not (fault := series_fault(source.results.series, source.fields.student_number)), fault)
    verdicts.check(opened.related, "the files related to the document are not the ones attached to it")
    _check_files(opened.files, manifest, verdicts)
    untouched = verdicts.failed
    _check_findings(opened.files.get("findings.json", b""), findings, verdicts)
    _check_words(opened.files.get(attachments.WORDS), held, verdicts)
    verdicts.rewritten = verdicts.failed - untouched
    report = Passages(html)
    checked, faults = compare(report, opened.texts)
    same_version = source.program == program()
    bookmarks = bookmark_faults(html, opened.bookmarks) if same_version else []
    # Whose words differ since they are another version's, still has every page as its manifest says.
    _check_content(opened, manifest, faults if same_version else [], bookmarks, verdicts)
    untouched = verdicts.failed
    _check_text(report, checked, faults, opened.alternatives, verdicts)
    verdicts.rewritten += verdicts.failed - untouched
    if verdicts.failed and not same_version:
        verdicts.notes.append("it was written by another version of the program: verify it with that one")
    if opened.packer is not None:
        unchanged = "; content unchanged" if verdicts.holds else ""
        verdicts.notes.append(printable(f"packed again by another program{opened.packer}{unchanged}", 200))
    return verdicts


def _open(path: Path) -> _Opened:
    try:
        if path.exists() and not path.is_file():
            raise VerifyError(f"{path}: not a file; name the PDF of a report")
        if path.stat().st_size > LARGEST:
            raise VerifyError(f"{path}: larger than {LARGEST >> 20} MB; no report is")
        data = path.read_bytes()
        if data[:100].lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise VerifyError(
                f"{path}: the HTML edition carries no data to check it by; verify the PDF of the same name"
            )
        pdf = pikepdf.open(io.BytesIO(data))
    except OSError as error:
        raise VerifyError(f"{path}: cannot be read ({error.strerror}); name the PDF of a report") from None
    except pikepdf.PasswordError:
        raise VerifyError(f"{path}: opens only with a password; save it without one, or name the original") from None
    except pikepdf.PdfError as error:
        reason = str(error).rpartition(">: ")[2]  # not where in memory it was read from
        raise VerifyError(f"{path}: not a PDF that can be opened ({reason}); name the PDF of a report") from None
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


def _read(pdf: pikepdf.Pdf) -> _Opened:
    if len(pdf.attachments) > MOST_FILES:
        raise ValueError(f"{len(pdf.attachments)} files are attached; a report has at most {MOST_FILES}")
    files = {name: stream_bytes(spec.get_file().obj) for name, spec in pdf.attachments.items()}
    content = Content(pdf)
    pages = content.pages()  # first: no stream is read further than allowed
    fonts: dict[tuple[int, int], dict[int, str]] = {}
    related = {spec.obj.objgen for spec in pdf.attachments.values()}
    return _Opened(
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


def _written_again(source: attachments.Source) -> tuple[Any, str, Held]:
    """The findings, the text and the outcomes of the author's words that the attached data give."""
    results = source.results
    findings = compute_findings(results)
    today = [experiment.quick() if results.quick else experiment for experiment in EXPERIMENTS]
    experiments = as_trained(today, results.records)
    held = held_words(source.words, findings, results)
    html = report_html(results, experiments, findings, source.fields, source.lang, "print", held=held)  # type: ignore[arg-type]
    return attachments.facts(findings), html, held


def _check_files(files: dict[str, bytes], manifest: dict[str, Any], verdicts: Verdicts) -> None:
    """The attached files against the manifest."""
    for name in sorted((files.keys() | manifest["files"].keys()) - {attachments.MANIFEST}):
        if name not in files:
            verdicts.check(False, f"{name}: no longer attached")
        elif name not in manifest["files"]:
            verdicts.check(False, f"{name}: attached later")
        else:
            verdicts.check(sha256(files[name]) == manifest["files"][name], f"{name}: altered")


def _check_content(
    opened: _Opened, manifest: dict[str, Any], faults: list[Fault], bookmarks: list[str], verdicts: Verdicts
) -> None:
    """Pages, structure, bookmarks, link targets and metadata against the manifest."""
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


def _check_findings(attached: bytes, computed: Any, verdicts: Verdicts) -> None:
    before, now = (dict(leaves(content)) for content in (attachments.read_json("findings.json", attached), computed))
    for name in sorted(before.keys() | now.keys()):
        a, b = before.get(name, "missing"), now.get(name, "missing")
        same = isclose(a, b, rel_tol=1e-9) or (a != a and b != b) if _numeric(a) and _numeric(b) else a == b
        verdicts.check(same, f"findings.json, {name}: {a!r:.60}, but the data give {b!r:.60}")


def _check_words(attached: bytes | None, held: Held, verdicts: Verdicts) -> None:
    """Each of the author's sentences: is its outcome still what the report says?"""
    if attached is None:
        return
    content = attachments.read_json(attachments.WORDS, attached)
    before, now = content.get("sentences"), attachments.words_content(held)["sentences"]
    if content.get("rules") != RULES_VERSION:
        verdicts.notes.append(
            f"own words: held to the results by rules {content.get('rules')!s:.20}, not {RULES_VERSION} as here; "
            "their outcomes were not compared"
        )
        return
    if not isinstance(before, list) or len(before) != len(now):
        verdicts.check(False, f"{attachments.WORDS}: not the outcomes of these words")
        return
    for given, found in zip(before, now, strict=True):
        where = f"{attachments.WORDS}, {found['file']}:{found['line']}"
        verdicts.check(given == found, f"{where}: not {_outcome(given)}, the data give {_outcome(found)}")


def _outcome(sentence: Any) -> str:
    """The outcome of a sentence in few words."""
    if not isinstance(sentence, dict):
        return "a sentence"
    right = f" ({sentence.get('value')})" if sentence.get("value") else ""
    return f"{sentence.get('outcome')}{right}: {shortened(str(sentence.get('sentence')), 60)}"


def _numeric(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


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
