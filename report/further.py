"""The further seeds of softmax regression, and the models on equal terms: of each run what it predicts, in one row.

There are many of them. A report that carried their tables whole would be ten times as large; it needs of them which
class each test image is given, and their cross-entropy.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.catalog import SOFTMAX
from experiments.store.runs import Run, RunId, stored_runs

FURTHER = {"cross_entropy": "float64", "labels": "str", "predicted": "str"}


def further_runs(results: Path, runs: Sequence[Run], most: int | None) -> Iterator[Run]:
    """The stored runs of softmax regression from the seeds after those of `runs`, as far as all variants have them.

    They are trained like those. A seed of which a variant diverged is left out. most: seeds in all.
    """
    like = {run.id.variant: run for run in runs if (run.id.experiment, run.id.seed) == (SOFTMAX.name, 0)}
    seed = 1 + max(run.id.seed for run in runs)
    while like and (most is None or seed < most):
        same = [_alike(results, RunId(SOFTMAX.name, variant, seed), run) for variant, run in like.items()]
        found = [run for run in same if run is not None]
        if len(found) < len(like):
            return
        if all(run.record["diverged_at"] is None for run in found):
            yield from found
        seed += 1


def _alike(results: Path, run_id: RunId, other: Run) -> Run | None:
    """The stored run that differs from another one in nothing but its seed."""

    def made(run: Run) -> tuple[object, ...]:
        return run.record["config"], run.record["code"], run.record["dataset"]

    return next((run for run in stored_runs(results, run_id) if made(run) == made(other)), None)


def summary(predictions: pd.DataFrame) -> pd.DataFrame:
    """One row: the mean cross-entropy, and label and predicted class of each test image, in order."""
    classes = {"labels": predictions["label"], "predicted": predictions["predicted"]}
    row = {"cross_entropy": float(cross_entropy(predictions).mean())}
    return pd.DataFrame([row | {name: " ".join(map(str, column)) for name, column in classes.items()}])


def classes_of(text: str) -> np.ndarray:
    """The classes (N,) that a cell of a row holds. Raises ValueError for anything but numbers."""
    return np.array([int(label) for label in text.split()], dtype=np.int64)


def cross_entropy(predictions: pd.DataFrame) -> pd.Series:
    """-log p(label) of each image, in nats; p below the smallest float32 counts as that."""
    p = predictions["p_label"].clip(lower=float(np.finfo(np.float32).tiny))
    return -np.log(p)
