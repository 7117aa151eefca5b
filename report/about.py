"""What a report says that it is: whose, of which kind, from which machine."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.disk.records import StoreError, read_object
from experiments.store.runs import RunId
from report.pdf.attachments import Source

REFERENCE = Path(__file__).resolve().parent.parent / "reference"  # results that come with the program


def about(source: Source, reference: Path = REFERENCE) -> list[str]:
    """Course, title, author, number and date as far as they are filled in, then kind, seeds and machine."""
    fields, results = source.fields, source.results
    typed = (fields.course, fields.title, fields.name, fields.student_number, fields.date)
    shown = (", ".join(entry.split("\n")) for entry in typed)  # several authors are an entry each
    own = "" if results.series == ("",) else "personal "
    seeds = f"{results.seeds} {own}seed{'s' if results.seeds > 1 else ''}"
    return [*filter(None, shown), kind(source, reference) or "full run", seeds, machine(source)]


def kind(source: Source, reference: Path = REFERENCE) -> str:
    """What keeps it from being a finished report of the author's own runs on real data; empty if nothing does."""
    kinds = {"demo data": source.results.demo, "quick run": source.results.quick}
    named = " on ".join(reversed([kind for kind, applies in kinds.items() if applies]))
    if named:
        return f"{named}: not a finished report"
    if any(of_reference(run_id, record, reference) for run_id, record in source.results.records.items()):
        return "reference run, which comes with the program: not the author's own"
    return ""


def short_kind(source: Source, reference: Path = REFERENCE) -> str:
    """full, quick, demo or reference: the kind in a table."""
    if not (named := kind(source, reference)):
        return "full"
    return "demo" if source.results.demo else named.partition(" ")[0]


def of_reference(run_id: RunId, record: Mapping[str, Any], reference: Path) -> bool:
    """Whether a run is the one in the reference folder: each run's is unique by the time that it ended."""
    path = run_id.folder(reference) / "run.json"
    try:
        known = read_object(path) if path.is_file() else None
    except StoreError:
        return False
    return known is not None and all(known.get(part) == record.get(part) for part in ("key", "finished", "files"))


def machine(source: Source) -> str:
    """What it was trained on."""
    devices = dict.fromkeys(str(record["device"]["name"]) for record in source.results.records.values())
    return " and ".join(devices)
