"""How a build tells what it is doing: bars on a terminal, one plain line an epoch elsewhere."""

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.text import Text

from experiments.store.runs import RunId


class _TimeLeft(TimeRemainingColumn):
    """The time that a bar's own speed foretells; empty for the bar of all runs, which says its time itself."""

    def render(self, task: Task) -> Text:
        return Text() if task.fields.get("of_all") else super().render(task)


class Progress:
    """Follows the epochs of many runs. Use as a context, so that a bar never outlives its work."""

    def __init__(self, console: Console | None = None):
        self.console = console or Console(stderr=True, highlight=False, soft_wrap=True)
        self.bars: Bars | None = None
        self._runs = self._run = 0
        self._lock = threading.Lock()  # runs begin side by side
        self._waiting: set[RunId] = set()
        self._active: list[Followed] = []
        self._seconds: dict[tuple[str, str], float] = {}  # of one run of a variant, as far as this build has seen
        self._all: TaskID | None = None

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
        """Start counting `runs` runs and show a bar."""
        self._runs, self._run = runs, 0
        if self.console.is_terminal:
            self.bars = Bars(
                TextColumn("{task.description}"),
                BarColumn(bar_width=10),  # everything fits into 80 columns
                MofNCompleteColumn(),
                TextColumn("{task.fields[measured]}"),
                _TimeLeft(elapsed_when_finished=True),
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
        self.say(f"[{self._count(1)}/{self._runs}] {run_id}: stored already")

    def expect(self, run_ids: Sequence[RunId]) -> None:
        """Runs that are going to be followed: the time left of the build counts them."""
        self._waiting = set(run_ids)
        if self.bars and len(run_ids) > 1:
            self._all = self.bars.add_task("all runs", total=len(run_ids), measured="", of_all=True)

    def time_left(self) -> str:
        """Of the build, by what this build has measured; empty where one job is all there is."""
        active, waiting = list(self._active), list(self._waiting)
        if len(active) + len(waiting) < 2:
            return ""
        known = [self._seconds.get((run_id.experiment, run_id.variant)) for run_id in waiting]
        work = sum(followed.seconds_left for followed in active) + sum(seconds or 0.0 for seconds in known)
        longest = max((followed.seconds_left for followed in active), default=0.0)
        seconds = max(longest, work / max(1, len(active)))  # as many side by side as now
        return f"{'more than ' if None in known else ''}{duration(seconds)} left in all"

    def measured(self, followed: "Followed", seconds: float, finished: bool) -> None:
        """A run of what is followed takes this number of seconds."""
        for run_id in followed.run_ids:
            self._seconds[run_id.experiment, run_id.variant] = seconds
        if finished and followed in self._active:
            self._active.remove(followed)
        if self.bars and self._all is not None:
            running = sum(len(job.run_ids) for job in self._active)
            done = (self.bars.tasks[self._all].total or 0) - len(self._waiting) - running
            self.bars.update(self._all, completed=done, measured=self.time_left())

    def reached(self, epoch: int) -> None:
        """An epoch of something that is followed is finished; for those who tell it elsewhere."""

    def follow(self, run_ids: Sequence[RunId], epochs: int, done: int) -> "Followed":
        """Runs that are trained together begin, or go on after `done` epochs."""
        followed = Followed(self, run_ids, f"{self._count(len(run_ids))}/{self._runs}", epochs, done)
        self._waiting.difference_update(run_ids)
        self._active.append(followed)
        if done:
            self.say(f"{followed.label}: going on after epoch {done} of {epochs}")
        return followed

    def _count(self, runs: int) -> str:
        with self._lock:
            first, self._run = self._run + 1, self._run + runs
        return f"{first}" if runs == 1 else f"{first}–{first + runs - 1}"


class Followed:
    """The epochs of runs that are trained together; others may go on at the same time."""

    def __init__(self, progress: Progress, run_ids: Sequence[RunId], place: str, epochs: int, done: int):
        (experiment,) = {run_id.experiment for run_id in run_ids}
        one = len(run_ids) == 1
        self.run_ids, self.seconds_left = list(run_ids), 0.0
        numbers = sorted({run_id.seed for run_id in run_ids})
        seeds = f"seed {numbers[0]}" if len(numbers) == 1 else f"seeds {numbers[0]}–{numbers[-1]}"
        together = f"{experiment} {seeds}, {len(run_ids)} runs"
        self.label = f"[{place}] {run_ids[0] if one else together}"
        self._progress, self._epochs, self._done, self._started = progress, epochs, done, time.monotonic()
        self._bar = None
        if progress.bars:
            name = f"{run_ids[0].variant} seed {run_ids[0].seed}" if one else together
            self._bar = progress.bars.add_task(escape(f"[{place}] {name}"), total=epochs, completed=done, measured="")

    def epoch(self, epoch: int, measured: dict[str, float]) -> None:
        """An epoch is finished; `measured` holds train_loss, val_loss, val_acc, …, the means of the runs."""
        seconds = (time.monotonic() - self._started) / (epoch - self._done)
        self.seconds_left = seconds * (self._epochs - epoch)
        self._progress.measured(self, seconds * self._epochs / len(self.run_ids), epoch == self._epochs)
        self._progress.reached(epoch)
        if self._progress.bars and self._bar is not None:
            short = f"loss {measured['val_loss']:.3f} acc {measured['val_acc']:.1%}"
            self._progress.bars.update(self._bar, completed=epoch, measured=short)
            return
        shown = f"train loss {measured['train_loss']:.4f}  val loss {measured['val_loss']:.4f}"
        shown += f"  val acc {measured['val_acc']:.2%}"
        left = f"{duration(self.seconds_left)} left"
        in_all = self._progress.time_left()
        self._progress.say(
            f"{self.label}  epoch {epoch}/{self._epochs}  {shown}  {left}{f', {in_all}' if in_all else ''}"
        )


def counted(number: int, noun: str) -> str:
    """A number of things for reading: 1 thread, 2 threads."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Seconds for reading: 45 s, 3 min 05 s, 2 h 07 min."""
    minutes, seconds = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"
