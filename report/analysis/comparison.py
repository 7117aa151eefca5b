"""Comparisons with verdicts: of two variants on the same images, of two classes in one run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from report.analysis.measurements import is_right
from report.analysis.statistics import (
    LEVEL,
    Verdict,
    bootstrap_gain,
    fisher,
    holm,
    mcnemar,
    minimum_detectable_difference,
)


@dataclass(frozen=True)
class Comparison:
    """Variant a against b on the same test images.

    gain: accuracy of a minus b, mean over seeds; interval: its bootstrap over seeds and images. only_a, only_b, p:
    exact McNemar on the first seed, chosen before training; p is Holm-adjusted where several pairs are compared.
    minimum_detectable_difference: of the accuracies, with the power and level of report.analysis.statistics; NaN if the
    two agree on too many images for the test to detect any difference.
    """

    a: str
    b: str
    gain: float
    only_a: int
    only_b: int
    p: float
    gains: tuple[float, ...]  # by seed
    seed: int  # of the test: 0 unless that run diverged
    interval: tuple[float, float]
    minimum_detectable_difference: float

    @property
    def detects_nothing(self) -> bool:
        """Whether no difference, however large, would be detected with the power asked for."""
        return math.isnan(self.minimum_detectable_difference)

    @property
    def leads(self) -> tuple[float, ...]:
        """By seed, the gain of the one that is better on average."""
        return self.gains if self.gain > 0 else tuple(-gain for gain in self.gains)

    @property
    def seeds_agree(self) -> bool:
        """Whether the same one is better in every seed."""
        return all(g > 0 for g in self.gains) or all(g < 0 for g in self.gains)

    @property
    def verdict(self) -> Verdict:
        """That a is better than b: supported or contradicted only if the test and every seed agree."""
        if self.p >= LEVEL or not self.seeds_agree:
            return "undecided"
        first = self.only_a - self.only_b
        if first * self.gain <= 0:
            return "undecided"
        return "supported" if self.gain > 0 else "contradicted"


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


def compare(predictions: pd.DataFrame, a: str, b: str, pairs: int = 1) -> Comparison:
    """a against b, one of `pairs` comparisons; its p is not adjusted yet."""
    table = predictions.assign(right=is_right(predictions))
    table = table.pivot(index=["seed", "sample"], columns="variant", values="right")
    pair = table[[a, b]].dropna().astype(bool)  # seeds in which both were evaluated
    gains = (pair[a].groupby("seed").mean() - pair[b].groupby("seed").mean()).to_list()
    seed = int(pair.index.get_level_values("seed").min())
    first = pair.xs(seed, level="seed")
    only_a, only_b, p = mcnemar(first[a], first[b])
    runs = {name: pair[name].unstack("sample").to_numpy() for name in (a, b)}
    return Comparison(
        a=a,
        b=b,
        gain=float(np.mean(gains)),
        only_a=only_a,
        only_b=only_b,
        p=p,
        gains=tuple(gains),
        seed=seed,
        interval=bootstrap_gain(runs[a], runs[b]),
        # Holm's level for the smallest p
        minimum_detectable_difference=minimum_detectable_difference(len(first), only_a + only_b, LEVEL / pairs),
    )


def compare_all(predictions: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> tuple[Comparison, ...]:
    """Every pair, with Holm-adjusted p."""
    comparisons = [compare(predictions, a, b, len(pairs)) for a, b in pairs]
    adjusted = holm([comparison.p for comparison in comparisons])
    return tuple(replace(c, p=p) for c, p in zip(comparisons, adjusted, strict=True))


def compare_classes(by_label: list[tuple[int, int]]) -> tuple[ClassComparison, ...]:
    """Every pair of classes; by_label: images recognised and images, class by class."""
    pairs = list(combinations(range(len(by_label)), 2))
    adjusted = holm([fisher(*by_label[a], *by_label[b]) for a, b in pairs])
    accuracy = [hits / images for hits, images in by_label]
    return tuple(ClassComparison(a, b, accuracy[a] - accuracy[b], p) for (a, b), p in zip(pairs, adjusted, strict=True))
