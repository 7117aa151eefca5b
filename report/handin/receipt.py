"""What was handed in, in words and digests; and the check of an archive that somebody was handed."""

import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from experiments.data.dataset import printable
from experiments.disk.files import sha256
from experiments.errors import UserError
from report.handin.archive import ArchiveError, read_archive
from report.handin.contents import SCORES, TABLES
from report.handin.crate import crate_faults, sums_faults
from report.judged import Verdicts
from report.page.score_table import scores_csv
from report.pdf.attachments import MANIFEST
from report.verify import verify

READY = "可以提交 · ready to submit"


def receipt(
    uploads: Mapping[str, bytes], number: int, pages: int, verdicts: Verdicts, now: datetime | None = None
) -> str:
    """The receipt's text. uploads: file to be handed in → content; number: files in the archive."""
    lines = [READY, f"time     {(now or datetime.now(UTC)).isoformat(timespec='seconds')}"]
    for name, data in uploads.items():
        lines += [
            f"file     {name}",
            f"size     {len(data)} bytes ({len(data) / 1e6:.2f} MB)",
            f"SHA-256  {sha256(data)}",
        ]
    lines += [
        f"holds    {number} files",
        f"report   {pages} pages, {verdicts}",
        f"about    {' · '.join(verdicts.about)}",
    ]
    return "\n".join(lines) + "\n"


def verify_archive(path: Path) -> Verdicts:
    """Check a hand-in: its digests, its manifest, and the report in it or, where that is apart, next to it.

    Raises UserError, one line, for an archive or a report that cannot be read.
    """
    return verify_files(path, read_archive(path), beside=[path.with_suffix(".pdf")])


def verify_files(path: Path, files: Mapping[str, bytes], beside: Sequence[Path]) -> Verdicts:
    """Check the files of a hand-in, unpacked from path. beside: where its report is if it is not among them."""
    pages = reports_in(path, files, beside)
    verdicts, *others = (_verified(path, name, data) for name, data in pages)
    verdicts.path = path
    for other, (name, _) in zip(others, pages[1:], strict=True):
        _add(verdicts, other, name)
    _check(verdicts, sums_faults(files), len(files))
    _check(verdicts, crate_faults(files), len(files))
    for name in TABLES:
        there = files.get(f"results/{name}") == verdicts.files.get(name)
        verdicts.check(there, f"results/{name}: not the table that the report carries")
    assert verdicts.source
    classes = verdicts.source.results.datasets["imagenet10"].record["classes"]
    there = files.get(SCORES) == scores_csv(verdicts.facts, classes)
    verdicts.check(there, f"{SCORES}: not what the report's data give")
    verdicts.rewritten += verdicts.elsewhere and not there  # which another version wrote otherwise, or not at all
    return verdicts


def reports_in(path: Path, files: Mapping[str, bytes], beside: Sequence[Path]) -> list[tuple[str, bytes]]:
    """The editions of the report in an archive, the PDF first, or next to it: name and content, at least one.

    Raises ArchiveError if there is none, or two of a kind.
    """
    reports = {suffix: [n for n in files if n.endswith(suffix) and "/" not in n] for suffix in (".pdf", ".html")}
    for suffix, names in reports.items():
        if len(names) > 1:
            kind = suffix[1:].upper()
            raise ArchiveError(f"{path}: {len(names)} {kind}s ({printable(', '.join(names))}); which is the report?")
    pages = [(name, files[name]) for names in reports.values() for name in names]
    if not reports[".pdf"]:
        apart = [(place.name, place.read_bytes()) for place in beside if place.is_file()]
        if not pages and len(apart) != 1:
            raise ArchiveError(f"{path}: no report is in it; put {path.stem}.pdf next to it")
        pages = [*apart[:1], *pages]
    return pages


def _verified(path: Path, name: str, data: bytes) -> Verdicts:
    with tempfile.TemporaryDirectory(prefix="hw1-dl-") as folder:
        copy = Path(folder, "report")
        copy.write_bytes(data)
        try:
            return verify(copy)
        except UserError as error:
            raise ArchiveError(printable(str(error).replace(str(copy), f"{path}: {name}"), 400)) from None


def _add(verdicts: Verdicts, other: Verdicts, name: str) -> None:
    """Count the claims of another edition of the report, which carries the same data."""
    verdicts.claims += other.claims
    verdicts.failed += other.failed
    verdicts.rewritten += other.rewritten
    verdicts.faults += [f"{name}: {fault}" for fault in other.faults]
    equal = all(verdicts.files.get(file) == data for file, data in other.files.items() if file != MANIFEST)
    verdicts.check(equal, f"{name}: not made from the data of the PDF")


def _check(verdicts: Verdicts, faults: list[str], of: int) -> None:
    """Count one claim a file, at least as many as do not hold."""
    for fault in faults:
        verdicts.check(False, fault)
    verdicts.claims += max(0, of - len(faults))
