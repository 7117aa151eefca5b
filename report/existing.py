"""The report that lies where another is to be written: a lesser one never takes the name of a fuller one."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from experiments.disk.files import sha256
from report.results import Results


@dataclass(frozen=True)
class Existing:
    """What the PDF of an earlier report says of itself."""

    quick: bool
    seeds: int
    date: str  # ISO 8601, of its newest run
    digest: str  # SHA-256 of the file

    def __str__(self) -> str:
        return f"of {self.date}, {'quick, ' if self.quick else ''}{self.seeds} seed{'' if self.seeds == 1 else 's'}"

    def fuller_than(self, results: Results) -> bool:
        """Whether these results would make a lesser report: quick where this one is full, or of fewer seeds."""
        return (not self.quick, self.seeds) > (not results.quick, results.seeds)


def read_existing(pdf: Path) -> Existing | None:
    """What lies at a path; None if that is nothing, or nothing that this program wrote."""
    try:
        content = pdf.read_bytes()
        with pikepdf.open(io.BytesIO(content)) as opened:
            records = json.loads(opened.attachments["runs.json"].get_file().read_bytes())
        return Existing(
            quick=any(record["config"]["quick"] for record in records.values()),
            seeds=len({record["seed"] for record in records.values()}),
            date=max(str(record["finished"]) for record in records.values())[:10],
            digest=sha256(content),
        )
    except (OSError, pikepdf.PdfError, LookupError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def report_name(results: Results, lang: str, out: Path | None = None) -> str:
    """HW1-DL, with -demo for demo data, -reference for the reference run and the language of a one-language edition.

    Where a fuller report has that name in `out`, -quick or the number of seeds tells this one apart.
    """
    seeds = f"-{results.seeds}-seed{'' if results.seeds == 1 else 's'}"
    lesser = ("", "-quick", f"-quick{seeds}") if results.quick else ("", seeds)
    kind, edition = "-demo" if results.demo else "", "" if lang == "both" else f"-{lang}"
    if results.reference:  # whatever it is: it never takes the name of one's own
        return f"HW1-DL-reference{edition}"
    *others, last = [f"HW1-DL{kind}{part}{edition}" for part in lesser]
    if out is None:
        return others[0]
    for name in others:
        existing = read_existing(out / f"{name}.pdf")
        if not (existing and existing.fuller_than(results)):
            return name
    return last
