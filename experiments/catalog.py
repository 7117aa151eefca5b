"""The experiments of the homework: every setting of every run. Free of torch.

A variant is one named configuration; a run is a variant trained from one seed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from experiments.code import code_digest
from experiments.config import Config, ImageConfig, SoftmaxConfig


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A question of the homework: its variants, the dataset they share, and the modules that decide their numbers."""

    name: str
    dataset: str
    variants: Mapping[str, Config]
    modules: tuple[str, ...]

    def code_of(self, variant: str) -> str:
        """Digest of the code that can change this variant's numbers; an image model's own file only for that model."""
        own = (variant,) if self.name == "imagenet10" else ()
        return code_digest((*self.modules, *own))

    def quick(self) -> "Experiment":
        """The same experiment on a small scale."""
        return replace(self, variants={name: config.shortened() for name, config in self.variants.items()})


SOFTMAX = Experiment(
    name="softmax",
    dataset="fashion-mnist",
    modules=("softmax", "train", "rng"),
    variants={name: SoftmaxConfig(model=name) for name in ("wrong", "double", "corrected", "reference")},
)

IMAGENET10 = Experiment(
    name="imagenet10",
    dataset="imagenet10",
    modules=("imagenet10", "augment", "muon", "train", "rng"),
    variants={
        "layer2nn": ImageConfig(
            model="layer2nn",
            epochs=30,
            batch_size=120,
            lr=1e-3,
            weight_decay=0.1,
            sizes=((1, 32),),
            eval_size=32,
            crop_area=(0.5, 1.0),
            ema=0.1,
        ),
        "mlp": ImageConfig(
            model="mlp",
            epochs=50,
            batch_size=90,
            lr=1e-3,
            weight_decay=0.1,
            sizes=((1, 32),),
            eval_size=32,
            eval_crop=0.92,
            crop_area=(0.5, 1.0),
            ema=0.1,
        ),
        "cnn": ImageConfig(
            model="cnn",
            epochs=50,
            batch_size=100,
            lr=3e-3,
            weight_decay=0.05,
            muon_lr=0.06,
            sizes=((1, 48), (21, 64), (43, 80)),
            eval_size=96,
            crop_area=(0.3, 1.0),
            colour_jitter=0.2,
            cutout=0.35,
            ema=0.05,
        ),
    },
)

EXPERIMENTS = (SOFTMAX, IMAGENET10)
