"""Section 2's facts: each image model, and the models against one another."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

from experiments.rules import MARGINS
from experiments.store.record_types import RunRecord
from report.analysis.calibration import Calibration, calibrate
from report.analysis.catching_up import CatchUp, catch_up
from report.analysis.comparison import ClassComparison, Comparison, compare_all, compare_classes
from report.analysis.equal_terms import EqualTerms, equal_terms
from report.analysis.measurements import is_right, mean_by_epoch, mean_over_seeds
from report.analysis.mistakes import Mistake, mistakes_of
from report.analysis.per_class import ClassScores, class_scores
from report.analysis.statistics import Verdict, sd, wilson
from report.analysis.uncertainty import accuracy_interval
from report.further import cross_entropy
from report.results import Results
from report.selection import ResultsError

SHOWN_CONFUSIONS = 3  # of each model, at most
# A rise of the validation loss, in nats, that is zero to the four decimals printed; and one that is worth mentioning.
NO_RISE, CLEAR_RISE = 0.00005, 0.01

Trend = Literal["lowest at the end", "flat at the end", "rising at the end"]


@dataclass(frozen=True)
class ModelFindings:
    """One image model; means over the seeds that did not diverge. class_acc (K,), confusion (K, K) by label."""

    variant: str
    epochs: int
    seeds: int
    diverged: tuple[tuple[int, int], ...]  # (seed, epoch)
    test_images: int
    test_loss: float
    test_loss_sd: float
    test_acc: float
    test_acc_sd: float
    seed: int  # the one shown where a single run is shown: 0 unless that run diverged
    correct: int  # in that seed
    interval: tuple[float, float]  # of the mean accuracy, over images and seeds
    class_acc: tuple[float, ...]
    class_interval: tuple[tuple[float, float], ...]  # of each, in the same way
    class_pairs: tuple[ClassComparison, ...]  # every pair of classes, that seed
    calibration: Calibration
    mistakes: tuple[Mistake, ...]  # of that seed, the most confident first
    confusion: np.ndarray  # counts [label, predicted], summed over seeds
    scores: ClassScores
    train_acc: float  # on the training images, as they are, after the last epoch
    train_loss: float
    val_acc: float
    val_images: int
    val_loss: float
    val_lowest_epoch: int  # in which the validation loss was lowest
    val_rise: float  # of the validation loss since then
    parameters: int
    flops: int
    seconds_epoch: float
    seconds_run: float

    @property
    def gap(self) -> float:
        """Training accuracy minus test accuracy."""
        return self.train_acc - self.test_acc

    @property
    def val_gap(self) -> float:
        """Training accuracy minus validation accuracy."""
        return self.train_acc - self.val_acc

    @property
    def val_flatters(self) -> bool:
        """Whether the validation accuracy is above that on the test images."""
        return self.val_acc > self.test_acc

    @property
    def overfitting(self) -> Verdict:
        """Whether it does better on its training images than on others, by more than sampling the latter explains."""
        low, high = wilson(round(self.val_acc * self.val_images), self.val_images)
        if low <= self.train_acc <= high:
            return "undecided"
        return "supported" if self.train_acc > high else "contradicted"

    @property
    def val_trend(self) -> Trend:
        """What the validation loss does once it has been lowest."""
        if self.val_rise < NO_RISE:
            return "lowest at the end"
        return "flat at the end" if self.val_rise < CLEAR_RISE else "rising at the end"

    @property
    def shown_acc(self) -> float:
        """Test accuracy of the seed that is shown where a single run is."""
        return self.correct / self.test_images

    @property
    def best_acc(self) -> float:
        return max(self.class_acc)

    @property
    def worst_acc(self) -> float:
        return min(self.class_acc)

    @property
    def class_spread(self) -> float:
        """Best minus worst class accuracy."""
        return self.best_acc - self.worst_acc

    @property
    def best_classes(self) -> tuple[int, ...]:
        return tuple(i for i, acc in enumerate(self.class_acc) if acc == max(self.class_acc))

    @property
    def worst_classes(self) -> tuple[int, ...]:
        return tuple(i for i, acc in enumerate(self.class_acc) if acc == min(self.class_acc))

    @property
    def supported_pairs(self) -> int:
        """Pairs of classes of which one is recognised more often than the other, whichever."""
        return sum(pair.verdict != "undecided" for pair in self.class_pairs)

    @property
    def commonest_confusions(self) -> tuple[tuple[tuple[int, int, float], ...], ...]:
        """(label, predicted, share of the label's images) of the commonest confusions, equally common ones together.

        The first group, and the second where no more than SHOWN_CONFUSIONS come together; of a first group that is
        larger, none: nothing stands out then.
        """
        mistakes = self.confusion - np.diag(np.diag(self.confusion))
        groups = []
        for count in sorted(set(mistakes[mistakes > 0].tolist()), reverse=True)[:2]:
            pairs = [(int(i), int(j)) for i, j in np.argwhere(mistakes == count)]
            groups.append(tuple((i, j, float(count / self.confusion[i].sum())) for i, j in pairs))
        if sum(map(len, groups)) > SHOWN_CONFUSIONS:
            groups = groups[:1]
        return tuple(groups) if groups and len(groups[0]) <= SHOWN_CONFUSIONS else ()

    @property
    def clear_confusions(self) -> tuple[tuple[tuple[int, int, float], ...], ...]:
        """The first group of these, if chance does not explain that it is commoner than the next: else none.

        The counts are of one run on average, since the runs share their images; their difference must be more than
        twice the root of their sum.
        """
        mistakes = self.confusion - np.diag(np.diag(self.confusion))
        counts = sorted(set(mistakes[mistakes > 0].tolist()), reverse=True)
        if not self.commonest_confusions or len(counts) < 2:
            return self.commonest_confusions[:1]
        first, second = (count / self.seeds for count in counts[:2])
        return self.commonest_confusions[:1] if first - second > 2 * math.sqrt(first + second) else ()

    @property
    def flawless(self) -> bool:
        """Whether it makes no mistake on the test images."""
        return int(np.trace(self.confusion)) == int(self.confusion.sum())


@dataclass(frozen=True)
class ImageFindings:
    models: dict[str, ModelFindings]  # those with at least one seed that did not diverge
    comparisons: tuple[Comparison, ...]  # of all pairs of models, Holm-adjusted
    diverged_models: tuple[str, ...]  # those whose every seed diverged
    catch_up: CatchUp | None  # None if one of the two diverged
    equal_terms: EqualTerms | None  # None if the models were not trained so

    @property
    def ranking(self) -> list[ModelFindings]:
        """Models by mean test accuracy, best first."""
        return sorted(self.models.values(), key=lambda model: -model.test_acc)

    def compare(self, a: str, b: str) -> Comparison | None:
        """The comparison of a with b, whichever way round it is kept; None if one of them diverged."""
        for c in self.comparisons:
            if (c.a, c.b) == (a, b):
                return c
            if (c.a, c.b) == (b, a):
                return c.reversed()
        return None

    def against(self, model: str) -> list[Comparison]:
        """The comparisons of a model with every other one, in the order of the ranking."""
        pairs = [self.compare(model, other.variant) for other in self.ranking if other.variant != model]
        return [pair for pair in pairs if pair is not None]

    @property
    def cheapest(self) -> ModelFindings:
        return min(self.models.values(), key=lambda model: model.seconds_run)

    @property
    def dearest(self) -> ModelFindings:
        return max(self.models.values(), key=lambda model: model.seconds_run)

    @property
    def cost_ratio(self) -> float:
        """Time of a run of the dearest model over that of the cheapest."""
        return self.dearest.seconds_run / self.cheapest.seconds_run

    @property
    def smallest(self) -> ModelFindings:
        """The model with the fewest operations for one image forward."""
        return min(self.models.values(), key=lambda model: model.flops)

    @property
    def largest(self) -> ModelFindings:
        return max(self.models.values(), key=lambda model: model.flops)

    @property
    def flops_ratio(self) -> float:
        return self.largest.flops / self.smallest.flops

    @property
    def most_even(self) -> str:
        """The model whose best and worst class are closest."""
        return min(self.models.values(), key=lambda model: model.class_spread).variant

    @property
    def lowest_loss(self) -> str:
        return min(self.models.values(), key=lambda model: model.test_loss).variant

    @property
    def winner(self) -> str | None:
        """The model that is better than each other one with a supported verdict; None if there is none."""
        for model in self.models:
            others = [self.compare(model, other) for other in self.models if other != model]
            if others and all(c is not None and c.verdict == "supported" for c in others):
                return model
        return None


def image_findings(results: Results) -> ImageFindings:
    """Section 2's facts. Raises ResultsError if every run of it diverged."""
    curves = results.curves[results.curves["experiment"] == "imagenet10"]
    predictions = results.predictions[results.predictions["experiment"] == "imagenet10"]
    classes = len(results.datasets["imagenet10"].record["classes"])
    trained = dict.fromkeys(run_id.variant for run_id in results.records if run_id.experiment == "imagenet10")
    evaluated = [model for model in trained if (predictions["variant"] == model).any()]
    if not evaluated:
        raise ResultsError("every run of imagenet10 diverged; section 2 cannot be written: train with another lr")
    pairs = [
        (a, b)
        for a, b in combinations(reversed(evaluated), 2)  # the last one first
        if set(predictions[predictions["variant"] == a]["seed"]) & set(predictions[predictions["variant"] == b]["seed"])
    ]
    models = {
        model: _model_findings(model, results, curves, predictions[predictions["variant"] == model], classes)
        for model in evaluated
    }
    return ImageFindings(
        models=models,
        comparisons=compare_all(predictions, pairs, MARGINS["imagenet10"]),
        diverged_models=tuple(model for model in trained if model not in evaluated),
        catch_up=_catch_up(models, curves),
        equal_terms=equal_terms(results),
    )


def _catch_up(models: Mapping[str, ModelFindings], curves: pd.DataFrame) -> CatchUp | None:
    if not {"layer2nn", "mlp"} <= models.keys():
        return None
    lost = {(name, seed) for name, model in models.items() for seed, _ in model.diverged}
    runs = pd.MultiIndex.from_frame(curves[["variant", "seed"]])
    return catch_up(curves[~runs.isin(lost)] if lost else curves, models["layer2nn"].epochs)


def _model_findings(
    model: str, results: Results, curves: pd.DataFrame, predictions: pd.DataFrame, classes: int
) -> ModelFindings:
    records = {
        run_id.seed: record
        for run_id, record in results.records.items()
        if (run_id.experiment, run_id.variant) == ("imagenet10", model)
    }
    converged = {seed: record for seed, record in records.items() if record["diverged_at"] is None}
    epochs = int(next(iter(records.values()))["config"]["epochs"])
    right = is_right(predictions)
    accuracy = right.groupby(predictions["seed"]).mean()
    loss = cross_entropy(predictions).groupby(predictions["seed"]).mean()
    first = predictions[predictions["seed"] == predictions["seed"].min()]
    first_right = is_right(first)
    by_class = right.groupby(predictions["label"]).mean()
    hits = np.bincount(first["label"], weights=first_right, minlength=classes).astype(int)
    by_label = list(zip(hits.tolist(), np.bincount(first["label"], minlength=classes).tolist(), strict=True))
    confusion = np.zeros((classes, classes), dtype=int)
    np.add.at(confusion, (predictions["label"], predictions["predicted"]), 1)
    curves = curves[curves["variant"].eq(model) & curves["seed"].isin(converged)]
    val_losses = mean_by_epoch(curves, "val", "loss")

    def last(split: str, metric: str) -> float:
        return mean_over_seeds(curves, model, epochs, split, metric)

    def mean_of(value: Callable[[RunRecord], float]) -> float:
        return float(np.mean([value(record) for record in converged.values()]))

    def seconds_of(phase: str) -> float:
        return mean_of(lambda record: record["seconds"][phase])

    return ModelFindings(
        variant=model,
        epochs=epochs,
        seeds=len(converged),
        diverged=tuple((s, r["diverged_at"]) for s, r in records.items() if r["diverged_at"] is not None),
        test_images=len(first),
        test_loss=float(loss.mean()),
        test_loss_sd=sd(loss),
        test_acc=float(accuracy.mean()),
        test_acc_sd=sd(accuracy),
        seed=int(predictions["seed"].min()),
        correct=int(first_right.sum()),
        interval=accuracy_interval(_by_seed(right, predictions)),
        class_acc=tuple(float(by_class[c]) for c in range(classes)),
        class_interval=tuple(accuracy_interval(_by_seed(right, predictions, c)) for c in range(classes)),
        class_pairs=compare_classes(by_label),
        calibration=calibrate(predictions),
        mistakes=mistakes_of(first),
        confusion=confusion,
        scores=class_scores(predictions, classes),
        train_acc=last("train", "clean_acc"),
        train_loss=last("train", "clean_loss"),
        val_acc=last("val", "acc"),
        val_images=int(results.datasets["imagenet10"].record["images"]["val"]),
        val_loss=last("val", "loss"),
        val_lowest_epoch=int(val_losses.index.to_numpy()[val_losses.to_numpy().argmin()]),
        val_rise=float(val_losses.loc[epochs] - val_losses.min()),
        parameters=int(mean_of(lambda r: r["parameters"])),
        flops=int(mean_of(lambda r: r["flops"])),
        seconds_epoch=seconds_of("train") / epochs,
        seconds_run=sum(seconds_of(phase) for phase in ("train", "measure", "test")),
    )


def _by_seed(right: pd.Series, predictions: pd.DataFrame, label: int | None = None) -> np.ndarray:
    """Whether each image, of one class if a label is given, was classified correctly, run by run: (S, N)."""
    own = slice(None) if label is None else predictions["label"] == label
    return right[own].groupby(predictions["seed"][own]).agg(list).pipe(lambda rows: np.array(rows.to_list()))
