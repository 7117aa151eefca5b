"""A small vision transformer: a fourth model, as someone would add it (tests/experiments/models/test_models.py)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments.config import ImageConfig
from experiments.models.dropout import Dropout
from experiments.models.recipe import Names, Resources

NAMES = Names(
    zh="视觉 Transformer",
    en="vision transformer",
    description_zh="把图像切成小块，用自注意力混合",
    description_en="patches of the image, mixed by self-attention",
)
RESOURCES = Resources(threads=2, bytes_per_pixel=300)
RECIPE = ImageConfig(
    model="vit",
    net={"patch": 8, "dim": 48, "heads": 3, "depth": 2, "dropout": 0.1},
    epochs=40,
    batch_size=100,
    lr=1e-3,
    sizes=((1, 24),),
    eval_size=24,
    cutmix=0.3,
)


class Block(nn.Module):
    """(B, T, D) → (B, T, D): self-attention, then two layers for each token (arXiv:2010.11929, section 3.1)."""

    def __init__(self, dim: int, heads: int, dropout: float):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList([nn.LayerNorm(dim), nn.LayerNorm(dim)])
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.widen, self.narrow = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.dropout = Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (
            part.unflatten(2, (self.heads, -1)).transpose(1, 2) for part in self.qkv(self.norms[0](x)).chunk(3, 2)
        )
        x = x + self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))
        return x + self.narrow(self.dropout(F.gelu(self.widen(self.norms[1](x)))))


class ViT(nn.Module):
    """Standardised images (B, 3, side, side) to logits (B, num_classes); the mean over the tokens is classified."""

    def __init__(self, side: int, num_classes: int, patch: int, dim: int, heads: int, depth: int, dropout: float):
        super().__init__()
        self.position = nn.Parameter(torch.zeros((side // patch) ** 2, dim))
        self.embed = nn.Conv2d(3, dim, patch, stride=patch)
        self.blocks = nn.Sequential(*(Block(dim, heads, dropout) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(dim), nn.Linear(dim, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        tokens = self.embed(images).flatten(2).transpose(1, 2) + self.position  # (B, T, D)
        return self.head(self.norm(self.blocks(tokens)).mean(1))


def build(config: ImageConfig, num_classes: int) -> ViT:
    """The net for images of the side on which it is evaluated, untrained."""
    return ViT(config.eval_size, num_classes, **config.net)
