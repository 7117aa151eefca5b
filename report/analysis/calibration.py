"""Whether a model is right as often as it says."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.analysis.measurements import is_right
from report.analysis.statistics import BINS, LEVEL, Verdict, calibration_error, reliability, sd
from report.analysis.uncertainty import accuracy_interval

DRAWS = 400  # of a perfectly calibrated model


@dataclass(frozen=True)
class Calibration:
    """Whether a model is right as often as it says.

    ece: expected calibration error, mean over seeds, with its sd. ece_pooled: that of all seeds together, as images,
    bin_confidence and bin_accuracy (BINS,) are. ece_of_chance, ece_at_most: what `ece` would be of a model that is
    right exactly as often as this one says, on average and in all but LEVEL of the draws. confidence, accuracy,
    interval: means over the seeds, and the interval of the accuracy.
    """

    ece: float
    ece_sd: float
    ece_pooled: float
    ece_of_chance: float
    ece_at_most: float
    images: tuple[int, ...]
    bin_confidence: tuple[float, ...]
    bin_accuracy: tuple[float, ...]
    confidence: float
    accuracy: float
    interval: tuple[float, float]

    @property
    def beyond_chance(self) -> bool:
        """Whether the calibration error is more than a perfectly calibrated model of this size would show."""
        return self.ece > self.ece_at_most

    @property
    def overconfident(self) -> Verdict:
        """Whether it promises more than it holds: decided only if the mean confidence is outside the interval."""
        if self.interval[0] <= self.confidence <= self.interval[1]:
            return "undecided"
        return "supported" if self.confidence > self.accuracy else "contradicted"


def calibrate(predictions: pd.DataFrame) -> Calibration:
    runs = [run for _, run in predictions.groupby("seed")]
    errors = [calibration_error(run["p_predicted"], is_right(run)) for run in runs]
    images, confidence, accuracy = reliability(predictions["p_predicted"], is_right(predictions))
    right = np.stack([is_right(run).to_numpy() for run in runs])
    drawn = errors_of_chance([run["p_predicted"].to_numpy() for run in runs])
    return Calibration(
        ece=float(np.mean(errors)),
        ece_sd=sd(errors),
        ece_pooled=calibration_error(predictions["p_predicted"], is_right(predictions)),
        ece_of_chance=float(drawn.mean()),
        ece_at_most=float(np.quantile(drawn, 1 - LEVEL)),
        images=tuple(images.tolist()),
        bin_confidence=tuple(confidence.tolist()),
        bin_accuracy=tuple(accuracy.tolist()),
        confidence=float(predictions["p_predicted"].mean()),
        accuracy=float(right.mean()),
        interval=accuracy_interval(right),
    )


def errors_of_chance(confidences: Sequence[np.ndarray]) -> np.ndarray:
    """Mean calibration errors (DRAWS,) of runs that are right exactly as often as their confidences (N,) say."""
    rng = np.random.default_rng(0)  # the same in every build
    errors = np.zeros(DRAWS)
    for p in confidences:
        place = np.clip(np.ceil(p * BINS).astype(int) - 1, 0, BINS - 1)
        in_bin = np.eye(BINS, dtype=np.float32)[place]  # (N, BINS)
        surplus = ((rng.random((DRAWS, len(p))) < p) - p).astype(np.float32) @ in_bin
        errors += np.abs(surplus).sum(axis=1) / len(p) / len(confidences)
    return errors
