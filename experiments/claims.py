"""What a report claims of a run, and what training it again shows. Free of torch: the report asks, training answers."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from experiments.config import Config
from experiments.store.runs import RunId

# Standard errors of a difference that a run trained elsewhere may show: 1 in 100 honest ones is beyond.
DEVIATIONS = 2.576

Finding = Literal["equal", "agrees", "differs", "not replayed"]


@dataclass(frozen=True)
class Claim:
    """A run as a report carries it. files: its tables byte for byte as they were stored, by name."""

    run_id: RunId
    config: Config
    record: Mapping[str, Any] = field(repr=False)
    images_per_class: int
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def machine(self) -> dict[str, Any]:
        """Whatever changes a run's last bits: device, threads, number type, versions."""
        return machine_of(self.record)


@dataclass(frozen=True)
class Outcome:
    """What a replay showed of one run. "not replayed" is no verdict: this program or these data are others."""

    run_id: RunId
    finding: Finding
    message: str

    def __str__(self) -> str:
        return f"replay of {self.run_id}: {self.message}"


def machine_of(record: Mapping[str, Any]) -> dict[str, Any]:
    device, versions = record["device"], record["versions"]
    return {**{name: device.get(name) for name in ("kind", "name", "threads", "dtype")}, **versions}


def judge(claim: Claim, record: Mapping[str, Any], files: Mapping[str, bytes], seeds_sd: float) -> Outcome:
    """A claimed run against the same run trained here.

    record, files: of the run trained here. seeds_sd: standard deviation of the accuracy over this variant's seeds as
    trained here, 0 if there is one alone. Equal bytes on a like machine; elsewhere, the accuracies may differ by what
    the images on which the two disagree and the seeds allow.
    """
    if all(files.get(name) == data for name, data in claim.files.items()):
        return Outcome(claim.run_id, "equal", "the same to the last digit")
    here, there = machine_of(record), claim.machine
    other = [f"{name} {there.get(name)} -> {here.get(name)}" for name in here if here[name] != there.get(name)]
    same = _same_images(files["predictions.csv"], claim.files["predictions.csv"])
    if same is None:
        return Outcome(claim.run_id, "differs", "its test images or labels are not those that it was trained for")
    differing, only_here, only_there, images = same
    gain = (only_there - only_here) / images
    said = f"{differing} of {images} predictions differ, accuracy {gain * 100:+.2f} points in the report"
    if not other:
        tables = ", ".join(name for name, data in claim.files.items() if files.get(name) != data)
        return Outcome(claim.run_id, "differs", f"{said}; on a like machine {tables} must be equal")
    allowed = DEVIATIONS * math.sqrt((only_here + only_there) / images**2 + 2 * seeds_sd**2)
    finding: Finding = "agrees" if abs(gain) <= max(allowed, 1 / images) else "differs"
    word = "within" if finding == "agrees" else "beyond"
    where = f"another machine ({'; '.join(other)})"
    return Outcome(claim.run_id, finding, f"{said}, {word} the {allowed * 100:.2f} that {where} allows")


def accuracy(predictions: bytes) -> float:
    """Of a table of predictions; NaN if it is empty, as a diverged run's is."""
    rows = _rows(predictions)
    return float((rows[:, 1] == rows[:, 2]).mean()) if len(rows) else math.nan


def _same_images(here: bytes, there: bytes) -> tuple[int, int, int, int] | None:
    """(predictions that differ, right here alone, right there alone, images); None for other images or labels."""
    a, b = _rows(here), _rows(there)
    if a.shape != b.shape or not len(a) or not np.array_equal(a[:, :2], b[:, :2]):
        return None
    right_a, right_b = a[:, 1] == a[:, 2], b[:, 1] == b[:, 2]
    return int((a[:, 2] != b[:, 2]).sum()), int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum()), len(a)


def _rows(predictions: bytes) -> np.ndarray:
    """sample, label, predicted, a row an image (N, 3)."""
    rows = list(csv.DictReader(io.StringIO(predictions.decode())))
    columns = ("sample", "label", "predicted")
    return np.array([[int(row[name]) for name in columns] for row in rows], dtype=np.int64).reshape(-1, 3)
