"""What is stored of a dataset beside the results: facts, the split of every file, sample images."""

import io
import math
from pathlib import Path

import numpy as np
from PIL import Image

from experiments.dataset import SPLITS, Dataset
from experiments.store import to_csv, write_dataset

SAMPLES = 8  # training images a class, for the report's mosaic
THUMBNAIL = 64  # pixels; side of a test image on the sheet from which the report shows mistakes
SHEET = 4000  # test images at most on the sheet: about 8 MB


def record_dataset(results: Path, dataset: Dataset) -> str | None:
    """Store what the report says of a dataset: dataset.json, split.csv, samples.png (a row of images a class),
    and test.jpg (small test images in order, row by row) unless there are very many.

    Returns what to tell the user of a damaged record that was set aside, or None.
    """
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
    if counts["test"] <= SHEET:
        files["test.jpg"] = _test_sheet(dataset)
    return write_dataset(results, dataset.name, dataset.fingerprint, facts, files)


def _samples(dataset: Dataset) -> bytes:
    """A PNG: the first training images of each class, a class a row."""
    train = dataset.split == SPLITS.index("train")
    by_class = [np.flatnonzero(train & (dataset.labels == label)) for label in range(len(dataset.classes))]
    count = min(SAMPLES, *map(len, by_class))
    sheet = [np.concatenate(list(dataset.images[chosen[:count]]), axis=1) for chosen in by_class]
    buffer = io.BytesIO()
    _picture(np.concatenate(sheet)).save(buffer, "PNG")
    return buffer.getvalue()


def _test_sheet(dataset: Dataset) -> bytes:
    """A JPEG: the test images in order, at most THUMBNAIL pixels wide, as many a row as make the sheet square."""
    images = dataset.images[dataset.split == SPLITS.index("test")]
    side = min(THUMBNAIL, images.shape[1])
    columns = math.ceil(math.sqrt(len(images)))
    sheet = Image.new("L" if images.shape[3] == 1 else "RGB", (columns * side, math.ceil(len(images) / columns) * side))
    for place, image in enumerate(images):
        small = _picture(image).resize((side, side), Image.Resampling.LANCZOS)
        sheet.paste(small, (place % columns * side, place // columns * side))
    buffer = io.BytesIO()
    sheet.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _picture(image: np.ndarray) -> Image.Image:
    """uint8 (H, W, 1 or 3) as a Pillow image."""
    return Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image)
