"""Trains what is not stored yet: each run from its checkpoint to its place in the store."""

import math
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
import torchvision
from torch import Tensor

from experiments.catalog import Experiment
from experiments.config import ImageConfig
from experiments.data.dataset import SPLITS, Dataset, without_test
from experiments.disk.locks import locked
from experiments.errors import UserError
from experiments.jobs import Job, jobs
from experiments.limits import available_memory
from experiments.models.softmax_regression import sources
from experiments.plan import wanted_runs
from experiments.progress import Progress
from experiments.rules import rules_digest
from experiments.store.datasets import ensure_dataset, record_dataset
from experiments.store.runs import Run, RunId, find_run, set_aside_damaged, to_csv, write_run
from experiments.training import model_summary
from experiments.training.checkpoint import Checkpoint
from experiments.training.device import Device, on_this_thread
from experiments.training.loop import History, Measured, TrainedRun, Training, train
from experiments.training.scheduler import Machine, Share, side_by_side
from experiments.training.shared_images import clear_shared_images
from experiments.training.softmax_trainer import SoftmaxRun
from experiments.training.tasks import make_task

CHECKPOINT_SECONDS = 5.0  # at least so much training between two checkpoints of a run, which cost time too


def train_all(
    experiments: Sequence[Experiment],
    datasets: Mapping[str, Dataset],
    seeds: int,
    device: Device,
    results: Path,
    progress: Progress,
) -> list[Run]:
    """Train every run that is not stored yet; return all of them.

    Softmax runs are trained together, others side by side where the machine has room. A run that was
    interrupted goes on from its last checkpoint. A second build in the same folder waits, and then finds what the first
    has made. What is damaged is moved aside and made again.
    """

    def told_to_wait() -> None:
        progress.say(f"another build is training into {results}; waiting for it")

    with locked(results / ".lock", told_to_wait, progress.warn):
        return _train_all(experiments, datasets, seeds, device, results, progress)


def _train_all(
    experiments: Sequence[Experiment],
    datasets: Mapping[str, Dataset],
    seeds: int,
    device: Device,
    results: Path,
    progress: Progress,
) -> list[Run]:
    wanted = wanted_runs(experiments, datasets, seeds)
    evaluated = {experiment.name: "test" if experiment.tested else "val" for experiment in experiments}
    hidden = {name: without_test(dataset) for name, dataset in datasets.items()}  # one for all, which they share
    seen = {e.name: (datasets if e.tested else hidden)[e.dataset] for e in experiments}
    for dataset in datasets.values():
        if damage := record_dataset(results, dataset):
            progress.warn(damage)
    runs: dict[RunId, Run] = {}
    progress.start(len(wanted))
    for run_id, key in wanted:
        for damage in set_aside_damaged(results, run_id):
            progress.warn(damage)
        if run := find_run(results, run_id, key):
            runs[run_id] = run
            progress.cached(run_id)
    todo = []
    for job in jobs(wanted):
        if all(run_id in runs for run_id, _ in job.members):
            Checkpoint(job, results, device).remove()  # of a build that was killed before it could
        else:
            todo.append(job)
    progress.expect([run_id for job in todo for run_id, _ in job.members if run_id not in runs])

    def work(job: Job, share: Share, check: Callable[[], None]) -> list[Run]:
        missing = frozenset(run_id for run_id, _ in job.members) - runs.keys()
        name = job.members[0][0].experiment
        with on_this_thread(device, share.place, share.threads) as part, _memory_hint(job, part):
            return train_job(job, missing, seen[name], evaluated[name], part, results, progress, check)

    machine = Machine(device.threads, available_memory() // 2, None if device.kind == "cpu" else device.alike)
    for made in side_by_side(todo, machine, work):
        runs |= {run.id: run for run in made}
    clear_shared_images()
    progress.stop()
    return [runs[run_id] for run_id, _ in wanted]


def train_group(
    job: Job, dataset: Dataset, tested: bool, device: Device, results: Path, progress: Progress
) -> tuple[list[Run], int]:
    """Train one job's runs that are not stored yet, beside whatever other processes do in the same store.

    tested: whether the runs are evaluated on the test split, which they else never see. Returns all of its runs, and
    how many of them another process had stored first. Raises RefusedError if its checkpoint was made on another kind
    of device, in another precision or with other threads.
    """
    seen = dataset if tested else without_test(dataset)
    if damage := ensure_dataset(results, dataset):
        progress.warn(damage)
    runs: dict[RunId, Run] = {}
    progress.start(len(job.members))
    for run_id, key in job.members:
        for damage in set_aside_damaged(results, run_id):
            progress.warn(damage)
        if run := find_run(results, run_id, key):
            runs[run_id] = run
            progress.cached(run_id)
    before = len(runs)
    if before < len(job.members):
        missing = frozenset(run_id for run_id, _ in job.members) - runs.keys()
        progress.expect([run_id for run_id, _ in job.members if run_id in missing])
        place = device.alike[0]
        with on_this_thread(device, place, device.threads) as part, _memory_hint(job, part):
            split = "test" if tested else "val"
            made = train_job(job, missing, seen, split, part, results, progress, lambda: None, strict=True)
        runs |= {run.id: run for run in made}
        clear_shared_images()
    progress.stop()
    return [runs[run_id] for run_id, _ in job.members], before


def train_job(
    job: Job,
    missing: frozenset[RunId],
    dataset: Dataset,
    split: str,
    device: Device,
    results: Path,
    progress: Progress,
    check: Callable[[], None],
    strict: bool = False,
) -> list[Run]:
    """Train the runs of a job from scratch, or from their checkpoint, and store those that are missing.

    split: on which the trained models are evaluated. strict: a checkpoint that cannot be gone on from here is an error.
    Raises whatever `check`, called before every batch, raises.
    """
    epochs = job.config.epochs
    task = make_task([(key.config, key.seed) for _, key in job.members], dataset, device)
    checkpoint = Checkpoint(job, results, device)
    task.check = check
    training = checkpoint.restore(task, progress.warn, strict) or Training([History() for _ in job.members])
    for (run_id, _), history in zip(job.members, training.runs, strict=True):
        history.wanted = run_id in missing
    followed = progress.follow([run_id for run_id, _ in job.members if run_id in missing], epochs, training.epoch)
    saved = last = time.monotonic()

    def after_epoch(training: Training, measured: list[Measured]) -> None:
        nonlocal saved, last
        followed.epoch(training.epoch, _means(measured, training.runs))
        now = time.monotonic()
        # After another epoch like this one, too much could be lost.
        if training.epoch < epochs and 2 * now - last - saved > CHECKPOINT_SECONDS:
            checkpoint.save(task, training)
            saved = now
        last = now

    tested = train(task, epochs, training, after_epoch, split)
    seconds = _seconds(training, job)
    runs = []
    for (run_id, key), trained, history, result in zip(job.members, task.runs, training.runs, tested, strict=True):
        if not history.wanted:
            continue
        if result is None:
            progress.warn(f"{run_id}: the loss is no longer finite in epoch {history.diverged_at}; stored as diverged")
        measured = {"evaluated_split": split, "diverged_at": history.diverged_at, "seconds": seconds}
        samples = np.flatnonzero(dataset.split == SPLITS.index(split))
        files = _files(trained, history, result, samples)
        runs.append(write_run(results, run_id, key, {**_facts(trained, dataset, device), **measured}, files))
    checkpoint.remove()
    return runs


# What PyTorch says of the CPU, of CUDA and of cuBLAS, and of MPS (twice), in small letters.
_NO_MEMORY = ("can't allocate memory", "out of memory", "alloc_failed", "invalid buffer size")


@contextmanager
def _memory_hint(job: Job, device: Device) -> Iterator[None]:
    """One clear error if the memory runs out.

    Smaller batches are not tried unasked: batch normalisation would see other statistics, and the run another
    training than its key says.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and not any(words in str(error).lower() for words in _NO_MEMORY):
            raise
        run_id, _ = job.members[0]
        raise UserError(
            f"{run_id}: the memory of {device.name} does not suffice for batches of {job.config.batch_size}; "
            f"close other programs{' or use --device cpu' if device.kind != 'cpu' else ''} and run the same command, "
            f"which goes on from its last checkpoint, or set a smaller batch_size in {_settings_file(job)}, which is "
            "another training"
        ) from error


def _settings_file(job: Job) -> str:
    config = job.config
    return f"experiments/{f'models/{config.model}' if isinstance(config, ImageConfig) else 'catalog'}.py"


def _seconds(training: Training, job: Job) -> dict[str, float]:
    """A run's time, phase by phase: an even share of the job's."""
    return {phase: round(value / len(job.members), 3) for phase, value in training.seconds.items()}


def _means(measured: list[Measured], histories: Sequence[History]) -> dict[str, float]:
    """split_metric → its mean over the runs that are wanted and have not diverged."""
    values: dict[str, list[float]] = {}
    for run, history in zip(measured, histories, strict=True):
        for split, metric, value in run:
            of_runs = values.setdefault(f"{split}_{metric}", [])
            if history.wanted and history.diverged_at is None:
                of_runs.append(value)
    return {name: sum(of_runs) / len(of_runs) if of_runs else math.nan for name, of_runs in values.items()}


def _files(
    trained: TrainedRun, history: History, tested: tuple[Tensor, Tensor] | None, samples: np.ndarray
) -> dict[str, bytes]:
    """What is stored next to run.json."""
    weights = trained.final_model().state_dict()
    return {
        "curves.csv": to_csv(("epoch", "split", "metric", "value"), history.rows),
        "predictions.csv": to_csv(
            ("sample", "label", "predicted", "p_label", "p_predicted"), _predictions(tested, samples) if tested else []
        ),
        "steps.csv": to_csv(
            ("step", "loss"),
            ((n, loss) for n, loss in enumerate(trained.steps[: history.steps], start=1) if math.isfinite(loss)),
        ),
        "model.safetensors": safetensors.torch.save(
            {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        ),
    }


def _predictions(tested: tuple[Tensor, Tensor], samples: np.ndarray) -> list[tuple[object, ...]]:
    """One row an evaluated image: its place in the dataset, its label, the class predicted, p(label), p(predicted)."""
    probabilities, labels = tested
    p_label = probabilities[torch.arange(len(labels)), labels]
    p_predicted, predicted = probabilities.max(dim=1)
    columns = (samples, labels, predicted, p_label, p_predicted)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _facts(trained: TrainedRun, dataset: Dataset, device: Device) -> dict[str, Any]:
    """What run.json says besides the key's parts and what was measured."""
    model, example = trained.model, trained.example()
    if isinstance(trained, SoftmaxRun):
        device = replace(device, dtype=torch.float32, reason="softmax regression always computes in float32")
    return {
        "dataset": {
            "name": dataset.name,
            "origin": dataset.origin,
            "fingerprint": dataset.fingerprint,
        },
        "rules": rules_digest(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": device.describe(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "numpy": np.__version__,
        },
        "parameters": model_summary.parameters(model),
        "flops": model_summary.flops(model, example),
        "input": list(example.shape[1:]),
        "layers": model_summary.layers(model, example),
        "sources": sources() if isinstance(trained, SoftmaxRun) else {},
    }
