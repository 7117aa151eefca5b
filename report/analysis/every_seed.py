"""What each seed of softmax regression predicts, those of which nothing else is kept among them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from report.analysis.comparison import Comparison, compare_runs
from report.further import classes_of, cross_entropy
from report.results import Results
from report.selection import ResultsError

MIN_RECALL = 0.01  # a class with a smaller recall on the test images counts as unlearned


@dataclass(frozen=True)
class EverySeed:
    """labels (N,); predicted: variant → (S, N), a row a seed; cross_entropy: variant → (S,), of one softmax."""

    seeds: tuple[int, ...]
    labels: np.ndarray
    predicted: Mapping[str, np.ndarray]
    cross_entropy: Mapping[str, np.ndarray]

    def right(self, variant: str) -> np.ndarray:
        """Whether each image was classified correctly (S, N)."""
        return np.asarray(self.predicted[variant] == self.labels)

    def compare(self, a: str, b: str, margin: float) -> Comparison:
        """a against b, from all seeds."""
        return compare_runs(a, b, self.right(a), self.right(b), margin)

    def recalls(self, variant: str) -> np.ndarray:
        """Of each class the share of its images that are recognised (S, K)."""
        right = self.right(variant)
        return np.stack([right[:, self.labels == label].mean(axis=1) for label in np.unique(self.labels)], axis=1)

    def unlearned(self, variant: str) -> tuple[tuple[int, ...], ...]:
        """By seed, the labels whose recall is below MIN_RECALL."""
        return tuple(tuple(np.flatnonzero(row < MIN_RECALL).tolist()) for row in self.recalls(variant))

    def never_predicted(self, variant: str) -> tuple[tuple[int, ...], ...]:
        """By seed, the labels that are given to no test image."""
        labels = set(np.unique(self.labels).tolist())
        return tuple(tuple(sorted(labels - set(row.tolist()))) for row in self.predicted[variant])


def every_seed(results: Results, seeds: Collection[int]) -> EverySeed:
    """Of `seeds`, whose runs are in the results, and of the further ones. Raises ResultsError if these do not fit."""
    table = results.predictions
    table = table[(table["experiment"] == "softmax") & table["seed"].isin(seeds)]
    try:
        return _every_seed(results, table, tuple(sorted(seeds)))
    except (ValueError, LookupError, TypeError) as error:  # of a report that was altered
        raise ResultsError(f"softmax: the further seeds cannot be read ({error})") from None


def _every_seed(results: Results, table: pd.DataFrame, seeds: tuple[int, ...]) -> EverySeed:
    predicted: dict[str, list[np.ndarray]] = {}
    losses: dict[str, list[float]] = {}
    labels: list[np.ndarray] = []
    for (_, variant), run in table.sort_values(["seed", "sample"]).groupby(["seed", "variant"], sort=False):
        labels.append(run["label"].to_numpy())
        predicted.setdefault(str(variant), []).append(run["predicted"].to_numpy())
        losses.setdefault(str(variant), []).append(float(cross_entropy(run).mean()))
    further = results.further[results.further["experiment"] == "softmax"].sort_values("seed", kind="stable")
    for row in further.to_dict("records"):
        labels.append(classes_of(row["labels"]))
        predicted[row["variant"]].append(classes_of(row["predicted"]))
        losses[row["variant"]].append(float(row["cross_entropy"]))
    if any(not np.array_equal(labels[0], others) for others in labels):
        raise ValueError("they are not of the same test images")
    return EverySeed(
        seeds=(*seeds, *further["seed"].unique().tolist()),
        labels=labels[0],
        predicted={variant: np.stack(rows) for variant, rows in predicted.items()},
        cross_entropy={variant: np.array(values) for variant, values in losses.items()},
    )
