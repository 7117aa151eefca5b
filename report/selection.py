"""Which data and which stored runs a report is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from experiments.catalog import SOFTMAX, Experiment
from experiments.config import Config, changes
from experiments.errors import UserError
from experiments.store.runs import Run, RunId, stored_runs

if TYPE_CHECKING:
    from experiments.data.dataset import Dataset


class ResultsError(UserError):
    """The results that the report needs are not there; the message lists what is missing and what to do."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What a report is asked to be about.

    seeds: runs of each variant; None takes as many as all variants have.
    softmax_seeds: those of softmax regression of which the predictions are taken, if more; None takes all there are.
    origin: "real", "demo", or "auto" for real data if complete, else demo data.
    fingerprints: dataset name → the dataset to take; without it the newest of those that have all the seeds wanted, or
    one where their number is left open.
    """

    seeds: int | None = None
    softmax_seeds: int | None = None
    origin: str = "auto"
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, datasets: Mapping[str, "Dataset"], seeds: int, softmax_seeds: int | None = None) -> Self:
        """What was trained on these datasets."""
        demo = any(dataset.demo for dataset in datasets.values())
        fingerprints = {name: dataset.fingerprint for name, dataset in datasets.items()}
        origin = "demo" if demo else "real"
        return cls(seeds=seeds, softmax_seeds=softmax_seeds, origin=origin, fingerprints=fingerprints)


ALL = Selection()  # as many seeds as all variants have, of real data if complete


def select_runs(
    results: Path, experiments: Sequence[Experiment], selection: Selection, command: str = "build.py"
) -> list[Run]:
    """The stored runs that the report is about, in the order of the catalogue.

    Where a variant has no run of today's settings, those of the newest other settings are taken. `command` trains what
    is missing; the hint of an error names it. Raises ResultsError if runs are missing.
    """
    if results.exists() and not results.is_dir():
        raise ResultsError(f"{results}: not a folder; name the one that holds the results")
    if not results.is_dir():
        raise ResultsError(f"{results}: no results there; run {command}")
    origins = ["real", "demo"] if selection.origin == "auto" else [selection.origin]
    choices = [_choose(results, experiments, selection, origin) for origin in origins]
    best = next((choice for choice in choices if not choice.missing), None)
    if best is None:
        best = max(choices, key=lambda choice: len(choice.runs))  # the first of equals: real data
        raise ResultsError(_missing(results, experiments, selection, best, command))
    return best.runs


@dataclass(frozen=True)
class _Choice:
    origin: str
    seeds: int  # asked for, or what all variants have
    complete: int  # seeds that all variants have
    runs: list[Run]
    missing: list[RunId]


def _choose(results: Path, experiments: Sequence[Experiment], selection: Selection, origin: str) -> _Choice:
    """The runs to report, and the runs that are missing."""
    chosen: dict[RunId, Run] = {}
    counts: list[int] = []  # of each variant, its seeds 0, 1, …
    for experiment in experiments:
        by_dataset = _by_dataset(results, experiment, origin, selection.fingerprints.get(experiment.dataset))
        best = max(
            by_dataset.values(),
            key=lambda runs: (
                min(min(_seed_counts(experiment, runs)), selection.seeds or 1),
                max(run.record["finished"] for run in runs.values()),
            ),
            default={},
        )
        chosen |= best
        counts += _seed_counts(experiment, best)
    complete = min(counts)
    seeds = selection.seeds or complete or max(1, *counts)
    wanted = [
        RunId(experiment.name, variant, seed)
        for experiment in experiments
        for variant in experiment.variants
        for seed in range(seeds)
    ]
    missing = [run_id for run_id in wanted if run_id not in chosen]
    return _Choice(origin, seeds, complete, [chosen[run_id] for run_id in wanted if run_id in chosen], missing)


def _by_dataset(
    results: Path, experiment: Experiment, origin: str, fingerprint: str | None
) -> dict[str, dict[RunId, Run]]:
    """Dataset fingerprint → the runs on it, of each variant those of one and the same settings."""
    found: dict[str, dict[RunId, Run]] = {}
    for variant, config in experiment.variants.items():
        of_variant: dict[str, list[Run]] = {}
        for run in _stored(results, experiment, variant):
            dataset = run.record["dataset"]
            if (
                (dataset["origin"] == "demo") == (origin == "demo")
                and fingerprint in (None, dataset["fingerprint"])
                and run.record["config"].get("quick") == config.quick
                and _rebuilt(config, run.record["config"])
            ):
                of_variant.setdefault(dataset["fingerprint"], []).append(run)
        code = experiment.code_of(variant)
        for dataset_fingerprint, runs in of_variant.items():
            settings = config.to_dict()
            if all(run.record["config"] != settings for run in runs):
                settings = max(runs, key=lambda run: str(run.record["finished"])).record["config"]
            same = [run for run in runs if run.record["config"] == settings]
            # Oldest first, those of today's code last: a later one takes the place of an earlier.
            same.sort(key=lambda run: (run.record["code"] == code, run.record["finished"]))
            found.setdefault(dataset_fingerprint, {}).update({run.id: run for run in same})
    return found


def _stored(results: Path, experiment: Experiment, variant: str) -> list[Run]:
    """All runs of a variant, of whatever settings."""
    folder = results / experiment.name / variant
    numbers = {path.name.split(".")[0].removeprefix("seed-") for path in folder.glob("seed-*")}
    seeds = sorted(int(number) for number in numbers if number.isdecimal())
    return [run for seed in seeds for run in stored_runs(results, RunId(experiment.name, variant, seed))]


def _seed_counts(experiment: Experiment, runs: Mapping[RunId, Run]) -> list[int]:
    """Of each variant, how many seeds 0, 1, … there are."""
    counts = []
    for variant in experiment.variants:
        number = 0
        while RunId(experiment.name, variant, number) in runs:
            number += 1
        counts.append(number)
    return counts


def _missing(
    results: Path, experiments: Sequence[Experiment], selection: Selection, choice: _Choice, command: str
) -> str:
    """What is missing, what there is instead, and what to do."""
    quick = _are_quick(experiments)
    kind = ("quick " if quick else "") + ("demo " if choice.origin == "demo" else "")
    total = len(choice.runs) + len(choice.missing)
    hints = []
    if choice.complete:
        hints.append(f"all have {_plural(choice.complete, 'seed')}: --seeds {choice.complete} renders them")
    if quick:
        if _any_stored(results, experiments, quick=False):
            hints.append("there are runs at full scale: leave out --quick")
    elif _any_stored(results, experiments, quick=True):
        hints.append("there are quick runs: add --quick")
    are = "is" if total == 1 else "are"
    instead = f"{'; '.join(hints)}; or " if hints else ""
    return (
        f"{results}: {len(choice.missing)} of {_plural(total, f'{kind}run')} {are} missing: "
        f"{_listed(choice.missing)}; {instead}run {command}"
    )


def _are_quick(experiments: Sequence[Experiment]) -> bool:
    return any(config.quick for experiment in experiments for config in experiment.variants.values())


def _any_stored(results: Path, experiments: Sequence[Experiment], *, quick: bool) -> bool:
    return any(
        run.record["config"].get("quick") == quick
        for experiment in experiments
        for variant in experiment.variants
        for run in _stored(results, experiment, variant)
    )


def _listed(run_ids: Sequence[RunId]) -> str:
    """The runs by variant: softmax/wrong seed 2, imagenet10/cnn seeds 0, 1, 2."""
    seeds: dict[str, list[int]] = {}
    for run_id in run_ids:
        seeds.setdefault(f"{run_id.experiment}/{run_id.variant}", []).append(run_id.seed)
    shown = []
    for variant, numbers in seeds.items():
        several = (
            f"{numbers[0]}–{numbers[-1]}"
            if len(numbers) == numbers[-1] - numbers[0] + 1
            else ", ".join(map(str, numbers))
        )
        shown.append(f"{variant} seed {numbers[0]}" if len(numbers) == 1 else f"{variant} seeds {several}")
    return ", ".join(shown)


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


# Settings other than today's


def as_trained(experiments: Sequence[Experiment], records: Mapping[RunId, Mapping[str, Any]]) -> list[Experiment]:
    """The experiments with the settings under which their runs were trained, which need not be today's.

    Raises ResultsError for settings that this version of the program does not know.
    """
    trained = []
    for experiment in experiments:
        variants: dict[str, Config] = {}
        for variant, config in experiment.variants.items():
            run_id = RunId(experiment.name, variant, 0)
            if not (stored := _rebuilt(config, records[run_id]["config"])):
                raise ResultsError(f"{run_id}: its settings are those of another version of the program")
            variants[variant] = stored
        trained.append(replace(experiment, variants=variants))
    return trained


def _rebuilt(config: Config, stored: Mapping[str, Any]) -> Config | None:
    """Stored settings as a config of the same class, None if it has others."""
    if stored.keys() | {"series"} != {setting.name for setting in fields(config)}:
        return None
    try:
        return type(config)(**{name: _tuples(value) for name, value in stored.items()})
    except (TypeError, ValueError):
        return None


def _tuples(value: Any) -> Any:
    """A value of JSON with its lists, at any depth, as the tuples that they were."""
    if isinstance(value, dict):
        return {name: _tuples(part) for name, part in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def remarks(
    results: Path,
    experiments: Sequence[Experiment],
    selection: Selection,
    records: Mapping[RunId, Mapping[str, Any]],
) -> list[str]:
    """What the user should know of the runs that a report takes: other settings, other code, seeds left out."""
    said = [
        line
        for experiment in experiments
        for variant, config in experiment.variants.items()
        if (line := _other(experiment, variant, config, records))
    ]
    seeds = len({run_id.seed for run_id in records})
    if selection.seeds is None and (more := _unused_seeds(results, experiments, records, seeds)):
        said.append(
            f"the report takes {_plural(seeds, 'run')} of each variant, as many as all have; "
            f"others are left out of {', '.join(more)}"
        )
    return said


def _other(
    experiment: Experiment, variant: str, config: Config, records: Mapping[RunId, Mapping[str, Any]]
) -> str | None:
    """How a variant's runs differ from what would be trained now."""
    runs = [
        record
        for run_id, record in records.items()
        if (run_id.experiment, run_id.variant) == (experiment.name, variant)
    ]
    parts = [f"{name} {old} -> {new}" for name, old, new in changes(config, runs[0]["config"])]
    parts += ["the code"] * any(record["code"] != experiment.code_of(variant) for record in runs)
    if not parts:
        return None
    return (
        f"{experiment.name}/{variant}: not trained as it would be now ({'; '.join(parts)}); the report says so. "
        "build.py --plan shows what to train"
    )


def _unused_seeds(
    results: Path, experiments: Sequence[Experiment], records: Mapping[RunId, Mapping[str, Any]], seeds: int
) -> list[str]:
    """The variants of which the same settings and data are stored for more seeds than the report takes."""
    more = []
    for experiment in experiments:
        if experiment.name == SOFTMAX.name:
            continue  # of which section 1 takes all
        for variant in experiment.variants:
            used = records[RunId(experiment.name, variant, 0)]
            if any(
                run.record["config"] == used["config"] and run.record["dataset"] == used["dataset"]
                for run in stored_runs(results, RunId(experiment.name, variant, seeds))
            ):
                more.append(f"{experiment.name}/{variant}")
    return more
