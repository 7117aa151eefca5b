"""The experiments of the homework: every setting of every run. Free of torch.

A variant is one named configuration; a run is a variant trained from one seed. The recipe of an image model stands in
its own file; a new model is such a file (experiments/models/recipe.py says what it needs) and its name here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from experiments.code_digest import code_digest
from experiments.config import Config, ImageConfig, SoftmaxConfig
from experiments.models.recipe import recipes


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A question of the homework: its variants and the dataset they share."""

    name: str
    dataset: str
    variants: Mapping[str, Config]
    tested: bool = True  # False: evaluated on the validation images; no test image is seen
    seeds: int | None = None  # runs of each variant; None: as many as a build is asked for

    def code_of(self, variant: str) -> str:
        """Digest of the code that can change this variant's numbers: its trainer, its model, and all they import."""
        config = self.variants[variant]
        own = f"experiments.models.{config.model}" if isinstance(config, ImageConfig) else None
        return _code_of(config.trainer, own)

    def quick(self) -> "Experiment":
        """The same experiment on a small scale."""
        return replace(self, variants={name: config.shortened() for name, config in self.variants.items()})

    def drawn_from(self, series: str) -> "Experiment":
        """The same experiment with seeds from a series; "" for the seeds 0, 1, 2 …"""
        return replace(self, variants={name: replace(config, series=series) for name, config in self.variants.items()})


@cache
def _code_of(trainer: str, model: str | None) -> str:
    return code_digest((trainer, "experiments.training.loop"), model)


SOFTMAX = Experiment(
    name="softmax",
    dataset="fashion-mnist",
    variants={
        **{name: SoftmaxConfig(model=name) for name in ("wrong", "double", "corrected", "reference")},
        # K times the rate makes up for 1/K of the gradient, at first.
        "wrong-lr10": SoftmaxConfig(model="wrong", lr=1.0),
    },
)

IMAGE_MODELS = recipes("layer2nn", "mlp", "cnn")
IMAGENET10 = Experiment(name="imagenet10", dataset="imagenet10", variants=IMAGE_MODELS)

EXPERIMENTS = (SOFTMAX, IMAGENET10)


def _left_out() -> dict[str, ImageConfig]:
    """Each model's recipe without one of its ingredients, under "model-ingredient"; `without` names the ingredient."""
    variants = {}
    for model, config in IMAGE_MODELS.items():
        last = config.sizes[-1][1]
        ingredients: dict[str, dict[str, Any]] = {
            "crops": {"crop_area": (1.0, 1.0), "crop_ratio": 1.0, "eval_size": last, "eval_crop": 1.0},
            "jitter": {"colour_jitter": 0.0},
            "cutmix": {"cutmix": 0.0},
            "unmixed": {"unmixed_epochs": 0},
            "smoothing": {"label_smoothing": 0.0},
            "decay": {"weight_decay": 0.0},
            "filters": {"filter_norm": 0.0, "filter_lr": 0.0},
            "whitening": {"whitening": False},
            "muon": {"muon_lr": 0.0},
            "growth": {"sizes": ((1, last),)},
            "zoom": {"eval_size": last, "eval_crop": 1.0},
            "warmup": {"warmup": 0.0},
            "average": {"ema": 0.0},
        }
        for ingredient, changes in ingredients.items():
            without = replace(config, **changes)
            if without != config:
                variants[f"{model}-{ingredient}"] = replace(without, without=ingredient)
    return variants


EQUAL_TO = "mlp"  # the model whose epochs, views and labels the others get


def _equal_terms() -> dict[str, ImageConfig]:
    """Every other model with the MLP's epochs, views and labels but its own optimizer, under the model's name."""
    views = "sizes eval_size eval_crop crop_area crop_ratio colour_jitter cutmix unmixed_epochs".split()
    same = {name: getattr(IMAGE_MODELS[EQUAL_TO], name) for name in ("epochs", *views, "label_smoothing")}
    return {model: replace(config, **same) for model, config in IMAGE_MODELS.items() if model != EQUAL_TO}


LEFT_OUT = _left_out()
ABLATIONS = (*IMAGE_MODELS, "all")
ABLATION = Experiment(name="ablation", dataset="imagenet10", variants=LEFT_OUT, tested=False, seeds=1)
# Not under "equal-terms", where earlier versions kept runs that were evaluated on the validation images.
EQUAL_TERMS = Experiment(name="same-terms", dataset="imagenet10", variants=_equal_terms())


def ablation(part: str) -> Experiment:
    """The recipes without an ingredient that one of ABLATIONS names: a model's, or all."""
    chosen = {name: config for name, config in LEFT_OUT.items() if part in (config.model, "all")}
    return replace(ABLATION, variants=chosen)
