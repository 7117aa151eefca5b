"""Facts computed from the tables, with verdicts; no prose.

Every number that the report's text states about the results comes from here. A sentence that compares is
chosen by a verdict: supported, contradicted or undecided.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from report.results import Results, ResultsError
from report.statistics import (
    LEVEL,
    Verdict,
    bootstrap_gain,
    calibration_error,
    fisher,
    holm,
    mcnemar,
    reliability,
    sd,
    smallest_gain,
    wilson,
)

MODELS = ("layer2nn", "mlp", "cnn")
DOUBLE = ("wrong", "double", "wrong-lr10")  # the softmax variants that apply softmax twice
NUM_CLASSES = 10
SHOWN_CONFUSIONS = 3  # of each model, at most
# Float32 rounding differs between two spellings of the same formula by about 1e-7 a step and adds up.
SAME_LOSS = 1e-4
LOST = 0.01  # a class of whose test images a smaller share is recognised counts as not learnt


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
    lost: tuple[tuple[int, ...], ...]  # by seed: the classes that are not learnt (LOST)


@dataclass(frozen=True)
class Comparison:
    """Variant a against b on the same test images.

    gain: accuracy of a minus b, mean over seeds; interval: its bootstrap over seeds and images. only_a, only_b, p:
    exact McNemar on the first seed, chosen before training; p is Holm-adjusted where several pairs are compared.
    reach: the smallest gain that this test could well have found; NaN if the two agree too often for any.
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
    reach: float

    @property
    def out_of_reach(self) -> bool:
        return math.isnan(self.reach)

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
class HigherRate:
    """`wrong` with a learning rate `factor` times as large. Accuracies and gradients are means over seeds."""

    lr: float
    factor: float
    start: float  # factor · its gradient norm at the logits over that of corrected: how much of a step it makes
    end: float
    recovered: float | None  # share, after epoch 1, of the validation accuracy that wrong lacks; None if it lacks none
    gain: Comparison  # against wrong; Holm-adjusted with the next
    remainder: Comparison  # corrected against it

    @property
    def early(self) -> Verdict:
        """Whether it undoes most of the damage early: at least three quarters of it within one epoch."""
        if self.recovered is None:
            return "undecided"
        return "supported" if self.recovered >= 0.75 else "contradicted"


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
    higher_rate: HigherRate
    diverged: tuple[tuple[str, int, int], ...]  # (variant, seed, epoch); these seeds are left out of this section

    @property
    def above_floor(self) -> float:
        """How far the training loss of wrong ends above the smallest loss there can be, in nats."""
        return self.variants["wrong"].train_loss - self.theory.floor

    @property
    def train_error(self) -> float:
        """Share of the training images that wrong gets wrong at the end; its own loss, if it is certain each time, is
        that much above the floor."""
        return 1 - self.variants["wrong"].train_acc

    @property
    def starving(self) -> Verdict:
        """Whether the second softmax keeps whole classes from being learnt: some in every seed, none of corrected's."""
        wrong, corrected = self.variants["wrong"].lost, self.variants["corrected"].lost
        if not any(wrong):
            return "contradicted"
        return "supported" if all(wrong) and not any(corrected) else "undecided"

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


@dataclass(frozen=True)
class Calibration:
    """Whether a model is right as often as it says.

    ece: expected calibration error, mean over seeds, with its sd. images, bin_confidence, bin_accuracy (BINS,): all
    seeds together. confidence, accuracy, interval (Wilson): of the run that stands for the model.
    """

    ece: float
    ece_sd: float
    images: tuple[int, ...]
    bin_confidence: tuple[float, ...]
    bin_accuracy: tuple[float, ...]
    confidence: float
    accuracy: float
    interval: tuple[float, float]

    @property
    def overconfident(self) -> Verdict:
        """Whether it promises more than it holds: decided only if the mean confidence is outside the interval."""
        if self.interval[0] <= self.confidence <= self.interval[1]:
            return "undecided"
        return "supported" if self.confidence > self.accuracy else "contradicted"


@dataclass(frozen=True)
class Mistake:
    """A test image that a run took for another class, with the probability that it gave that class."""

    sample: int  # in the dataset
    place: int  # among the test images
    label: int
    predicted: int
    confidence: float


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
    class_pairs: tuple[ClassComparison, ...]  # every pair of classes, that seed
    calibration: Calibration
    mistakes: tuple[Mistake, ...]  # of that seed, the most confident first
    confusion: np.ndarray  # counts [label, predicted], summed over seeds
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
        """Whether it knows its training images better than others: by more than chance could do to the validation."""
        low, high = wilson(round(self.val_acc * self.val_images), self.val_images)
        if low <= self.train_acc <= high:
            return "undecided"
        return "supported" if self.train_acc > high else "contradicted"

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
    def flawless(self) -> bool:
        """Whether it makes no mistake on the test images."""
        return int(np.trace(self.confusion)) == int(self.confusion.sum())


@dataclass(frozen=True)
class Pace:
    """When the residual MLP's validation accuracy reaches that of the 2-layer NN after its last epoch."""

    epoch: int | None  # of the MLP; None if it never does
    epochs: int  # of the 2-layer NN
    acc: float


@dataclass(frozen=True)
class ImageFindings:
    models: dict[str, ModelFindings]  # those with at least one seed that did not diverge
    comparisons: tuple[Comparison, ...]  # of all pairs of models, Holm-adjusted
    lost: tuple[str, ...]  # models whose every seed diverged
    pace: Pace | None  # None if one of the two diverged

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
                low, high = c.interval
                return replace(
                    c, a=a, b=b, gain=-c.gain, only_a=c.only_b, only_b=c.only_a,
                    gains=tuple(-g for g in c.gains), interval=(-high, -low),
                )  # fmt: skip
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


def softmax_findings(results: Results) -> SoftmaxFindings:
    """Section 1's facts, from the seeds of which no variant diverged: all are compared from equal weights.

    Raises ResultsError if there is no such seed.
    """
    mine = {run_id: record for run_id, record in results.records.items() if run_id.experiment == "softmax"}
    diverged = tuple(
        (r.variant, r.seed, rec["diverged_at"]) for r, rec in mine.items() if rec["diverged_at"] is not None
    )
    seeds = {run_id.seed for run_id in mine} - {seed for _, seed, _ in diverged}
    if not seeds:
        names = ", ".join(f"softmax/{variant}/seed-{seed}" for variant, seed, _ in diverged)
        raise ResultsError(f"{names} diverged; section 1 cannot be written without a whole seed: train more --seeds")
    curves, predictions, steps = (
        table[(table["experiment"] == "softmax") & table["seed"].isin(seeds)]
        for table in (results.curves, results.predictions, results.steps)
    )
    theory = DoubleSoftmaxTheory(NUM_CLASSES)
    epochs = int(curves["epoch"].max())
    double = curves[curves["variant"].isin(DOUBLE) & (curves["metric"] == "loss")]["value"]
    double_steps = steps[steps["variant"].isin(DOUBLE)]["loss"]
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
        higher_rate=_higher_rate(
            {run_id.variant: record["config"]["lr"] for run_id, record in mine.items()}, curves, predictions, epochs
        ),
        diverged=diverged,
    )


def _higher_rate(lrs: Mapping[str, float], curves: pd.DataFrame, predictions: pd.DataFrame, epochs: int) -> HigherRate:
    name = "wrong-lr10"
    factor = lrs[name] / lrs["wrong"]

    def ratio(epoch: int) -> float:
        norms = _at(curves, epoch, "val", "grad_norm")
        return factor * float((norms[name] / norms["corrected"]).mean())

    after_one = {variant: _mean(curves, variant, 1, "val", "acc") for variant in ("wrong", name, "corrected")}
    lacking = after_one["corrected"] - after_one["wrong"]
    gain, remainder = _compare_all(predictions, [(name, "wrong"), ("corrected", name)])
    return HigherRate(
        lr=lrs[name],
        factor=factor,
        start=ratio(0),
        end=ratio(epochs),
        recovered=(after_one[name] - after_one["wrong"]) / lacking if lacking > 0 else None,
        gain=gain,
        remainder=remainder,
    )


def _at(curves: pd.DataFrame, epoch: int, split: str, metric: str) -> pd.DataFrame:
    """Values at one epoch: a row a seed, a column a variant."""
    rows = curves[(curves["epoch"] == epoch) & (curves["split"] == split) & (curves["metric"] == metric)]
    return rows.pivot(index="seed", columns="variant", values="value")


def _mean(curves: pd.DataFrame, variant: str, epoch: int, split: str, metric: str) -> float:
    return float(_at(curves, epoch, split, metric)[variant].mean())


def _by_epoch(curves: pd.DataFrame, split: str, metric: str) -> pd.Series:
    """The mean over seeds, epoch by epoch, of one model's curves."""
    return curves[curves["split"].eq(split) & curves["metric"].eq(metric)].groupby("epoch")["value"].mean()


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
        lost=tuple(lost_classes(of_seed) for _, of_seed in mine.groupby("seed")),
    )


def lost_classes(predictions: pd.DataFrame) -> tuple[int, ...]:
    """The labels of whose images less than a share of LOST is recognised; one run's label and predicted."""
    recall = _right(predictions).groupby(predictions["label"]).mean()
    return tuple(int(label) for label in recall.index[recall < LOST])


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


def _compare(predictions: pd.DataFrame, a: str, b: str, pairs: int = 1) -> Comparison:
    """a against b, one of so many pairs that are compared; its p is not adjusted yet."""
    right = _right(predictions)
    table = predictions.assign(right=right).pivot(index=["seed", "sample"], columns="variant", values="right")
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
        reach=smallest_gain(len(first), only_a + only_b, LEVEL / pairs),  # Holm's level for the smallest p
    )


def _compare_all(predictions: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> tuple[Comparison, ...]:
    """Every pair, with Holm-adjusted p."""
    comparisons = [_compare(predictions, a, b, len(pairs)) for a, b in pairs]
    adjusted = holm([comparison.p for comparison in comparisons])
    return tuple(replace(c, p=p) for c, p in zip(comparisons, adjusted, strict=True))


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
    models = {
        model: _model_findings(model, results, curves, predictions[predictions["variant"] == model], classes)
        for model in evaluated
    }
    return ImageFindings(
        models=models,
        comparisons=_compare_all(predictions, pairs),
        lost=tuple(model for model in MODELS if model not in evaluated),
        pace=_pace(models["layer2nn"], models["mlp"], curves) if {"layer2nn", "mlp"} <= models.keys() else None,
    )


def _pace(two: ModelFindings, mlp: ModelFindings, curves: pd.DataFrame) -> Pace:
    mine = curves[curves["variant"].eq("mlp") & ~curves["seed"].isin([seed for seed, _ in mlp.diverged])]
    accuracy = _by_epoch(mine, "val", "acc")
    reached = accuracy.index[accuracy >= two.val_acc]
    return Pace(int(reached.min()) if len(reached) else None, two.epochs, two.val_acc)


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
    by_label = [(int(first_right[first["label"] == c].sum()), int((first["label"] == c).sum())) for c in range(classes)]
    confusion = np.zeros((classes, classes), dtype=int)
    np.add.at(confusion, (predictions["label"], predictions["predicted"]), 1)
    curves = curves[curves["variant"].eq(model) & curves["seed"].isin(whole)]
    val_losses = _by_epoch(curves, "val", "loss")

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
        class_interval=tuple(wilson(hits, images) for hits, images in by_label),
        class_pairs=_class_pairs(by_label),
        calibration=_calibration(predictions),
        mistakes=_mistakes(first),
        confusion=confusion,
        train_acc=last("train", "clean_acc"),
        train_loss=last("train", "clean_loss"),
        val_acc=last("val", "acc"),
        val_images=int(results.datasets["imagenet10"].record["images"]["val"]),
        val_loss=last("val", "loss"),
        val_lowest_epoch=int(val_losses.index.to_numpy()[val_losses.to_numpy().argmin()]),
        val_rise=float(val_losses.loc[epochs] - val_losses.min()),
        parameters=int(mean_of("parameters")),
        flops=int(mean_of("flops")),
        seconds_epoch=mean_of("seconds", "train") / epochs,
        seconds_run=sum(mean_of("seconds", phase) for phase in ("train", "measure", "test")),
    )


def _class_pairs(by_label: list[tuple[int, int]]) -> tuple[ClassComparison, ...]:
    """Every pair of classes; by_label: images recognised and images, class by class."""
    pairs = list(combinations(range(len(by_label)), 2))
    adjusted = holm([fisher(*by_label[a], *by_label[b]) for a, b in pairs])
    accuracy = [hits / images for hits, images in by_label]
    return tuple(ClassComparison(a, b, accuracy[a] - accuracy[b], p) for (a, b), p in zip(pairs, adjusted, strict=True))


def _calibration(predictions: pd.DataFrame) -> Calibration:
    runs = [run for _, run in predictions.groupby("seed")]
    errors = [calibration_error(run["p_predicted"], _right(run)) for run in runs]
    images, confidence, accuracy = reliability(predictions["p_predicted"], _right(predictions))
    right = _right(runs[0])
    return Calibration(
        ece=float(np.mean(errors)),
        ece_sd=sd(errors),
        images=tuple(images.tolist()),
        bin_confidence=tuple(confidence.tolist()),
        bin_accuracy=tuple(accuracy.tolist()),
        confidence=float(runs[0]["p_predicted"].mean()),
        accuracy=float(right.mean()),
        interval=wilson(int(right.sum()), len(right)),
    )


def _mistakes(run: pd.DataFrame) -> tuple[Mistake, ...]:
    """The mistakes of one run, the most confident first."""
    run = run.sort_values("sample").reset_index(drop=True)
    wrong = run[~_right(run)].sort_values("p_predicted", ascending=False, kind="stable")
    columns = [wrong[name].tolist() for name in ("sample", "label", "predicted", "p_predicted")]
    return tuple(
        Mistake(sample, place, label, predicted, confidence)
        for place, sample, label, predicted, confidence in zip(wrong.index.tolist(), *columns, strict=True)
    )
