"""The models on equal terms: what is left of their differences where epochs, views and labels are the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from experiments.catalog import EQUAL_TERMS, EQUAL_TO, IMAGENET10
from experiments.rules import MARGINS
from report.analysis.comparison import Comparison, adjusted, compare_runs
from report.analysis.statistics import sd
from report.further import classes_of, cross_entropy
from report.results import Results
from report.selection import ResultsError


@dataclass(frozen=True)
class OnEqualTerms:
    """One model on the test images; means over its seeds."""

    model: str
    seeds: int
    acc: float
    acc_sd: float
    loss: float


@dataclass(frozen=True)
class EqualTerms:
    models: tuple[OnEqualTerms, ...]  # in the order of the catalogue, the one whose terms they are among them
    comparisons: tuple[Comparison, ...]  # of all pairs with a seed in common, Holm-adjusted

    def compare(self, a: str, b: str) -> Comparison | None:
        """The comparison of a with b, whichever way round it is kept; None if there is none."""
        for c in self.comparisons:
            if {c.a, c.b} == {a, b}:
                return c if c.a == a else c.reversed()
        return None


class _Runs:
    """Of one model, by seed: labels and predicted classes (N,), and the loss."""

    def __init__(self) -> None:
        self.labels: dict[int, np.ndarray] = {}
        self.predicted: dict[int, np.ndarray] = {}
        self.loss: dict[int, float] = {}

    def add(self, seed: int, labels: np.ndarray, predicted: np.ndarray, loss: float) -> None:
        self.labels[seed], self.predicted[seed], self.loss[seed] = labels, predicted, loss

    def right(self, seeds: list[int]) -> np.ndarray:
        return np.stack([self.predicted[seed] == self.labels[seed] for seed in seeds])


def equal_terms(results: Results) -> EqualTerms | None:
    """The models that were trained so; None if none was but the one whose terms they are.

    Raises ResultsError if their test images differ."""
    try:
        return _equal_terms(_trained(results))
    except (ValueError, LookupError, TypeError) as error:  # of a report that was altered
        raise ResultsError(f"{EQUAL_TERMS.name}: the runs cannot be read ({error})") from None


def _equal_terms(runs: Mapping[str, _Runs]) -> EqualTerms | None:
    if EQUAL_TO not in runs or len(runs) < 2:
        return None
    labels = [own for trained in runs.values() for own in trained.labels.values()]
    if any(not np.array_equal(labels[0], others) for others in labels):
        raise ValueError("they are not of the same test images")
    models = []
    for model, trained in runs.items():
        accuracy = trained.right(list(trained.predicted)).mean(axis=1)
        loss = float(np.mean(list(trained.loss.values())))
        models.append(OnEqualTerms(model, len(accuracy), float(accuracy.mean()), sd(accuracy), loss))
    comparisons = []
    for a, b in combinations(reversed(list(runs)), 2):
        if common := sorted(runs[a].predicted.keys() & runs[b].predicted.keys()):
            right_a, right_b = runs[a].right(common), runs[b].right(common)
            comparisons.append(compare_runs(a, b, right_a, right_b, MARGINS[IMAGENET10.name]))
    return EqualTerms(tuple(models), adjusted(comparisons))


def _trained(results: Results) -> dict[str, _Runs]:
    """Model → its runs on equal terms: of the model whose terms they are, those of its own recipe."""
    found: dict[str, _Runs] = {}
    further = results.further[results.further["experiment"] == EQUAL_TERMS.name]
    for model in dict.fromkeys(run_id.variant for run_id in results.records if run_id.experiment == IMAGENET10.name):
        runs = _Runs()
        if model == EQUAL_TO:
            table = results.predictions
            own = table[(table["experiment"] == IMAGENET10.name) & (table["variant"] == model)]
            for seed, run in own.sort_values("sample").groupby("seed"):
                loss = float(cross_entropy(run).mean())
                runs.add(int(str(seed)), run["label"].to_numpy(), run["predicted"].to_numpy(), loss)
        for row in further[further["variant"] == model].to_dict("records"):
            labels, predicted = classes_of(row["labels"]), classes_of(row["predicted"])
            runs.add(int(row["seed"]), labels, predicted, float(row["cross_entropy"]))
        if runs.predicted:
            found[model] = runs
    return found
