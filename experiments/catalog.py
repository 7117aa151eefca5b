"""The experiments of the homework: every setting of every run. Free of torch.

A variant is one named configuration; a run is a variant trained from one seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from experiments.code import code_digest
from experiments.config import Config, ImageConfig, SoftmaxConfig


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A question of the homework: its variants, the dataset they share, and the modules that decide their numbers."""

    name: str
    dataset: str
    variants: Mapping[str, Config]
    modules: tuple[str, ...]
    tested: bool = True  # False: one seed, on the validation images in the place of the test images

    def code_of(self, variant: str) -> str:
        """Digest of the code that can change this variant's numbers; an image model's own file only for that model."""
        config = self.variants[variant]
        own = (config.model,) if isinstance(config, ImageConfig) else ()
        return code_digest((*self.modules, *own))

    def quick(self) -> "Experiment":
        """The same experiment on a small scale."""
        return replace(self, variants={name: config.shortened() for name, config in self.variants.items()})


SOFTMAX = Experiment(
    name="softmax",
    dataset="fashion-mnist",
    modules=("softmax", "train", "rng"),
    variants={
        **{name: SoftmaxConfig(model=name) for name in ("wrong", "double", "corrected", "reference")},
        # K times the rate makes up for 1/K of the gradient, at first.
        "wrong-lr10": SoftmaxConfig(model="wrong", lr=1.0),
    },
)

IMAGENET10 = Experiment(
    name="imagenet10",
    dataset="imagenet10",
    modules=("imagenet10", "augment", "dropout", "gabor", "whitening", "muon", "train", "rng"),
    variants={
        "layer2nn": ImageConfig(
            model="layer2nn",
            epochs=30,
            batch_size=240,
            lr=2e-3,
            weight_decay=0.1,
            sizes=((1, 24),),
            eval_size=24,
            crop_area=(0.5, 1.0),
            filter_norm=2.4,
            filter_lr=6e-4,
            ema=0.1,
        ),
        "mlp": ImageConfig(
            model="mlp",
            epochs=50,
            batch_size=600,
            lr=3.6e-3,
            weight_decay=0.1,
            sizes=((1, 24),),
            eval_size=24,
            eval_crop=0.92,
            crop_area=(0.4, 1.0),
            filter_norm=2.4,
            filter_lr=5e-4,
            ema=0.1,
        ),
        "cnn": ImageConfig(
            model="cnn",
            epochs=50,
            batch_size=100,
            lr=3e-3,
            weight_decay=0.05,
            muon_lr=0.06,
            whitening=True,
            sizes=((1, 48), (16, 64), (31, 80), (41, 96)),
            eval_size=112,
            eval_crop=0.92,
            crop_area=(0.25, 1.0),
            colour_jitter=0.3,
            cutmix=0.5,
            unmixed_epochs=8,
            label_smoothing=0.02,
            ema=0.05,
        ),
    },
)

EXPERIMENTS = (SOFTMAX, IMAGENET10)


def _left_out() -> dict[str, Config]:
    """Each model's recipe without one of its ingredients, under "model-ingredient"."""
    variants: dict[str, Config] = {}
    for model, config in IMAGENET10.variants.items():
        assert isinstance(config, ImageConfig)
        last = config.sizes[-1][1]
        ingredients: dict[str, dict[str, Any]] = {
            "crops": {"crop_area": (1.0, 1.0), "crop_ratio": 1.0, "eval_size": last, "eval_crop": 1.0},
            "jitter": {"colour_jitter": 0.0},
            "cutout": {"cutout": 0.0},
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
                variants[f"{model}-{ingredient}"] = without
    return variants


def _equal_terms() -> dict[str, Config]:
    """The two other models with the MLP's epochs, views and labels but their own optimizer, under "equal-model"."""
    views = "sizes eval_size eval_crop crop_area crop_ratio colour_jitter cutout cutmix unmixed_epochs".split()
    same = {name: getattr(IMAGENET10.variants["mlp"], name) for name in ("epochs", *views, "label_smoothing")}
    return {f"equal-{model}": replace(IMAGENET10.variants[model], **same) for model in ("layer2nn", "cnn")}


ABLATIONS = (*IMAGENET10.variants, "all")
ABLATION = Experiment(
    name="ablation",
    dataset="imagenet10",
    modules=IMAGENET10.modules,
    variants={**_left_out(), **_equal_terms()},
    tested=False,
)


EQUAL_TERMS = replace(ABLATION, variants=_equal_terms())  # the part of it that belongs to every report


def ablation(part: str) -> Experiment:
    """The recipes without an ingredient that one of ABLATIONS names: a model's, or all."""
    chosen = {name: c for name, c in _left_out().items() if part in (name.partition("-")[0], "all")}
    return replace(ABLATION, variants=chosen)
