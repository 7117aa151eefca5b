"""Checks a finished report by itself: recomputes what it says from the data in it. Needs no results, no torch.

Everything that the words depend on is in the file. So the findings are computed again, the report is written again,
and every passage of it (a paragraph, a caption, a row of a table, an alternative text) must stand in the PDF or the
HTML edition as it comes out now. That is a check against mistakes and against alterations of the text or of the data;
it is no signature: whoever changes the data and prints a new report from them is found out only by training again.
"""

from math import isclose
from pathlib import Path
from typing import Any

from experiments.catalog import EXPERIMENTS
from experiments.disk.files import sha256
from report.about import about, kind
from report.faults import leaves
from report.findings import compute_findings
from report.judged import Verdicts, VerifyError
from report.page.render import Edition
from report.pdf import attachments
from report.pdf.content import LARGEST
from report.pdf.passages import shortened
from report.personal_seeds import series_fault
from report.screen.carried import is_page
from report.selection import as_trained
from report.verify_page import check_page, open_page
from report.verify_pdf import OpenedPdf, check_pdf, open_pdf, packing_note
from report.words.check import RULES_VERSION
from report.words.held import Held
from report.write import held_words, program, report_html


def verify(path: Path) -> Verdicts:
    """Check a report's PDF or HTML edition, which may come from anywhere.

    Raises VerifyError if it is no report of this program, and AttachmentError if its data cannot be read.
    """
    data = _content(path)
    opened = open_page(path, data) if is_page(data) else open_pdf(path, data)
    if attachments.MANIFEST not in opened.files:
        raise VerifyError(
            f"{path}: carries no data; it is no report of build.py, or another program saved it again and "
            "dropped them: verify the file that build.py wrote"
        )
    manifest = attachments.read_manifest(opened.files[attachments.MANIFEST])
    source = attachments.unpack(opened.files)
    try:
        verdicts = Verdicts(path, about(source), kind(source), source=source, files=opened.files)
        edition: Edition = "print" if isinstance(opened, OpenedPdf) else "screen"
        verdicts.facts, html, held = _written_again(source, edition)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        # Data of this program never do that; such as someone made up may.
        raise VerifyError(f"{path}: its data give no report ({type(error).__name__}: {error})") from None
    verdicts.words = {str(outcome): number for outcome, number in held.counts.items()} if held.texts else {}
    same_version = source.program == program()
    verdicts.elsewhere = not same_version
    verdicts.check(not (fault := series_fault(source.results.series, source.fields.student_number)), fault)
    _check_files(opened.files, manifest, verdicts)
    untouched = verdicts.failed
    _check_findings(opened.files.get("findings.json", b""), verdicts.facts, verdicts)
    _check_words(opened.files.get(attachments.WORDS), held, verdicts)
    verdicts.rewritten = verdicts.failed - untouched
    if isinstance(opened, OpenedPdf):
        check_pdf(opened, manifest, html, same_version, verdicts)
    else:
        check_page(opened, manifest, html, same_version, verdicts)
    if verdicts.failed and not same_version:
        verdicts.notes.append("it was written by another version of the program: verify it with that one")
    if isinstance(opened, OpenedPdf):
        verdicts.notes += packing_note(opened, verdicts.holds)
    return verdicts


def _content(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise VerifyError(f"{path}: not a file; name the PDF or the HTML of a report")
        if path.stat().st_size > LARGEST:
            raise VerifyError(f"{path}: larger than {LARGEST >> 20} MB; no report is")
        return path.read_bytes()
    except OSError as error:
        raise VerifyError(f"{path}: cannot be read ({error.strerror}); name the PDF or HTML of a report") from None


def _written_again(source: attachments.Source, edition: Edition = "print") -> tuple[Any, str, Held]:
    """The findings, the text and the outcomes of the author's words that the attached data give."""
    results = source.results
    findings = compute_findings(results)
    today = [experiment.quick() if results.quick else experiment for experiment in EXPERIMENTS]
    experiments = as_trained(today, results.records)
    held = held_words(source.words, findings, results)
    html = report_html(results, experiments, findings, source.fields, source.lang, edition, held=held)  # type: ignore[arg-type]
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
