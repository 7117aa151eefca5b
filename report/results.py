"""Stored runs to pandas tables; the first step of the report side, which never imports torch."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.catalog import ABLATION, EQUAL_TERMS, IMAGENET10, Experiment
from experiments.disk.records import CURE, StoreError
from experiments.store.datasets import DatasetRecord, read_dataset
from experiments.store.record_types import RunRecord
from experiments.store.runs import Key, Run, RunId, find_run
from report.further import FURTHER, further_runs, summary
from report.selection import ALL, Selection, select_runs

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


@dataclass(frozen=True)
class Results:
    """Everything the report is made from.

    curves: experiment, variant, seed, epoch, split, metric, value (loss in nats per example, acc in [0, 1]).
    predictions: experiment, variant, seed, sample, label, predicted, p_label, p_predicted; test split only.
    steps: experiment, variant, seed, step, loss.
    further: experiment, variant, seed, cross_entropy, labels, predicted (of each test image, in order): the further
    seeds of softmax regression and the models on equal terms, as far as stored for the same data; may be empty.
    ablation: as curves, of what is stored of the ablation for the same data and today's code; may be empty.
    records: run.json of every run. datasets: by name. stale: runs trained by other code or with other
    settings than today's.
    """

    curves: pd.DataFrame
    predictions: pd.DataFrame
    steps: pd.DataFrame
    further: pd.DataFrame
    ablation: pd.DataFrame
    records: Mapping[RunId, RunRecord] = field(repr=False)
    datasets: Mapping[str, DatasetRecord]
    stale: tuple[RunId, ...]

    @property
    def seeds(self) -> int:
        return len({run_id.seed for run_id in self.records})

    @property
    def series(self) -> tuple[str, ...]:
        """What the runs' seeds are drawn from, "" for 0, 1, 2 …; one entry where all are alike."""
        return tuple(dict.fromkeys(str(record["config"].get("series", "")) for record in self.records.values()))

    @property
    def demo(self) -> bool:
        return any(dataset.record["origin"] == "demo" for dataset in self.datasets.values())

    @property
    def quick(self) -> bool:
        return any(record["config"]["quick"] for record in self.records.values())


def read_results(
    results: Path,
    experiments: Sequence[Experiment],
    selection: Selection = ALL,
    *,
    command: str = "build.py",
) -> Results:
    """The runs that the report is about, read from the store and checked.

    command: trains what is missing; the hint of an error names it. Raises ResultsError if runs are missing, StoreError
    if a stored file is damaged.
    """
    runs = select_runs(results, experiments, selection, command)
    return _tables(results, experiments, runs, selection.softmax_seeds)


def _tables(
    results: Path, experiments: Sequence[Experiment], runs: Sequence[Run], softmax_seeds: int | None
) -> Results:
    tables: dict[str, list[pd.DataFrame]] = {"curves": [], "predictions": [], "steps": []}
    for run in runs:
        for name, columns in (("curves", CURVES), ("predictions", PREDICTIONS), ("steps", STEPS)):
            tables[name].append(_of_run(run.id, _read_table(run, f"{name}.csv", columns)))
    today = {
        (experiment.name, variant): (config.to_dict(), experiment.code_of(variant))
        for experiment in experiments
        for variant, config in experiment.variants.items()
    }
    datasets = {run.record["dataset"]["name"]: run.record["dataset"]["fingerprint"] for run in runs}
    quick = any(run.record["config"]["quick"] for run in runs)
    series = str(runs[0].record["config"].get("series", ""))
    stale = tuple(
        run.id for run in runs if (run.record["config"], run.record["code"]) != today[run.id.experiment, run.id.variant]
    )
    small = [e.quick() if quick else e for e in (e.drawn_from(series) for e in (ABLATION, EQUAL_TERMS))]
    # Their runs are today's: next to models trained otherwise they would show that difference and not their own.
    left_out, equal = (
        [] if any(run_id.experiment == IMAGENET10.name for run_id in stale) else _trained(results, e, datasets, seeds)
        for e, seeds in zip(small, (1, len({run.id.seed for run in runs})), strict=True)
    )
    further = [
        _of_run(run.id, summary(_read_table(run, "predictions.csv", PREDICTIONS)))
        for run in (*further_runs(results, runs, softmax_seeds), *equal)
    ]
    return Results(
        **{name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()},
        further=_joined(further, FURTHER),
        ablation=_joined([_of_run(r.id, _read_table(r, "curves.csv", CURVES)) for r in left_out], CURVES),
        records={run.id: run.record for run in runs},
        datasets={name: _read_dataset(results, name, fingerprint) for name, fingerprint in datasets.items()},
        stale=stale,
    )


def _trained(results: Path, experiment: Experiment, fingerprints: Mapping[str, str], seeds: int) -> list[Run]:
    """An experiment's runs that are stored and have not diverged: a part of a training compares with nothing."""
    keys = [
        (RunId(experiment.name, variant, seed), Key(config, seed, fingerprints.get(experiment.dataset, ""), code))
        for variant, config in experiment.variants.items()
        for code in [experiment.code_of(variant)]
        for seed in range(seeds)
    ]
    found = [find_run(results, run_id, key) for run_id, key in keys]
    return [run for run in found if run and run.record["diverged_at"] is None]


def _joined(tables: Sequence[pd.DataFrame], columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*IDENTITY, *columns])


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
