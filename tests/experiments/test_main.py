"""python -m experiments: training without the report, as in a folder that was handed in."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.__main__ import main

ROOT = Path(__file__).resolve().parents[2]


def test_an_unknown_experiment_is_refused(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["softmacs"])
    assert stop.value.code == 2
    assert "softmacs" in capsys.readouterr().err


def test_help_needs_no_torch():
    code = "import sys; sys.modules['torch'] = None; from experiments.__main__ import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0
    assert "python -m experiments softmax" in done.stdout


@pytest.mark.slow
def test_one_experiment_is_trained_and_its_tables_written(tmp_path):
    command = ["softmax", "--quick", "--data", "demo", "--seeds", "1", "--results", str(tmp_path)]
    done = subprocess.run([sys.executable, "-m", "experiments", *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "softmax/corrected: test accuracy" in done.stdout
    assert "imagenet10" not in done.stdout
    with open(tmp_path / "curves.csv", newline="") as file:
        assert {row["variant"] for row in csv.DictReader(file)} >= {"wrong", "corrected"}
