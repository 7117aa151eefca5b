"""The convolutional network: residual, with squeeze-and-excitation."""

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def convolution(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    """3×3 convolution and batch normalisation, (B, in, H, W) → (B, out, H/stride, W/stride)."""
    filters = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
    return nn.Sequential(filters, nn.BatchNorm2d(out_channels))


class Stem(nn.Module):
    """Images (B, 3, H, W) → (B, C, H/2, W/2)."""

    def __init__(self, out_channels: int):
        super().__init__()
        self.convolution = convolution(3, out_channels, stride=2)

    def forward(self, images: Tensor) -> Tensor:
        return F.silu(self.convolution(images.contiguous(memory_format=torch.channels_last)))


class SqueezeExcite(nn.Module):
    """Scales each channel of (B, C, H, W) by a number in (0, 1) made from the channels' means (arXiv:1709.01507)."""

    def __init__(self, channels: int):
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // 4)
        self.excite = nn.Linear(channels // 4, channels)

    def forward(self, x: Tensor) -> Tensor:
        scale = self.excite(F.silu(self.squeeze(x.mean((2, 3))))).sigmoid()  # (B, C)
        return x * scale[:, :, None, None]


class Stage(nn.Module):
    """Halves the image, widens the channels, then one residual block of `depth` convolutions (arXiv:1512.03385).

    (B, in, H, W) → (B, out, H/2, W/2)
    """

    def __init__(self, in_channels: int, out_channels: int, depth: int):
        super().__init__()
        self.down = convolution(in_channels, out_channels, stride=2)
        self.branch = nn.ModuleList(convolution(out_channels, out_channels) for _ in range(depth))
        self.attention = SqueezeExcite(out_channels)
        _, norm = self.branch[-1].children()
        nn.init.constant_(norm.weight, 0.3)  # type: ignore[arg-type]  # a weak branch: the net begins near its skip connections

    def forward(self, x: Tensor) -> Tensor:
        x = F.silu(self.down(x))
        branch = self.branch[0](x)
        for layer in list(self.branch)[1:]:
            branch = layer(F.silu(branch))
        return F.silu(x + self.attention(branch))


class CNN(nn.Module):
    """Standardised images (B, 3, H, W), H and W multiples of 16, to logits (B, num_classes).

    Few pixels and many channels early on: that is where a CPU computes convolutions fastest.
    """

    def __init__(
        self,
        num_classes: int,
        stem_channels: int = 32,
        widths: tuple[int, ...] = (64, 128, 256),
        depths: tuple[int, ...] = (1, 2, 2),
    ):
        super().__init__()
        self.stem = Stem(stem_channels)
        inputs = (stem_channels, *widths)
        self.stages = nn.Sequential(*(Stage(i, o, depth) for i, o, depth in zip(inputs, widths, depths, strict=False)))
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(widths[-1], num_classes)
        nn.init.zeros_(self.head.weight)  # uniform first prediction: loss = ln(classes)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stages(self.stem(images))  # (B, widths[-1], H/16, W/16)
        return self.head(self.pool(x).flatten(start_dim=1))  # (B, num_classes)

    def matrices(self) -> Iterator[Tensor]:
        """The filters, which Muon trains; a batch normalisation follows each, so their length does not matter."""
        return (module.weight for module in self.modules() if isinstance(module, nn.Conv2d))


def build(num_classes: int, side: int) -> CNN:
    """The model, untrained. It takes any side, and is trained on several."""
    return CNN(num_classes)
