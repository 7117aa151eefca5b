"""The simple 2-layer network: one hidden layer between the pixels and the classes."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments.config import ImageConfig
from experiments.models.dropout import Dropout
from experiments.models.image_model import ImageModel
from experiments.models.recipe import Names, Resources

NAMES = Names(
    zh="两层神经网络",
    en="2-layer NN",
    description_zh="像素与类别之间只有一个隐藏层",
    description_en="one hidden layer between the pixels and the classes",
)
# Two runs side by side on two cores took 0.8 of the time that they took one after another.
RESOURCES = Resources(threads=1, bytes_per_pixel=100)
RECIPE = ImageConfig(
    model="layer2nn",
    net={"hidden_dim": 1280, "dropout": 0.3},
    epochs=30,
    batch_size=600,
    lr=3.6e-3,
    weight_decay=0.1,
    sizes=((1, 24),),
    eval_size=24,
    eval_crop=0.92,
    crop_area=(0.5, 1.0),
    filter_norm=2.4,
    filter_lr=6e-4,
    ema=0.1,
)


class Layer2NN(ImageModel):
    """Standardised images (B, 3, side, side) to logits (B, num_classes); two weight matrices.

    Each response of the hidden layer and its negative are rectified (CReLU, arXiv:1603.05201): two features for the
    price of one.
    """

    def __init__(self, side: int, num_classes: int, hidden_dim: int, dropout: float):
        super().__init__()
        self.hidden = nn.Linear(3 * side * side, hidden_dim)
        self.dropout = Dropout(dropout)
        self.features = nn.BatchNorm1d(2 * hidden_dim)  # a fine filter's weak response counts as much as a coarse one's
        self.head = nn.Linear(2 * hidden_dim, num_classes)
        nn.init.zeros_(self.head.weight)  # uniform first prediction: loss = ln(classes)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        x = self.dropout(self.hidden(images.flatten(start_dim=1)))  # (B, hidden_dim); a unit drops with both features
        return self.head(self.features(F.relu(torch.cat([x, -x], dim=1))))  # (B, num_classes)

    def filters(self) -> Tensor:
        """The weights (hidden_dim, 3·side²) that may begin as filters."""
        return self.hidden.weight


def build(config: ImageConfig, num_classes: int) -> Layer2NN:
    """The net for images of the side on which it is evaluated, untrained."""
    return Layer2NN(config.eval_size, num_classes, **config.net)
