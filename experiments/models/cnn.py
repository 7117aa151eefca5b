"""The convolutional network: residual, with squeeze-and-excitation."""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments.config import ImageConfig
from experiments.models.image_model import ImageModel
from experiments.models.recipe import Names, Resources
from experiments.models.whitening import whitening_filters

NAMES = Names(
    zh="CNN",
    en="CNN",
    description_zh="带残差与通道注意力（SE）的卷积网络",
    description_en="convolutional network with residual blocks and squeeze-and-excitation",
)
# Two runs side by side on two cores take as long as one after another. More than two threads were not measured.
RESOURCES = Resources(threads=8, bytes_per_pixel=1000)
RECIPE = ImageConfig(
    model="cnn",
    net={"stem_filters": 16, "stem_channels": 32, "widths": (80, 160, 320), "depths": (1, 2, 2)},
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
)


def convolution(in_channels: int, out_channels: int, kernel_size: int = 3) -> nn.Sequential:
    """Convolution and batch normalisation, (B, in, H, W) → (B, out, H, W)."""
    filters = nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False)
    return nn.Sequential(filters, nn.BatchNorm2d(out_channels))


class GlobalMean(nn.Module):
    """The mean of each channel, (B, C, H, W) → (B, C)."""

    def forward(self, x: Tensor) -> Tensor:
        # In the order of memory (channels last): the gradient then has it too, and costs half as much.
        return x.permute(0, 2, 3, 1).flatten(1, 2).mean(1)


class Stem(nn.Module):
    """Images (B, 3, H, W) → (B, out, H/2, W/2): 4×4 filters of stride 2, each response and its negative rectified,
    then mixed by a 1×1 convolution.
    """

    def __init__(self, filters: int, out_channels: int):
        super().__init__()
        self.filters = nn.Conv2d(3, filters, 4, stride=2, padding=1, bias=False)
        self.mix = convolution(2 * filters, out_channels, kernel_size=1)

    def forward(self, images: Tensor) -> Tensor:
        if images.device.type != "mps":  # as Device.memory_format
            images = images.contiguous(memory_format=torch.channels_last)
        x = self.filters(images)  # (B, filters, H/2, W/2)
        return self.mix(F.relu(torch.cat([x, -x], dim=1)))


class SqueezeExcite(nn.Module):
    """Scales each channel of (B, C, H, W) by a number in (0, 1) made from the channels' means (arXiv:1709.01507)."""

    def __init__(self, channels: int):
        super().__init__()
        self.mean = GlobalMean()
        self.squeeze = nn.Linear(channels, channels // 4)
        self.excite = nn.Linear(channels // 4, channels)

    def forward(self, x: Tensor) -> Tensor:
        scale = self.excite(F.relu(self.squeeze(self.mean(x)))).sigmoid()  # (B, C)
        return x * scale[:, :, None, None]


def max_blur_pool(x: Tensor) -> Tensor:
    """(B, C, H, W) → (B, C, H/2, W/2): the largest of every 2×2 values, averaged over 2×2 neighbouring squares.

    The average makes the outcome change less when the image shifts by a pixel (arXiv:1904.11486).
    """
    return F.avg_pool2d(F.max_pool2d(x, 2, stride=1, padding=1), 2)


class Stage(nn.Module):
    """Halves the image, widens the channels, then one residual block of `depth` convolutions (arXiv:1512.03385).

    (B, in, H, W) → (B, out, H/2, W/2), neither yet rectified: pooling first leaves a quarter to rectify.
    """

    def __init__(self, in_channels: int, out_channels: int, depth: int):
        super().__init__()
        self.widen = convolution(in_channels, out_channels)
        self.branch = nn.ModuleList(convolution(out_channels, out_channels) for _ in range(depth))
        self.attention = SqueezeExcite(out_channels)
        _, norm = self.branch[-1].children()
        nn.init.constant_(norm.weight, 0.3)  # type: ignore[arg-type]  # a weak branch: the net begins near its skip connections

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.widen(F.relu(max_blur_pool(x))))
        branch = self.branch[0](x)
        for layer in list(self.branch)[1:]:
            branch = layer(F.relu(branch))
        return x + self.attention(branch)


class CNN(ImageModel):
    """Standardised images (B, 3, H, W), H and W multiples of 16, to logits (B, num_classes).

    Few pixels and many channels early on: that is where a CPU computes convolutions fastest.
    """

    def __init__(
        self,
        num_classes: int,
        stem_filters: int,
        stem_channels: int,
        widths: Sequence[int],
        depths: Sequence[int],
    ):
        super().__init__()
        self.stem = Stem(stem_filters, stem_channels)
        inputs = (stem_channels, *widths)
        self.stages = nn.Sequential(*(Stage(i, o, depth) for i, o, depth in zip(inputs, widths, depths, strict=False)))
        self.pool = GlobalMean()
        self.head = nn.Linear(widths[-1], num_classes)
        nn.init.zeros_(self.head.weight)  # uniform first prediction: loss = ln(classes)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        x = F.relu(self.stages(self.stem(images)))  # (B, widths[-1], H/16, W/16)
        return self.head(self.pool(x))  # (B, num_classes)

    def whiten(self, views: Tensor) -> bool:
        """Replace the first filters by whitening ones, made from standardised views (B, 3, H, W), which stay."""
        weight = self.stem.filters.weight
        weight.data.copy_(whitening_filters(views, len(weight), weight.shape[2]))
        weight.requires_grad_(False)
        return True

    def matrices(self) -> Iterator[Tensor]:
        """The filters that Muon trains; a batch normalisation follows each, so that their length does not matter."""
        layers = (module for module in self.modules() if isinstance(module, nn.Conv2d))
        return (layer.weight for layer in layers if layer is not self.stem.filters)


def build(config: ImageConfig, num_classes: int) -> CNN:
    """The net, untrained. It takes images of any side, and is trained on several."""
    return CNN(num_classes, **config.net)
