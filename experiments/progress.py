"""How a build tells what it is doing: bars on a terminal, one plain line an epoch elsewhere."""

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from experiments.store import RunId


class Progress:
    """Follows the epochs of many runs. Use as a context, so that a bar never outlives its work."""

    def __init__(self, console: Console | None = None):
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self.bars: Bars | None = None
        self._runs = self._run = 0
        self._lock = threading.Lock()  # runs begin side by side

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def say(self, message: str) -> None:
        """One line about the build."""
        self.console.print(message, markup=False)

    def warn(self, message: str) -> None:
        """One line about something that went wrong but was dealt with."""
        self.console.print(f"warning: {message}", style="yellow", markup=False)

    def fail(self, message: str) -> None:
        """The one line of an error that ends the build."""
        self.stop()
        self.console.print(f"error: {message}", style="red", markup=False)

    def start(self, runs: int) -> None:
        """Begin so many runs."""
        self._runs, self._run = runs, 0
        if self.console.is_terminal:
            self.bars = Bars(
                TextColumn("{task.description}"),
                BarColumn(bar_width=10),  # everything fits into 80 columns
                MofNCompleteColumn(),
                TextColumn("{task.fields[measured]}"),
                TimeRemainingColumn(elapsed_when_finished=True),
                console=self.console,
            )
            self.bars.start()

    def stop(self) -> None:
        """Leave the terminal as it was; may be called twice."""
        if self.bars:
            self.bars.stop()
            self.bars = None

    def cached(self, run_id: RunId) -> None:
        """A run is stored already."""
        self.say(f"[{self._count(1)}/{self._runs}] {run_id}: cached")

    def follow(self, run_ids: Sequence[RunId], epochs: int, done: int) -> "Followed":
        """Runs that are trained together begin, or go on after `done` epochs."""
        followed = Followed(self, run_ids, f"{self._count(len(run_ids))}/{self._runs}", epochs, done)
        if done:
            self.say(f"{followed.label}: going on after epoch {done} of {epochs}")
        return followed

    def _count(self, runs: int) -> str:
        with self._lock:
            first, self._run = self._run + 1, self._run + runs
        return f"{first}" if runs == 1 else f"{first}–{first + runs - 1}"


class Followed:
    """The epochs of runs that are trained together; others may go on beside them."""

    def __init__(self, progress: Progress, run_ids: Sequence[RunId], place: str, epochs: int, done: int):
        (experiment,) = {run_id.experiment for run_id in run_ids}
        one = len(run_ids) == 1
        self.label = f"[{place}] {run_ids[0] if one else f'{experiment}, {len(run_ids)} runs'}"
        self._progress, self._epochs, self._done, self._started = progress, epochs, done, time.monotonic()
        self._bar = None
        if progress.bars:
            name = f"{run_ids[0].variant} seed {run_ids[0].seed}" if one else f"{experiment}, {len(run_ids)} runs"
            self._bar = progress.bars.add_task(escape(f"[{place}] {name}"), total=epochs, completed=done, measured="")

    def epoch(self, epoch: int, measured: dict[str, float]) -> None:
        """An epoch is finished; `measured` holds train_loss, val_loss, val_acc, …, the means of the runs."""
        if self._progress.bars and self._bar is not None:
            short = f"loss {measured['val_loss']:.3f} acc {measured['val_acc']:.1%}"
            self._progress.bars.update(self._bar, completed=epoch, measured=short)
            return
        shown = f"train loss {measured['train_loss']:.4f}  val loss {measured['val_loss']:.4f}"
        shown += f"  val acc {measured['val_acc']:.2%}"
        seconds = (time.monotonic() - self._started) / (epoch - self._done) * (self._epochs - epoch)
        self._progress.say(f"{self.label}  epoch {epoch}/{self._epochs}  {shown}  {_duration(seconds)} left")


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
