"""Names of files that are still being written. A name says which process writes it, so that what a killed process
left behind can be distinguished from what another one, perhaps on another machine, is writing now."""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_NAME = re.compile(r"\..+\.hw1dl-(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-(?P<start>[0-9]+)-[a-z0-9_]+(\.old)?\.tmp")


def new_file(path: Path) -> tuple[int, Path]:
    """An open handle and the name of a new, empty file next to `path`; both are the caller's to close and remove."""
    remove_left_over(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path), suffix=".tmp")
    return handle, Path(name)


def new_folder(path: Path) -> Path:
    """A new, empty folder next to `path`; the caller's to remove."""
    remove_left_over(path.parent)
    return Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path), suffix=".tmp"))


@contextmanager
def scratch_folder(path: Path) -> Iterator[Path]:
    """A new folder next to `path`, removed when the block ends, or by a later build if this one is killed."""
    folder = new_folder(path)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def is_unfinished(name: str) -> bool:
    """Whether this is the name of a file or folder that this program writes, or has left, unfinished."""
    return _NAME.fullmatch(name) is not None


def remove_left_over(folder: Path) -> None:
    """Remove what killed processes of this host left in a folder. What cannot be removed stays.

    Anything by another name stays, and so does everything below other folders, what a living process is writing, and
    what a process on another host or in another container wrote: whether that one lives cannot be known here.
    """
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        match = _NAME.fullmatch(name)
        if match is None or match["host"] != _host() or _is_alive(int(match["pid"]), match["start"]):
            continue
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                path.unlink()


def _prefix(path: Path) -> str:
    pid = os.getpid()
    return f".{path.name}.hw1dl-{_host()}-{pid}-{_start(pid) or 0}-"


@cache
def _host() -> str:
    """Eight hex digits for the space in which a process id means one process: a machine, or a container on it."""
    parts = [os.uname().nodename, _read("/etc/machine-id") or _read("/proc/sys/kernel/random/boot_id")]
    with contextlib.suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:8]


def _is_alive(pid: int, start: str) -> bool:
    """Whether the process that had this id and start time still runs. An id is given again to other processes."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # of another user
    now = _start(pid)
    return now is None or start == "0" or now == start


def _start(pid: int) -> str | None:
    """When a process was started, in clock ticks since the machine was; None if unknown (without /proc).

    "ended" for one that has ended and is listed only till its parent asks for its exit code.
    """
    state, *fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split() or [""]
    if state in ("Z", "X"):
        return "ended"
    return fields[18] if len(fields) > 18 else None  # field 22 of proc_pid_stat(5)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
