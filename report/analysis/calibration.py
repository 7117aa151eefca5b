"""Whether a model is right as often as it says."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.analysis.measurements import is_right
from report.analysis.statistics import Verdict, calibration_error, reliability, sd, wilson


@dataclass(frozen=True)
class Calibration:
    """Whether a model is right as often as it says.

    ece: expected calibration error, mean over seeds, with its sd. images, bin_confidence, bin_accuracy (BINS,): all
    seeds together. confidence, accuracy, interval (Wilson): of the run that stands for the model.
    """

    ece: float
    ece_sd: float
    images: tuple[int, ...]
    bin_confidence: tuple[float, ...]
    bin_accuracy: tuple[float, ...]
    confidence: float
    accuracy: float
    interval: tuple[float, float]

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
    right = is_right(runs[0])
    return Calibration(
        ece=float(np.mean(errors)),
        ece_sd=sd(errors),
        images=tuple(images.tolist()),
        bin_confidence=tuple(confidence.tolist()),
        bin_accuracy=tuple(accuracy.tolist()),
        confidence=float(runs[0]["p_predicted"].mean()),
        accuracy=float(right.mean()),
        interval=wilson(int(right.sum()), len(right)),
    )
