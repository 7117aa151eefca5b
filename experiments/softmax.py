"""Softmax regression on Fashion-MNIST in the style of d2l, with the double softmax and its cure.

The classes keep the names and the shapes of the homework's notebook and of Dive into Deep Learning
(arXiv:2106.11342, chapter "Linear Neural Networks for Classification"), because the report prints their source.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from experiments.config import SoftmaxConfig
from experiments.dataset import SPLITS, Dataset
from experiments.device import Device
from experiments.rng import generator


class Classifier(nn.Module):
    """The base class of classifiers: a default loss, the accuracy, and plain SGD."""

    def __init__(self, lr: float):
        super().__init__()
        self.lr = lr

    def loss(self, Y_hat, Y, averaged=True):
        Y_hat = torch.reshape(Y_hat, (-1, Y_hat.shape[-1]))
        Y = torch.reshape(Y, (-1,))
        return F.cross_entropy(Y_hat, Y, reduction="mean" if averaged else "none")

    def accuracy(self, Y_hat, Y):
        return (Y_hat.argmax(dim=1) == Y).float().mean()

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.lr)


class SoftmaxRegressionScratch(Classifier):
    """Images (B, 1, 28, 28) to class probabilities (B, num_outputs).

    The variant `wrong`: forward returns probabilities, and the inherited loss takes its input for logits.
    """

    def __init__(self, num_inputs: int, num_outputs: int, lr: float, W: Tensor):
        super().__init__(lr)
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
        losses = -torch.log(second_softmax[range(len(Y_hat)), Y])
        return losses.mean() if averaged else losses


class SoftmaxRegressionCorrected(SoftmaxRegressionScratch):
    """The variant `corrected`: a loss that takes probabilities for what they are."""

    def loss(self, Y_hat, Y, averaged=True):
        losses = -torch.log(Y_hat[range(len(Y_hat)), Y])
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


class SoftmaxTask:
    """One run: a variant, its data on the device, its optimizer, and what is measured of it.

    All variants of a seed start from the same weights and see the same batches in the same order.
    """

    def __init__(self, config: SoftmaxConfig, dataset: Dataset, seed: int, device: Device):
        self.config, self.seed, self.device = config, seed, device
        self.images: dict[str, Tensor] = {}  # split -> uint8 (N, 784): a quarter of what floats would take to shuffle
        self.labels: dict[str, Tensor] = {}
        for index, split in enumerate(SPLITS):
            chosen = dataset.split == index
            self.images[split] = torch.from_numpy(dataset.images[chosen]).to(device.torch_device).flatten(1)
            self.labels[split] = torch.from_numpy(dataset.labels[chosen]).to(device.torch_device)
        inputs, outputs = self.images["train"].shape[1], len(dataset.classes)
        weights = torch.normal(0, config.sigma, (inputs, outputs), generator=generator(seed, "weights"))
        weights = weights.t().contiguous().t()  # a class's weights side by side in memory: products take half the time
        self.model = VARIANTS[config.model](inputs, outputs, config.lr, weights).to(device.torch_device)
        self.optimizer = self.model.configure_optimizers()
        self.steps: list[float] = []  # the mean loss of every batch, before its step

    def train_epoch(self, epoch: int) -> None:
        """One pass over the training images in the epoch's order. Raises nothing: a NaN shows in the losses."""
        images, labels = self.images["train"], self.labels["train"]
        order = torch.randperm(len(labels), generator=generator(self.seed, "order", epoch)).to(labels.device)
        shuffled = (part.index_select(0, order).split(self.config.batch_size) for part in (images, labels))
        losses = []
        for X, Y in zip(*shuffled, strict=True):
            loss = self.model.loss(self.model(in_unit_range(X)), Y)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        self.steps += torch.stack(losses).tolist()  # one transfer an epoch, not one a step

    def measure_start(self) -> list[tuple[str, str, float]]:
        """What is measured before the first step: the same as after each epoch."""
        return self.measure()

    def measure_end(self) -> list[tuple[str, str, float]]:
        """Nothing more at the end."""
        return []

    def final_model(self) -> Classifier:
        """The model that is evaluated and stored."""
        return self.model

    def example(self) -> Tensor:
        """One image (1, 784)."""
        return in_unit_range(self.images["train"][:1])

    def measure(self) -> list[tuple[str, str, float]]:
        """(split, metric, value): the variant's own loss and its accuracy on both splits, and the
        mean L2 norm of an image's dL/dlogits on the validation split."""
        rows = []
        with torch.no_grad():
            for split in ("train", "val"):
                Y_hat, Y = torch.cat([self.model(X) for X, _ in self._batches(split)]), self.labels[split]
                rows.append((split, "loss", float(self.model.loss(Y_hat, Y))))
                rows.append((split, "acc", float(self.model.accuracy(Y_hat, Y))))
        gradients = torch.cat([logit_gradients(self.model, X, Y) for X, Y in self._batches("val")])
        rows.append(("val", "grad_norm", float(gradients.norm(dim=1).mean())))
        return rows

    @torch.no_grad()
    def probabilities(self, split: str) -> tuple[Tensor, Tensor]:
        """Class probabilities (N, K) of a split after one softmax, and its labels (N,), on the CPU."""
        logits = torch.cat([X @ self.model.W + self.model.b for X, _ in self._batches(split)])
        return F.softmax(logits, dim=1).cpu(), self.labels[split].cpu()

    def _batches(self, split: str) -> Iterator[tuple[Tensor, Tensor]]:
        """A split's images (B, 784) in [0, 1] and labels, in order, in batches that a CPU's cache holds."""
        for X, Y in zip(self.images[split].split(1000), self.labels[split].split(1000), strict=True):
            yield in_unit_range(X), Y

    def state(self) -> dict[str, object]:
        """What a checkpoint holds."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "steps": torch.tensor(self.steps, dtype=torch.float64),
        }

    def load_state(self, state: dict) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"].tolist()


def in_unit_range(pixels: Tensor) -> Tensor:
    """Pixels 0…255 as float32 in [0, 1]."""
    return pixels.float().div_(255)


def logit_gradients(model: SoftmaxRegressionScratch, images: Tensor, labels: Tensor) -> Tensor:
    """dL/do of each image (B, K) by autograd, o being the logits: what the loss sends back to the linear layer.

    images (B, D), labels (B,). Through the model's own loss, and its own softmax where forward applies one.
    """
    logits = (images @ model.W + model.b).detach().requires_grad_()
    outputs = logits if isinstance(model, SoftmaxRegressionReference) else model.softmax(logits)
    losses = model.loss(outputs, labels, averaged=False)
    (gradients,) = torch.autograd.grad(losses.sum(), logits)
    return gradients
