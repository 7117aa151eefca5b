"""The one training loop: epochs, measurements, and one evaluation at the end. Knows no file and no report."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from torch import Tensor, nn

Row = tuple[int, str, str, float]  # epoch, split, metric, value
Measured = list[tuple[str, str, float]]  # split, metric, value


class TrainedRun(Protocol):
    """One run as far as it is measured."""

    @property
    def model(self) -> nn.Module: ...

    steps: list[float]  # the mean loss of every batch so far

    def measure(self) -> Measured: ...
    def measure_start(self) -> Measured: ...
    def measure_end(self) -> Measured: ...
    def probabilities(self, split: str) -> tuple[Tensor, Tensor]: ...
    def final_model(self) -> nn.Module: ...
    def example(self) -> Tensor: ...


class Task(Protocol):
    """What is trained together: a run, or several that share every pass over the data."""

    @property
    def runs(self) -> Sequence[TrainedRun]: ...

    check: Callable[[], None]  # called before every batch; may raise to stop

    def train_epoch(self, epoch: int) -> None: ...
    def state(self) -> dict[str, object]: ...
    def load_state(self, state: dict[str, Any]) -> None: ...


@dataclass
class History:
    """What was measured of one run."""

    rows: list[Row] = field(default_factory=list)
    diverged_at: int | None = None  # the epoch in which the loss was no longer finite
    steps: int | None = None  # how many were made till then
    wanted: bool = True  # False: stored already, and trained only because others are trained with it


@dataclass
class Training:
    """How far a task has come: everything but its own state."""

    runs: list[History]
    epoch: int = 0
    # On the clock, of the whole task.
    seconds: dict[str, float] = field(default_factory=lambda: {"train": 0.0, "measure": 0.0, "test": 0.0})

    @property
    def going(self) -> bool:
        """Whether some run has not diverged."""
        return any(run.diverged_at is None for run in self.runs)


def train(
    task: Task,
    epochs: int,
    training: Training,
    after_epoch: Callable[[Training, list[Measured]], None],
    split: str = "test",
) -> list[tuple[Tensor, Tensor] | None]:
    """Train from where `training` stands to the last epoch, keeping it up to date.

    Returns for each run the probabilities (N, K) and labels (N,) of the split on which it is evaluated in the end, or
    None if it diverged or is not wanted. The test split is touched here and only here. Random numbers depend on seed
    and epoch alone, so that a task that continues after an epoch ends as if it had never stopped.
    """
    if training.epoch == 0:
        for run, history in zip(task.runs, training.runs, strict=True):
            history.rows += [(0, *row) for row in run.measure_start()]
    while training.epoch < epochs and training.going:
        epoch = training.epoch + 1
        start = time.perf_counter()
        task.train_epoch(epoch)
        trained = time.perf_counter()
        measured = [run.measure() for run in task.runs]
        training.seconds["train"] += trained - start
        training.seconds["measure"] += time.perf_counter() - trained
        for run, history, values in zip(task.runs, training.runs, measured, strict=True):
            if history.diverged_at is None and not all(math.isfinite(value) for _, _, value in values):
                history.diverged_at, history.steps = epoch, len(run.steps)
            if history.diverged_at is None:
                history.rows += [(epoch, *row) for row in values]
        if training.going:
            training.epoch = epoch
            after_epoch(training, measured)
    start = time.perf_counter()
    tested: list[tuple[Tensor, Tensor] | None] = []
    for run, history in zip(task.runs, training.runs, strict=True):
        if history.diverged_at is None and history.wanted:
            history.rows += [(epochs, *row) for row in run.measure_end()]
            tested.append(run.probabilities(split))
        else:
            tested.append(None)
    training.seconds["test"] += time.perf_counter() - start
    return tested
