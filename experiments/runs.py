"""Which runs there are to train, and each of them from its checkpoint to its place in the store."""

import io
import math
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
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
from experiments.config import Config, ImageConfig
from experiments.dataset import SPLITS, Dataset, without_test
from experiments.device import Device, on_this_thread
from experiments.errors import UserError
from experiments.files import remove_unfinished, sha256, write_atomically
from experiments.imagenet10 import let_go
from experiments.locks import locked
from experiments.progress import Progress
from experiments.record import record_dataset
from experiments.schedule import Machine, Share, available_memory, side_by_side
from experiments.softmax import SoftmaxRun, sources
from experiments.store import Key, Run, RunId, examine, find_run, set_aside_damaged, to_csv, write_run
from experiments.train import History, Measured, Task, TrainedRun, Training, make_task, train

CHECKPOINT_SECONDS = 5.0  # at least so much training between two checkpoints of a run, which cost time too
SEEDS_TOGETHER = 4  # at most, of softmax regression


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
    has made. What is damaged is set aside and made anew.
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
    runs: dict[RunId, Run] = {}
    progress.start(len(wanted))
    for run_id, key in wanted:
        for told in set_aside_damaged(results, run_id):
            progress.warn(told)
        if run := find_run(results, run_id, key):
            runs[run_id] = run
            progress.cached(run_id)
    todo = []
    for job in jobs(wanted):
        if all(run_id in runs for run_id, _ in job.members):
            _Checkpoint(job, results, device).remove()  # of a build that was killed before it could
        else:
            todo.append(job)

    def work(job: Job, share: Share, check: Callable[[], None]) -> list[Run]:
        missing = frozenset(run_id for run_id, _ in job.members) - runs.keys()
        dataset = by_name[job.members[0][0].experiment]
        with on_this_thread(device, share.place, share.threads) as part, _memory_told(job, part):
            return train_job(job, missing, dataset, part, results, progress, check)

    machine = Machine(device.threads, available_memory() // 2, None if device.kind == "cpu" else device.alike)
    for made in side_by_side(todo, machine, work):
        runs |= {run.id: run for run in made}
    let_go()
    progress.stop()
    return [runs[run_id] for run_id, _ in wanted]


# On two cores, two runs of a small network side by side took 0.8 of the time that they took one after another, and two
# of the CNN as long. How far the CNN gains from more than two threads was not measured.
_THREADS = {"layer2nn": 1, "mlp": 1, "cnn": 8}


@dataclass(frozen=True)
class Job:
    """What is trained together: a run, or all softmax variants from some seeds."""

    members: tuple[tuple[RunId, Key], ...]

    @property
    def config(self) -> Config:
        """The first run's settings; what must be the same for all is."""
        return self.members[0][1].config

    @property
    def digest(self) -> str:
        """The first run's key, or a digest of all keys where there are more."""
        digests = [key.digest for _, key in self.members]
        return digests[0] if len(digests) == 1 else sha256("".join(digests).encode())

    @property
    def threads(self) -> int:
        """How many it uses well: on small matrices more of them wait for each other most of the time."""
        return _THREADS[self.config.model] if isinstance(self.config, ImageConfig) else 2

    @property
    def memory(self) -> int:
        """Bytes at its peak, beside the images: measured at the settings of the catalogue, in proportion for others."""
        if not isinstance(self.config, ImageConfig):
            return 300 * 2**20
        pixels = self.config.batch_size * max(self.config.eval_size, *(side for _, side in self.config.sizes)) ** 2
        return 300 * 2**20 + pixels * (1000 if self.config.model == "cnn" else 100)


def jobs(wanted: Sequence[tuple[RunId, Key]]) -> list[Job]:
    """What is trained together, in the order of the first runs.

    Softmax runs from some seeds go together, also those that are stored: the variants beside a run in a product can
    change its last bits, and a checkpoint is of all of them, so that they are always the same.
    """
    together: dict[object, list[tuple[RunId, Key]]] = {}
    for run_id, key in wanted:
        same: object = run_id
        if not isinstance(key.config, ImageConfig):
            same = run_id.experiment, run_id.seed // SEEDS_TOGETHER, key.config.epochs, key.config.batch_size
        together.setdefault(same, []).append((run_id, key))
    return [Job(tuple(members)) for members in together.values()]


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


def train_job(
    job: Job,
    missing: frozenset[RunId],
    dataset: Dataset,
    device: Device,
    results: Path,
    progress: Progress,
    check: Callable[[], None],
) -> list[Run]:
    """Train the runs of a job from scratch, or from their checkpoint, and store those that are missing.

    Raises whatever `check`, called before every batch, raises.
    """
    epochs = job.config.epochs
    task = make_task([(key.config, key.seed) for _, key in job.members], dataset, device)
    checkpoint = _Checkpoint(job, results, device)
    task.check = check
    training = checkpoint.restore(task, progress.warn) or Training([History() for _ in job.members])
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

    tested = train(task, epochs, training, after_epoch)
    seconds = _seconds(training, job)
    runs = []
    for (run_id, key), trained, history, result in zip(job.members, task.runs, training.runs, tested, strict=True):
        if not history.wanted:
            continue
        if result is None:
            progress.warn(f"{run_id}: the loss is no longer finite in epoch {history.diverged_at}; stored as diverged")
        facts = {**_facts(trained, dataset, device), "diverged_at": history.diverged_at, "seconds": seconds}
        runs.append(write_run(results, run_id, key, facts, _files(trained, history, result, dataset)))
    checkpoint.remove()
    return runs


# What PyTorch says of the CPU, of CUDA and of cuBLAS, and of MPS (twice), in small letters.
_NO_MEMORY = ("can't allocate memory", "out of memory", "alloc_failed", "invalid buffer size")


@contextmanager
def _memory_told(job: Job, device: Device) -> Iterator[None]:
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
            "which goes on from its last checkpoint, or set a smaller batch_size in experiments/catalog.py, which is "
            "another training"
        ) from error


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
    trained: TrainedRun, history: History, tested: tuple[Tensor, Tensor] | None, dataset: Dataset
) -> dict[str, bytes]:
    """What is stored beside run.json."""
    weights = trained.final_model().state_dict()
    return {
        "curves.csv": to_csv(("epoch", "split", "metric", "value"), history.rows),
        "predictions.csv": to_csv(
            ("sample", "label", "predicted", "p_label", "p_predicted"), _predictions(tested, dataset) if tested else []
        ),
        "steps.csv": to_csv(
            ("step", "loss"),
            ((n, loss) for n, loss in enumerate(trained.steps[: history.steps], start=1) if math.isfinite(loss)),
        ),
        "model.safetensors": safetensors.torch.save(
            {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        ),
    }


def _predictions(tested: tuple[Tensor, Tensor], dataset: Dataset) -> list[tuple[object, ...]]:
    """One row a test image: its place in the dataset, its label, the class predicted, p(label), p(predicted)."""
    probabilities, labels = tested
    samples = np.flatnonzero(dataset.split == SPLITS.index("test"))
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
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": device.describe(),
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "numpy": np.__version__,
        },
        "parameters": describe.parameters(model),
        "flops": describe.flops(model, example),
        "input": list(example.shape[1:]),
        "layers": describe.layers(model, example),
        "sources": sources() if isinstance(trained, SoftmaxRun) else {},
    }


class _Checkpoint:
    """The state of a job after an epoch, beside where its first run will be stored.

    Its SHA-256 stands in its first line: torch.load accepts most files in which a bit has flipped.
    """

    def __init__(self, job: Job, results: Path, device: Device):
        folder = job.members[0][0].folder(results)
        self.path = folder.with_name(f".{folder.name}.{job.digest[:16]}.checkpoint")
        self._made_in = f"{device.dtype_name} on {device.kind}"

    def save(self, task: Task, training: Training) -> None:
        buffer = io.BytesIO()
        torch.save({"made_in": self._made_in, "task": task.state(), "training": asdict(training)}, buffer)
        payload = buffer.getvalue()
        write_atomically(self.path, sha256(payload).encode() + b"\n" + payload)

    def restore(self, task: Task, warn: Callable[[str], None]) -> Training | None:
        """Put a task into the saved state.

        None if there is none; or only a damaged one, which is set aside; or one made in another precision or on another
        kind of device: of a run that goes on from it, run.json could not say in which it was trained.
        """
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
        if saved.get("made_in") != self._made_in:
            made = saved.get("made_in", "an unknown precision")
            warn(f"{self.path}: made in {made}, and this is {self._made_in}; the run starts again")
            return None
        task.load_state(saved["task"])
        training = Training(**saved["training"])
        training.runs = [History(**history) for history in saved["training"]["runs"]]
        return training

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)


def plan(experiments: Sequence[Experiment], datasets: Mapping[str, Dataset], seeds: int, results: Path) -> list[str]:
    """One line a run: cached, or to be trained and why."""
    lines = []
    for run_id, key in wanted_runs(experiments, datasets, seeds):
        sound, damaged = examine(results, run_id)  # what is damaged, a build sets aside
        if any(run.key == key.digest for run in sound):
            lines.append(f"{run_id}: cached")
            continue
        none = ["damaged" if damaged else "nothing stored"]
        reasons = none if damaged else min((run.why_not(key) for run in sound), key=len, default=none)
        lines.append(f"{run_id}: train ({', '.join(reasons)})")
    return lines
