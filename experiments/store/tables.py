"""The measurements of many runs as one table each, as files that need no program to be read."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments.disk.files import write_atomically
from experiments.store.runs import Run, to_csv

TABLES = ("curves", "predictions", "steps")
IDENTITY = ("experiment", "variant", "seed")


def write_tables(folder: Path, runs: Sequence[Run]) -> None:
    """Write curves.csv, predictions.csv and steps.csv of all runs, each row beginning with the run's identity, and
    runs.json with their records."""
    for name in TABLES:
        header: list[str] = []
        rows: list[Sequence[object]] = []
        for run in runs:
            if f"{name}.csv" not in run.record["files"]:
                continue
            header, *own = _rows(run, name)
            rows += [[run.id.experiment, run.id.variant, run.id.seed, *row] for row in own]
        write_atomically(folder / f"{name}.csv", to_csv([*IDENTITY, *header], rows))
    records = {f"{run.id.experiment}/{run.id.variant}/{run.id.seed}": run.record for run in runs}
    write_atomically(folder / "runs.json", (json.dumps(records, ensure_ascii=False, indent=1) + "\n").encode())


def accuracies(runs: Iterable[Run]) -> dict[str, list[float]]:
    """experiment/variant → the share of right predictions of each seed; a run that diverged has none."""
    found: dict[str, list[float]] = {}
    for run in runs:
        header, *rows = _rows(run, "predictions")
        label, predicted = header.index("label"), header.index("predicted")
        if rows:
            right = sum(row[label] == row[predicted] for row in rows)
            found.setdefault(f"{run.id.experiment}/{run.id.variant}", []).append(right / len(rows))
    return found


def _rows(run: Run, name: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(run.read(f"{name}.csv").decode())))
