"""Precision, recall and F1 of each class."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassScore:
    """Fractions. precision: of the images taken for this class, the share that is; recall: of its own, that found."""

    label: int
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where nothing is right."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def class_scores(confusion: np.ndarray) -> list[ClassScore]:
    """Of each class, the lowest F1 first; confusion: counts [label, predicted]."""
    right = np.diag(confusion).astype(float)
    taken, own = confusion.sum(axis=0), confusion.sum(axis=1)
    precision = np.divide(right, taken, out=np.zeros(len(right)), where=taken > 0)
    recall = np.divide(right, own, out=np.zeros(len(right)), where=own > 0)
    scores = [ClassScore(label, float(precision[label]), float(recall[label])) for label in range(len(right))]
    return sorted(scores, key=lambda score: score.f1)
