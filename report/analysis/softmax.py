"""Section 1's facts: what a second softmax does, by the formulas and as measured."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.rules import MARGINS
from report.analysis.comparison import Comparison, adjusted
from report.analysis.every_seed import EverySeed, every_seed
from report.analysis.measurements import mean_over_seeds, values_at
from report.analysis.statistics import Verdict, sd
from report.analysis.theory import NUM_CLASSES, DoubleSoftmaxTheory
from report.results import Results
from report.selection import ResultsError

HIGHER = "wrong-lr10"
DOUBLE = ("wrong", "double", HIGHER)  # the softmax variants that apply softmax twice
# Float32 rounding differs between two spellings of the same formula by about 1e-7 a step and adds up.
SAME_LOSS = 1e-4


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
    accuracies: tuple[float, ...]  # on the test split, by seed
    recalls: tuple[tuple[float, ...], ...]  # by seed, of each class
    unlearned_classes: tuple[tuple[int, ...], ...]  # by seed: the labels with a recall below MIN_RECALL
    never_predicted: tuple[tuple[int, ...], ...]  # by seed: the labels given to no test image


@dataclass(frozen=True)
class HigherRate:
    """`wrong` with a learning rate `factor` times as large. Accuracies and gradients are means over seeds."""

    lr: float
    factor: float
    initial_step_ratio: float  # factor · its gradient norm at the logits over that of corrected, before the first step
    final_step_ratio: float  # the same after the last epoch
    recovered: float | None  # share, after epoch 1, of the validation accuracy that wrong lacks; None if it lacks none
    gain: Comparison  # against wrong
    remainder: Comparison  # corrected against it

    @property
    def gap_closed_in_epoch_1(self) -> Verdict:
        """Whether at least three quarters of the gap between wrong and corrected are closed after one epoch."""
        if self.recovered is None:
            return "undecided"
        return "supported" if self.recovered >= 0.75 else "contradicted"


@dataclass(frozen=True)
class SoftmaxFindings:
    theory: DoubleSoftmaxTheory
    variants: dict[str, SoftmaxVariant]
    seeds: tuple[int, ...]  # of accuracies, comparisons and classes; curves and losses are of the first of them
    agreements: tuple[Agreement, ...]
    lowest: float  # of all double-softmax losses recorded, batches and epochs
    highest: float
    recorded: int
    start_ratio: float  # gradient of wrong over corrected at initialisation, mean over seeds
    correction: Comparison  # corrected against wrong; Holm-adjusted with the two of the higher rate
    catch_up: tuple[
        int | None, ...
    ]  # by seed: first epoch in which wrong is as good on validation as corrected after 1
    plateau_shares: dict[str, tuple[float, ...]]  # variant → by seed: share of its loss's fall in the first half
    half: int  # the last epoch of that half
    epochs: int
    higher_rate: HigherRate
    diverged: tuple[tuple[str, int, int], ...]  # (variant, seed, epoch); these seeds are left out of this section

    @property
    def above_floor(self) -> float:
        """How far the training loss of wrong ends above the smallest loss there can be, in nats."""
        return self.variants["wrong"].train_loss - self.theory.floor

    @property
    def train_error(self) -> float:
        """Final training error of wrong."""
        return 1 - self.variants["wrong"].train_acc

    @property
    def cost_of_errors(self) -> float:
        """What the training errors of wrong add to its mean loss at least, in nats."""
        return self.train_error * self.theory.least_cost_of_an_error

    @property
    def share_of_unlearned(self) -> float | None:
        """What the classes that wrong leaves unlearned make up of the accuracy that it lacks; None if it lacks none.

        Seed by seed the recall that corrected has of these classes and wrong has not, over all classes, each as large.
        """
        wrong, corrected = self.variants["wrong"], self.variants["corrected"]
        if self.correction.gain <= 0:
            return None
        lost = [
            (theirs[label] - mine[label]) / len(mine)
            for mine, theirs, labels in zip(wrong.recalls, corrected.recalls, wrong.unlearned_classes, strict=True)
            for label in labels
        ]
        return sum(lost) / len(self.seeds) / self.correction.gain

    @property
    def mostly_unlearned(self) -> bool:
        """Whether those classes are most of what wrong lacks."""
        return self.share_of_unlearned is not None and self.share_of_unlearned > 0.5

    @property
    def unlearned_exceed_the_gap(self) -> bool:
        """Whether they cost more than wrong lacks, so that it is better on the others."""
        return self.share_of_unlearned is not None and self.share_of_unlearned > 1

    @property
    def some_classes_unlearned(self) -> Verdict:
        """Whether the second softmax leaves classes unlearned: some in every seed, while corrected has none in any."""
        wrong, corrected = (self.variants[name].unlearned_classes for name in ("wrong", "corrected"))
        if not any(wrong):
            return "contradicted"
        return "supported" if all(wrong) and not any(corrected) else "undecided"

    @property
    def seeds_caught_up(self) -> int:
        """Seeds in which wrong ever has the validation accuracy that corrected has after one epoch."""
        return sum(epoch is not None for epoch in self.catch_up)

    @property
    def catches_up_late(self) -> bool:
        """Whether wrong needs more than one epoch for that in every seed in which it succeeds."""
        return all(epoch is None or epoch > 1 for epoch in self.catch_up)

    @property
    def latest_catch_up(self) -> int:
        """The last of the epochs in which it succeeds; 0 where it never does."""
        return max((epoch for epoch in self.catch_up if epoch is not None), default=0)

    @property
    def plateau_share(self) -> dict[str, float]:
        """Variant → share of the fall in its training loss that comes in the first half of the epochs, over seeds."""
        return {variant: float(np.mean(shares)) for variant, shares in self.plateau_shares.items()}

    @property
    def flatter_than_corrected(self) -> Verdict:
        """Whether the loss of wrong flattens sooner than that of corrected: a larger share early on, in every seed."""
        pairs = list(zip(self.plateau_shares["wrong"], self.plateau_shares["corrected"], strict=True))
        if all(wrong > corrected for wrong, corrected in pairs):
            return "supported"
        return "contradicted" if all(wrong <= corrected for wrong, corrected in pairs) else "undecided"

    @property
    def range_used(self) -> float:
        """Share of the range between chance and floor that the training loss of wrong has covered."""
        return (self.theory.chance - self.variants["wrong"].train_loss) / self.theory.loss_range

    @property
    def losses_within_bounds(self) -> Verdict:
        """Whether every recorded double-softmax loss lies between floor and ceiling (to float32 rounding)."""
        slack = 1e-6
        inside = self.theory.floor - slack <= self.lowest and self.highest <= self.theory.ceiling + slack
        return "supported" if inside else "contradicted"

    @property
    def initial_ratio_as_predicted(self) -> Verdict:
        """Whether the gradients begin in a ratio of about 1/K: exact at uniform p, near it at small random weights."""
        close = abs(self.start_ratio / self.theory.start_ratio - 1) < 0.1
        return "supported" if close else "contradicted"


def softmax_findings(results: Results) -> SoftmaxFindings:
    """Section 1's facts, from the seeds of which no variant diverged: all are compared from equal weights.

    Raises ResultsError if there is no such seed.
    """
    softmax_records = {run_id: record for run_id, record in results.records.items() if run_id.experiment == "softmax"}
    diverged = tuple(
        (r.variant, r.seed, rec["diverged_at"]) for r, rec in softmax_records.items() if rec["diverged_at"] is not None
    )
    seeds = {run_id.seed for run_id in softmax_records} - {seed for _, seed, _ in diverged}
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
    initial = values_at(curves, 0, "val", "grad_norm")
    half = max(1, epochs // 2)
    pairs = [("corrected", "wrong"), (HIGHER, "wrong"), ("corrected", HIGHER)]
    every = every_seed(results, seeds)
    correction, gain, remainder = adjusted([every.compare(a, b, MARGINS["softmax"]) for a, b in pairs])
    rates = {run_id.variant: record["config"]["lr"] for run_id, record in softmax_records.items()}
    return SoftmaxFindings(
        theory=theory,
        variants={name: _softmax_variant(name, curves, every, epochs) for name in curves["variant"].unique()},
        seeds=every.seeds,
        agreements=(
            _agreement("wrong", "double", steps, predictions),
            _agreement("corrected", "reference", steps, predictions),
        ),
        lowest=float(recorded.min()),
        highest=float(recorded.max()),
        recorded=len(recorded),
        start_ratio=float((initial["wrong"] / initial["corrected"]).mean()),
        correction=correction,
        catch_up=tuple(_catch_up(curves[curves["seed"] == seed]) for seed in sorted(seeds)),
        plateau_shares={name: _plateau_shares(curves, name, half, epochs) for name in ("wrong", "corrected")},
        half=half,
        epochs=epochs,
        higher_rate=_higher_rate(rates, curves, epochs, gain, remainder),
        diverged=diverged,
    )


def _catch_up(curves: pd.DataFrame) -> int | None:
    """The first epoch in which wrong is as good on validation as corrected after one, from the curves of one seed."""
    acc = curves[(curves["split"] == "val") & (curves["metric"] == "acc")]
    wrong, corrected = (acc[acc["variant"] == name].set_index("epoch")["value"] for name in ("wrong", "corrected"))
    reached = wrong.index[(wrong >= corrected[1]) & (wrong.index > 0)]
    return int(reached.min()) if len(reached) else None


def _plateau_shares(curves: pd.DataFrame, variant: str, half: int, epochs: int) -> tuple[float, ...]:
    """By seed: the share of the fall in a variant's training loss that comes by the epoch `half`; NaN if it rose."""
    own = curves[(curves["variant"] == variant) & (curves["split"] == "train") & (curves["metric"] == "loss")]
    losses = own.pivot(index="seed", columns="epoch", values="value")
    fall = losses[0] - losses[epochs]
    return tuple(((losses[0] - losses[half]) / fall.where(fall > 0)).tolist())


def _higher_rate(
    lrs: Mapping[str, float], curves: pd.DataFrame, epochs: int, gain: Comparison, remainder: Comparison
) -> HigherRate:
    name = HIGHER
    factor = lrs[name] / lrs["wrong"]

    def ratio(epoch: int) -> float:
        norms = values_at(curves, epoch, "val", "grad_norm")
        return factor * float((norms[name] / norms["corrected"]).mean())

    after_one = {variant: mean_over_seeds(curves, variant, 1, "val", "acc") for variant in ("wrong", name, "corrected")}
    lacking = after_one["corrected"] - after_one["wrong"]
    return HigherRate(
        lr=lrs[name],
        factor=factor,
        initial_step_ratio=ratio(0),
        final_step_ratio=ratio(epochs),
        recovered=(after_one[name] - after_one["wrong"]) / lacking if lacking > 0 else None,
        gain=gain,
        remainder=remainder,
    )


def _softmax_variant(name: str, curves: pd.DataFrame, every: EverySeed, epochs: int) -> SoftmaxVariant:
    accuracy = every.right(name).mean(axis=1)
    return SoftmaxVariant(
        variant=name,
        train_loss=mean_over_seeds(curves, name, epochs, "train", "loss"),
        val_loss=mean_over_seeds(curves, name, epochs, "val", "loss"),
        train_acc=mean_over_seeds(curves, name, epochs, "train", "acc"),
        val_acc=mean_over_seeds(curves, name, epochs, "val", "acc"),
        test_acc=float(accuracy.mean()),
        test_acc_sd=sd(accuracy),
        cross_entropy=float(np.mean(every.cross_entropy[name])),
        first_loss=mean_over_seeds(curves, name, 0, "train", "loss"),
        grad_start=mean_over_seeds(curves, name, 0, "val", "grad_norm"),
        grad_end=mean_over_seeds(curves, name, epochs, "val", "grad_norm"),
        accuracies=tuple(accuracy.tolist()),
        recalls=tuple(map(tuple, every.recalls(name).tolist())),
        unlearned_classes=every.unlearned(name),
        never_predicted=every.never_predicted(name),
    )


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
