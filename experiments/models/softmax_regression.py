"""Softmax regression on Fashion-MNIST in the style of d2l, with the double softmax and its correction.

The classes keep the names and the shapes of the homework's notebook and of Dive into Deep Learning
(arXiv:2106.11342, chapter "Linear Neural Networks for Classification"), because the report prints their source.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Classifier(nn.Module):
    """The base class of classifiers: a default loss, and the accuracy."""

    def loss(self, Y_hat, Y, averaged=True):
        Y_hat = torch.reshape(Y_hat, (-1, Y_hat.shape[-1]))
        Y = torch.reshape(Y, (-1,))
        return F.cross_entropy(Y_hat, Y, reduction="mean" if averaged else "none")

    def accuracy(self, Y_hat, Y):
        return (Y_hat.argmax(dim=1) == Y).float().mean()


class SoftmaxRegressionScratch(Classifier):
    """Images (B, 1, 28, 28) to class probabilities (B, num_outputs).

    The variant `wrong`: forward returns probabilities, and the inherited loss takes its input for logits.
    """

    def __init__(self, num_inputs: int, num_outputs: int, W: Tensor):
        super().__init__()
        self.W = nn.Parameter(W.clone())  # (num_inputs, num_outputs)
        self.b = nn.Parameter(torch.zeros(num_outputs))

    def softmax(self, X):
        X_exp = torch.exp(X)
        partition = X_exp.sum(1, keepdim=True)
        return X_exp / partition

    def forward(self, X):
        X = X.reshape((-1, self.W.shape[0]))
        return self.softmax(torch.matmul(X, self.W) + self.b)


class SoftmaxRegressionDouble(SoftmaxRegressionScratch):
    """The variant `double`: what `wrong` does, with the second softmax written out by hand."""

    def loss(self, Y_hat, Y, averaged=True):
        second_softmax = self.softmax(Y_hat)
        losses = -torch.log(second_softmax[torch.arange(len(Y), device=Y.device), Y])
        return losses.mean() if averaged else losses


class SoftmaxRegressionCorrected(SoftmaxRegressionScratch):
    """The variant `corrected`: a loss that takes probabilities for what they are."""

    def loss(self, Y_hat, Y, averaged=True):
        losses = -torch.log(Y_hat[torch.arange(len(Y), device=Y.device), Y])
        return losses.mean() if averaged else losses


class SoftmaxRegressionReference(SoftmaxRegressionScratch):
    """The variant `reference`: forward returns logits (B, num_outputs), which the inherited loss expects."""

    def forward(self, X):
        X = X.reshape((-1, self.W.shape[0]))
        return torch.matmul(X, self.W) + self.b


VARIANTS = {
    "wrong": SoftmaxRegressionScratch,
    "double": SoftmaxRegressionDouble,
    "corrected": SoftmaxRegressionCorrected,
    "reference": SoftmaxRegressionReference,
}


def sources() -> dict[str, str]:
    """The source of what the report shows, taken from the running code."""
    inherited = SoftmaxRegressionScratch.loss
    assert inherited is Classifier.loss  # the trap: nothing overrides it
    shown: dict[str, Callable[..., Any]] = {
        "inherited_loss": inherited,
        "forward": SoftmaxRegressionScratch.forward,
        "softmax": SoftmaxRegressionScratch.softmax,
        "double_loss": SoftmaxRegressionDouble.loss,
        "corrected_loss": SoftmaxRegressionCorrected.loss,
        "reference_forward": SoftmaxRegressionReference.forward,
        "wrong_class": SoftmaxRegressionScratch,
    }
    return {name: inspect.getsource(code) for name, code in shown.items()}
