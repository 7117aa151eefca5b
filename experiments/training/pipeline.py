"""data -> train -> results: the training side from one end to the other."""

import platform
from collections.abc import Mapping, Sequence
from pathlib import Path

from experiments.catalog import Experiment
from experiments.data.dataset import Dataset
from experiments.data.load import load_datasets
from experiments.errors import RefusedError
from experiments.jobs import Job
from experiments.options import TrainingOptions
from experiments.progress import Progress, counted
from experiments.store.runs import Run
from experiments.training.device import DeviceError, choose_device
from experiments.training.runner import train_all, train_group


def load_and_train(
    options: TrainingOptions, experiments: Sequence[Experiment], progress: Progress
) -> tuple[dict[str, Dataset], int, list[Run]]:
    """Train what is not stored yet; returns the datasets by name, the seeds of each variant, and all runs."""
    device = choose_device(options.device, options.precision, options.threads)
    datasets = load_datasets(options, progress.console)
    seeds = options.seeds_for(datasets)
    progress.say(f"training on {device.name} ({device.kind}, {device.threads} threads, {device.dtype_name})")
    runs = train_all(options.counted(experiments, datasets), datasets, seeds, device, options.results, progress)
    progress.say(f"results: {options.results}")
    return datasets, seeds, runs


def train_planned(
    job: Job,
    experiment: Experiment,
    datasets: Mapping[str, Dataset],
    computed_in: tuple[str, str, int],
    results: Path,
    progress: Progress,
) -> int:
    """Train one job into the store; returns how many of its runs were stored before.

    computed_in: kind of device, precision and threads, as they were decided before; nothing is decided here. Raises
    RefusedError if this machine does not have them.
    """
    kind, precision, threads = computed_in
    try:
        device = choose_device(kind, precision, threads)
    except DeviceError as error:
        raise RefusedError(f"this machine ({platform.node()}) cannot do what the plan says: {error}") from None
    if kind == "cpu" and device.threads != threads:
        raise RefusedError(
            f"this machine ({platform.node()}) gives {counted(device.threads, 'thread')}, the plan says {threads}; "
            f"ask the scheduler for more, or plan with --threads {device.threads}"
        )
    progress.say(f"training on {device.name} ({device.kind}, {device.threads} threads, {device.dtype_name})")
    _, before = train_group(job, datasets[experiment.dataset], experiment.tested, device, results, progress)
    return before
