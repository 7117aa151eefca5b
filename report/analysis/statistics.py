"""The few statistics that the findings rest on.

Written out, because importing scipy.stats takes 0.7 s (measured, scipy 1.17), a fifth of the time in which a report is
rendered again, and replaces only few of these functions. They are exact, a few lines each, and tested against
scipy.
"""

import math
from collections.abc import Sequence
from functools import cache
from operator import mul
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Verdict = Literal["supported", "contradicted", "undecided"]
LEVEL = 0.05  # of every test; intervals have 1 - LEVEL
BINS = 15  # of confidence, as the paper on calibration has it (arXiv:1706.04599)


def wilson(correct: float, images: int) -> tuple[float, float]:
    """Wilson score interval of an accuracy, as fractions (doi:10.1080/01621459.1927.10502953)."""
    z = NormalDist().inv_cdf(1 - LEVEL / 2)
    accuracy = correct / images
    scale = 1 + z**2 / images
    centre = (accuracy + z**2 / (2 * images)) / scale
    half = z * math.sqrt(accuracy * (1 - accuracy) / images + (z / (2 * images)) ** 2) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


@cache
def fisher(right_a: int, images_a: int, right_b: int, images_b: int) -> float:
    """Two-sided p of Fisher's exact test that two sets of images have the same accuracy; in whole numbers
    (doi:10.2307/2342435)."""
    images, right = images_a + images_b, right_a + right_b
    of_a, of_b = _binomials(images_a), _binomials(images_b)
    first = max(0, right - images_b)
    last = min(images_a, right)
    ways = list(map(mul, of_a[first : last + 1], reversed(of_b[right - last : right - first + 1])))
    seen = ways[right_a - first]
    return sum(way for way in ways if way <= seen) / _binomials(images)[right]


@cache
def _binomials(n: int) -> list[int]:
    """How many ways there are to choose 0, 1, …, n of n."""
    return [math.comb(n, k) for k in range(n + 1)]


def reliability(confidence: ArrayLike, right: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Images, mean confidence and accuracy in each of BINS equal bins of confidence (0, 1]; NaN in empty ones.

    confidence (N,): the probability of the predicted class. right (N,): whether it is the label.
    """
    p, hit = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    place = np.clip(np.ceil(p * BINS).astype(int) - 1, 0, BINS - 1)
    images = np.bincount(place, minlength=BINS)
    with np.errstate(invalid="ignore"):
        return (
            images,
            np.bincount(place, weights=p, minlength=BINS) / images,
            np.bincount(place, weights=hit, minlength=BINS) / images,
        )


def calibration_error(confidence: ArrayLike, right: ArrayLike) -> float:
    """Expected calibration error: |accuracy - confidence| of the bins, weighted by their images (arXiv:1706.04599)."""
    images, p, accuracy = reliability(confidence, right)
    return float(np.nansum(images * np.abs(accuracy - p)) / images.sum())


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given (Scand. J. Statist. 6, 65-70, 1979)."""
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(p_values))
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return [float(p) for p in adjusted]


def holm_levels(p_values: Sequence[float]) -> list[float]:
    """The level that Holm's method holds each p-value to, in the order given: p is below it where it rejects."""
    order = np.argsort(p_values, kind="stable")
    levels, level = np.empty(len(p_values)), 0.0
    rejects = True
    for rank, index in enumerate(order):
        if rejects:  # after the first that is not rejected none is, and none has a larger level
            level = LEVEL / (len(p_values) - rank)
            rejects = bool(p_values[index] < level)
        levels[index] = level
    return [float(level) for level in levels]


def sd(values: ArrayLike) -> float:
    """Sample standard deviation; NaN for fewer than two values."""
    array = np.asarray(values, dtype=float)
    return float(array.std(ddof=1)) if len(array) > 1 else float("nan")
