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
from experiments.store.reference import is_reference, read_about
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
    settings than today's. reference: whether any of the runs is of the reference run, which comes with the program.
    """

    curves: pd.DataFrame
    predictions: pd.DataFrame
    steps: pd.DataFrame
    further: pd.DataFrame
    ablation: pd.DataFrame
    records: Mapping[RunId, RunRecord] = field(repr=False)
    datasets: Mapping[str, DatasetRecord]
    stale: tuple[RunId, ...]
    reference: bool = False

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
    kinds = {"curves": CURVES, "predictions": PREDICTIONS, "steps": STEPS}
    tables = {name: _of_runs(runs, f"{name}.csv", columns) for name, columns in kinds.items()}
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
    about = read_about()
    return Results(
        **tables,
        further=_joined(further, FURTHER),
        ablation=_joined([_of_run(r.id, _read_table(r, "curves.csv", CURVES)) for r in left_out], CURVES),
        records={run.id: run.record for run in runs},
        datasets={name: _read_dataset(results, name, fingerprint) for name, fingerprint in datasets.items()},
        stale=stale,
        reference=any(is_reference(run.id, run.record, about) for run in runs),
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


def _of_runs(runs: Sequence[Run], name: str, columns: Mapping[str, str]) -> pd.DataFrame:
    """One table of all runs; parsed at once, which takes a third of the time of one file after the other."""
    contents = [run.read(name) for run in runs]
    head = ",".join(columns).encode() + b"\n"
    if all(content.startswith(head) and content.endswith(b"\n") for content in contents):
        rows = [content.count(b"\n") - 1 for content in contents]
        try:
            table = _parsed(head + b"".join(content[len(head) :] for content in contents), columns)
        except ValueError:
            pass  # a row is not as it must be: below, of which run
        else:
            if len(table) == sum(rows):  # a line is a row
                identity = {"experiment": object, "variant": object, "seed": np.int64}
                for place, (column, kind) in enumerate(identity.items()):
                    own = np.array([getattr(run.id, column) for run in runs], dtype=kind)
                    table.insert(place, column, np.repeat(own, rows))
                return table
    return pd.concat([_of_run(run.id, _read_table(run, name, columns)) for run in runs], ignore_index=True)


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
        return _parsed(data, columns)
    except ValueError as error:
        raise StoreError(f"{run.path / name}: {str(error).strip()}; {CURE}") from None


def _parsed(data: bytes, columns: Mapping[str, str]) -> pd.DataFrame:
    """A CSV file as a table. Raises ValueError if it has other columns, or values of other kinds, or not finite."""
    try:
        table = pd.read_csv(io.BytesIO(data), dtype=dict(columns))  # type: ignore[arg-type]
    except ValueError as error:
        raise ValueError(f"cannot be read as a table ({str(error).strip()})") from None
    if list(table.columns) != list(columns):
        raise ValueError(f"expected columns {', '.join(columns)}; found {', '.join(table.columns)}")
    numbers = table.select_dtypes("number")
    if not np.isfinite(numbers.to_numpy(dtype=float)).all():
        raise ValueError("holds a value that is not finite")
    return table
