"""The packed reference run gives back what was stored, without weights and pictures, and keeps to its limit."""

import json
from pathlib import Path

import numpy as np
import pytest

from experiments.catalog import EXPERIMENTS
from experiments.disk.files import sha256
from experiments.disk.records import StoreError, sealed
from experiments.store import reference
from experiments.store.datasets import read_dataset
from experiments.store.reference import PackError, is_reference, pack_reference, read_about, unpacked
from experiments.store.runs import Run, RunId, read_run
from report.results import read_results
from report.selection import Selection, select_runs
from tests.synthetic import pack_as_reference, write_results


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Path, list[Run]]:
    folder = tmp_path_factory.mktemp("reference")
    results = write_results(folder / "results")
    return results, folder / "reference", pack_as_reference(results, folder / "reference")


def test_every_file_comes_back_as_it_was_but_weights_and_pictures(made):
    results, folder, runs = made
    with unpacked(folder) as found:
        files = {path.relative_to(found).as_posix() for path in found.rglob("*") if path.is_file()}
        for run in runs:
            for name in ("run.json", "curves.csv", "predictions.csv", "steps.csv"):
                path = run.path.relative_to(results) / name
                assert (found / path).read_bytes() == (results / path).read_bytes()
                files.remove(path.as_posix())
        for stored in results.glob("data/*/split.csv"):
            path = stored.relative_to(results)
            assert (found / path).read_bytes() == stored.read_bytes()
            files.remove(path.as_posix())
        left = {Path(name).name for name in files}
        assert left == {"dataset.json"}
    assert not found.exists()


def test_the_report_reads_it_as_it_reads_the_results(made):
    results, folder, _ = made
    with unpacked(folder) as found:
        again = read_results(found, EXPERIMENTS)
    before = read_results(results, EXPERIMENTS)
    assert again.records == before.records
    for table in ("curves", "predictions", "steps"):
        assert getattr(again, table).equals(getattr(before, table))
    for name, dataset in again.datasets.items():
        pictures = {file for file in before.datasets[name].record["files"] if file != "split.csv"}
        assert set(dataset.record["withheld"]) == pictures
        assert dataset.record["files"].keys() == {"split.csv"}


def test_equal_runs_give_equal_bytes_in_whatever_order(made, tmp_path):
    results, folder, runs = made
    for number, some in enumerate((runs, runs[::-1])):
        datasets = [read_dataset(results, *dataset) for dataset in sorted(read_about(folder)["datasets"].items())]
        pack_reference(tmp_path / str(number), some, datasets)
    first, second = ((tmp_path / name / "results.xz").read_bytes() for name in "01")
    assert first == second


def test_it_says_what_it_is(made):
    _, folder, runs = made
    about = read_about(folder)
    assert (about["machines"], about["finished"], about["rounded"]) == (["Test CPU"], "2026-01-02T00:00:00+00:00", "")
    assert about["accuracies"]["imagenet10/cnn"] == pytest.approx([0.85, 0.85])
    assert len(about["runs"]) == len(runs)
    assert is_reference(runs[0].id, runs[0].record, about)
    assert not is_reference(runs[0].id, {**runs[0].record, "finished": "2026-01-09T00:00:00+00:00"}, about)
    assert not is_reference(RunId("softmax", "wrong", 9), runs[0].record, about)
    assert not is_reference(runs[0].id, runs[0].record, None)


def test_pictures_of_the_same_data_are_taken_from_ones_own_results(made, tmp_path):
    results, folder, _ = made
    with unpacked(folder, results) as found:
        for name, dataset in read_results(found, EXPERIMENTS).datasets.items():
            assert "samples.png" in dataset.record["files"], name
    with unpacked(folder, write_results(tmp_path, seeds=1, per_class=50)) as found:  # other data
        assert not list(found.rglob("*.png"))


def test_what_would_be_too_large_is_rounded_in_further_seeds_of_softmax_alone(made, tmp_path, monkeypatch):
    results = write_results(tmp_path / "r", seeds=4, accuracy={"wrong": 0.5})
    rng = np.random.default_rng(0)
    for run in select_runs(results, EXPERIMENTS, Selection()):  # as a real run has them: each another float32
        rewrite(run, lambda value: f"{np.float32(rng.random()):.9g}")
    pack_as_reference(results, tmp_path / "exact")
    size = sum(path.stat().st_size for path in (tmp_path / "exact").iterdir())
    assert read_about(tmp_path / "exact")["rounded"] == ""
    monkeypatch.setattr(reference, "LARGEST", size - 1)
    pack_as_reference(results, tmp_path / "rounded")
    assert read_about(tmp_path / "rounded")["rounded"].startswith("predictions and steps of softmax from seed 3 on")
    with unpacked(tmp_path / "rounded") as found:
        again, before = read_results(found, EXPERIMENTS), read_results(results, EXPERIMENTS)
    free = before.predictions["experiment"].eq("softmax") & before.predictions["seed"].eq(3)
    assert again.predictions[~free].equals(before.predictions[~free])
    assert not again.predictions[free].equals(before.predictions[free])
    assert (again.predictions[free]["predicted"] == before.predictions[free]["predicted"]).all()
    about = read_about(tmp_path / "rounded")
    assert all(is_reference(run_id, record, about) for run_id, record in again.records.items())


def rewrite(run: Run, change) -> None:
    """A stored run with every probability changed, and its digests made to fit."""
    header, *rows = (run.path / "predictions.csv").read_text().splitlines()
    rows = [[*row.split(",")[:3], *map(change, row.split(",")[3:])] for row in rows]
    data = "\n".join([header, *map(",".join, rows), ""]).encode()
    (run.path / "predictions.csv").write_bytes(data)
    record = {**run.record, "files": {**run.record["files"], "predictions.csv": sha256(data)}}
    (run.path / "run.json").write_bytes(sealed(record))


def test_what_cannot_be_made_small_enough_is_refused_and_writes_nothing(made, tmp_path, monkeypatch):
    monkeypatch.setattr(reference, "LARGEST", 1000)
    with pytest.raises(PackError, match=r"the results take 0\.0 MiB packed"):
        pack_as_reference(made[0], tmp_path / "reference")
    assert not (tmp_path / "reference").exists()


def test_a_damaged_one_counts_as_none_and_is_never_half_unpacked(made, tmp_path):
    assert read_about(tmp_path) is None
    pack_as_reference(made[0], tmp_path / "reference")
    (tmp_path / "reference" / "results.xz").write_bytes(b"x")
    with (
        pytest.raises(StoreError, match=r"results\.xz: its content is not what was stored"),
        unpacked(tmp_path / "reference"),
    ):
        pass
    about = json.loads((tmp_path / "reference" / "about.json").read_bytes())
    (tmp_path / "reference" / "about.json").write_text(json.dumps({**about, "finished": "2020-01-01"}))
    assert read_about(tmp_path / "reference") is None


def test_a_run_of_it_can_be_read_like_any_other(made):
    with unpacked(made[1]) as found:
        run = read_run(RunId("imagenet10", "cnn", 1).folder(found), RunId("imagenet10", "cnn", 1))
        assert run.read("curves.csv")
        with pytest.raises(StoreError, match=r"model\.safetensors"):
            run.read("model.safetensors")
