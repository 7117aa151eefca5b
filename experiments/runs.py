"""Which runs there are to train, and each of them from its checkpoint to its place in the store."""

import io
import math
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
import torchvision
from torch import Tensor

from experiments import describe
from experiments.catalog import Experiment
from experiments.config import Config
from experiments.dataset import SPLITS, Dataset, without_test
from experiments.device import Device
from experiments.errors import UserError
from experiments.files import remove_unfinished, sha256, write_atomically
from experiments.locks import locked
from experiments.progress import Progress
from experiments.record import record_dataset
from experiments.softmax import SoftmaxTask, sources
from experiments.store import Key, Run, RunId, find_run, set_aside_damaged, stored_runs, to_csv, write_run
from experiments.train import Measured, Task, Training, make_task, train


def train_all(
    experiments: Sequence[Experiment],
    datasets: Mapping[str, Dataset],
    seeds: int,
    device: Device,
    results: Path,
    progress: Progress,
) -> list[Run]:
    """Train every run that is not stored yet; return all of them.

    A run that was interrupted goes on from its last finished epoch. A second build in the same folder waits, and
    then finds what the first has made. What is damaged is set aside and made anew.
    """

    def told_to_wait() -> None:
        progress.say(f"another build is training into {results}; waiting for it")

    with locked(results / ".lock", told_to_wait):
        remove_unfinished(results)
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
    by_name = {
        experiment.name: datasets[experiment.dataset]
        if experiment.tested
        else without_test(datasets[experiment.dataset])
        for experiment in experiments
    }
    for dataset in datasets.values():
        if told := record_dataset(results, dataset):
            progress.warn(told)
    runs = []
    progress.start(len(wanted))
    for run_id, key in wanted:
        for told in set_aside_damaged(results, run_id):
            progress.warn(told)
        run = find_run(results, run_id, key)
        if run:
            _Checkpoint(run_id.folder(results), key).remove()  # of a build that was killed before it could
            progress.cached(run_id)
        else:
            run = train_run(run_id, key, by_name[run_id.experiment], device, results, progress)
        runs.append(run)
    progress.stop()
    return runs


def wanted_runs(
    experiments: Sequence[Experiment], datasets: Mapping[str, Dataset], seeds: int
) -> list[tuple[RunId, Key]]:
    """Every run of the catalogue, in its order, with the key under which it is stored."""
    return [
        (
            RunId(experiment.name, variant, seed),
            Key(config, seed, datasets[experiment.dataset].fingerprint, experiment.code_of(variant)),
        )
        for experiment in experiments
        for variant, config in experiment.variants.items()
        for seed in range(seeds if experiment.tested else 1)
    ]


def train_run(run_id: RunId, key: Key, dataset: Dataset, device: Device, results: Path, progress: Progress) -> Run:
    """Train one run from scratch, or from its checkpoint, and store it.

    Raises UserError if the memory does not suffice.
    """
    with _memory_told(run_id, key.config, device):
        return _train_run(run_id, key, dataset, device, results, progress)


@contextmanager
def _memory_told(run_id: RunId, config: Config, device: Device) -> Iterator[None]:
    """One clear error if the memory runs out.

    Smaller batches are not tried unasked: batch normalisation would see other statistics, and the run another
    training than its key says.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        on_gpu = isinstance(error, torch.OutOfMemoryError)
        if not on_gpu and not isinstance(error, MemoryError) and "can't allocate memory" not in str(error):
            raise
        raise UserError(
            f"{run_id}: the memory of {device.name} does not suffice for batches of {config.batch_size}; close other "
            f"programs{' or use --device cpu' if on_gpu else ''} and run the same command, which goes on from the last "
            f"finished epoch, or set a smaller batch_size in experiments/catalog.py, which is another training"
        ) from error


def _train_run(run_id: RunId, key: Key, dataset: Dataset, device: Device, results: Path, progress: Progress) -> Run:
    epochs = key.config.epochs
    task = make_task(key.config, dataset, run_id.seed, device)
    checkpoint = _Checkpoint(run_id.folder(results), key)
    training = checkpoint.restore(task, progress.warn) or Training()
    progress.run(run_id, epochs, training.epoch)

    def after_epoch(training: Training, measured: Measured) -> None:
        progress.epoch(training.epoch, epochs, {f"{split}_{metric}": value for split, metric, value in measured})
        if training.epoch < epochs:
            checkpoint.save(task, training)

    tested = train(task, epochs, run_id.seed, training, after_epoch)
    if tested is None:
        progress.warn(f"{run_id}: the loss is no longer finite in epoch {training.diverged_at}; stored as diverged")
    files = {
        "curves.csv": to_csv(("epoch", "split", "metric", "value"), training.rows),
        "predictions.csv": to_csv(
            ("sample", "label", "predicted", "p_label", "p_predicted"), _predictions(tested, dataset) if tested else []
        ),
        "steps.csv": to_csv(
            ("step", "loss"), ((n, loss) for n, loss in enumerate(task.steps, start=1) if math.isfinite(loss))
        ),
        "model.safetensors": safetensors.torch.save(
            {name: tensor.detach().cpu().contiguous() for name, tensor in task.final_model().state_dict().items()}
        ),
    }
    run = write_run(results, run_id, key, _facts(task, dataset, device, training), files)
    checkpoint.remove()
    return run


def _predictions(tested: tuple[Tensor, Tensor], dataset: Dataset) -> list[tuple[object, ...]]:
    """One row a test image: its place in the dataset, its label, the class predicted, p(label), p(predicted)."""
    probabilities, labels = tested
    samples = np.flatnonzero(dataset.split == SPLITS.index("test"))
    p_label = probabilities[torch.arange(len(labels)), labels]
    p_predicted, predicted = probabilities.max(dim=1)
    columns = [column.tolist() for column in (samples, labels, predicted)]
    for p in (p_label, p_predicted):
        columns.append([float(f"{value:.9g}") for value in p.tolist()])  # nine digits tell float32 numbers apart
    return list(zip(*columns, strict=True))


def _facts(task: Task, dataset: Dataset, device: Device, training: Training) -> dict[str, Any]:
    """What run.json says besides the key's parts."""
    model, example = task.model, task.example()
    return {
        "dataset": {
            "name": dataset.name,
            "origin": dataset.origin,
            "fingerprint": dataset.fingerprint,
        },
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "diverged_at": training.diverged_at,
        "device": device.describe(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "numpy": np.__version__,
        },
        "seconds": {phase: round(value, 3) for phase, value in training.seconds.items()},
        "parameters": describe.parameters(model),
        "flops": describe.flops(model, example),
        "input": list(example.shape[1:]),
        "layers": describe.layers(model, example),
        "sources": sources() if isinstance(task, SoftmaxTask) else {},
    }


class _Checkpoint:
    """The state after the last finished epoch, beside where the run will be stored.

    Its SHA-256 stands in its first line: torch.load accepts most files in which a bit has flipped.
    """

    def __init__(self, folder: Path, key: Key):
        self.path = folder.with_name(f".{folder.name}.{key.digest[:16]}.checkpoint")

    def save(self, task: Task, training: Training) -> None:
        buffer = io.BytesIO()
        torch.save({"task": task.state(), "training": asdict(training)}, buffer)
        payload = buffer.getvalue()
        write_atomically(self.path, sha256(payload).encode() + b"\n" + payload)

    def restore(self, task: Task, warn: Callable[[str], None]) -> Training | None:
        """Put a task into the saved state; None if there is none, or only a damaged one, which is set aside."""
        try:
            digest, _, payload = self.path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        if digest.decode("ascii", "replace") != sha256(payload):
            aside = self.path.with_suffix(".damaged")
            self.path.replace(aside)
            warn(f"{self.path}: damaged; set aside as {aside.name}, the run starts again")
            return None
        saved = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
        task.load_state(saved["task"])
        training = Training(**saved["training"])
        training.rows = [(epoch, split, metric, value) for epoch, split, metric, value in training.rows]
        return training

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def plan(experiments: Sequence[Experiment], datasets: Mapping[str, Dataset], seeds: int, results: Path) -> list[str]:
    """One line a run: cached, or to be trained and why."""
    lines = []
    for run_id, key in wanted_runs(experiments, datasets, seeds):
        if find_run(results, run_id, key):
            lines.append(f"{run_id}: cached")
            continue
        others = stored_runs(results, run_id)
        reasons = min((run.why_not(key) for run in others), key=len, default=["nothing stored"])
        lines.append(f"{run_id}: train ({', '.join(reasons)})")
    return lines
