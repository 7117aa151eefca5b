"""What follows from the formulas of a double softmax alone."""

import math
from dataclasses import dataclass

import numpy as np

NUM_CLASSES = 10


@dataclass(frozen=True)
class DoubleSoftmaxTheory:
    """What follows from the formulas alone for K classes; derivation in section 1.1 of the report."""

    classes: int

    @property
    def floor(self) -> float:
        """Smallest loss: p is one-hot at the label, L = log(e + K - 1) - 1 = log(1 + (K - 1)/e)."""
        return math.log1p((self.classes - 1) / math.e)

    @property
    def ceiling(self) -> float:
        """Largest loss: p is one-hot elsewhere."""
        return self.floor + 1

    @property
    def chance(self) -> float:
        """Loss of the uniform prediction, with one softmax or two."""
        return math.log(self.classes)

    @property
    def loss_range(self) -> float:
        """How far the loss can fall from chance."""
        return self.chance - self.floor

    @property
    def least_cost_of_an_error(self) -> float:
        """How far the loss of a misclassified example exceeds the floor at least: p_y = p_k = 1/2, a tie."""
        return math.log(2 * math.exp(0.5) + self.classes - 2) - 0.5 - self.floor

    @property
    def confidence_cap(self) -> float:
        """The largest probability that a second softmax can give: e / (e + K - 1)."""
        return math.e / (math.e + self.classes - 1)

    @property
    def start_ratio(self) -> float:
        """Gradient at uniform p over that of one softmax."""
        return 1 / self.classes


def gradient_by_probability(p: np.ndarray, classes: int = NUM_CLASSES) -> tuple[np.ndarray, np.ndarray]:
    """|dL/do_y| for one softmax and for two, where the label has p and the rest share 1 - p equally.

    p (N,) in [0, 1]. One softmax: 1 - p. Two: with q = softmax(p-vector) and g = q - e_y, the softmax's
    Jacobian diag(p) - p pᵀ gives dL/do_y = p (g_y - Σ p_j g_j).
    """
    rest = (1 - p) / (classes - 1)
    e_label, e_rest = np.exp(p), np.exp(rest)
    total = e_label + (classes - 1) * e_rest
    g_label, g_rest = e_label / total - 1, e_rest / total
    double = p * (g_label - (p * g_label + (1 - p) * g_rest))
    return 1 - p, np.abs(double)
