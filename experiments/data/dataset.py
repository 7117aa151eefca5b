"""What the models are trained and tested on: images, labels and the split, in memory or mapped from disk."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.errors import UserError

SPLITS = ("train", "val", "test")
PER_CLASS, SMALL_PER_CLASS = 600, 100  # images of ImageNet-10, as the homework has it; of a quick run and the stand-in
SPLIT_SEED = 20240917  # fixed: another one would move images between the splits of stored runs


class DataError(UserError):
    """Something about the data that the user can fix; the message says what and how."""


@dataclass(frozen=True, kw_only=True, eq=False)  # one is equal to itself alone, and a key of what is made from it
class Dataset:
    """Labelled images and the split each stands in."""

    name: str  # "fashion-mnist" | "imagenet10"
    origin: str  # "fashion-mnist" | "imagenette-160" | "folder" | "demo"
    classes: tuple[str, ...]  # class ids, by label: wnids, folder names, or the ten Fashion-MNIST labels
    images: np.ndarray  # uint8 (N, H, W, C); may be a read-only memmap
    labels: np.ndarray  # int64 (N,)
    split: np.ndarray  # uint8 (N,), index into SPLITS
    files: tuple[str, ...]  # one name an image, relative, POSIX
    fingerprint: str  # hex SHA-256 over classes, files, labels, split and pixels; not over times or places
    found: tuple[int, ...]  # files found per class before any was dropped
    skipped: tuple[tuple[str, str], ...]  # (file, reason): unreadable or not an image
    duplicates: tuple[tuple[str, str], ...]  # (dropped file, file it equals)

    @property
    def demo(self) -> bool:
        """Whether these are the stand-in images, which show nothing about the real ones."""
        return self.origin == "demo"


def without_test(dataset: Dataset) -> Dataset:
    """The dataset with its test images in no split, under the same fingerprint and sample numbers.

    What is trained on it can be evaluated on the validation images only.
    """
    hidden = np.uint8(len(SPLITS))
    return replace(dataset, split=np.where(dataset.split == SPLITS.index("test"), hidden, dataset.split))


def pixel_digests(images: np.ndarray) -> list[str]:
    """Hex SHA-256 of each image's pixels."""
    return [hashlib.sha256(image).hexdigest() for image in np.ascontiguousarray(images)]


def fingerprint(
    classes: Sequence[str],
    files: Sequence[str],
    labels: np.ndarray,
    split: np.ndarray,
    digests: Sequence[str],
) -> str:
    """Hex SHA-256 over everything in a data set that can change a number."""
    content = [list(classes), list(files), labels.tolist(), split.tolist(), list(digests)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def seeded_order(names: Sequence[str]) -> list[int]:
    """Indices of the names in a random order that their spelling and SPLIT_SEED decide, and nothing else.

    Sorting by a digest, unlike shuffling, does not depend on the order in which a directory lists its files,
    on the version of a random generator, or (for the others' order) on one more file.
    """
    return sorted(range(len(names)), key=lambda i: hashlib.sha256(f"{SPLIT_SEED}/{names[i]}".encode()).digest())


def printable(name: str, limit: int = 80) -> str:
    """A name from outside, fit for a line of a message: unprintable characters escaped, cut to the limit."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
