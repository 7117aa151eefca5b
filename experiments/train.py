"""The one training loop: epochs, measurements, and the test split once at the end. Knows no file and no report."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from experiments.config import Config, ImageConfig, SoftmaxConfig
from experiments.dataset import Dataset
from experiments.device import Device
from experiments.imagenet10 import ImageTask
from experiments.rng import seed_for
from experiments.softmax import SoftmaxTask

Row = tuple[int, str, str, float]  # epoch, split, metric, value
Measured = list[tuple[str, str, float]]  # split, metric, value


class Task(Protocol):
    """A model with its data and optimizers, as far as the loop needs to know."""

    @property
    def model(self) -> nn.Module: ...

    steps: list[float]  # the mean loss of every batch so far

    def train_epoch(self, epoch: int) -> None: ...
    def measure(self) -> Measured: ...
    def measure_start(self) -> Measured: ...
    def measure_end(self) -> Measured: ...
    def probabilities(self, split: str) -> tuple[Tensor, Tensor]: ...
    def final_model(self) -> nn.Module: ...
    def example(self) -> Tensor: ...
    def state(self) -> dict[str, object]: ...
    def load_state(self, state: dict[str, Any]) -> None: ...


def make_task(config: Config, dataset: Dataset, seed: int, device: Device) -> Task:
    """The task that a configuration describes; its initial weights depend on the seed alone."""
    torch.manual_seed(seed_for(seed, "model"))
    if isinstance(config, SoftmaxConfig):
        return SoftmaxTask(config, dataset, seed, device)
    assert isinstance(config, ImageConfig)
    return ImageTask(config, dataset, seed, device)


@dataclass
class Training:
    """How far a run has come: everything but the task's own state."""

    epoch: int = 0
    rows: list[Row] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=lambda: {"train": 0.0, "measure": 0.0, "test": 0.0})
    diverged_at: int | None = None  # the epoch in which the loss was no longer finite


def train(
    task: Task, epochs: int, seed: int, training: Training, after_epoch: Callable[[Training, Measured], None]
) -> tuple[Tensor, Tensor] | None:
    """Train from where `training` stands to the last epoch, keeping it up to date.

    Returns the probabilities (N, K) and labels (N,) of the test split, which is touched here and only here,
    or None if the run diverged. Random numbers depend on seed and epoch alone, so that a run that goes on from
    an epoch ends as if it had never stopped.
    """
    if training.epoch == 0:
        training.rows += [(0, *row) for row in task.measure_start()]
    while training.epoch < epochs:
        epoch = training.epoch + 1
        torch.manual_seed(seed_for(seed, "dropout", epoch))
        start = time.perf_counter()
        task.train_epoch(epoch)
        trained = time.perf_counter()
        measured = task.measure()
        training.seconds["train"] += trained - start
        training.seconds["measure"] += time.perf_counter() - trained
        if not all(math.isfinite(value) for _, _, value in measured):
            training.diverged_at = epoch
            return None
        training.rows += [(epoch, *row) for row in measured]
        training.epoch = epoch
        after_epoch(training, measured)
    start = time.perf_counter()
    training.rows += [(epochs, *row) for row in task.measure_end()]
    tested = task.probabilities("test")
    training.seconds["test"] += time.perf_counter() - start
    return tested
