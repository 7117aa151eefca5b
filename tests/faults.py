"""A layer between the program and the disk that counts its file operations and acts at a chosen one."""

import io
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from experiments.disk import files

CHANGES = ("write", "fsync", "rename")  # what a full or failing disk refuses; the others make or remove an entry
_EVENTS = {"os.rename": "rename", "os.remove": "unlink", "os.mkdir": "mkdir", "os.rmdir": "rmdir", "os.chmod": "chmod"}


class Faults:
    """Calls act(path) at the `at`-th of the counted operations on what lies below `root`.

    Writes and flushes are seen in experiments.disk.files, through which every result and report is written; all other
    operations wherever they happen. A write is half done before `act` is called.
    """

    def __init__(self, root: Path, at: int, act: Callable[[str], None], counted: tuple[str, ...] | None = None):
        self.root, self.at, self.act, self.counted = os.path.realpath(root), at, act, counted
        self.count = 0
        self.path = ""  # of the operation at which it acted

    def is_due(self, operation: str, path: object) -> bool:
        """Count one operation; whether it is the one."""
        name = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else ""
        if not name.startswith(self.root) or (self.counted and operation not in self.counted):
            return False
        self.count += 1
        if self.count == self.at:
            self.path = name
        return self.count == self.at

    def audit(self, event: str, args: tuple) -> None:
        """An audit hook: called before an operation, and able to prevent it."""
        if event in _EVENTS and self.is_due(_EVENTS[event], args[0]):
            self.act(self.path)

    def fsync(self, handle: int) -> None:
        """In place of os.fsync."""
        if self.is_due("fsync", os.readlink(f"/proc/self/fd/{handle}")):
            self.act(self.path)
        _fsync(handle)

    def open(self, path: Path, mode: str) -> io.BufferedRandom:
        """In place of open(path, "wb")."""
        assert mode == "wb"
        return _File(io.FileIO(path, "w+"), os.fspath(path), self)

    def fdopen(self, handle: int, mode: str) -> io.BufferedRandom:
        """In place of os.fdopen(handle, "w+b")."""
        assert mode == "w+b"
        return _File(io.FileIO(handle, "r+"), os.readlink(f"/proc/self/fd/{handle}"), self)


class _File(io.BufferedRandom):
    def __init__(self, raw: io.FileIO, path: str, faults: Faults):
        super().__init__(raw)
        self._path, self._faults = path, faults

    def write(self, data: bytes) -> int:
        if self._faults.is_due("write", self._path):
            super().write(data[: len(data) // 2])
            self.flush()
            self._faults.act(self._path)
        return super().write(data)


_fsync = os.fsync
_current: list[Faults] = []
_hooked: list[bool] = []


def install(faults: Faults, setattr: Callable[..., None] = setattr) -> Faults:
    """Let every file operation of this process from now on pass through `faults`."""
    if not _hooked:  # an audit hook stays for good
        sys.addaudithook(lambda event, args: _current[-1].audit(event, args) if _current else None)
        _hooked.append(True)
    _current[:] = [faults]
    setattr(os, "fsync", faults.fsync)
    setattr(os, "fdopen", faults.fdopen)
    setattr(files, "open", faults.open)
    return faults


def uninstall() -> None:
    """Let the audit hook be idle again; the functions are put back by whoever gave `setattr`."""
    _current.clear()


def kill(_path: str) -> None:
    """Die at once."""
    os.kill(os.getpid(), signal.SIGKILL)
