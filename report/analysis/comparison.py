"""Comparisons with verdicts: of two variants on the same images, of two classes in one run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from report.analysis.measurements import is_right
from report.analysis.statistics import LEVEL, Verdict, fisher, holm, holm_levels
from report.analysis.uncertainty import Uncertainty, uncertainty

LISTED_SEEDS = 5
PairVerdict = Verdict | Literal["equivalent"]


@dataclass(frozen=True)
class Comparison:
    """Variant a against b on the same test images, from all seeds in which both were evaluated.

    gain: accuracy of a minus b, mean over seeds. p: of no difference; p_equivalent: of a difference as large as the
    margin, the larger of two one-sided tests (doi:10.1007/BF01068419); both Holm-adjusted where several pairs are
    compared. level: of the interval, LEVEL or, of several pairs, what Holm's method leaves to this one, so that the
    interval is without 0 exactly where p is below LEVEL.
    """

    a: str
    b: str
    gain: float
    gains: tuple[float, ...]  # by seed
    uncertainty: Uncertainty
    margin: float  # within which a difference does not matter, fixed before any run (experiments.rules)
    p: float
    p_equivalent: float
    level: float = LEVEL

    @property
    def half_width(self) -> float:
        return self.uncertainty.half_width(self.level)

    @property
    def interval(self) -> tuple[float, float]:
        """Of the gain: over images and seeds, or over images alone where there is one seed."""
        return self.gain - self.half_width, self.gain + self.half_width

    @property
    def of_one_net(self) -> bool:
        """Whether there is one run of each, so that nothing is said of the training, only of these two nets."""
        return len(self.gains) == 1

    @property
    def margin_points(self) -> int:
        """The margin in percentage points."""
        return round(100 * self.margin)

    @property
    def few_seeds(self) -> bool:
        """Whether the gains are few enough to be listed one by one."""
        return len(self.gains) <= LISTED_SEEDS

    @property
    def seeds_ahead(self) -> int:
        """In how many seeds a is better."""
        return sum(gain > 0 for gain in self.gains)

    @property
    def verdict(self) -> PairVerdict:
        """That a is better than b: supported, contradicted, or that any difference is within the margin."""
        if self.p < LEVEL:
            return "supported" if self.gain > 0 else "contradicted"
        return "equivalent" if self.p_equivalent < LEVEL else "undecided"

    def reversed(self) -> "Comparison":
        """b against a."""
        return replace(self, a=self.b, b=self.a, gain=-self.gain, gains=tuple(-gain for gain in self.gains))


@dataclass(frozen=True)
class ClassComparison:
    """Whether one model recognises class a more often than class b: Fisher's exact test, Holm over all pairs."""

    a: int
    b: int
    gain: float  # accuracy on a minus that on b, in the run tested
    p: float

    @property
    def verdict(self) -> Verdict:
        if self.p >= LEVEL:
            return "undecided"
        return "supported" if self.gain > 0 else "contradicted"


def compare(predictions: pd.DataFrame, a: str, b: str, margin: float) -> Comparison:
    """a against b by themselves; compare_all adjusts for several pairs."""
    table = predictions[predictions["variant"].isin((a, b))]
    table = table.assign(right=is_right(table)).pivot(index=["seed", "sample"], columns="variant", values="right")
    pair = table.dropna().astype(bool)  # seeds in which both were evaluated
    right_a, right_b = (pair[name].unstack("sample").to_numpy() for name in (a, b))
    return compare_runs(a, b, right_a, right_b, margin)


def compare_runs(a: str, b: str, right_a: np.ndarray, right_b: np.ndarray, margin: float) -> Comparison:
    """The same of arrays (S, N): whether each of N images was classified correctly from each of S seeds."""
    differences = right_a.astype(np.int8) - right_b.astype(np.int8)
    gains = differences.mean(axis=1)
    gain, found = float(gains.mean()), uncertainty(differences)
    within = margin - abs(gain)
    return Comparison(
        a=a,
        b=b,
        gain=gain,
        gains=tuple(gains.tolist()),
        uncertainty=found,
        margin=margin,
        p=found.p_value(abs(gain)),
        p_equivalent=found.p_value(within) / 2 if within > 0 else 1.0,
    )


def compare_all(predictions: pd.DataFrame, pairs: Sequence[tuple[str, str]], margin: float) -> tuple[Comparison, ...]:
    """Every pair, adjusted for their number by Holm's method."""
    return adjusted([compare(predictions, a, b, margin) for a, b in pairs])


def adjusted(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """The comparisons with p-values, and levels of the intervals, that Holm's method gives them together."""
    p, p_equivalent = ([getattr(c, name) for c in comparisons] for name in ("p", "p_equivalent"))
    levels = holm_levels(p)
    return tuple(
        replace(c, p=mine, p_equivalent=within, level=level)
        for c, mine, within, level in zip(comparisons, holm(p), holm(p_equivalent), levels, strict=True)
    )


def compare_classes(by_label: list[tuple[int, int]]) -> tuple[ClassComparison, ...]:
    """Every pair of classes; by_label: images recognised and images, class by class."""
    pairs = list(combinations(range(len(by_label)), 2))
    adjusted = holm([fisher(*by_label[a], *by_label[b]) for a, b in pairs])
    accuracy = [hits / images for hits, images in by_label]
    return tuple(ClassComparison(a, b, accuracy[a] - accuracy[b], p) for (a, b), p in zip(pairs, adjusted, strict=True))
