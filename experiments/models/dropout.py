"""Dropout and stochastic depth that draw from a generator of their own, eight numbers at a time."""

import torch
from torch import Tensor, nn
from torch.nn.modules.dropout import _DropoutNd

from experiments.errors import UserError


class Dropout(nn.Module):
    """Sets a share p of the numbers to zero in training and scales the others up (arXiv:1207.0580); any shape.

    p counts in 1/256: a byte is drawn for each number, which takes a seventh of torch's time on a CPU.
    `draw`: the generator, on the device of the input; None is torch's own.
    """

    def __init__(self, p: float):
        super().__init__()
        self.dropped = round(256 * p)
        self.draw: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.dropped:
            return x
        kept = _random_bytes(x, self.draw) >= self.dropped
        return x * kept.to(x.dtype).mul_(256 / (256 - self.dropped))


def _random_bytes(like: Tensor, draw: torch.Generator | None) -> Tensor:
    """uint8, uniform, of the shape and on the device of a tensor. A GPU draws them all at once, a CPU one by one."""
    if like.device.type != "cpu":
        return torch.randint(0, 256, like.shape, dtype=torch.uint8, device=like.device, generator=draw)
    words = torch.empty(-(-like.numel() // 8), dtype=torch.int64)
    words.random_(-(2**63), None, generator=draw)  # all 64 bits
    return words.view(torch.uint8)[: like.numel()].view(like.shape)


class DropPath(nn.Module):
    """Sets all numbers of a share p of the images (B, …) to zero in training: stochastic depth, arXiv:1603.09382."""

    def __init__(self, p: float):
        super().__init__()
        self.p = p
        self.draw: torch.Generator | None = None

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or not self.p:
            return x
        drawn = torch.rand(len(x), *[1] * (x.ndim - 1), device=x.device, generator=self.draw)
        return x * (drawn >= self.p) / (1 - self.p)


def draw_from(model: nn.Module, generator: torch.Generator) -> None:
    """Let everything random in a model draw from one generator.

    Raises UserError for torch's own dropout, whose generator all runs share: a run would depend on those next to it.
    """
    for module in model.modules():
        if isinstance(module, _DropoutNd) and module.p:
            raise UserError(
                f"{type(model).__name__} uses torch's {type(module).__name__}; use the one in "
                "experiments/models/dropout.py"
            )
        if isinstance(module, Dropout | DropPath):
            module.draw = generator
