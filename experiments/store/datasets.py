"""What is stored of a dataset next to the runs: facts, the split of every file, sample images."""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from experiments.data.dataset import SPLITS, Dataset
from experiments.data.near_duplicates import near_duplicates
from experiments.disk.files import sha256, write_folder
from experiments.disk.records import CURE, StoreError, UnreadableError, read_record, read_verified, sealed, set_aside
from experiments.store.record_types import StoredDataset
from experiments.store.runs import to_csv

FORMAT = 2  # of dataset.json; a reader refuses others

LOOKED_INTO = "imagenet10"  # for near-duplicates; Fashion-MNIST's splits are published and its garments centred alike
SAMPLES = 8  # training images a class, for the report's mosaic
THUMBNAIL = 64  # pixels; side of a test image on the sheet from which the report shows mistakes
SHEET = 4000  # test images at most on the sheet: about 8 MB


@dataclass(frozen=True)
class DatasetRecord:
    """What is stored of a dataset: dataset.json, the split of every file, and sample images for the report."""

    path: Path
    record: StoredDataset = field(repr=False)

    def read(self, name: str) -> bytes:
        """One of its files. Raises StoreError if missing or changed."""
        return read_verified(self.path / name, self.record["files"].get(name))


def read_dataset(results: Path, name: str, fingerprint: str) -> DatasetRecord:
    """What was stored of a dataset. Raises StoreError if it is missing or damaged, or cannot be read."""
    folder = _folder(results, name, fingerprint)
    record = read_record(folder / "dataset.json", StoredDataset, FORMAT)
    if record["fingerprint"] != fingerprint:
        raise StoreError(f"{folder / 'dataset.json'}: of another dataset; {CURE}")
    return DatasetRecord(folder, record)


def ensure_dataset(results: Path, dataset: Dataset) -> str | None:
    """Store what the report says of a dataset unless a sound record of it is there; returns as the next one does."""
    try:
        read_dataset(results, dataset.name, dataset.fingerprint)
    except UnreadableError:
        raise
    except StoreError:
        return record_dataset(results, dataset)
    return None


def record_dataset(results: Path, dataset: Dataset) -> str | None:
    """Store what the report says of a dataset: dataset.json, split.csv, samples.png (a row of images a class),
    and test.jpg (small test images in order, row by row) unless there are very many.

    Returns what to tell the user of a damaged record that was moved aside, or None.
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
    if dataset.name == LOOKED_INTO:
        facts["near_duplicates"] = _near_duplicates(results, dataset)
    names = [SPLITS[index] for index in dataset.split]
    rows = zip(range(len(names)), dataset.files, names, dataset.labels.tolist(), strict=True)
    files = {
        "split.csv": to_csv(("sample", "file", "split", "label"), rows),
        "samples.png": _samples(dataset),
    }
    if counts["test"] <= SHEET:
        files["test.jpg"] = _test_sheet(dataset)
    return write_dataset(results, dataset.name, dataset.fingerprint, facts, files)


def _near_duplicates(results: Path, dataset: Dataset) -> dict[str, Any]:
    """Those across splits; from what is stored of the same images, if it says."""
    try:
        stored = read_dataset(results, dataset.name, dataset.fingerprint).record.get("near_duplicates")
    except StoreError:  # not there, or damaged: that is seen to when it is written
        stored = None
    if stored:
        return {**stored}
    found = near_duplicates(dataset.images, dataset.split, dataset.files)
    return {"images": found.images, "pairs": found.pairs, "examples": [list(pair) for pair in found.examples]}


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


def write_dataset(
    results: Path, name: str, fingerprint: str, facts: Mapping[str, Any], files: Mapping[str, bytes]
) -> str | None:
    """Store what is known of a dataset, unless it is there already.

    What is damaged is moved aside; returns what to tell the user of it, or None. Raises UnreadableError if what is
    there cannot be read now.
    """
    folder = _folder(results, name, fingerprint)
    record = {
        "format": FORMAT,
        "name": name,
        "fingerprint": fingerprint,
        **facts,
        "files": {file: sha256(data) for file, data in files.items()},
    }
    warning = None
    if folder.exists():
        try:
            stored = read_dataset(results, name, fingerprint)
            for file in stored.record["files"]:
                stored.read(file)
            if stored.record == record:
                return None
        except UnreadableError:
            raise
        except StoreError as error:
            warning = set_aside(folder, error)
    write_folder(folder, {**files, "dataset.json": sealed(record)})
    return warning


def _folder(results: Path, name: str, fingerprint: str) -> Path:
    return results / "data" / f"{name}-{fingerprint[:12]}"
