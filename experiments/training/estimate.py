"""How long training takes on this machine, from a few steps of it on random pixels."""

import time
from collections.abc import Callable, Iterable

import numpy as np

from experiments.catalog import Experiment
from experiments.config import ImageConfig
from experiments.data.dataset import PER_CLASS, SPLITS, Dataset
from experiments.data.images import CACHE_PX
from experiments.training.device import Device
from experiments.training.image_trainer import ImageTask
from experiments.training.shared_images import clear_shared_images

CLASSES = 10
TRAINED, EVALUATED = CLASSES * PER_CLASS * 3 // 5, CLASSES * PER_CLASS // 5  # images of an epoch
SAMPLE = 100  # images evaluated


def seconds_of_run(config: ImageConfig, device: Device) -> float:
    """Seconds that one run of a model takes by itself on the full data, measured on one batch of each size of view.

    A step is measured once the same step was made before: the first one of a size also chooses how to compute. The
    fastest of several counts where that costs little: whatever else runs here only makes them longer.
    """
    task = ImageTask(config, _random_images(config.batch_size), 0, device)
    steps = TRAINED // config.batch_size
    ends = [first for first, _ in config.sizes[1:]] + [config.epochs + 1]
    seconds = 0.0
    for (first, _), end in zip(config.sizes, ends, strict=True):
        task.train_epoch(first)
        trained = _fastest(lambda first=first: task.train_epoch(first))  # type: ignore[misc]
        evaluated = _fastest(task.measure)
        seconds += (end - first) * (steps * trained + EVALUATED / SAMPLE * evaluated)
    clear_shared_images()
    return seconds


def seconds_of_all(experiments: Iterable[Experiment], seeds: int, device: Device) -> float:
    """Seconds that all runs of image models take one after another, measured as above.

    Softmax regression takes a second a run and is not counted.
    """
    return sum(
        (seeds if experiment.tested else 1) * seconds_of_run(config, device)
        for experiment in experiments
        for config in experiment.variants.values()
        if isinstance(config, ImageConfig)
    )


def _fastest(work: Callable[[], object]) -> float:
    """Seconds of the fastest of up to five calls. Each ends with numbers on the host: nothing is still computed."""
    times: list[float] = []
    begin = time.perf_counter()
    while not times or (len(times) < 5 and time.perf_counter() - begin < 0.3):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _random_images(count: int) -> Dataset:
    """That many training images, SAMPLE validation images, and no test image."""
    labels = np.arange(count + SAMPLE) % CLASSES
    rng = np.random.default_rng(0)
    return Dataset(
        name="imagenet10",
        origin="demo",
        classes=tuple(map(str, range(CLASSES))),
        images=rng.integers(0, 256, (len(labels), CACHE_PX, CACHE_PX, 3), np.uint8),
        labels=labels,
        split=np.repeat(np.array([SPLITS.index("train"), SPLITS.index("val")], np.uint8), [count, SAMPLE]),
        files=tuple(map(str, range(len(labels)))),
        fingerprint="",
        found=(0,) * CLASSES,
        skipped=(),
        duplicates=(),
    )
