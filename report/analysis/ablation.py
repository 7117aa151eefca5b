"""What each ingredient of a recipe is worth: validation figures of one seed."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import pandas as pd

from experiments.catalog import ABLATION, LEFT_OUT, Experiment
from experiments.store.runs import RunId
from report.analysis.statistics import LEVEL
from report.results import Results


@dataclass(frozen=True)
class Outcome:
    """Accuracy and loss on the validation images after the last epoch, next to those of the model's own recipe."""

    model: str
    ingredient: str  # what was left out; "" for none
    acc: float
    loss: float
    own_acc: float  # of the model's own recipe, from seed 0
    own_loss: float
    images: int  # that were validated on

    @property
    def acc_change(self) -> float:
        return self.acc - self.own_acc

    @property
    def loss_change(self) -> float:
        return self.loss - self.own_loss

    @property
    def clear(self) -> bool:
        """Whether the accuracy changes by more than the choice of the validation images explains.

        As for two independent samples: too wide for the same images, so that nothing is called clear too soon.
        """
        variance = (self.acc * (1 - self.acc) + self.own_acc * (1 - self.own_acc)) / self.images
        return abs(self.acc_change) > math.sqrt(variance) * NormalDist().inv_cdf(1 - LEVEL / 2)


def left_out(results: Results) -> list[Outcome]:
    """For each model its own recipe, then that without each of its ingredients, as far as they were trained."""
    trained = _trained(results, ABLATION)
    rows = []
    for model in _models(results):
        own = _own_recipe(results, model)
        without = {name: config for name, config in LEFT_OUT.items() if config.model == model and name in trained}
        if own and without:
            rows.append(own)
            rows += [_outcome(results, own, ABLATION, name, config.without) for name, config in without.items()]
    return rows


def _models(results: Results) -> list[str]:
    return list(dict.fromkeys(run_id.variant for run_id in results.records if run_id.experiment == "imagenet10"))


def _trained(results: Results, experiment: Experiment) -> set[str]:
    table = results.ablation
    return set(table[table["experiment"] == experiment.name]["variant"])


def _own_recipe(results: Results, model: str) -> Outcome | None:
    if results.records[RunId("imagenet10", model, 0)]["diverged_at"] is not None:
        return None
    curves = results.curves
    run = curves[(curves["experiment"] == "imagenet10") & (curves["variant"] == model) & (curves["seed"] == 0)]
    acc, loss = _last(run, "acc"), _last(run, "loss")
    return Outcome(model, "", acc, loss, acc, loss, int(results.datasets["imagenet10"].record["images"]["val"]))


def _outcome(results: Results, own: Outcome, experiment: Experiment, variant: str, ingredient: str) -> Outcome:
    table = results.ablation
    run = table[(table["experiment"] == experiment.name) & (table["variant"] == variant)]
    return Outcome(own.model, ingredient, _last(run, "acc"), _last(run, "loss"), own.acc, own.loss, own.images)


def _last(curves: pd.DataFrame, metric: str) -> float:
    rows = curves[(curves["split"] == "val") & (curves["metric"] == metric)]
    return float(rows.sort_values("epoch")["value"].iloc[-1]) if len(rows) else math.nan
