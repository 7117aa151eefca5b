"""Small datasets on which the training side runs in seconds."""

import os

import numpy as np
import pytest

from experiments.dataset import Dataset, fingerprint, pixel_digests

# Read when torch is imported. Threads that spin while they wait make the tests three times as slow on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # each worker has one core


def make_dataset(name: str, side: int, channels: int, per_class: int = 10) -> Dataset:
    """Ten classes that differ in brightness by position, split 3:1:1 in each."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(10), per_class)
    images = rng.integers(0, 60, (len(labels), side, side, channels), dtype=np.uint8)
    for i, label in enumerate(labels):
        images[i, (label * side) // 10 : ((label + 1) * side) // 10] += 150
    fifth = len(labels) // 5
    split = np.repeat(np.array([0, 1, 2], np.uint8), [3 * fifth, fifth, fifth])
    classes = tuple(f"class{k}" for k in range(10))
    files = tuple(f"class{label}/{i}" for i, label in enumerate(labels))
    return Dataset(
        name=name,
        origin="folder",
        classes=classes,
        images=images,
        labels=labels,
        split=split,
        files=files,
        fingerprint=fingerprint(classes, files, labels, split, pixel_digests(images)),
        found=(per_class,) * 10,
        skipped=(),
        duplicates=(),
    )


@pytest.fixture(scope="session")
def tiny_garments() -> Dataset:
    return make_dataset("fashion-mnist", 28, 1, per_class=60)


@pytest.fixture(scope="session")
def tiny_images() -> Dataset:
    return make_dataset("imagenet10", 32, 3)
