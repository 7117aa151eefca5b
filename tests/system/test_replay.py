"""A report whose data, text and digests were forged together is found out by training again."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.disk.files import sha256
from experiments.disk.records import sealed
from experiments.store.runs import RunId, read_run, to_csv

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("sample", "label", "predicted", "p_label", "p_predicted")


def build(*arguments, code: int = 0) -> str:
    done = subprocess.run([sys.executable, "build.py", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == code, done.stderr
    return done.stdout


def forge(results: Path, run_id: RunId, images: int) -> None:
    """Flip so many wrong predictions of a stored run to right, its digests made to fit."""
    run = read_run(run_id.folder(results), run_id)
    rows = list(csv.DictReader(io.StringIO(run.read("predictions.csv").decode())))
    wrong = [row for row in rows if row["predicted"] != row["label"]][:images]
    for row in wrong:
        row |= {"predicted": row["label"], "p_label": row["p_predicted"]}
    data = to_csv(COLUMNS, ([row[name] for name in COLUMNS] for row in rows))
    (run.path / "predictions.csv").write_bytes(data)
    record = {**run.record, "files": {**run.record["files"], "predictions.csv": sha256(data)}}
    (run.path / "run.json").write_bytes(sealed(record))


@pytest.mark.slow
def test_a_report_forged_as_a_whole_verifies_and_its_replay_finds_it(tmp_path):
    where = ["--results", tmp_path / "r", "--out", tmp_path]
    scale = ["--quick", "--data", "demo", "--seeds", "1"]
    build(*scale, *where)
    pdf = tmp_path / "HW1-DL-demo.pdf"
    said = build("--verify", pdf, "--replay", "layer2nn")
    assert "replay of imagenet10/layer2nn seed 0: the same to the last digit" in said
    desk = tmp_path / "desk"
    desk.mkdir()
    for name in ("a.pdf", "b.pdf"):
        (desk / name).write_bytes(pdf.read_bytes())
    said = build("--verify", desk, "--replay", "layer2nn", "--out", desk)
    assert said.count("1 equal") == 2
    forge(tmp_path / "r", RunId("imagenet10", "layer2nn", 0), images=2)
    build("--skip-train", *scale, *where)
    build("--verify", pdf)  # holds: text, data and digests fit each other
    said = build("--verify", pdf, "--replay", "layer2nn", code=1)
    assert "replay of imagenet10/layer2nn seed 0: 2 of 200 predictions differ, accuracy +1.00 points" in said
    other = ["--images-per-class", "50"]
    said = build("--verify", pdf, "--replay", "layer2nn", *other)
    assert "not replayed: the data here are " in said
    assert said.count("replay of ") == 1  # and it is no fault: the exit code is 0
