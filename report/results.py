"""Stored runs to pandas tables; the first step of the report side, which never imports torch."""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.catalog import ABLATION, Experiment
from experiments.errors import UserError
from experiments.store import CURE, DatasetRecord, Key, Run, RunId, StoreError, find_run, read_dataset, stored_runs

IDENTITY = {"experiment": "str", "variant": "str", "seed": "int64"}
CURVES = {"epoch": "int64", "split": "str", "metric": "str", "value": "float64"}
PREDICTIONS = {
    "sample": "int64",
    "label": "int64",
    "predicted": "int64",
    "p_label": "float64",
    "p_predicted": "float64",
}
STEPS = {"step": "int64", "loss": "float64"}


class ResultsError(UserError):
    """The results that the report needs are not there; the message lists what is missing and what to do."""


@dataclass(frozen=True)
class Results:
    """Everything the report is made from.

    curves: experiment, variant, seed, epoch, split, metric, value (loss in nats per example, acc in [0, 1]).
    predictions: experiment, variant, seed, sample, label, predicted, p_label, p_predicted; test split only.
    steps: experiment, variant, seed, step, loss.
    ablation: as curves, of what is stored of the ablation for the same data and today's code; may be empty.
    records: run.json of every run. datasets: by name. stale: runs trained by other code than today's.
    """

    curves: pd.DataFrame
    predictions: pd.DataFrame
    steps: pd.DataFrame
    ablation: pd.DataFrame
    records: Mapping[RunId, dict[str, Any]] = field(repr=False)
    datasets: Mapping[str, DatasetRecord]
    stale: tuple[RunId, ...]

    @property
    def seeds(self) -> int:
        return len({run_id.seed for run_id in self.records})

    @property
    def demo(self) -> bool:
        return any(dataset.record["origin"] == "demo" for dataset in self.datasets.values())

    @property
    def quick(self) -> bool:
        return any(record["config"]["quick"] for record in self.records.values())


def read_results(
    results: Path,
    experiments: Sequence[Experiment],
    *,
    seeds: int | None = None,
    demo: bool | None = None,
    fingerprints: Mapping[str, str] | None = None,
) -> Results:
    """The runs of the catalogue, read from the store and checked.

    seeds: how many a variant must have; None takes as many as all variants have.
    demo: True for the stand-in, False for real data, None for real data if complete, else the stand-in.
    fingerprints: dataset name → the dataset to take; without it the newest of those that have all the seeds wanted, or
    one where their number is left open.
    Raises ResultsError if runs are missing, StoreError if a stored file is damaged.
    """
    if results.exists() and not results.is_dir():
        raise ResultsError(f"{results}: not a folder; name the one that holds the results")
    if not results.is_dir():
        raise ResultsError(f"{results}: no results there; {_TRAIN}")
    choices = [
        _choose(results, experiments, seeds, origin, fingerprints or {})
        for origin in ([demo] if demo is not None else [False, True])
    ]
    runs, missing = next((choice for choice in choices if not choice[1]), choices[0])
    if missing:
        names = ", ".join(str(run_id) for run_id in missing[:6])
        more = f" and {len(missing) - 6} more" if len(missing) > 6 else ""
        quick = any(config.quick for experiment in experiments for config in experiment.variants.values())
        kind = ("quick " if quick else "") + ("demo " if demo else "")
        runs_are = f"{kind}{'run is' if len(missing) == 1 else 'runs are'}"
        raise ResultsError(f"{results}: {len(missing)} {runs_are} missing: {names}{more}; {_TRAIN}")
    return _tables(results, experiments, runs)


_TRAIN = "run build.py without --skip-train"


def _choose(
    results: Path,
    experiments: Sequence[Experiment],
    seeds: int | None,
    demo: bool,
    fingerprints: Mapping[str, str],
) -> tuple[list[Run], list[RunId]]:
    """The runs to report, and the runs that are missing."""
    found: dict[str, dict[str, dict[RunId, Run]]] = {}  # experiment → dataset fingerprint → runs
    for experiment in experiments:
        datasets = found.setdefault(experiment.name, {})
        for variant, config in experiment.variants.items():
            code = experiment.code_of(variant)
            folder = results / experiment.name / variant
            numbers = {path.name.split(".")[0].removeprefix("seed-") for path in folder.glob("seed-*")}
            for number in sorted(int(n) for n in numbers if n.isdecimal()):
                run_id = RunId(experiment.name, variant, number)
                # Oldest first, those of today's code last: a later one takes the place of an earlier.
                candidates = sorted(reversed(stored_runs(results, run_id)), key=lambda r: r.record["code"] == code)
                for run in candidates:
                    dataset = run.record["dataset"]
                    wanted = fingerprints.get(experiment.dataset, dataset["fingerprint"])
                    if (
                        not config.differences(run.record["config"])
                        and (dataset["origin"] == "demo") == demo
                        and dataset["fingerprint"] == wanted
                    ):
                        datasets.setdefault(dataset["fingerprint"], {})[run_id] = run
    best: dict[str, dict[RunId, Run]] = {}
    for experiment in experiments:
        options = found[experiment.name].values()
        best[experiment.name] = max(
            options,
            key=lambda runs: (
                min(_complete_seeds(experiment, runs), seeds or 1),
                max(run.record["finished"] for run in runs.values()),
            ),
            default={},
        )
    number = seeds or max(1, min(_complete_seeds(e, best[e.name]) for e in experiments))
    wanted_ids = [
        RunId(experiment.name, variant, seed)
        for experiment in experiments
        for variant in experiment.variants
        for seed in range(number)
    ]
    there = {run_id: run for runs in best.values() for run_id, run in runs.items()}
    missing = [run_id for run_id in wanted_ids if run_id not in there]
    return [there[run_id] for run_id in wanted_ids if run_id in there], missing


def unused_seeds(results: Results, folder: Path, experiments: Sequence[Experiment]) -> list[str]:
    """The variants of which the store has the same settings and data for more seeds than the report takes."""
    more = []
    for experiment in experiments:
        for variant in experiment.variants:
            used = results.records[RunId(experiment.name, variant, 0)]
            number = results.seeds
            while any(
                run.record["config"] == used["config"] and run.record["dataset"] == used["dataset"]
                for run in stored_runs(folder, RunId(experiment.name, variant, number))
            ):
                number += 1
            if number > results.seeds:
                more.append(f"{experiment.name}/{variant}")
    return more


def _complete_seeds(experiment: Experiment, runs: Mapping[RunId, Run]) -> int:
    """How many seeds 0, 1, … every variant has."""
    seeds = Counter(run_id.seed for run_id in runs)
    number = 0
    while seeds[number] == len(experiment.variants):
        number += 1
    return number


def _tables(results: Path, experiments: Sequence[Experiment], runs: Sequence[Run]) -> Results:
    tables: dict[str, list[pd.DataFrame]] = {"curves": [], "predictions": [], "steps": []}
    for run in runs:
        for name, columns in (("curves", CURVES), ("predictions", PREDICTIONS), ("steps", STEPS)):
            tables[name].append(_of_run(run.id, _read_table(run, f"{name}.csv", columns)))
    code = {
        (experiment.name, variant): experiment.code_of(variant)
        for experiment in experiments
        for variant in experiment.variants
    }
    datasets = {run.record["dataset"]["name"]: run.record["dataset"]["fingerprint"] for run in runs}
    quick = any(run.record["config"]["quick"] for run in runs)
    return Results(
        **{name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()},
        ablation=_ablation(results, ABLATION.quick() if quick else ABLATION, datasets.get(ABLATION.dataset, "")),
        records={run.id: run.record for run in runs},
        datasets={name: _read_dataset(results, name, fingerprint) for name, fingerprint in datasets.items()},
        stale=tuple(run.id for run in runs if run.record["code"] != code[run.id.experiment, run.id.variant]),
    )


def _ablation(results: Path, experiment: Experiment, fingerprint: str) -> pd.DataFrame:
    """The curves of those of its variants that are stored and have not diverged."""
    tables = []
    for variant, config in experiment.variants.items():
        run_id = RunId(experiment.name, variant, 0)
        run = find_run(results, run_id, Key(config, 0, fingerprint, experiment.code_of(variant)))
        if run and run.record["diverged_at"] is None:  # a part of a training compares with nothing
            tables.append(_of_run(run_id, _read_table(run, "curves.csv", CURVES)))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*IDENTITY, *CURVES])


def _of_run(run_id: RunId, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the columns that say of which run it is."""
    identity: dict[str, Any] = {"experiment": run_id.experiment, "variant": run_id.variant, "seed": run_id.seed}
    return table.assign(**identity)[[*identity, *table.columns]]


def _read_dataset(results: Path, name: str, fingerprint: str) -> DatasetRecord:
    """What is stored of a dataset, every file of it checked now and not when the report is half drawn."""
    dataset = read_dataset(results, name, fingerprint)
    for file in dataset.record["files"]:
        dataset.read(file)
    return dataset


def _read_table(run: Run, name: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """One CSV file of a run, its SHA-256 and its columns checked."""
    data = run.read(name)
    try:
        table = pd.read_csv(io.BytesIO(data), dtype=dict(columns))  # type: ignore[arg-type]
    except (ValueError, UnicodeDecodeError) as error:
        raise StoreError(f"{run.path / name}: cannot be read as a table ({str(error).strip()}); {CURE}") from None
    if list(table.columns) != list(columns):
        raise StoreError(
            f"{run.path / name}: expected columns {', '.join(columns)}; found {', '.join(table.columns)}; {CURE}"
        )
    numbers = table.select_dtypes("number")
    if not np.isfinite(numbers.to_numpy(dtype=float)).all():
        raise StoreError(f"{run.path / name}: holds a value that is not finite; {CURE}")
    return table
