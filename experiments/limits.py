"""What this process may use of the machine: cores, threads and memory, as containers and the shell limit them.

Neither `os.cpu_count` nor /proc/meminfo knows of a container's limits. They stand in the control groups, of version 1
(one hierarchy for each controller) or 2 (one for all), and hold for a group and everything below it:
docs.kernel.org/admin-guide/cgroup-v2.html, docs.kernel.org/scheduler/sched-bwc.html.
"""

import os
import re
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

from experiments.errors import UserError

_ROOT = Path("/")


class NoThreadError(UserError):
    """Not one further thread can be started."""

    def __init__(self) -> None:
        super().__init__(
            "no further thread can be started; end other programs, or raise the limit on processes "
            "(ulimit -u, of a container --pids-limit)"
        )


def usable_cores(root: Path = _ROOT) -> int:
    """Cores that this process can keep busy: its affinity, cut to the CPU time and the threads that it is allowed.

    Of 1.5 cores' worth of time one core counts: two threads, which wait for each other all the time, used it up
    waiting and trained 0.6 times as fast as one. `root` is where /proc and /sys are found. Raises NoThreadError if
    not one can be started.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for group in _groups("cpu", root):
        if quota := _cpu_quota(group):
            cores = min(cores, max(1, int(quota)))
    if not (threads := startable_threads(cores)):
        raise NoThreadError
    return threads


def startable_threads(wanted: int) -> int:
    """How many threads can be started now, at most `wanted`.

    They are started: the limits on processes of a user (ulimit -u), of a container (pids.max) and on memory for stacks
    count whatever else is running.
    """
    end = threading.Event()
    threads: list[threading.Thread] = []
    try:
        for _ in range(wanted):
            thread = threading.Thread(target=end.wait, daemon=True)
            try:
                thread.start()
            except (RuntimeError, MemoryError):  # "can't start new thread"
                break
            threads.append(thread)
    finally:
        end.set()
        for thread in threads:
            thread.join()
    return len(threads)


def available_memory(root: Path = _ROOT) -> int:
    """Bytes that this process can still take without driving others out, at least 0.

    What is free on the machine, cut to what is left below the limit of every control group that this process is in and
    below its own limit of address space. Everything that the machine has, where the system does not say.
    """
    left = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for line in _lines(root / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            left = int(line.split()[1]) * 1024
    groups = [_left_in_group(group) for group in _groups("memory", root)]
    return max(0, min([left, *(room for room in groups if room is not None), *_left_of_address_space(root)]))


def _left_in_group(group: Path) -> int | None:
    """Bytes below a memory group's limit; None if it has no limit.

    What was read from files counts as used, but is given up when something else needs the room.
    """
    limits = [_number(group / name) for name in ("memory.max", "memory.high", "memory.limit_in_bytes")]
    limit = min((limit for limit in limits if limit is not None), default=None)
    if limit is None:
        return None
    used = _number(group / "memory.current") or _number(group / "memory.usage_in_bytes") or 0
    counts = {kind: int(count) for kind, count in (line.split() for line in _lines(group / "memory.stat"))}
    total = "total_" if "total_inactive_file" in counts else ""  # version 1 counts the groups below apart
    return limit - used + sum(counts.get(f"{total}{kind}_file", 0) for kind in ("inactive", "active"))


def _left_of_address_space(root: Path) -> list[int]:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return []
    pages = next((int(line.split()[0]) for line in _lines(root / "proc/self/statm")), 0)
    return [limit - pages * os.sysconf("SC_PAGE_SIZE")]


def _cpu_quota(group: Path) -> float | None:
    """Cores' worth of time that a cpu group may use; None if it has no limit."""
    for line in _lines(group / "cpu.max"):
        quota, period = line.split()
        return None if quota == "max" else int(quota) / int(period)
    share, length = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    return share / length if share and length and share > 0 else None


def _groups(controller: str, root: Path) -> Iterator[Path]:
    """The folders of this process's groups with a controller, each with those around it, as far as they can be seen.

    In a container the mount often begins at the container's own group, which then lies at the mount's top whatever
    /proc/self/cgroup calls it.
    """
    own: dict[str, Path] = {}  # by controller, "" for version 2
    for line in _lines(root / "proc/self/cgroup"):
        _, names, path = line.split(":", 2)
        own |= dict.fromkeys(names.split(","), Path(path))
    for top, point, controllers in _mounts(root):
        if controller not in controllers and "" not in controllers:
            continue
        group = own.get("" if "" in controllers else controller, Path("/"))
        parts = group.relative_to(top).parts if group.is_relative_to(top) else ()
        for depth in range(len(parts), -1, -1):
            yield (root / point.relative_to("/")).joinpath(*parts[:depth])


def _mounts(root: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """(top within its hierarchy, mount point, controllers) of what is mounted; version 2 has the one controller ""."""
    for line in _lines(root / "proc/self/mountinfo"):
        before, _, after = line.partition(" - cgroup")
        if after:
            (_, _, _, top, point, *_), (version, _, options, *_) = before.split(" "), after.split(" ")
            yield _unescaped(top), Path(_unescaped(point)), [""] if version == "2" else options.split(",")


def _unescaped(field: str) -> str:
    """A field of mountinfo, in which blanks are written as \\040."""
    return re.sub(r"\\(\d{3})", lambda octal: chr(int(octal[1], 8)), field)


def _number(path: Path) -> int | None:
    """The number in a file of a control group; None if the file is not there or says "max"."""
    return next((int(line) for line in _lines(path) if line.lstrip("-").isdecimal()), None)


def _lines(path: Path) -> list[str]:
    """The lines of a file of the system; none where it is not there."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
