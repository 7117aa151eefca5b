"""Facts computed from the tables, with verdicts; no prose.

Every number that the report's text states about the results comes from here. A sentence that compares is
chosen by a verdict: supported, contradicted or undecided.
"""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from report.results import Results, ResultsError
from report.statistics import LEVEL, Verdict, holm, mcnemar, sd, wilson

MODELS = ("layer2nn", "mlp", "cnn")
NUM_CLASSES = 10
# Float32 rounding differs between two spellings of the same formula by about 1e-7 a step and adds up.
SAME_LOSS = 1e-4


@dataclass(frozen=True)
class DoubleSoftmaxTheory:
    """What follows from the formulas alone for K classes; derivation in section 1.1 of the report."""

    classes: int

    @property
    def floor(self) -> float:
        """Smallest loss: p is one-hot at the label, L = log(e + K - 1) - 1 = log(1 + (K - 1)/e)."""
        return math.log1p((self.classes - 1) / math.e)

    @property
    def ceiling(self) -> float:
        """Largest loss: p is one-hot elsewhere."""
        return self.floor + 1

    @property
    def chance(self) -> float:
        """Loss of the uniform prediction, with one softmax or two."""
        return math.log(self.classes)

    @property
    def room(self) -> float:
        """How far the loss can fall from chance."""
        return self.chance - self.floor

    @property
    def confidence_cap(self) -> float:
        """The largest probability that a second softmax can give: e / (e + K - 1)."""
        return math.e / (math.e + self.classes - 1)

    @property
    def start_ratio(self) -> float:
        """Gradient at uniform p over that of one softmax."""
        return 1 / self.classes


def gradient_by_probability(p: np.ndarray, classes: int = NUM_CLASSES) -> tuple[np.ndarray, np.ndarray]:
    """|dL/do_y| for one softmax and for two, where the label has p and the rest share 1 - p equally.

    p (N,) in [0, 1]. One softmax: 1 - p. Two: with q = softmax(p-vector) and g = q - e_y, the softmax's
    Jacobian diag(p) - p pᵀ gives dL/do_y = p (g_y - Σ p_j g_j).
    """
    rest = (1 - p) / (classes - 1)
    e_label, e_rest = np.exp(p), np.exp(rest)
    total = e_label + (classes - 1) * e_rest
    g_label, g_rest = e_label / total - 1, e_rest / total
    double = p * (g_label - (p * g_label + (1 - p) * g_rest))
    return 1 - p, np.abs(double)


@dataclass(frozen=True)
class Agreement:
    """Two variants that ought to be the same computation, compared at every step of every seed."""

    a: str
    b: str
    steps: int
    largest: float  # |difference of the batch losses|, nats
    same_predictions: float  # fraction of test images

    @property
    def verdict(self) -> Verdict:
        return "supported" if self.largest < SAME_LOSS else "contradicted"


@dataclass(frozen=True)
class SoftmaxVariant:
    """One variant after its last epoch, means over seeds; losses are the variant's own, in nats per example."""

    variant: str
    train_loss: float
    val_loss: float
    train_acc: float
    val_acc: float
    test_acc: float
    test_acc_sd: float
    cross_entropy: float  # of one softmax on the test split, which compares all variants alike
    first_loss: float  # training loss before the first step
    grad_start: float
    grad_end: float


@dataclass(frozen=True)
class Comparison:
    """Variant a against b on the same test images.

    gain: accuracy of a minus b, mean over seeds. only_a, only_b, p: exact McNemar on the first seed, chosen
    before training; p is Holm-adjusted where several pairs are compared.
    """

    a: str
    b: str
    gain: float
    only_a: int
    only_b: int
    p: float
    gains: tuple[float, ...]  # by seed
    seed: int  # of the test: 0 unless that run diverged

    @property
    def verdict(self) -> Verdict:
        """That a is better than b: supported or contradicted only if the test and every seed agree."""
        if self.p >= LEVEL or not (all(g > 0 for g in self.gains) or all(g < 0 for g in self.gains)):
            return "undecided"
        first = self.only_a - self.only_b
        if first * self.gain <= 0:
            return "undecided"
        return "supported" if self.gain > 0 else "contradicted"


@dataclass(frozen=True)
class SoftmaxFindings:
    theory: DoubleSoftmaxTheory
    variants: dict[str, SoftmaxVariant]
    agreements: tuple[Agreement, ...]
    lowest: float  # of all double-softmax losses recorded, batches and epochs
    highest: float
    recorded: int
    start_ratio: float  # gradient of wrong over corrected at initialisation, mean over seeds
    correction: Comparison  # corrected against wrong
    catch_up: int | None  # first epoch in which wrong has the validation accuracy corrected has after epoch 1
    settled: float  # share of wrong's fall in training loss that its first half of the epochs brought
    half: int  # the last epoch of that half
    last_fall: float  # of wrong's training loss in the last epoch, nats
    epochs: int

    @property
    def above_floor(self) -> float:
        """How far the training loss of wrong ends above the smallest loss there can be, in nats."""
        return self.variants["wrong"].train_loss - self.theory.floor

    @property
    def settling(self) -> Verdict:
        """Whether the loss of wrong soon goes flat: nine tenths of its fall in the first half of the epochs."""
        return "supported" if self.settled >= 0.9 else "contradicted"

    @property
    def used(self) -> float:
        """Share of the room between chance and floor that the training loss of wrong has used."""
        return (self.theory.chance - self.variants["wrong"].train_loss) / self.theory.room

    @property
    def bounds(self) -> Verdict:
        """Whether every recorded double-softmax loss lies between floor and ceiling (to float32 rounding)."""
        slack = 1e-6
        inside = self.theory.floor - slack <= self.lowest and self.highest <= self.theory.ceiling + slack
        return "supported" if inside else "contradicted"

    @property
    def start(self) -> Verdict:
        """Whether the gradient starts at 1/K: exact at uniform p, near it at small random weights."""
        close = abs(self.start_ratio / self.theory.start_ratio - 1) < 0.1
        return "supported" if close else "contradicted"


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
    interval: tuple[float, float]  # Wilson, that seed
    class_acc: tuple[float, ...]
    class_interval: tuple[tuple[float, float], ...]  # Wilson, that seed
    confusion: np.ndarray  # counts [label, predicted], summed over seeds
    train_acc: float  # on the training images, as they are, after the last epoch
    train_loss: float
    val_acc: float
    val_loss: float
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
    def overfitting(self) -> bool:
        return self.val_gap > 0.1

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
    def commonest_confusion(self) -> tuple[int, int, float] | None:
        """(label, predicted, share of the label's images); None if there is no mistake at all."""
        mistakes = self.confusion - np.diag(np.diag(self.confusion))
        if not mistakes.any():
            return None
        label, predicted = np.unravel_index(int(mistakes.argmax()), mistakes.shape)
        share = mistakes[label, predicted] / self.confusion[label].sum()
        return int(label), int(predicted), float(share)


@dataclass(frozen=True)
class ImageFindings:
    models: dict[str, ModelFindings]  # those with at least one seed that did not diverge
    comparisons: tuple[Comparison, ...]  # of all pairs of models, Holm-adjusted
    lost: tuple[str, ...]  # models whose every seed diverged

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
                return Comparison(a, b, -c.gain, c.only_b, c.only_a, c.p, tuple(-g for g in c.gains), c.seed)
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
    def winner(self) -> str | None:
        """The model that is better than each other one with a supported verdict; None if there is none."""
        for model in self.models:
            others = [self.compare(model, other) for other in self.models if other != model]
            if others and all(c is not None and c.verdict == "supported" for c in others):
                return model
        return None


def softmax_findings(results: Results) -> SoftmaxFindings:
    """Section 1's facts. Raises ResultsError if a run of it diverged: then there is nothing to compare."""
    for run_id, record in results.records.items():
        if run_id.experiment == "softmax" and record["diverged_at"] is not None:
            raise ResultsError(f"{run_id} diverged; section 1 cannot be written without it: train with another lr")
    curves = results.curves[results.curves["experiment"] == "softmax"]
    predictions = results.predictions[results.predictions["experiment"] == "softmax"]
    steps = results.steps[results.steps["experiment"] == "softmax"]
    theory = DoubleSoftmaxTheory(NUM_CLASSES)
    epochs = int(curves["epoch"].max())
    double = curves[curves["variant"].isin(["wrong", "double"]) & (curves["metric"] == "loss")]["value"]
    double_steps = steps[steps["variant"].isin(["wrong", "double"])]["loss"]
    recorded = pd.concat([double, double_steps])
    start = _at(curves, 0, "val", "grad_norm")
    wrong = curves[curves["variant"] == "wrong"]
    val_acc = wrong[(wrong["split"] == "val") & (wrong["metric"] == "acc")].groupby("epoch")["value"].mean()
    first = _mean(curves, "corrected", 1, "val", "acc")
    reached = val_acc.index[(val_acc >= first) & (val_acc.index > 0)]
    half = max(1, epochs // 2)
    fall = [_mean(curves, "wrong", epoch, "train", "loss") for epoch in (0, half, epochs - 1, epochs)]
    return SoftmaxFindings(
        theory=theory,
        variants={name: _softmax_variant(name, curves, predictions, epochs) for name in curves["variant"].unique()},
        agreements=(
            _agreement("wrong", "double", steps, predictions),
            _agreement("corrected", "reference", steps, predictions),
        ),
        lowest=float(recorded.min()),
        highest=float(recorded.max()),
        recorded=len(recorded),
        start_ratio=float((start["wrong"] / start["corrected"]).mean()),
        correction=_compare(predictions, "corrected", "wrong"),
        catch_up=int(reached.min()) if len(reached) else None,
        settled=(fall[0] - fall[1]) / (fall[0] - fall[3]) if fall[0] != fall[3] else math.nan,
        half=half,
        last_fall=fall[2] - fall[3],
        epochs=epochs,
    )


def _at(curves: pd.DataFrame, epoch: int, split: str, metric: str) -> pd.DataFrame:
    """Values at one epoch: a row a seed, a column a variant."""
    rows = curves[(curves["epoch"] == epoch) & (curves["split"] == split) & (curves["metric"] == metric)]
    return rows.pivot(index="seed", columns="variant", values="value")


def _mean(curves: pd.DataFrame, variant: str, epoch: int, split: str, metric: str) -> float:
    return float(_at(curves, epoch, split, metric)[variant].mean())


def _softmax_variant(name: str, curves: pd.DataFrame, predictions: pd.DataFrame, epochs: int) -> SoftmaxVariant:
    mine = predictions[predictions["variant"] == name]
    accuracy = _right(mine).groupby(mine["seed"]).mean()
    return SoftmaxVariant(
        variant=name,
        train_loss=_mean(curves, name, epochs, "train", "loss"),
        val_loss=_mean(curves, name, epochs, "val", "loss"),
        train_acc=_mean(curves, name, epochs, "train", "acc"),
        val_acc=_mean(curves, name, epochs, "val", "acc"),
        test_acc=float(accuracy.mean()),
        test_acc_sd=sd(accuracy),
        cross_entropy=float(_cross_entropy(mine).mean()),
        first_loss=_mean(curves, name, 0, "train", "loss"),
        grad_start=_mean(curves, name, 0, "val", "grad_norm"),
        grad_end=_mean(curves, name, epochs, "val", "grad_norm"),
    )


def _right(predictions: pd.DataFrame) -> pd.Series:
    return predictions["predicted"] == predictions["label"]


def _cross_entropy(predictions: pd.DataFrame) -> pd.Series:
    """-log p(label) of each image, in nats; p below the smallest float32 counts as that."""
    p = predictions["p_label"].clip(lower=float(np.finfo(np.float32).tiny))
    return -np.log(p)


def _agreement(a: str, b: str, steps: pd.DataFrame, predictions: pd.DataFrame) -> Agreement:
    losses = steps.pivot(index=["seed", "step"], columns="variant", values="loss")
    labels = predictions.pivot(index=["seed", "sample"], columns="variant", values="predicted")
    return Agreement(
        a=a,
        b=b,
        steps=len(losses),
        largest=float((losses[a] - losses[b]).abs().max()),
        same_predictions=float((labels[a] == labels[b]).mean()),
    )


def _compare(predictions: pd.DataFrame, a: str, b: str, p: float | None = None) -> Comparison:
    """a against b; p overrides the unadjusted one."""
    right = _right(predictions)
    table = predictions.assign(right=right).pivot(index=["seed", "sample"], columns="variant", values="right")
    pair = table[[a, b]].dropna().astype(bool)  # seeds in which both were evaluated
    gains = (pair[a].groupby("seed").mean() - pair[b].groupby("seed").mean()).to_list()
    seed = int(pair.index.get_level_values("seed").min())
    first = pair.xs(seed, level="seed")
    only_a, only_b, raw = mcnemar(first[a], first[b])
    return Comparison(a, b, float(np.mean(gains)), only_a, only_b, raw if p is None else p, tuple(gains), seed)


def image_findings(results: Results) -> ImageFindings:
    """Section 2's facts. Raises ResultsError if every run of it diverged."""
    curves = results.curves[results.curves["experiment"] == "imagenet10"]
    predictions = results.predictions[results.predictions["experiment"] == "imagenet10"]
    classes = len(results.datasets["imagenet10"].record["classes"])
    evaluated = [model for model in MODELS if (predictions["variant"] == model).any()]
    if not evaluated:
        raise ResultsError("every run of imagenet10 diverged; section 2 cannot be written: train with another lr")
    pairs = [
        (a, b)
        for a, b in combinations(reversed(evaluated), 2)  # the CNN first
        if set(predictions[predictions["variant"] == a]["seed"]) & set(predictions[predictions["variant"] == b]["seed"])
    ]
    adjusted = holm([_compare(predictions, a, b).p for a, b in pairs])
    return ImageFindings(
        models={
            model: _model_findings(model, results, curves, predictions[predictions["variant"] == model], classes)
            for model in evaluated
        },
        comparisons=tuple(_compare(predictions, a, b, p) for (a, b), p in zip(pairs, adjusted, strict=True)),
        lost=tuple(model for model in MODELS if model not in evaluated),
    )


def _model_findings(
    model: str, results: Results, curves: pd.DataFrame, predictions: pd.DataFrame, classes: int
) -> ModelFindings:
    records = {
        run_id.seed: record
        for run_id, record in results.records.items()
        if (run_id.experiment, run_id.variant) == ("imagenet10", model)
    }
    whole = {seed: record for seed, record in records.items() if record["diverged_at"] is None}
    epochs = int(next(iter(records.values()))["config"]["epochs"])
    right = _right(predictions)
    accuracy = right.groupby(predictions["seed"]).mean()
    loss = _cross_entropy(predictions).groupby(predictions["seed"]).mean()
    first = predictions[predictions["seed"] == predictions["seed"].min()]
    first_right = _right(first)
    by_class = right.groupby(predictions["label"]).mean()
    confusion = np.zeros((classes, classes), dtype=int)
    np.add.at(confusion, (predictions["label"], predictions["predicted"]), 1)
    curves = curves[curves["variant"].eq(model) & curves["seed"].isin(whole)]

    def last(split: str, metric: str) -> float:
        return _mean(curves, model, epochs, split, metric)

    def mean_of(name: str, phase: str | None = None) -> float:
        return float(np.mean([r[name] if phase is None else r[name][phase] for r in whole.values()]))

    return ModelFindings(
        variant=model,
        epochs=epochs,
        seeds=len(whole),
        diverged=tuple((s, r["diverged_at"]) for s, r in records.items() if r["diverged_at"] is not None),
        test_images=len(first),
        test_loss=float(loss.mean()),
        test_loss_sd=sd(loss),
        test_acc=float(accuracy.mean()),
        test_acc_sd=sd(accuracy),
        seed=int(predictions["seed"].min()),
        correct=int(first_right.sum()),
        interval=wilson(int(first_right.sum()), len(first)),
        class_acc=tuple(float(by_class[c]) for c in range(classes)),
        class_interval=tuple(
            wilson(int(first_right[first["label"] == c].sum()), int((first["label"] == c).sum()))
            for c in range(classes)
        ),
        confusion=confusion,
        train_acc=last("train", "clean_acc"),
        train_loss=last("train", "clean_loss"),
        val_acc=last("val", "acc"),
        val_loss=last("val", "loss"),
        parameters=int(mean_of("parameters")),
        flops=int(mean_of("flops")),
        seconds_epoch=mean_of("seconds", "train") / epochs,
        seconds_run=sum(mean_of("seconds", phase) for phase in ("train", "measure", "test")),
    )
