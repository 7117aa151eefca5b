"""How far a mean over runs and images may be off: the one rule behind every interval and verdict on two models.

The half widths of two uncertainties are added as squares: that over images, from the mean over the runs of each image,
and that over seeds, a Student t interval over the runs. What it errs and finds is simulated in docs/statistics.md.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from report.analysis.statistics import LEVEL, wilson

SMALLEST = 1e-12  # p; smaller ones are not told apart
STEPS = 50  # of a bisection


@dataclass(frozen=True)
class Uncertainty:
    """Standard errors of a mean: over the images, and over the seeds of `runs` runs, 0 for one run, which tells none.

    With one run whatever is said is of this one net, and not of its training.
    """

    images: float
    seeds: float
    runs: int

    def half_width(self, level: float) -> float:
        """Of the interval that misses the mean with probability `level`."""
        of_images = -NormalDist().inv_cdf(level / 2) * self.images
        return math.hypot(of_images, t_quantile(level, self.runs - 1) * self.seeds) if self.runs > 1 else of_images

    def p_value(self, distance: float) -> float:
        """The level at which the interval just reaches so far: the two-sided p of a mean that is `distance` from 0."""
        if distance >= self.half_width(SMALLEST):
            return SMALLEST
        low, high = math.log(SMALLEST), 0.0
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if self.half_width(math.exp(middle)) > distance else (low, middle)
        return math.exp(high)


def uncertainty(differences: ArrayLike) -> Uncertainty:
    """Of the mean of differences (S, N): what one classifier gains over another on N images, by S pairs of runs.

    Each is -1, 0 or 1. The spread over images is as if each classifier had been right alone on one image more: two that
    agree on all of a few images are not known to agree on all others (Agresti and Min, Statist. Med. 24, 2005).
    """
    d = np.asarray(differences, dtype=float)
    runs, images = d.shape
    by_image, more = d.mean(axis=0), images + 2
    variance = (float((by_image**2).sum()) + 2) / more - (float(by_image.sum()) / more) ** 2
    return Uncertainty(math.sqrt(variance / more), _standard_error(d.mean(axis=1)), runs)


def accuracy_interval(right: ArrayLike) -> tuple[float, float]:
    """Interval of the mean accuracy of S runs on N images; right (S, N): whether each image was classified correctly.

    Wilson's over the images, widened by the uncertainty over seeds: Wilson's own for one run.
    """
    hits = np.asarray(right, dtype=float)
    runs, images = hits.shape
    accuracy = float(hits.mean())
    low, high = wilson(accuracy * images, images)
    of_seeds = t_quantile(LEVEL, runs - 1) * _standard_error(hits.mean(axis=1)) if runs > 1 else 0.0
    return (
        max(0.0, accuracy - math.hypot(accuracy - low, of_seeds)),
        min(1.0, accuracy + math.hypot(high - accuracy, of_seeds)),
    )


def _standard_error(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def t_tail(t: float, freedom: int) -> float:
    """Two-sided tail of Student's t with whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4)."""
    angle = math.atan2(t, math.sqrt(freedom))
    cosine = math.cos(angle)
    odd = freedom % 2
    term, total = (cosine, cosine) if odd and freedom > 1 else (1.0, 1.0 - odd)
    for k in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine**2 * (k - 1) / k
        total += term
    inside = math.sin(angle) * total
    return 1 - (2 / math.pi * (angle + inside) if odd else inside)


def t_quantile(level: float, freedom: int) -> float:
    """The t of which the two-sided tail is `level`; by bisection over its angle."""
    low, high = 0.0, math.pi / 2
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if t_tail(math.tan(middle) * math.sqrt(freedom), freedom) > level else (low, middle)
    return math.tan((low + high) / 2) * math.sqrt(freedom)
