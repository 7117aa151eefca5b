"""What a report says that it is: whose, of which kind, from which machine."""

from experiments.store.reference import is_reference, read_about
from report.pdf.attachments import Source


def about(source: Source) -> list[str]:
    """Course, title, author, number and date as far as they are filled in, then kind, seeds and machine."""
    fields, results = source.fields, source.results
    typed = (fields.course, fields.title, fields.name, fields.student_number, fields.date)
    shown = (", ".join(entry.split("\n")) for entry in typed)  # several authors are an entry each
    own = "" if results.series == ("",) else "personal "
    seeds = f"{results.seeds} {own}seed{'s' if results.seeds > 1 else ''}"
    return [*filter(None, shown), kind(source) or "full run", seeds, machine(source)]


def kind(source: Source) -> str:
    """What keeps it from being a finished report of the author's own runs on real data; empty if nothing does."""
    kinds = {"demo data": source.results.demo, "quick run": source.results.quick}
    named = " on ".join(reversed([kind for kind, applies in kinds.items() if applies]))
    if named:
        return f"{named}: not a finished report"
    reference = read_about()
    if source.results.reference or any(is_reference(*run, reference) for run in source.results.records.items()):
        return "reference run, which comes with the program: not the author's own"
    return ""


def short_kind(source: Source) -> str:
    """full, quick, demo or reference: the kind in a table."""
    if not (named := kind(source)):
        return "full"
    return "demo" if source.results.demo else named.partition(" ")[0]


def machine(source: Source) -> str:
    """What it was trained on."""
    devices = dict.fromkeys(str(record["device"]["name"]) for record in source.results.records.values())
    return " and ".join(devices)
