"""The simple 2-layer network: one hidden layer between the pixels and the classes."""

import torch.nn.functional as F
from torch import Tensor, nn

from experiments.dropout import Dropout


class Layer2NN(nn.Module):
    """Standardised images (B, 3, side, side) to logits (B, num_classes); two weight matrices."""

    def __init__(self, side: int, num_classes: int, hidden_dim: int = 1024, dropout: float = 0.3):
        super().__init__()
        self.hidden = nn.Linear(3 * side * side, hidden_dim)
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(hidden_dim, num_classes)
        nn.init.zeros_(self.head.weight)  # uniform first prediction: loss = ln(classes)
        nn.init.zeros_(self.head.bias)

    def forward(self, images: Tensor) -> Tensor:
        x = images.flatten(start_dim=1)  # (B, 3·side²)
        x = F.relu(self.hidden(x))  # (B, hidden_dim)
        return self.head(self.dropout(x))  # (B, num_classes)

    def filters(self) -> Tensor:
        """The weights (hidden_dim, 3·side²) that may begin as filters."""
        return self.hidden.weight


def build(num_classes: int, side: int) -> Layer2NN:
    """The model for images of a side in pixels, untrained."""
    return Layer2NN(side, num_classes)
