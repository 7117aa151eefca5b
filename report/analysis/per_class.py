"""Precision, recall and F1 of each class, and their unweighted means over the classes.

A class that is never predicted has precision 0, as scikit-learn has it by default, and one that has no right prediction
F1 0. The macro F1 is the mean of the classes' F1 (J. Opitz and S. Burst, Macro F1 and Macro F1, 2019, the first of the
two), not the F1 of the means.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class ClassScores:
    """By label, each a mean over seeds, as the accuracy is."""

    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]

    @property
    def weakest(self) -> int:
        """The label of the lowest F1."""
        return int(np.argmin(self.f1))

    @property
    def macro_precision(self) -> float:
        return _mean(self.precision)

    @property
    def macro_recall(self) -> float:
        return _mean(self.recall)

    @property
    def macro_f1(self) -> float:
        return _mean(self.f1)


def class_scores(predictions: pd.DataFrame, classes: int) -> ClassScores:
    """The scores of one model. predictions: columns seed, label and predicted, a row an image and seed."""
    by_seed = [_scores(run, classes) for _, run in predictions.groupby("seed")]
    return ClassScores(*(tuple(row.tolist()) for row in np.mean(by_seed, axis=0)))


def _scores(run: pd.DataFrame, classes: int) -> np.ndarray:
    """(3, K): precision, recall and F1 of one run."""
    confusion = np.zeros((classes, classes))
    np.add.at(confusion, (run["label"], run["predicted"]), 1)
    right, labelled, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return np.array([_share(right, predicted), _share(right, labelled), _share(2 * right, labelled + predicted)])


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
