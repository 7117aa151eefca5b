"""What each ingredient of a recipe is worth, and the models on equal terms: validation figures of one seed."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import pandas as pd

from experiments.store import RunId
from report.findings import MODELS
from report.results import Results
from report.statistics import LEVEL


@dataclass(frozen=True)
class Outcome:
    """Accuracy and loss on the validation images after the last epoch, and against the full recipe from seed 0."""

    model: str
    ingredient: str  # what was left out; "" for the full recipe
    acc: float
    loss: float
    acc_change: float = 0.0
    loss_change: float = 0.0
    clear: bool = False  # whether the change in accuracy is more than the choice of the images explains


def left_out(results: Results) -> list[Outcome]:
    """For each model its full recipe, then the recipe without each of its ingredients, as far as they were trained."""
    rows = []
    for model in MODELS:
        full = _full(results, model)
        variants = [v for v in results.ablation["variant"].unique() if v.startswith(f"{model}-")]
        if full and variants:
            rows += [full, *(_against(results, full, variant, variant.partition("-")[2]) for variant in variants)]
    return rows


def equal_terms(results: Results) -> list[Outcome]:
    """The three models under the MLP's recipe, each against its own; empty unless all were trained."""
    rows = []
    for model in MODELS:
        full = _full(results, model)
        if full and model == "mlp":
            rows.append(full)
        elif full and f"equal-{model}" in set(results.ablation["variant"]):
            rows.append(_against(results, full, f"equal-{model}", ""))
    return rows if len(rows) == len(MODELS) else []


def _full(results: Results, model: str) -> Outcome | None:
    if results.records[RunId("imagenet10", model, 0)]["diverged_at"] is not None:
        return None
    curves = results.curves
    mine = curves[(curves["experiment"] == "imagenet10") & (curves["variant"] == model) & (curves["seed"] == 0)]
    return Outcome(model, "", _last(mine, "acc"), _last(mine, "loss"))


def _against(results: Results, full: Outcome, variant: str, ingredient: str) -> Outcome:
    mine = results.ablation[results.ablation["variant"] == variant]
    acc, loss = _last(mine, "acc"), _last(mine, "loss")
    images = results.datasets["imagenet10"].record["images"]["val"]
    # As of two independent samples: too wide for the same images, so that nothing is called clear too soon.
    width = math.sqrt((acc * (1 - acc) + full.acc * (1 - full.acc)) / images) * NormalDist().inv_cdf(1 - LEVEL / 2)
    return Outcome(full.model, ingredient, acc, loss, acc - full.acc, loss - full.loss, abs(acc - full.acc) > width)


def _last(curves: pd.DataFrame, metric: str) -> float:
    mine = curves[(curves["split"] == "val") & (curves["metric"] == metric)]
    return float(mine.sort_values("epoch")["value"].iloc[-1]) if len(mine) else math.nan
