"""Arrays that were submitted, each in a file written before the scheduler is asked: a lost reply loses no array."""

import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

from experiments.cluster.settings import Scheduler
from experiments.cluster.status import TASK
from experiments.disk.files import create_exclusively, write_atomically
from experiments.disk.records import to_json

GRACE = 120.0  # seconds in which a scheduler may not yet list what it has taken
FORGOTTEN = -1  # in place of an epoch: of a failure that is to be tried again


@dataclass
class Array:
    """One submission. groups: by index; epochs: that each had reached before."""

    name: str
    groups: list[str]
    epochs: list[int] = field(default_factory=list)
    state: Literal["asked", "taken", "refused", "cancelled"] = "asked"
    id: str = ""

    def task(self, group: str) -> str:
        """As its script calls itself: array/index."""
        return f"{self.name}/{self.groups.index(group)}"


class Arrays:
    """All arrays of a plan. folder: the plan's."""

    def __init__(self, folder: Path, digest: str):
        self.folder, self.digest = folder / "arrays", digest
        self.logs = folder / "logs"

    def all(self) -> list[tuple[Array, float]]:
        """Each with its age in seconds by the clock of the disk, the oldest first."""
        if not self.folder.is_dir():
            return []
        now = disk_time(self.folder)
        found = []
        for path in sorted(self.folder.glob("*.json"), key=lambda path: int(path.stem)):
            try:
                found.append((msgspec.json.decode(path.read_bytes(), type=Array), now - path.stat().st_mtime))
            except (OSError, msgspec.DecodeError):
                continue
        return found

    def claim(self, groups: Sequence[str], epochs: Sequence[int], known: int) -> Array | None:
        """A new array of these groups, written down; None if another build has added one to the `known` meanwhile."""
        array = Array(f"hw1-{self.digest[:8]}-{known}", list(groups), list(epochs))
        return array if create_exclusively(self._path(array), to_json(asdict(array))) else None

    def write(self, array: Array) -> None:
        write_atomically(self._path(array), to_json(asdict(array)))

    def log(self, array: Array) -> Path:
        """Of its tasks, without index and suffix."""
        return self.logs / array.name

    def script(self, array: Array, scheduler: Scheduler, command: Sequence[str]) -> Path:
        """Write what its tasks run. command: the program and its options, to which the group's name is added."""
        names = " ".join(map(shlex.quote, array.groups))
        text = "\n".join(
            [
                "#!/bin/bash",
                f"groups_of_array=({names})",
                f"index=${{{scheduler.index}:-0}}",
                f"export {TASK}={array.name}/$index",
                f"cd {shlex.quote(os.getcwd())} || exit 1",
                *scheduler.setup,
                f'exec {shlex.join(command)} --only "${{groups_of_array[$index]}}"',
                "",
            ]
        )
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{array.name}.sh"
        write_atomically(path, text.encode())
        return path

    def _path(self, array: Array) -> Path:
        return self.folder / f"{array.name.rpartition('-')[2]}.json"


def disk_time(folder: Path) -> float:
    """Now, by the clock that stamps the files of a folder: a server's is not this machine's."""
    stamp = folder / ".now"
    write_atomically(stamp, b"")
    try:
        return stamp.stat().st_mtime
    except OSError:
        return time.time()


def program() -> list[str]:
    """The interpreter and the program, by absolute paths: a node's own python is another."""
    return [sys.executable, str(Path(__file__).resolve().parents[2] / "build.py")]


def passed_on(argv: Sequence[str], dropped: Mapping[str, int]) -> list[str]:
    """The command line without some options. dropped: option → how many words it takes."""
    kept, skip = [], 0
    for word in argv:
        name, equals, _ = word.partition("=")
        if skip:
            skip -= 1
        elif name in dropped:
            skip = 0 if equals else dropped[name]
        else:
            kept.append(word)
    return kept
