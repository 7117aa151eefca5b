"""The reference run, shown where there are no results of one's own, and made from one's own by --pack-reference."""

from collections.abc import Sequence
from pathlib import Path

from experiments.catalog import ABLATION, EQUAL_TERMS, EXPERIMENTS, Experiment
from experiments.command_line import BUILD, SKIP_TRAIN
from experiments.disk.records import StoreError, ailment
from experiments.errors import UserError
from experiments.progress import Progress, counted
from experiments.store.datasets import read_dataset
from experiments.store.reference import EXACT_SEEDS, pack_reference, read_about, unpacked
from experiments.store.runs import Key, Run, RunId, find_run, has_runs
from report.further import further_runs
from report.handin.refusals import data_problems
from report.options import Options
from report.results import read_results
from report.selection import Selection, as_trained, select_runs
from report.title_page import TitlePage
from report.write import write_report


class ReferenceRunError(UserError):
    """The reference run cannot be shown or made; the message says why."""


def is_wanted(options: Options) -> bool:
    """Whether the reference run is to be shown: there is one, and not one run of one's own.

    A quick build, or one of demo data, has other aims; who names a folder of results wants what is there.
    """
    if options.mode not in (BUILD, SKIP_TRAIN) or options.quick or options.data == "demo":
        return False
    if "--results" in options.given:
        return False
    return not has_runs(options.results) and read_about() is not None


def show(options: Options, progress: Progress) -> None:
    """Render the reference run under its own name. Raises UserError if it cannot be shown."""
    if (about := read_about()) is None:
        return
    seeds = counted(min(map(len, about["accuracies"].values())), "seed")
    progress.say(
        f"{options.results} has no results of your own yet: rendering the reference run, which comes with the program "
        f"({seeds}, {about['finished'][:10]}, {', '.join(about['machines'])})"
    )
    try:
        with unpacked(own=options.results) as results:
            tables = read_results(results, EXPERIMENTS)
            if tables.stale:
                progress.say("its code is older than today's; the report says so")
            trained = as_trained(EXPERIMENTS, tables.records)
            how = options.out, options.lang, options.screen_first, progress.say
            for path in write_report(tables, trained, TitlePage(), *how):
                progress.say(f"written: {path}")
    except StoreError as error:
        raise ReferenceRunError(f"the reference run: {ailment(error)}; git checkout reference restores it") from None
    except ModuleNotFoundError as error:  # lzma is missing from some Pythons
        raise ReferenceRunError(f"the reference run: this Python lacks the module {error.name}") from None


def pack(results: Path, folder: Path, progress: Progress) -> None:
    """Make the reference run from finished results. Raises UserError if these are not fit for it."""
    tables = read_results(results, EXPERIMENTS, Selection(origin="real"))
    faults = data_problems(tables)
    if tables.seeds < EXACT_SEEDS:
        faults.append(f"{counted(tables.seeds, 'seed')} of each run, at least {EXACT_SEEDS} are needed; run build.py")
    runs = select_runs(results, EXPERIMENTS, Selection(origin="real"))
    runs = [*runs, *further_runs(results, runs, None)]
    fingerprints = {name: dataset.record["fingerprint"] for name, dataset in tables.datasets.items()}
    others = [run for experiment in (EQUAL_TERMS, ABLATION) for run in _stored(results, experiment, fingerprints)]
    equal = {RunId(EQUAL_TERMS.name, variant, n) for variant in EQUAL_TERMS.variants for n in range(tables.seeds)}
    if lacking := sorted(f"{run_id.variant} seed {run_id.seed}" for run_id in equal - {run.id for run in others}):
        faults.append(f"unfinished: {', '.join(lacking)} on equal terms; run build.py")
    if faults:
        raise ReferenceRunError(f"{results}: not fit for the reference run: {'; '.join(faults)}")
    datasets = [read_dataset(results, name, fingerprint) for name, fingerprint in fingerprints.items()]
    pack_reference(folder, [*runs, *others], datasets)
    size = sum(path.stat().st_size for path in folder.iterdir())
    progress.say(f"written: {folder}, {counted(len(runs) + len(others), 'run')} in {size / 2**20:.2f} MiB")


def _stored(results: Path, experiment: Experiment, fingerprints: dict[str, str]) -> Sequence[Run]:
    """The runs of today's code and settings that are stored on these data."""
    found = []
    for variant, config in experiment.variants.items():
        for seed in range(len(list((results / experiment.name / variant).glob("seed-*")))):
            key = Key(config, seed, fingerprints[experiment.dataset], experiment.code_of(variant))
            if run := find_run(results, RunId(experiment.name, variant, seed), key):
                found.append(run)
    return found
