"""The few statistics that the findings rest on.

In closed form: scipy.stats would double the time in which a report is rendered, and fails where torch is
made unimportable.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

Verdict = Literal["supported", "contradicted", "undecided"]
LEVEL = 0.05  # of every test; intervals have 1 - LEVEL


def wilson(correct: int, images: int) -> tuple[float, float]:
    """Wilson score interval of an accuracy, as fractions (doi:10.1080/01621459.1927.10502953)."""
    z = NormalDist().inv_cdf(1 - LEVEL / 2)
    accuracy = correct / images
    scale = 1 + z**2 / images
    centre = (accuracy + z**2 / (2 * images)) / scale
    half = z * math.sqrt(accuracy * (1 - accuracy) / images + (z / (2 * images)) ** 2) / scale
    return max(0.0, centre - half), min(1.0, centre + half)


def mcnemar(right_a: ArrayLike, right_b: ArrayLike) -> tuple[int, int, float]:
    """Exact McNemar test of two classifiers on the same images (doi:10.1007/BF02295996).

    right_a, right_b: booleans (N,), whether each image was classified rightly.
    Returns the images only a got right, the images only b got right, and the two-sided p.
    """
    a, b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    return only_a, only_b, _sign_test(min(only_a, only_b), only_a + only_b)


def _sign_test(fewer: int, trials: int) -> float:
    """Two-sided p of at most so many heads in tosses of a fair coin; exact, in whole numbers."""
    tail = sum(math.comb(trials, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / 2**trials)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p-values, in the order given (Scand. J. Statist. 6, 65-70, 1979)."""
    order = np.argsort(p_values, kind="stable")
    adjusted = np.empty(len(p_values))
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return [float(p) for p in adjusted]


def sd(values: ArrayLike) -> float:
    """Sample standard deviation; NaN for fewer than two values, of which no spread can be told."""
    array = np.asarray(values, dtype=float)
    return float(array.std(ddof=1)) if len(array) > 1 else float("nan")
