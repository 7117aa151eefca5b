"""build.py --only, in this process, on data of a few images."""

import dataclasses
import json
import os
import shutil

import pytest
import torch

import build
from experiments import commands, options
from experiments.catalog import IMAGENET10
from experiments.cluster import task
from experiments.cluster.status import read_status
from experiments.data import downloads, load
from experiments.disk.records import stamped
from experiments.jobs import Job
from experiments.store.runs import RunId
from experiments.training import device, pipeline, runner

RUN = "imagenet10/layer2nn/seed-1"


def tiny(**changes):
    config = dataclasses.replace(
        IMAGENET10.variants["layer2nn"],
        **{"epochs": 2, "batch_size": 20, "sizes": ((1, 32),), "eval_size": 32} | changes,
    )
    return dataclasses.replace(IMAGENET10, variants={"layer2nn": config})


@pytest.fixture(autouse=True)
def small(monkeypatch, tiny_images):
    threads = torch.get_num_threads()
    for module in (build, commands):
        monkeypatch.setattr(module, "EXPERIMENTS", [tiny()])
    monkeypatch.setattr(options, "EQUAL_TERMS", dataclasses.replace(IMAGENET10, name="same-terms", variants={}))

    def load_datasets(options, console, download=True):
        return {"imagenet10": tiny_images}

    for module in (load, pipeline):  # the latter may have been imported by another test, with the real function
        monkeypatch.setattr(module, "load_datasets", load_datasets)
    monkeypatch.setattr(downloads, "require_on_disk", lambda *args, **options: None)
    monkeypatch.setattr(task, "LATE", 0.1)
    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 0.0)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def run(tmp_path, capsys):
    def run(*args) -> tuple[int, str]:
        threads = [] if "--threads" in args else ["--threads", "1"]
        code = build.main([*map(str, args), *threads, "--seeds", "2", "--results", str(tmp_path)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out + said.err

    return run


@pytest.fixture
def digest(run):
    code, said = run("--plan", "--json", "--device", "cpu")
    assert code == 0
    return json.loads(said)["digest"]


def status(tmp_path, digest):
    return read_status(tmp_path / "cluster" / digest / "status" / f"{RUN.replace('/', ',')}.json")


def test_a_run_is_trained_as_its_plan_says(run, digest, tmp_path):
    code, said = run("--only", RUN, "--plan-digest", digest)
    assert code == 0
    assert "epoch 2/2" in said
    record = json.loads((RunId("imagenet10", "layer2nn", 1).folder(tmp_path) / "run.json").read_text())
    assert {name: record["device"][name] for name in ("kind", "dtype", "threads")} == {
        "kind": "cpu",
        "dtype": "float32",
        "threads": 1,
    }
    assert not (tmp_path / "imagenet10" / "layer2nn" / "seed-0").exists()
    found = status(tmp_path, digest)
    assert (found.state, found.epoch, found.epochs) == ("done", 2, 2)


def test_a_plan_says_how_one_of_its_runs_is_trained(run, digest):
    *_, last = run("--plan", "--device", "cpu")[1].splitlines()
    assert last == f"plan {digest}: cpu, float32, 1 thread a task"


def test_the_same_bytes_as_a_build_with_the_same_settings(run, digest, tmp_path):
    folder = RunId("imagenet10", "layer2nn", 1).folder(tmp_path)
    ways = ("--only", RUN, "--plan-digest", digest), ("--train-only", "--device", "cpu", "--precision", "float32")

    def trained(args) -> dict[str, bytes]:
        shutil.rmtree(tmp_path / "imagenet10", ignore_errors=True)
        code, said = run(*args)
        assert code == 0, said
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.json"}

    assert trained(ways[0]) == trained(ways[1])


def test_a_run_that_is_stored_is_not_trained_again(run, digest):
    run("--only", RUN, "--plan-digest", digest)
    code, said = run("--only", RUN, "--plan-digest", digest)
    assert code == 0
    assert "stored already" in said
    assert "epoch" not in said.replace("epochs", "")


def test_without_a_plan_the_options_make_one(run, tmp_path):
    assert run("--only", "imagenet10/layer2nn/0", "--device", "cpu", "--precision", "float32")[0] == 0
    assert (tmp_path / "imagenet10" / "layer2nn" / "seed-0" / "run.json").exists()


def test_other_settings_than_the_plans_are_refused_with_code_3(run, digest, monkeypatch, tmp_path):
    monkeypatch.setattr(commands, "EXPERIMENTS", [tiny(epochs=3)])
    code, said = run("--only", RUN, "--plan-digest", digest)
    assert code == 3
    assert f"{RUN}: not what plan {digest} says: epochs of imagenet10/layer2nn 2 -> 3" in said
    assert status(tmp_path, digest).state == "refused"
    assert not (tmp_path / "imagenet10").exists()


def test_other_data_than_the_plans_are_refused(run, digest, monkeypatch, tiny_images):
    other = dataclasses.replace(tiny_images, fingerprint="0" * 64)
    monkeypatch.setattr(load, "load_datasets", lambda options, console, download=True: {"imagenet10": other})
    code, said = run("--only", RUN, "--plan-digest", digest)
    assert code == 3
    assert "data imagenet10" in said


def test_a_node_without_the_planned_device_is_refused(run):
    code, said = run("--plan", "--json", "--device", "cuda")
    planned = json.loads(said)["digest"]
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    code, said = run("--only", RUN, "--plan-digest", planned)
    assert code == 3
    assert "cannot do what the plan says: --device cuda: not available here" in said


def test_a_node_with_fewer_threads_than_planned_is_refused(run, monkeypatch):
    monkeypatch.setattr(Job, "threads", 2)
    monkeypatch.setattr(device, "usable_cores", lambda: 1)
    planned = json.loads(run("--plan", "--json", "--device", "cpu", "--threads", "2")[1])["digest"]
    code, said = run("--only", RUN, "--plan-digest", planned, "--threads", "2")
    assert code == 3
    assert "gives 1 thread, the plan says 2; ask the scheduler for more, or plan with --threads 1" in said


def interrupt(monkeypatch, epoch):
    """End the training after an epoch, as a time limit does."""
    told = task.ToldProgress.reached

    def reached(self, number):
        told(self, number)
        if number == epoch + 1:
            raise KeyboardInterrupt

    monkeypatch.setattr(task.ToldProgress, "reached", reached)
    return lambda: monkeypatch.setattr(task.ToldProgress, "reached", told)


def test_a_task_that_was_stopped_goes_on_from_its_checkpoint(run, digest, monkeypatch, tmp_path):
    undo = interrupt(monkeypatch, 1)
    code, said = run("--only", RUN, "--plan-digest", digest)
    assert code == 130
    assert status(tmp_path, digest).state == "stopped"
    undo()
    code, said = run("--only", RUN, "--plan-digest", digest)
    assert code == 0
    assert "going on after epoch 1 of 2" in said


def test_a_checkpoint_made_otherwise_is_never_left_for_a_start_from_nothing(run, digest, monkeypatch, tmp_path):
    undo = interrupt(monkeypatch, 1)
    run("--only", RUN, "--plan-digest", digest)
    undo()
    (path,) = tmp_path.glob("imagenet10/layer2nn/.*.checkpoint")
    _, _, data = path.read_bytes().partition(b"\n")
    path.write_bytes(stamped(data.replace(b"float32 on cpu", b"float32 on gpu")))
    code, said = run("--only", RUN, "--plan-digest", digest)
    assert code == 3
    assert "made in float32 on gpu with 1 threads, and this is float32 on cpu with 1; go on where it was made" in said
    assert path.exists()


def test_three_tasks_that_end_without_an_epoch_are_told(run, digest, monkeypatch, tmp_path):
    def fail(*args, **options):
        raise RuntimeError("a bug")

    monkeypatch.setattr(runner, "train", fail)
    for _ in range(3):
        with pytest.raises(RuntimeError):
            build.main(["--only", RUN, "--plan-digest", digest, "--seeds", "2", "--results", str(tmp_path)])
    code, said = run("--only", RUN, "--plan-digest", digest)
    assert code == 1
    assert "3 attempts without a new epoch after epoch 0; the last one: a bug; remove the cause" in said


def test_a_name_that_is_wrong_is_told_with_the_nearest_and_code_2(run, digest):
    code, said = run("--only", "imagenet10/layer2n/seed-1", "--plan-digest", digest)
    assert code == 2
    assert f"did you mean {RUN}?" in said


def test_a_plan_that_cannot_be_stored_is_shown_all_the_same(tmp_path, run):
    (tmp_path / "cluster").touch()
    code, said = run("--plan", "--device", "cpu")
    assert code == 0
    assert "not stored" in said
    assert os.listdir(tmp_path) == ["cluster"]
