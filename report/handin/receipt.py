"""What was handed in, in words and digests; and the check of an archive that somebody was handed."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from experiments.data.dataset import printable
from experiments.disk.files import sha256
from experiments.errors import UserError
from report.handin.archive import ArchiveError, read_archive
from report.handin.contents import attached
from report.handin.crate import crate_faults, sums_faults
from report.verify import Verdicts, verify

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
    files = read_archive(path)
    reports = [name for name in files if name.endswith(".pdf") and "/" not in name]
    if len(reports) > 1:
        raise ArchiveError(f"{path}: {len(reports)} PDFs ({printable(', '.join(reports))}); which one is the report?")
    pdf = files[reports[0]] if reports else _next_to(path)
    with tempfile.TemporaryDirectory(prefix="hw1-dl-") as folder:
        copy = Path(folder, "report.pdf")
        copy.write_bytes(pdf)
        try:
            verdicts = verify(copy)
        except UserError as error:
            named = f"{path}: {reports[0] if reports else path.with_suffix('.pdf').name}"
            raise ArchiveError(printable(str(error).replace(str(copy), named), 400)) from None
    verdicts.path = path
    _check(verdicts, sums_faults(files), len(files))
    _check(verdicts, crate_faults(files), len(files))
    for name, data in attached(pdf).items():
        verdicts.check(files.get(f"results/{name}") == data, f"results/{name}: not the table that the report carries")
    return verdicts


def _next_to(path: Path) -> bytes:
    try:
        return path.with_suffix(".pdf").read_bytes()
    except OSError:
        raise ArchiveError(f"{path}: no report is in it; put {path.stem}.pdf next to it") from None


def _check(verdicts: Verdicts, faults: list[str], of: int) -> None:
    """Count one claim a file, at least as many as do not hold."""
    for fault in faults:
        verdicts.check(False, fault)
    verdicts.claims += max(0, of - len(faults))
