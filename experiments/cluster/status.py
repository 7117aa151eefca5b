"""How far a task has come, in a file that it writes and others read. Whether a run is done, the store says."""

import os
import socket
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec
from rich.console import Console

from experiments.disk.files import write_atomically
from experiments.disk.records import to_json
from experiments.errors import UserError
from experiments.progress import Progress

State = Literal["running", "done", "stopped", "failed", "refused"]
TASK = "HW1_DL_TASK"  # the variable in which a script names the task it starts: array/index
ATTEMPTS = 3  # without a new epoch, after which a run counts as failed
BEAT = 15.0  # seconds between two signs of life
TWICE = "trained by two tasks at the same time; one result was kept"
EPOCH_PAUSE = 2.0  # at least so many between two that tell of an epoch


@dataclass
class Attempt:
    """One start of a task."""

    task: str  # array/index, or the process where no script started it
    node: str
    epoch: int  # reached before it


@dataclass
class Status:
    """The file's content."""

    state: State = "running"
    epoch: int = 0  # the highest that was ever reached
    epochs: int = 0
    beat: int = 0  # counts up while the task lives
    process: str = ""  # node:pid, of the attempt that wrote this
    attempts: list[Attempt] = field(default_factory=list)
    message: str = ""
    notes: list[str] = field(default_factory=list)  # what a user should know even where all ended well

    @property
    def in_vain(self) -> int:
        """Attempts since the last new epoch."""
        return sum(attempt.epoch == self.epoch for attempt in self.attempts)

    @property
    def task(self) -> str:
        return self.attempts[-1].task if self.attempts else ""

    @property
    def node(self) -> str:
        return self.attempts[-1].node if self.attempts else ""


def status_path(folder: Path, group: str) -> Path:
    """folder: the plan's."""
    return folder / "status" / f"{group.replace('/', ',')}.json"


def read_status(path: Path) -> Status | None:
    """What a task has said last; None if nothing that can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Status)
    except (OSError, msgspec.DecodeError):
        return None


def this_task() -> str:
    return os.environ.get(TASK) or this_process()


def this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


class Heart:
    """Writes the status of a task while it lives. Use as a context; its exit says how the task has ended."""

    def __init__(self, path: Path, epochs: int):
        self.path = path
        self.status = read_status(path) or Status()
        self.status.epochs = epochs
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
        self._written = 0.0

    def others_life(self, patience: float) -> bool:
        """Whether another task is training these runs: one that says so is watched for so many seconds."""
        seen = self.status
        if seen.state != "running" or not seen.attempts or seen.task == this_task():
            return False
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(1.0, left))
            now = read_status(self.path) or seen
            if now.state != "running":
                self.status = now
                return False
            if now.beat != seen.beat:
                return True
        return False

    def give_up_in_vain(self) -> None:
        """Raise UserError, and say so to others, if as many attempts as are made have brought no new epoch."""
        if self.status.in_vain < ATTEMPTS:
            return
        reason = f"; the last one: {self.status.message}" if self.status.message else ""
        error = UserError(
            f"{ATTEMPTS} attempts without a new epoch after epoch {self.status.epoch}{reason}; remove the cause, "
            f"delete {self.path} and run the same command again"
        )
        if self.status.state != "failed" or not self.status.message.startswith(f"{ATTEMPTS} attempts"):
            self.status.state, self.status.message = "failed", str(error)
            self.write()
        raise UserError(self.status.message)

    def __enter__(self) -> Self:
        self.status.state, self.status.process, self.status.message = "running", this_process(), ""
        self.status.attempts.append(Attempt(this_task(), socket.gethostname(), self.status.epoch))
        self.write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        if error is None:
            self.status.state = "done"
        elif isinstance(error, Exception):
            self.status.state = "refused" if getattr(error, "exit_code", 1) == 3 else "failed"
            self.status.message = str(error) or type(error).__name__
        else:  # Ctrl-C, SIGTERM: a time limit, a preemption
            self.status.state, self.status.message = "stopped", "stopped by a signal"
        with suppress(OSError):  # of what went wrong, the error says more
            self.write()

    def reached(self, epoch: int) -> None:
        """An epoch is finished."""
        self.status.epoch = max(self.status.epoch, epoch)
        if time.monotonic() - self._written >= EPOCH_PAUSE:
            self.write()

    def write(self) -> None:
        """Another sign of life. That another task has written the file meanwhile is noted."""
        with self._lock:
            there = read_status(self.path)
            if self._written and there and there.process != self.status.process:
                self._merge(there)
            self.status.beat += 1
            write_atomically(self.path, to_json(asdict(self.status)))
            self._written = time.monotonic()

    def _merge(self, there: Status) -> None:
        self.status.attempts = max(there.attempts, self.status.attempts, key=len)
        self.status.epoch = max(self.status.epoch, there.epoch)
        self.status.beat = max(self.status.beat, there.beat)
        self.status.notes = list(dict.fromkeys([*there.notes, *self.status.notes, TWICE]))

    def _beat(self) -> None:
        while not self._end.wait(BEAT):
            with suppress(OSError):  # the next one may be written
                self.write()


class ToldProgress(Progress):
    """Progress that a heart tells to others."""

    def __init__(self, heart: Heart, console: Console):
        super().__init__(console)
        self._heart = heart

    def reached(self, epoch: int) -> None:
        self._heart.reached(epoch)
