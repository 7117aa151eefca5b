"""Initial weights that see a place, a size and a direction, as receptive fields of the visual cortex do."""

import math

import torch
from torch import Tensor

NARROWEST, WIDEST = 1.5, 12.0  # standard deviation of the envelope, in pixels of a view of 32


def gabor_filters(count: int, channels: int, side: int, norm: float) -> Tensor:
    """Random Gabor filters (count, channels · side²), flattened as images are, each of the Euclidean length `norm`.

    A filter is a Gaussian at a random place, times a wave of random direction and phase of which it spans about
    one period, in a random colour. Every unit draws its own: nothing is shared between places. Uses torch's global
    generator. Of random receptive fields as first layers: doi:10.1371/journal.pcbi.1010484.
    """

    def uniform(low: float, high: float) -> Tensor:
        return (torch.rand(count) * (high - low) + low)[:, None, None]

    places = torch.arange(side) + 0.5
    y, x = places[:, None] - uniform(0, side), places[None, :] - uniform(0, side)  # (count, side, 1), (count, 1, side)
    width = uniform(math.log(NARROWEST), math.log(WIDEST)).exp() * side / 32
    angle, phase = uniform(0, math.pi), uniform(0, 2 * math.pi)
    along = x * angle.cos() + y * angle.sin()  # (count, side, side)
    shape = torch.exp(-(x.square() + y.square()) / (2 * width.square())) * torch.cos(
        math.pi / 2 * along / width + phase
    )
    filters = (shape[:, None] * torch.randn(count, channels, 1, 1)).flatten(1)
    return norm * filters / filters.norm(dim=1, keepdim=True)
