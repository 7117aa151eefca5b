import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import StringIO

import pandas as pd
import pytest
import torch
from rich.console import Console
from safetensors.torch import load

from experiments.catalog import IMAGENET10, SOFTMAX, Experiment
from experiments.disk.locks import locked
from experiments.errors import UserError
from experiments.jobs import jobs
from experiments.plan import plan_runs, wanted_runs
from experiments.progress import Progress
from experiments.rules import rules_digest
from experiments.training import runner
from experiments.training.device import Device
from experiments.training.runner import train_all
from experiments.training.softmax_trainer import SoftmaxRun, SoftmaxTask
from report.results import read_results

CPU = Device("cpu", "test", torch.get_num_threads(), torch.float32, "test")
TINY = {"batch_size": 20, "sizes": ((1, 32),), "eval_size": 32}


def tiny_softmax(**changes) -> Experiment:
    config = replace(SOFTMAX.variants["corrected"], **({"epochs": 4} | changes))
    return replace(SOFTMAX, variants={"corrected": config})


def tiny_images(model, **changes) -> Experiment:
    config = replace(IMAGENET10.variants[model], **(TINY | {"epochs": 4} | changes))
    return replace(IMAGENET10, variants={model: config})


@pytest.fixture
def datasets(tiny_garments, tiny_images):
    return {"fashion-mnist": tiny_garments, "imagenet10": tiny_images}


@pytest.fixture
def log():
    return StringIO()


@pytest.fixture
def progress(log):
    return Progress(Console(file=log, soft_wrap=True))


@pytest.fixture(autouse=True)
def _a_checkpoint_after_every_epoch(monkeypatch):
    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 0.0)


def contents(run) -> dict[str, bytes]:
    return {name: run.read(name) for name in run.record["files"]}


def test_a_run_is_trained_once_and_then_cached(tmp_path, datasets, progress, log):
    (first,) = train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    (second,) = train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    assert first.record == second.record
    assert first.record["rules"] == rules_digest()
    assert "epoch 4/4" in log.getvalue()
    assert log.getvalue().count("epoch 1/4") == 1
    assert "stored already" in log.getvalue()


def test_seeds_of_a_series_are_others_and_are_found_again(tmp_path, datasets, progress):
    both = [tiny_softmax(), tiny_images("layer2nn", epochs=1)]
    own = [experiment.drawn_from("student-1") for experiment in both]
    common = [contents(run) for run in train_all(both, datasets, 1, CPU, tmp_path, progress)]
    assert [line.partition(": ")[2] for line in planned(own, datasets, 1, tmp_path)] == [
        "train (series None -> student-1)"
    ] * 2
    personal = train_all(own, datasets, 1, CPU, tmp_path, progress)
    for other, run in zip(common, personal, strict=True):
        assert run.read("model.safetensors") != other["model.safetensors"]
        assert run.record["seed"] == 0
    assert planned(own, datasets, 1, tmp_path) == planned(both, datasets, 1, tmp_path)  # all stored
    elsewhere = train_all(own, datasets, 1, CPU, tmp_path / "again", progress)
    assert [contents(run) for run in elsewhere] == [contents(run) for run in personal]


def planned(experiments, datasets, seeds, results) -> list[str]:
    """The lines of the plan about single runs."""
    return plan_runs(wanted_runs(experiments, datasets, seeds), results)[:-1]


def test_a_changed_setting_trains_only_what_it_changes(tmp_path, datasets, progress, log):
    both = replace(
        SOFTMAX, variants={name: replace(SOFTMAX.variants[name], epochs=2) for name in ("wrong", "corrected")}
    )
    train_all([both], datasets, 1, CPU, tmp_path, progress)
    changed = replace(both, variants={**both.variants, "wrong": replace(both.variants["wrong"], lr=0.2)})
    assert planned([changed], datasets, 1, tmp_path) == [
        "softmax/wrong seed 0: train (lr 0.1 -> 0.2)",
        "softmax/corrected seed 0: stored",
    ]


def test_the_plan_of_an_empty_store_is_to_train_everything(tmp_path, datasets):
    assert planned([tiny_softmax()], datasets, 2, tmp_path) == [
        "softmax/corrected seed 0: train (nothing stored)",
        "softmax/corrected seed 1: train (nothing stored)",
    ]
    assert list(tmp_path.iterdir()) == []


class StoppedError(Exception):
    pass


@pytest.mark.parametrize("experiment", [tiny_softmax(), tiny_images("mlp", ema=0.3), tiny_images("cnn", ema=0.3)])
def test_an_interrupted_run_ends_as_if_it_had_never_stopped(tmp_path, datasets, progress, log, monkeypatch, experiment):
    """Stopped twice: before the average of the weights begins, and, once it has gone on from there, after that."""
    (whole,) = train_all([experiment], datasets, 1, CPU, tmp_path / "whole", progress)
    save = runner.Checkpoint.save
    for after in (1, 3):

        def save_and_stop(self, task, training, after=after):
            save(self, task, training)
            if training.epoch == after:
                raise StoppedError

        monkeypatch.setattr(runner.Checkpoint, "save", save_and_stop)
        with pytest.raises(StoppedError):
            train_all([experiment], datasets, 1, CPU, tmp_path / "stopped", progress)
    monkeypatch.setattr(runner.Checkpoint, "save", save)
    (resumed,) = train_all([experiment], datasets, 1, CPU, tmp_path / "stopped", progress)
    for after in (1, 3):
        assert log.getvalue().count(f"going on after epoch {after} of 4") == 1
    assert contents(resumed) == contents(whole)
    assert not list((tmp_path / "stopped").rglob("*.checkpoint"))


def test_a_run_ends_with_the_same_bytes_whatever_is_trained_with_it(tmp_path, datasets, progress, log):
    variants = {name: replace(config, epochs=2) for name, config in SOFTMAX.variants.items()}
    softmax = replace(SOFTMAX, variants=variants)
    together = train_all([softmax], datasets, 2, CPU, tmp_path / "together", progress)
    assert log.getvalue().count("epoch 1/2") == 1  # ten runs together
    one_seed = train_all([softmax], datasets, 1, CPU, tmp_path / "one seed", progress)
    of_seed_0 = [run for run in together if run.id.seed == 0]
    assert [contents(run) for run in one_seed] == [contents(run) for run in of_seed_0]
    stored = {run.path: (run.path / "run.json").stat().st_mtime_ns for run in together}
    lost = of_seed_0[2]
    whole = contents(lost)
    shutil.rmtree(lost.path)
    again = train_all([softmax], datasets, 2, CPU, tmp_path / "together", progress)
    assert contents(next(run for run in again if run.id == lost.id)) == whole
    now = {run.path: (run.path / "run.json").stat().st_mtime_ns for run in again}
    assert [path for path in stored if now[path] != stored[path]] == [lost.path]  # no other was stored again


def test_a_run_that_is_stored_is_not_tested_again(tmp_path, datasets, progress, monkeypatch):
    softmax = replace(SOFTMAX, variants={n: replace(SOFTMAX.variants[n], epochs=1) for n in ("wrong", "corrected")})
    _, second = train_all([softmax], datasets, 1, CPU, tmp_path, progress)
    shutil.rmtree(second.path)
    tested = []
    evaluate = SoftmaxRun.probabilities

    def counting(run, split):
        tested.append(run.config.model)
        return evaluate(run, split)

    monkeypatch.setattr(SoftmaxRun, "probabilities", counting)
    train_all([softmax], datasets, 1, CPU, tmp_path, progress)
    assert tested == ["corrected"]


def test_a_run_that_diverges_is_cut_there_and_those_trained_with_it_go_on(tmp_path, datasets, progress, log):
    configs = {"fine": replace(SOFTMAX.variants["corrected"], epochs=3)}
    configs["lost"] = replace(configs["fine"], lr=1e30)
    fine, lost = train_all([replace(SOFTMAX, variants=configs)], datasets, 1, CPU, tmp_path, progress)
    assert lost.record["diverged_at"] == 1
    assert {row.split(b",")[0] for row in lost.read("curves.csv").splitlines()[1:]} == {b"0"}
    steps = len(fine.read("steps.csv").splitlines()) - 1
    assert len(lost.read("steps.csv").splitlines()) - 1 <= steps / 3  # of its first epoch
    assert fine.record["diverged_at"] is None
    assert "nan" not in log.getvalue()


def test_a_checkpoint_is_written_before_too_much_would_be_lost(tmp_path, datasets, progress, monkeypatch):
    clock, saved = [0.0], []
    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 5.0)
    monkeypatch.setattr(runner.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(runner.Checkpoint, "save", lambda self, task, training: saved.append(training.epoch))
    train_epoch = SoftmaxTask.train_epoch

    def slow(task, epoch):
        train_epoch(task, epoch)
        clock[0] += 2.0

    monkeypatch.setattr(SoftmaxTask, "train_epoch", slow)
    train_all([tiny_softmax(epochs=8)], datasets, 1, CPU, tmp_path, progress)
    assert saved == [2, 4, 6]  # after two epochs of 2 s a third would make it 6 s


def test_runs_side_by_side_end_with_the_same_bytes_as_one_after_another(tmp_path, datasets, progress):
    both = [tiny_softmax(), tiny_images("mlp", epochs=2), tiny_images("layer2nn", epochs=2)]
    four = replace(CPU, threads=4)
    together = train_all(both, datasets, 2, four, tmp_path / "together", progress)
    apart = train_all(both, datasets, 2, replace(CPU, threads=1), tmp_path / "apart", progress)
    images = [run for run in together if run.id.experiment == "imagenet10"]
    assert [contents(run) for run in images] == [contents(run) for run in apart if run.id.experiment == "imagenet10"]
    assert {run.record["device"]["threads"] for run in images} == {1}


def test_an_error_in_one_run_stops_the_others_and_is_told(tmp_path, datasets, progress, monkeypatch):
    train = runner.train

    def fail_for_the_mlp(task, *args):
        if "MLP" in type(task.runs[0].model).__name__:
            raise UserError("a mistake")
        return train(task, *args)

    monkeypatch.setattr(runner, "train", fail_for_the_mlp)
    endless = tiny_images("layer2nn", epochs=100_000)
    with pytest.raises(UserError, match="a mistake"):
        train_all([endless, tiny_images("mlp")], datasets, 1, replace(CPU, threads=2), tmp_path, progress)


def test_a_short_run_writes_no_checkpoint(tmp_path, datasets, progress, monkeypatch):
    saved = []
    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 60.0)
    monkeypatch.setattr(runner.Checkpoint, "save", lambda *args: saved.append(args))
    train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    assert not saved


def test_a_build_that_was_killed_before_it_removed_a_checkpoint_leaves_none_for_good(
    tmp_path, datasets, progress, monkeypatch
):
    def stop(self):
        raise StoppedError

    with monkeypatch.context() as stopped:
        stopped.setattr(runner.Checkpoint, "remove", stop)
        with pytest.raises(StoppedError):
            train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    assert list(tmp_path.rglob("*.checkpoint"))
    train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    assert not list(tmp_path.rglob("*.checkpoint"))


def test_a_damaged_checkpoint_is_set_aside_and_the_run_starts_again(tmp_path, datasets, progress, log, monkeypatch):
    save = runner.Checkpoint.save

    def save_damaged_and_stop(self, task, training):
        save(self, task, training)
        data = bytearray(self.path.read_bytes())
        data[len(data) // 2] ^= 1
        self.path.write_bytes(data)
        raise StoppedError

    monkeypatch.setattr(runner.Checkpoint, "save", save_damaged_and_stop)
    with pytest.raises(StoppedError):
        train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    monkeypatch.setattr(runner.Checkpoint, "save", save)
    train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    assert "damaged; moved aside" in log.getvalue()
    assert list(tmp_path.rglob("*.damaged"))


@pytest.mark.parametrize(
    ("made_in", "change"), [("bfloat16 on cpu", {"dtype": torch.bfloat16}), ("float32 on cuda", {"kind": "cuda"})]
)
def test_a_run_does_not_go_on_from_a_checkpoint_of_another_precision_or_device(
    tmp_path, datasets, progress, log, monkeypatch, made_in, change
):
    save = runner.Checkpoint.save

    def save_as_elsewhere_and_stop(self, task, training):
        self.made_in = made_in
        save(self, task, training)
        raise StoppedError

    (alone,) = train_all([tiny_softmax()], datasets, 1, CPU, tmp_path / "alone", progress)
    monkeypatch.setattr(runner.Checkpoint, "save", save_as_elsewhere_and_stop)
    with pytest.raises(StoppedError):
        train_all([tiny_softmax()], datasets, 1, CPU, tmp_path / "moved", progress)
    monkeypatch.setattr(runner.Checkpoint, "save", save)
    (moved,) = train_all([tiny_softmax()], datasets, 1, CPU, tmp_path / "moved", progress)
    assert f"made in {made_in}, and this is float32 on cpu; the run starts again" in " ".join(log.getvalue().split())
    assert contents(moved) == contents(alone)
    (job,) = jobs(wanted_runs([tiny_softmax()], datasets, 1))
    assert runner.Checkpoint(job, tmp_path, replace(CPU, **change)).made_in == made_in


@pytest.mark.parametrize("name", ["run.json", "model.safetensors", "curves.csv"])
def test_a_damaged_run_is_set_aside_and_made_anew(tmp_path, datasets, progress, log, name):
    (whole,) = train_all([tiny_softmax(epochs=1)], datasets, 1, CPU, tmp_path, progress)
    made = contents(whole)
    data = bytearray((whole.path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (whole.path / name).write_bytes(data)
    (again,) = train_all([tiny_softmax(epochs=1)], datasets, 1, CPU, tmp_path, progress)
    assert f"{name}: " in log.getvalue()
    assert "moved aside as .seed-0.damaged-1" in log.getvalue()
    assert contents(again) == made
    assert (whole.path.with_name(".seed-0.damaged-1") / name).read_bytes() == data


def test_a_damaged_record_of_a_dataset_is_set_aside_and_made_anew(tmp_path, datasets, progress, log):
    train_all([], datasets, 1, CPU, tmp_path, progress)
    (samples,) = tmp_path.glob("data/imagenet10-*/samples.png")
    whole = samples.read_bytes()
    samples.write_bytes(whole[:-1])
    train_all([], datasets, 1, CPU, tmp_path, progress)
    assert "samples.png: its content is not what was stored; moved aside as .imagenet10-" in log.getvalue()
    assert samples.read_bytes() == whole
    assert len(list(tmp_path.glob("data/.imagenet10-*.damaged-1"))) == 1


def test_two_builds_in_one_folder_share_what_the_first_makes(tmp_path, datasets, progress, log):
    second_log = StringIO()
    second = Progress(Console(file=second_log, soft_wrap=True))
    with ThreadPoolExecutor(1) as pool, locked(tmp_path / ".lock"):
        waiting = pool.submit(train_all, [tiny_softmax(epochs=1)], datasets, 1, CPU, tmp_path, second)
        while "waiting for it" not in second_log.getvalue():
            assert not waiting.done()
            time.sleep(0.01)
        (first,) = runner._train_all([tiny_softmax(epochs=1)], datasets, 1, CPU, tmp_path, progress)
    (shared,) = waiting.result()
    assert shared.record == first.record
    assert "corrected seed 0: stored" in second_log.getvalue()


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "close other"),
        (
            RuntimeError("[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory"),
            "close other",
        ),
        (MemoryError(), "close other"),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9 GB, max allowed: 9 GB)"), "close other"),
        (RuntimeError("Invalid buffer size: 20.00 GB"), "close other"),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"), "close other"),
    ],
)
def test_too_little_memory_is_one_clear_error(tmp_path, datasets, progress, monkeypatch, error, hint):
    def refuse(*args):
        raise error

    monkeypatch.setattr(runner, "train", refuse)
    with pytest.raises(
        UserError, match="corrected seed 0: the memory of test does not suffice for batches of 256"
    ) as error_info:
        train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    assert hint in str(error_info.value)
    assert "set a smaller batch_size in experiments/catalog.py" in str(error_info.value)


def test_on_a_gpu_the_cpu_is_offered_when_the_memory_runs_out(datasets):
    (job,) = jobs(wanted_runs([tiny_softmax()], datasets, 1))
    with (
        pytest.raises(UserError, match="or use --device cpu"),
        runner._memory_hint(job, replace(CPU, kind="cuda")),
    ):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")


def test_a_plan_names_a_damaged_run_which_a_build_makes_anew(tmp_path, datasets, progress):
    (run,) = train_all([tiny_softmax(epochs=1)], datasets, 1, CPU, tmp_path, progress)
    (run.path / "run.json").write_text("{")
    assert planned([tiny_softmax(epochs=1)], datasets, 1, tmp_path) == ["softmax/corrected seed 0: train (damaged)"]
    (again,) = train_all([tiny_softmax(epochs=1)], datasets, 1, CPU, tmp_path, progress)
    assert again.record["files"] == run.record["files"]
    (again.path / "predictions.csv").write_text("sample\n")
    assert planned([tiny_softmax(epochs=1)], datasets, 1, tmp_path) == ["softmax/corrected seed 0: train (damaged)"]


def test_a_plan_counts_on_a_whole_run_beside_a_damaged_one(tmp_path, datasets, progress):
    train_all([tiny_softmax(epochs=1)], datasets, 1, CPU, tmp_path, progress)
    (run,) = train_all([tiny_softmax(epochs=2)], datasets, 1, CPU, tmp_path, progress)
    (older,) = run.path.parent.glob("seed-0.*")
    (older / "run.json").write_text("{")
    assert planned([tiny_softmax(epochs=2)], datasets, 1, tmp_path) == ["softmax/corrected seed 0: stored"]


def test_two_trainings_give_the_same_bytes(tmp_path, datasets, progress):
    (a,) = train_all([tiny_images("cnn", epochs=2)], datasets, 1, CPU, tmp_path / "a", progress)
    (b,) = train_all([tiny_images("cnn", epochs=2)], datasets, 1, CPU, tmp_path / "b", progress)
    assert contents(a) == contents(b)


def test_a_diverged_run_is_stored_as_such_and_the_others_go_on(tmp_path, datasets, progress, log):
    # Without a normalisation after them, weights that grow by 10^30 a step overflow at once.
    both = replace(
        IMAGENET10,
        variants={
            "layer2nn": tiny_images("layer2nn", lr=1e30, epochs=3).variants["layer2nn"],
            "mlp": tiny_images("mlp", epochs=1).variants["mlp"],
        },
    )
    diverged, fine = train_all([both], datasets, 1, CPU, tmp_path, progress)
    assert diverged.record["diverged_at"] == 1
    assert diverged.read("predictions.csv") == b"sample,label,predicted,p_label,p_predicted\n"
    assert fine.record["diverged_at"] is None
    assert "no longer finite in epoch 1" in log.getvalue()
    results = read_results(tmp_path, [both])  # what is stored can be read: nothing in it is NaN
    assert set(results.predictions["variant"]) == {"mlp"}


def test_the_test_split_is_evaluated_once_a_run(tmp_path, datasets, progress, monkeypatch):
    seen = []
    original = runner.make_task

    def counting(*args):
        task = original(*args)
        evaluate = task.probabilities
        task.probabilities = lambda split: seen.append(split) or evaluate(split)
        return task

    monkeypatch.setattr(runner, "make_task", counting)
    train_all([tiny_images("layer2nn", epochs=2)], datasets, 2, CPU, tmp_path, progress)
    assert seen == ["test", "test"]


def test_predictions_are_of_the_test_images_and_lead_back_to_the_weights(tmp_path, datasets, progress, tiny_images):
    (run,) = train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    table = pd.read_csv(run.path / "predictions.csv")
    dataset = datasets["fashion-mnist"]
    assert (dataset.split[table["sample"]] == 2).all()
    assert (dataset.labels[table["sample"]] == table["label"]).all()
    assert len(table) == (dataset.split == 2).sum()
    weights = load(run.read("model.safetensors"))
    images = torch.from_numpy(dataset.images[table["sample"]]).flatten(1).float() / 255
    predicted = (images @ weights["W"] + weights["b"]).argmax(1)
    assert predicted.tolist() == table["predicted"].tolist()


def test_the_record_tells_what_it_was_made_with(tmp_path, datasets, progress):
    (run,) = train_all([tiny_softmax()], datasets, 1, CPU, tmp_path, progress)
    record = json.loads((run.path / "run.json").read_text())
    assert record["config"]["batch_size"] == 256
    assert record["device"]["kind"] == "cpu"
    assert record["versions"]["torch"] == torch.__version__
    assert record["parameters"] == 7850  # 784 · 10 weights and 10 biases
    assert record["flops"] == 2 * 784 * 10
    assert "cross_entropy" in record["sources"]["inherited_loss"]


def test_softmax_regression_is_recorded_in_the_precision_in_which_it_computes(tmp_path, datasets, progress):
    (run,) = train_all([tiny_softmax(epochs=1)], datasets, 1, replace(CPU, dtype=torch.bfloat16), tmp_path, progress)
    device = run.record["device"]
    assert device["dtype"] == "float32"
    assert device["dtype_reason"] == "softmax regression always computes in float32"
