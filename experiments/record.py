"""What is stored of a dataset beside the results: facts, the split of every file, sample images."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from experiments.dataset import SPLITS, Dataset
from experiments.store import to_csv, write_dataset

SAMPLES = 8  # training images a class, for the report's mosaic


def record_dataset(results: Path, dataset: Dataset) -> None:
    """Store what the report says of a dataset: dataset.json, split.csv, samples.png (a row of images a class)."""
    counts = {split: int((dataset.split == index).sum()) for index, split in enumerate(SPLITS)}
    side = dataset.images.shape[1]
    facts = {
        "origin": dataset.origin,
        "classes": list(dataset.classes),
        "side": side,
        "images": counts,
        "used": np.bincount(dataset.labels, minlength=len(dataset.classes)).tolist(),
        "found": list(dataset.found),
        "skipped": [list(pair) for pair in dataset.skipped],
        "duplicates": [list(pair) for pair in dataset.duplicates],
    }
    names = [SPLITS[index] for index in dataset.split]
    rows = zip(range(len(names)), dataset.files, names, dataset.labels.tolist(), strict=True)
    files = {
        "split.csv": to_csv(("sample", "file", "split", "label"), rows),
        "samples.png": _samples(dataset),
    }
    write_dataset(results, dataset.name, dataset.fingerprint, facts, files)


def _samples(dataset: Dataset) -> bytes:
    """A PNG: the first training images of each class, a class a row."""
    sheet = []
    for label in range(len(dataset.classes)):
        chosen = np.flatnonzero((dataset.labels == label) & (dataset.split == SPLITS.index("train")))
        row = np.zeros((SAMPLES, *dataset.images.shape[1:]), np.uint8)
        row[: len(chosen[:SAMPLES])] = dataset.images[chosen[:SAMPLES]]
        sheet.append(np.concatenate(list(row), axis=1))
    image = np.concatenate(sheet)
    buffer = io.BytesIO()
    Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).save(buffer, "PNG")
    return buffer.getvalue()
