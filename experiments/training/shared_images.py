"""The images of a dataset on a device, shared by all runs that train on them there."""

import threading
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from experiments.data.dataset import SPLITS, Dataset
from experiments.training.augment import central_view

SHRUNK_TOGETHER = 100  # images; bounds the memory that shrinking takes


@dataclass(frozen=True)
class SharedImages:
    """A dataset on a device, which all runs on it share: none writes to it."""

    images: dict[str, Tensor]  # split → uint8 (N, 3, H, H)
    labels: dict[str, Tensor]  # split → int64 (N,)
    mean: Tensor  # (1, 3, 1, 1), of the training pixels in [0, 255]
    std: Tensor


_LOCK = threading.Lock()


def shared_images(dataset: Dataset, side: int, device: torch.device) -> SharedImages:
    """The images, none larger than `side`, on a device; made once for all runs that need the same."""
    with _LOCK:
        return _shared_images(dataset, side, device)


def clear_shared_images() -> None:
    """Release them all: no run needs them any more."""
    _shared_images.cache_clear()


@cache  # two kinds of models, on as many GPUs as there are
def _shared_images(dataset: Dataset, side: int, device: torch.device) -> SharedImages:
    images, labels = {}, {}
    for index, split in enumerate(SPLITS):
        chosen = dataset.split == index
        images[split] = _at_most(torch.from_numpy(dataset.images[chosen]).permute(0, 3, 1, 2).contiguous(), side)
        labels[split] = torch.from_numpy(dataset.labels[chosen]).to(device)
    mean, std = (x.to(device) for x in _channel_statistics(images["train"]))  # in float64, which MPS does not have
    return SharedImages({split: pixels.to(device) for split, pixels in images.items()}, labels, mean, std)


def _at_most(images: Tensor, side: int) -> Tensor:
    """uint8 images (N, 3, H, H), shrunk to `side` where H is larger.

    One and a half times the side of the largest view is enough: a crop of 45 % of the image still has a pixel for each
    of its own. Every view is made from fewer pixels, in a fifth of the time for the two networks without convolution.
    """
    if images.shape[2] <= side or not len(images):  # none: the test images of what is not tested
        return images
    parts = (central_view(part, side).round_().clamp_(0, 255) for part in images.split(SHRUNK_TOGETHER))
    return torch.cat([part.to(torch.uint8) for part in parts])


def _channel_statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel (1, 3, 1, 1) over uint8 images (N, 3, H, H), in [0, 255]."""
    # From how often each value occurs: exact, and no copy as floats, which would take eight times the memory.
    values = torch.arange(256, dtype=torch.float64)
    counts = torch.stack([torch.bincount(channel.flatten(), minlength=256) for channel in images.unbind(1)]).double()
    total = counts.sum(1, keepdim=True)
    mean = (counts * values).sum(1, keepdim=True) / total
    std = ((counts * (values - mean).square()).sum(1, keepdim=True) / total).sqrt()
    return mean.float().view(1, -1, 1, 1), std.float().view(1, -1, 1, 1)
