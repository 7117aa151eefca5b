"""The few statistics that the findings rest on.

Written out, because importing scipy.stats takes 0.7 s (measured, scipy 1.17), a fifth of the time in which a report is
rendered again, and replaces only three of these functions: `wilson`, `mcnemar` and `fisher`. They are exact, a few
lines each, and tested against scipy.
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
POWER = 0.8  # of a test, for the minimum detectable difference
RESAMPLES = 2000  # of the bootstrap
CHUNK = 200  # of them at once: how often each image was drawn takes the memory
BINS = 15  # of confidence, as the paper on calibration has it (arXiv:1706.04599)


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

    right_a, right_b: booleans (N,), whether each image was classified correctly.
    Returns the images only a got right, the images only b got right, and the two-sided p.
    """
    a, b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    return only_a, only_b, _sign_test(min(only_a, only_b), only_a + only_b)


def _sign_test(fewer: int, trials: int) -> float:
    """Two-sided p of at most `fewer` heads in `trials` tosses of a fair coin; exact, in whole numbers."""
    tail = sum(math.comb(trials, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / 2**trials)


def minimum_detectable_difference(images: int, disagreements: int, level: float = LEVEL) -> float:
    """Smallest difference of two accuracies that the exact McNemar test at `level` detects with probability POWER.

    disagreements: how many of the images exactly one of the two classifiers gets right. NaN if they are too few for
    any difference to be detected with that probability.
    """
    reject, ways, tail = -1, 1, 1  # the test rejects at `reject` wins of the weaker side, and at fewer
    while reject < disagreements // 2 and 2 * tail / 2**disagreements < level:
        reject += 1
        ways = ways * (disagreements - reject) // (reject + 1)
        tail += ways
    k = np.arange(reject + 1)
    log_ways = np.cumsum(np.log((disagreements - k + 1) / np.maximum(k, 1))) - math.log(disagreements + 1)
    for lead in range(1, disagreements if reject >= 0 else 0):
        share = (1 - lead / disagreements) / 2  # of the disagreements that the weaker side wins
        found = np.exp(log_ways + k * math.log(share) + (disagreements - k) * math.log1p(-share)).sum()
        if found >= POWER:
            return lead / images
    return disagreements / images if reject >= 0 else math.nan  # all of them on one side


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


def bootstrap_gain(right_a: ArrayLike, right_b: ArrayLike) -> tuple[float, float]:
    """Percentile interval of the accuracy of a minus b, over seeds and images.

    right_a (S, N), right_b (T, N): whether each image was classified correctly by each seed's run. Every resample
    draws runs of a, runs of b, and images that both are judged on (doi:10.1201/9780429246593, chapter 13).
    """
    a, b = np.asarray(right_a, dtype=bool), np.asarray(right_b, dtype=bool)
    # Images on which every run does the same are one another's equals: it is enough to draw how many of each kind.
    kinds, images = np.unique(np.concatenate([a, b]), axis=1, return_counts=True)
    rng = np.random.default_rng(0)  # the same interval in every build
    right = kinds.T.astype(float)  # (kinds, S + T)
    parts = [_drawn(rng, images) @ right for _ in range(0, RESAMPLES, CHUNK)]
    hits = np.concatenate(parts)  # (RESAMPLES, S + T): the images that each run gets right
    runs = [rng.multinomial(len(x), np.full(len(x), 1 / len(x)), size=RESAMPLES) for x in (a, b)]
    right_of = [(runs[0] * hits[:, : len(a)]).sum(axis=1), (runs[1] * hits[:, len(a) :]).sum(axis=1)]  # whole numbers
    gain = right_of[0] / len(a) - right_of[1] / len(b)
    low, high = np.quantile(gain / images.sum(), [LEVEL / 2, 1 - LEVEL / 2])
    return float(low), float(high)


def _drawn(rng: np.random.Generator, images: np.ndarray) -> np.ndarray:
    """(CHUNK, kinds): how many of each kind are among as many images, drawn with replacement. images: of each kind."""
    kinds, all_images = len(images), images.sum()
    if 5 * kinds < all_images:
        return rng.multinomial(all_images, images / all_images, size=CHUNK)
    kind_of = np.repeat(np.arange(kinds), images)  # many runs: hardly an image is like another; so draws are cheaper
    drawn = kind_of[rng.integers(all_images, size=(CHUNK, all_images))] + kinds * np.arange(CHUNK)[:, None]
    return np.bincount(drawn.ravel(), minlength=CHUNK * kinds).reshape(CHUNK, kinds)


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


def sd(values: ArrayLike) -> float:
    """Sample standard deviation; NaN for fewer than two values."""
    array = np.asarray(values, dtype=float)
    return float(array.std(ddof=1)) if len(array) > 1 else float("nan")
