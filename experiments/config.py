"""The settings that decide one run except its seed. Free of torch: the report reads them too."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Self


def _require(condition: bool, name: str, value: object, allowed: str) -> None:
    if not condition:
        raise ValueError(f"{name} must be {allowed}, got {value!r}")


@dataclass(frozen=True, kw_only=True)
class Config:
    """What every run has. lr is the peak rate; quick marks a shortened run, which never mixes with full ones.

    series: what the random numbers of run 0, 1, 2 … are drawn from; empty where the run's number itself is the seed.
    """

    trainer: ClassVar[str]  # the module that trains such runs

    model: str
    epochs: int
    batch_size: int
    lr: float
    quick: bool = False
    series: str = ""

    def __post_init__(self) -> None:
        _require(self.epochs >= 1, "epochs", self.epochs, "at least 1")
        _require(self.batch_size >= 1, "batch_size", self.batch_size, "at least 1")
        _require(self.lr > 0, "lr", self.lr, "positive")

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain JSON values, in the order they are declared; a series only where there is one."""
        settings = json.loads(json.dumps(asdict(self)))  # tuples, at any depth, as the lists that a file gives back
        if not self.series:
            del settings["series"]
        return settings  # type: ignore[no-any-return]

    def drawn_seed(self, number: int) -> int:
        """The seed of run `number`: itself, or 63 bits drawn from the series."""
        if not self.series:
            return number
        return int.from_bytes(hashlib.sha256(f"{self.series}/{number}".encode()).digest()[:8], "big") >> 1

    def differences(self, other: dict[str, Any]) -> list[str]:
        """Names of the settings in which `other`, a dictionary made by to_dict, differs from this one."""
        mine = self.to_dict()
        return [name for name in sorted(mine.keys() | other.keys()) if mine.get(name) != other.get(name)]

    def shortened(self) -> Self:
        """The same run on a small scale, for --quick."""
        return replace(self, epochs=min(self.epochs, 3), quick=True)


@dataclass(frozen=True, kw_only=True)
class SoftmaxConfig(Config):
    """Softmax regression as d2l trains it: plain SGD, weights drawn from N(0, sigma²).

    `model` names the class in experiments/models/softmax_regression.py.
    """

    trainer = "experiments.training.softmax_trainer"

    epochs: int = 10
    batch_size: int = 256
    lr: float = 0.1
    sigma: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(self.sigma > 0, "sigma", self.sigma, "positive")


@dataclass(frozen=True, kw_only=True)
class ImageConfig(Config):
    """How an image model is trained: batched random views, AdamW with Muon for the weight matrices, one cycle.

    `model` names the file in experiments/models. Image sides in pixels, areas and probabilities as fractions.
    """

    trainer = "experiments.training.image_trainer"

    # Widths, depths and rates of the net, by the names of its class's arguments.
    net: Mapping[str, Any] = field(default_factory=dict, hash=False)
    without: str = ""  # the ingredient of the model's recipe that is left out, for the ablation
    sizes: tuple[tuple[int, int], ...]  # (first epoch, side of the training views), in order
    eval_size: int  # side of the view on which the model is evaluated
    eval_crop: float = 1.0  # side of the central square that is evaluated, as a share of the image's
    crop_area: tuple[float, float] = (0.35, 1.0)  # of a random view, smallest and largest
    crop_ratio: float = 4 / 3  # largest aspect ratio of a random view
    colour_jitter: float = 0.0  # half range of the random log contrast
    cutmix: float = 0.0  # share of the views into which a part of another is pasted: arXiv:1905.04899
    unmixed_epochs: int = 0  # the last epochs, in which no view is mixed with another
    label_smoothing: float = 0.1
    muon_lr: float = 0.0  # 0: AdamW for every weight
    muon_momentum: float = 0.9
    weight_decay: float = 0.05  # decoupled: arXiv:1711.05101, Alg. 2
    filter_norm: float = 0.0  # length of the Gabor filters with which the first layer begins; 0: torch's own weights
    whitening: bool = False  # first filters that whiten patches, and stay: arXiv:2404.00498, section 3.2
    filter_lr: float = 0.0  # peak rate of that layer; 0: as for the others
    warmup: float = 0.1  # share of the steps in which lr rises; it falls linearly over the others
    ema: float = 0.0  # horizon of the weight average over the second half, as a share of all steps; 0 is off

    def __post_init__(self) -> None:
        super().__post_init__()
        firsts = [first for first, _ in self.sizes]
        _require(firsts == sorted(set(firsts)) and firsts[:1] == [1], "sizes", self.sizes, "ordered from epoch 1")
        low, high = self.crop_area
        _require(0 < low <= high <= 1, "crop_area", self.crop_area, "two fractions, the smaller first")
        _require(0 < self.eval_crop <= 1, "eval_crop", self.eval_crop, "in (0, 1]")
        for name in ("filter_norm", "filter_lr", "muon_lr", "weight_decay", "unmixed_epochs"):
            _require(getattr(self, name) >= 0, name, getattr(self, name), "at least 0")
        for name in ("cutmix", "label_smoothing", "warmup", "ema"):
            _require(0 <= getattr(self, name) < 1, name, getattr(self, name), "in [0, 1)")

    def shortened(self) -> Self:
        """Few epochs on small views."""
        side = self.sizes[0][1]
        return replace(super().shortened(), sizes=((1, side),), eval_size=side)


def changes(config: Config, stored: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(setting, stored value, wanted value) of the settings that differ."""
    wanted = config.to_dict()
    return [(name, stored.get(name), wanted.get(name)) for name in config.differences(dict(stored))]
