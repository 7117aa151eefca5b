"""Training and evaluation of softmax regression on Fashion-MNIST, many runs in one pass over the data."""

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from experiments.config import SoftmaxConfig
from experiments.data.dataset import SPLITS, Dataset
from experiments.models.softmax_regression import (
    VARIANTS,
    Classifier,
    SoftmaxRegressionReference,
    SoftmaxRegressionScratch,
)
from experiments.training.device import Device
from experiments.training.rng import generator


class SoftmaxRun:
    """One run of a task: a variant from a seed, and what is measured of it."""

    def __init__(self, task: "SoftmaxTask", config: SoftmaxConfig, seed: int, weights: Tensor):
        self.config, self.seed, self._task = config, seed, task
        self.model = VARIANTS[config.model](weights.shape[0], weights.shape[1], weights).to(weights.device)
        self.steps: list[float] = []  # the mean loss of every batch, before its step

    def measure_start(self) -> list[tuple[str, str, float]]:
        """What is measured before the first step: the same as after each epoch."""
        return self.measure()

    def measure(self) -> list[tuple[str, str, float]]:
        """(split, metric, value): the variant's own loss and its accuracy on both splits, and the
        mean L2 norm of an image's dL/dlogits on the validation split."""
        rows = []
        with torch.no_grad():
            for split in ("train", "val"):
                Y_hat, Y = outputs(self.model, self._task.logits(split)[self]), self._task.labels[split]
                rows.append((split, "loss", float(self.model.loss(Y_hat, Y))))
                rows.append((split, "acc", float(self.model.accuracy(Y_hat, Y))))
        gradients = logit_gradients(self.model, self._task.logits("val")[self], self._task.labels["val"])
        rows.append(("val", "grad_norm", float(gradients.norm(dim=1).mean())))
        return rows

    def measure_end(self) -> list[tuple[str, str, float]]:
        """Nothing more at the end."""
        return []

    def probabilities(self, split: str) -> tuple[Tensor, Tensor]:
        """Class probabilities (N, K) of a split after one softmax, and its labels (N,), on the CPU."""
        return F.softmax(self._task.logits(split)[self], dim=1).cpu(), self._task.labels[split].cpu()

    def final_model(self) -> Classifier:
        """The model that is evaluated and stored."""
        return self.model

    def example(self) -> Tensor:
        """One image (1, 784)."""
        return in_unit_range(self._task.images["train"][:1])


class _SideBySide:
    """The runs of one seed, the weights of all side by side in one matrix of which each model's are a part."""

    def __init__(self, runs: Sequence[SoftmaxRun]):
        self.runs = sorted(runs, key=lambda run: (run.config.model, run.config.lr))
        self.seed = runs[0].seed
        # A class's weights lie side by side in memory: products take half the time.
        self.W = torch.cat([run.model.W.data.t() for run in self.runs]).t().requires_grad_()  # (D, R·K)
        self.b = torch.cat([run.model.b.data for run in self.runs]).requires_grad_()
        self._outputs = len(self.b) // len(self.runs)
        for run, W, b in zip(self.runs, self.split(self.W.detach()), self.split(self.b.detach()), strict=True):
            run.model.W.data, run.model.b.data = W, b
        rates = torch.tensor([run.config.lr for run in self.runs], device=self.b.device)
        self._lr = rates.repeat_interleave(self._outputs)

    def split(self, columns: Tensor) -> tuple[Tensor, ...]:
        """The part (…, K) of each run in a tensor (…, R·K)."""
        return columns.split(self._outputs, dim=-1)

    def logits(self, X: Tensor) -> Tensor:
        """images (B, D) → XW + b of every run (B, R·K)."""
        return torch.addmm(self.b, X, self.W)

    @torch.no_grad()
    def step(self, W_grad: Tensor, b_grad: Tensor) -> None:
        """Plain SGD, each run at its own rate."""
        self.W -= W_grad.mul_(self._lr)
        self.b -= b_grad.mul_(self._lr)


class SoftmaxTask:
    """Runs that share every pass over the data: some variants, of the same epochs and batch size, each from some seeds.

    All variants of a seed start from the same weights and see the same batches in the same order, which is the
    seed's own. Their batch is read and converted once, and multiplied once by all their weights side by side; then
    each variant's own softmax and loss follow, for the runs of all seeds together, row by row. So a run's numbers
    depend on the variants trained with it at most in the last bits, and on the other seeds not at all.
    """

    def __init__(self, members: Sequence[tuple[SoftmaxConfig, int]], dataset: Dataset, device: Device):
        self.images: dict[str, Tensor] = {}  # split -> uint8 (N, 784): a quarter of what floats would take to shuffle
        self.labels: dict[str, Tensor] = {}
        for index, split in enumerate(SPLITS):
            chosen = dataset.split == index
            self.images[split] = torch.from_numpy(dataset.images[chosen]).to(device.torch_device).flatten(1)
            self.labels[split] = torch.from_numpy(dataset.labels[chosen]).to(device.torch_device)
        shape = self.images["train"].shape[1], len(dataset.classes)
        self.runs = []
        for config, seed in members:
            weights = torch.normal(0, config.sigma, shape, generator=generator(seed, "weights"))
            self.runs.append(SoftmaxRun(self, config, seed, weights.to(device.torch_device)))
        self.check: Callable[[], None] = lambda: None  # called before every batch; may raise to stop
        (self.batch_size,) = {config.batch_size for config, _ in members}
        seeds = dict.fromkeys(seed for _, seed in members)
        self._seeds = [_SideBySide([run for run in self.runs if run.seed == seed]) for seed in seeds]
        variants = {tuple(run.config.model for run in group.runs) for group in self._seeds}
        (self._variants,) = variants  # the same from every seed, so that their rows can be put together
        self._logits: dict[str, dict[SoftmaxRun, Tensor]] = {}  # of the splits asked for since the last step

    def train_epoch(self, epoch: int) -> None:
        """One pass over the training images in each seed's order. Raises nothing: a NaN shows in the losses."""
        self._logits = {}
        images, labels = self.images["train"], self.labels["train"]
        orders = [torch.randperm(len(labels), generator=generator(g.seed, "order", epoch)) for g in self._seeds]
        weights = [w for group in self._seeds for w in (group.W, group.b)]
        losses = []
        for batches in zip(*(order.to(labels.device).split(self.batch_size) for order in orders), strict=True):
            self.check()
            targets = torch.cat([labels.index_select(0, batch) for batch in batches])  # (S·B,)
            logits = [
                group.logits(in_unit_range(images.index_select(0, batch)))
                for group, batch in zip(self._seeds, batches, strict=True)
            ]
            loss = self._losses(torch.cat(logits), targets)  # (S, R)
            gradients = torch.autograd.grad(loss.sum(), weights)  # each loss reaches the weights of its run alone
            for group, W_grad, b_grad in zip(self._seeds, gradients[::2], gradients[1::2], strict=True):
                group.step(W_grad, b_grad)
            losses.append(loss.detach())
        steps = torch.stack(losses, dim=2).tolist()  # one transfer an epoch, not one a step
        for group, of_seed in zip(self._seeds, steps, strict=True):
            for run, values in zip(group.runs, of_seed, strict=True):
                run.steps += values

    def _losses(self, logits: Tensor, targets: Tensor) -> Tensor:
        """logits (S·B, R·K), labels (S·B,) → the mean loss of each run (S, R), by each variant's own code, once for all
        runs of the variant."""
        parts = self._seeds[0].split(logits)
        losses = []
        for _, places in groupby(range(len(parts)), key=self._variants.__getitem__):
            same = list(places)
            model = self._seeds[0].runs[same[0]].model
            rows = torch.cat([parts[place] for place in same])
            of_images = model.loss(outputs(model, rows), targets.repeat(len(same)), averaged=False)
            losses.append(of_images.view(len(same), len(self._seeds), -1).mean(dim=2).t())
        return torch.cat(losses, dim=1)

    @torch.no_grad()
    def logits(self, split: str) -> dict[SoftmaxRun, Tensor]:
        """The logits (N, K) of a split's images, in order, for every run."""
        if split not in self._logits:
            parts = []
            for pixels in self.images[split].split(1000):  # in batches that a CPU's cache holds
                self.check()
                X = in_unit_range(pixels)
                parts.append([group.logits(X) for group in self._seeds])
            self._logits[split] = {
                run: logits
                for group, of_seed in zip(self._seeds, zip(*parts, strict=True), strict=True)
                for run, logits in zip(group.runs, group.split(torch.cat(of_seed)), strict=True)
            }
        return self._logits[split]

    def state(self) -> dict[str, object]:
        """What a checkpoint holds."""
        return {
            "models": [run.model.state_dict() for run in self.runs],
            "steps": [torch.tensor(run.steps, dtype=torch.float64) for run in self.runs],
        }

    @torch.no_grad()
    def load_state(self, state: dict[str, Any]) -> None:
        for run, weights, steps in zip(self.runs, state["models"], state["steps"], strict=True):
            run.model.load_state_dict(weights)  # in place
            run.steps = steps.tolist()


def in_unit_range(pixels: Tensor) -> Tensor:
    """Pixels 0…255 as float32 in [0, 1]."""
    return pixels.float().div_(255)


def outputs(model: SoftmaxRegressionScratch, logits: Tensor) -> Tensor:
    """What the model's forward returns for images of these logits (B, K)."""
    return logits if isinstance(model, SoftmaxRegressionReference) else model.softmax(logits)


def logit_gradients(model: SoftmaxRegressionScratch, logits: Tensor, labels: Tensor) -> Tensor:
    """dL/do of each image (B, K) by autograd, o being its logits (B, K): what the loss sends back to the linear layer.

    labels (B,). Through the model's own loss, and its own softmax where forward applies one.
    """
    logits = logits.detach().requires_grad_()
    losses = model.loss(outputs(model, logits), labels, averaged=False)
    (gradients,) = torch.autograd.grad(losses.sum(), logits)
    return gradients
