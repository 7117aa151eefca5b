"""The measurements of many runs as one table each."""

import csv
import json

from experiments.catalog import EXPERIMENTS
from experiments.store.tables import accuracies, write_tables
from report.selection import ALL, select_runs
from tests.synthetic import write_results


def test_tables_hold_every_row_of_every_run_under_its_identity(tmp_path):
    runs = select_runs(write_results(tmp_path / "results"), EXPERIMENTS, ALL)
    write_tables(tmp_path, runs)
    with open(tmp_path / "predictions.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(runs) * 200  # test images of a synthetic data set
    assert {(row["experiment"], row["variant"], row["seed"]) for row in rows} == {
        (run.id.experiment, run.id.variant, str(run.id.seed)) for run in runs
    }
    assert json.loads((tmp_path / "runs.json").read_text())["imagenet10/cnn/1"]["seed"] == 1
    assert len((tmp_path / "steps.csv").read_text().splitlines()) == 1 + 2 * len(runs)


def test_accuracies_are_by_variant_and_seed_and_a_diverged_run_has_none(tmp_path):
    runs = select_runs(write_results(tmp_path / "results", diverged=[("mlp", 1)]), EXPERIMENTS, ALL)
    found = accuracies(runs)
    assert found["imagenet10/cnn"] == [0.85, 0.85]
    assert found["imagenet10/mlp"] == [0.5]
