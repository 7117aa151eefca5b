"""The residual multilayer perceptron: a pure one, without convolution, patches or mixing of tokens."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments.config import ImageConfig
from experiments.models.dropout import Dropout, DropPath
from experiments.models.image_model import ImageModel
from experiments.models.recipe import Names, Resources

NAMES = Names(
    zh="残差 MLP",
    en="residual MLP",
    description_zh="全连接的残差网络，没有卷积，也不分块",
    description_en="fully connected residual blocks, without convolution or patches",
)
# Two runs side by side on two cores took 0.8 of the time that they took one after another.
RESOURCES = Resources(threads=1, bytes_per_pixel=100)
RECIPE = ImageConfig(
    model="mlp",
    net={"wide_dim": 1024, "hidden_dim": 128, "depth": 2, "expansion": 2, "dropout": 0.3, "drop_path": 0.3},
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
)


class ResidualBlock(nn.Module):
    """x + branch(x) for (B, D): normalised, D → expansion·D, GELU, dropout, back to D.

    As arXiv:2306.13575, section 3, but normalised over the batch (arXiv:1502.03167), not over the features. In
    training each image skips the branch with probability `drop_path` (stochastic depth, arXiv:1603.09382).
    """

    def __init__(self, dim: int, expansion: int, dropout: float, drop_path: float):
        super().__init__()
        self.norm = nn.BatchNorm1d(dim)
        self.widen = nn.Linear(dim, expansion * dim)
        self.dropout = Dropout(dropout)
        self.narrow = nn.Linear(expansion * dim, dim)
        self.drop_path = DropPath(drop_path)
        nn.init.zeros_(self.narrow.weight)  # every block begins as the identity
        nn.init.zeros_(self.narrow.bias)

    def forward(self, x: Tensor) -> Tensor:
        branch = self.narrow(self.dropout(F.gelu(self.widen(self.norm(x)))))  # (B, D)
        return x + self.drop_path(branch)


class MLP(ImageModel):
    """Standardised images (B, 3, side, side) to logits (B, num_classes): a wide layer, then residual blocks.

    Each response of the wide layer and its negative are rectified (CReLU, arXiv:1603.05201): two features for the
    price of one.
    """

    def __init__(
        self,
        side: int,
        num_classes: int,
        wide_dim: int,
        hidden_dim: int,
        depth: int,
        expansion: int,
        dropout: float,
        drop_path: float,
    ):
        super().__init__()
        self.wide = nn.Linear(3 * side * side, wide_dim)
        self.dropout = Dropout(dropout)
        self.features = nn.BatchNorm1d(2 * wide_dim)  # a fine filter's weak response counts as much as a coarse one's
        self.embed = nn.Linear(2 * wide_dim, hidden_dim)
        rates = [drop_path * (k + 1) / depth for k in range(depth)]  # later blocks are skipped more often
        self.blocks = nn.Sequential(*(ResidualBlock(hidden_dim, expansion, dropout, rate) for rate in rates))
        self.norm = nn.BatchNorm1d(hidden_dim)
        self.head = nn.Linear(hidden_dim, num_classes)
        nn.init.zeros_(self.head.weight)  # uniform first prediction: loss = ln(classes)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        x = self.dropout(self.wide(images.flatten(start_dim=1)))  # (B, wide_dim); a dropped filter drops both features
        x = self.embed(self.features(F.relu(torch.cat([x, -x], dim=1))))  # (B, hidden_dim)
        return self.head(self.norm(self.blocks(x)))  # (B, num_classes)

    def filters(self) -> Tensor:
        """The weights (wide_dim, 3·side²) that may begin as filters."""
        return self.wide.weight


def build(config: ImageConfig, num_classes: int) -> MLP:
    """The net for images of the side on which it is evaluated, untrained."""
    return MLP(config.eval_size, num_classes, **config.net)
