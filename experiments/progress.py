"""How a build tells what it is doing: bars on a terminal, one plain line an epoch elsewhere."""

import time
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
        self._bars: Bars | None = None

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
            self._bars = Bars(
                TextColumn("{task.description}"),
                BarColumn(bar_width=10),  # everything fits into 80 columns
                MofNCompleteColumn(),
                TextColumn("{task.fields[measured]}"),
                TimeRemainingColumn(elapsed_when_finished=True),
                console=self.console,
            )
            self._bars.start()

    def stop(self) -> None:
        """Leave the terminal as it was; may be called twice."""
        if self._bars:
            self._bars.stop()
            self._bars = None

    def cached(self, run_id: RunId) -> None:
        """A run is stored already."""
        self._run += 1
        self.say(f"[{self._run}/{self._runs}] {run_id}: cached")

    def run(self, run_id: RunId, epochs: int, done: int) -> None:
        """A run begins, or goes on after `done` epochs."""
        self._run += 1
        self._label = f"[{self._run}/{self._runs}] {run_id}"
        self._started, self._done = time.monotonic(), done
        if done:
            self.say(f"{self._label}: going on after epoch {done} of {epochs}")
        if self._bars:
            self._task = self._bars.add_task(
                escape(f"[{self._run}/{self._runs}] {run_id.variant} seed {run_id.seed}"),
                total=epochs,
                completed=done,
                measured="",
            )

    def epoch(self, epoch: int, epochs: int, measured: dict[str, float]) -> None:
        """An epoch is finished; `measured` holds train_loss, val_loss, val_acc, …"""
        if self._bars:
            short = f"loss {measured['val_loss']:.3f} acc {measured['val_acc']:.1%}"
            self._bars.update(self._task, completed=epoch, measured=short)
            return
        shown = f"train loss {measured['train_loss']:.4f}  val loss {measured['val_loss']:.4f}"
        shown += f"  val acc {measured['val_acc']:.2%}"
        seconds = (time.monotonic() - self._started) / (epoch - self._done) * (epochs - epoch)
        self.say(f"{self._label}  epoch {epoch}/{epochs}  {shown}  {_duration(seconds)} left")


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
