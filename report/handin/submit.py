"""results -> the hand-in: the report and its companions under the course's name, or the whole list of what is wrong."""

import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pikepdf

from experiments.catalog import EXPERIMENTS
from experiments.disk.files import write_atomically
from experiments.errors import UserError
from experiments.store.reference import read_about
from experiments.store.runs import has_runs
from report.findings import compute_findings
from report.handin.anonymity import anonymous, leaks, secrets
from report.handin.archive import write_archive
from report.handin.contents import Edition, collect, weight_files
from report.handin.naming import Settings, name_problems, read_settings, stem
from report.handin.receipt import receipt
from report.handin.refusals import (
    MB,
    WARN_MB,
    Statement,
    data_problems,
    field_problems,
    path_problems,
    reference_problems,
    report_problems,
    size_problems,
    words_problems,
)
from report.judged import Verdicts
from report.options import Options
from report.results import Results, read_results
from report.selection import as_trained, select_runs
from report.title_page import TitlePage
from report.verify import verify
from report.words.check import Outcome
from report.words.held import Held, where
from report.words.places import NO_WORDS, Words, check_required
from report.write import held_words, write_report


@dataclass
class HandIn:
    """A hand-in before it is written: its files, what would be handed in, and why it must not be."""

    name: str
    problems: list[str]
    files: dict[str, bytes]
    uploads: dict[str, bytes]
    pages: int = 0
    verdicts: Verdicts | None = None


def submit(options: Options, say: Callable[[str], None], warn: Callable[[str], None]) -> int:
    """Write the hand-in and its receipt into --out, or say everything that keeps it from being handed in.

    Returns the exit code, 1 if it is refused.
    """
    settings = read_settings(options.fields)
    settings = replace(settings, ascii_names=settings.ascii_names or options.ascii_names)
    handin = prepare(options, settings)
    for name, data in handin.uploads.items():
        if not settings.max_mb and len(data) > WARN_MB * MB:
            warn(f"{name} has {len(data) / MB:.1f} MB; many courses take {WARN_MB} at most (max_mb in [submit])")
    if options.anonymous and not handin.problems and options.seed_series():
        warn("the seeds are drawn from the student number: who tries every number of a class finds the author's")
    if options.dry:
        for name in sorted(handin.files):
            say(f"{len(handin.files[name]):>9}  {name}")
    if handin.problems:
        say(f"not ready to submit, {len(handin.problems)} problem{'' if len(handin.problems) == 1 else 's'}:")
        for problem in handin.problems:
            say(f"- {problem}")
        return 1
    assert handin.verdicts
    text = receipt(handin.uploads, len(handin.files), handin.pages, handin.verdicts)
    if not options.dry:
        options.out.mkdir(parents=True, exist_ok=True)
        for name, data in {**handin.uploads, f"{handin.name}-receipt.txt": text.encode()}.items():
            write_atomically(options.out / name, data)
            say(f"written: {options.out / name}")
    say(text.rstrip("\n"))
    return 0


def prepare(options: Options, settings: Settings) -> HandIn:
    """Everything but the writing."""
    author = options.title_page()
    page = anonymous(author) if options.anonymous else author
    name = stem(settings, author, anonymous=options.anonymous)
    problems = field_problems(author, settings, options.fields)
    problems += name_problems(settings, name, anonymous=options.anonymous)
    handin = HandIn(name, problems, {}, {})
    try:
        today, selection = options.scaled(EXPERIMENTS), options.selected()
        results = read_results(options.results, today, selection, command=options.training_command())
        runs = select_runs(options.results, today, selection) if settings.weights != "none" else []
        weights = weight_files(runs, settings.weights)
    except UserError as error:  # missing or damaged: without results there is nothing more to look at
        shown = read_about() and not has_runs(options.results)
        not_yours = "; the reference run, which comes with the program, is not yours" if shown else ""
        problems.append(f"{error}{not_yours}")
        return handin
    problems += [*data_problems(results), *reference_problems(results)]
    try:
        words = options.own_words()
        held = held_words(words, compute_findings(results), results)
        check_required(words, held.places, options.words_folder, options.fields)
        problems += [*words_problems(_statements(held), settings), *held.disagreements]
    except UserError as error:  # cannot be read or printed, or is not there
        problems.append(str(error))
        words = NO_WORDS
    try:
        edition, handin.verdicts = _edition(results, page, options, words)
        handin.files = collect(edition, settings, name, weights, options.anonymous)
    except UserError as error:
        problems.append(str(error))
        return handin
    with pikepdf.open(io.BytesIO(edition.pdf)) as pdf:
        handin.pages = len(pdf.pages)
    problems += report_problems(handin.verdicts, handin.pages, settings)
    folder = name if settings.top_folder else ""
    if faults := path_problems(handin.files, folder):  # no archive can be made of these
        problems += [fault for fault in faults if not any(name in problem for problem in problems)][:1]
    else:
        handin.uploads = {f"{name}.zip": write_archive(handin.files, folder)}
        if settings.layout == "apart":
            handin.uploads[f"{name}.pdf"] = edition.pdf
    problems += size_problems(handin.files, {name: len(data) for name, data in handin.uploads.items()}, settings)
    if options.anonymous:
        apart = {} if settings.layout == "zip" else {f"{name}.pdf": edition.pdf}
        problems += leaks({**handin.files, **apart}, secrets(author, settings.ascii_name))
    return handin


def _statements(held: Held) -> list[Statement]:
    """The author's sentences that say something of the results, as these judge them."""
    return [
        Statement(sentence.text, str(sentence.outcome), where(file, sentence), sentence.value or "")
        for file, sentence in held.sentences()
        if sentence.outcome is not Outcome.FREE
    ]


def _edition(results: Results, page: TitlePage, options: Options, words: Words) -> tuple[Edition, Verdicts]:
    """The report as it is to be handed in, written now, and what its own check says of it."""
    experiments = as_trained(options.scaled(EXPERIMENTS), results.records)
    with tempfile.TemporaryDirectory(prefix="hw1-dl-") as folder:
        there = options.out.exists() or not options.dry  # which writes nothing, not even a folder
        cache = options.out / ".cache" if there else None
        pdf, html = write_report(
            results, experiments, page, Path(folder), options.lang, words=words, draft=True, cache=cache
        )
        return Edition(pdf.read_bytes(), html.read_bytes(), results, page), verify(pdf)
