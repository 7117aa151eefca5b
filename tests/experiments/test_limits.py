"""Made-up /proc and /sys trees: what a container or a shell allows is found wherever it stands."""

import resource
import threading

import pytest

from experiments import limits
from experiments.limits import NoThreadError, available_memory, startable_threads, usable_cores

GIB, MIB = 2**30, 2**20
V2 = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"
V1_CPU = "32 31 0:29 {top} /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct"
V1_MEMORY = "35 31 0:32 {top} /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory"


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch):
    monkeypatch.setattr(limits.os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)
    monkeypatch.setattr(limits, "startable_threads", lambda wanted: wanted)
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)


@pytest.fixture
def machine(tmp_path):
    """A function that writes a machine with 10 GiB free, whose process is in the groups of `own`."""

    def write(own, mounts, files=None):
        everything = {
            "proc/meminfo": "MemTotal: 16777216 kB\nMemFree: 1 kB\nMemAvailable: 10485760 kB\n",
            "proc/self/cgroup": own,
            "proc/self/mountinfo": "22 27 0:21 / /proc rw - proc proc rw\n" + "\n".join(mounts) + "\n",
            "proc/self/statm": "1024 512 0 0 0 0 0\n",
        }
        for name, text in {**everything, **{f"sys/fs/cgroup/{k}": v for k, v in (files or {}).items()}}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


# (what /proc/self/cgroup says, what is mounted, files below /sys/fs/cgroup, cores of 8)
CORES = {
    "no groups": ("", [], {}, 8),
    "version 2 without a limit": ("0::/job", [V2], {"job/cpu.max": "max 100000"}, 8),
    "docker --cpus 1": ("0::/", [V2], {"cpu.max": "100000 100000"}, 1),
    "half a core counts as one": ("0::/", [V2], {"cpu.max": "50000 100000"}, 1),
    "a core and a half counts as one": ("0::/", [V2], {"cpu.max": "150000 100000"}, 1),
    "another period": ("0::/", [V2], {"cpu.max": "60000 20000"}, 3),
    "more than there are": ("0::/", [V2], {"cpu.max": "6400000 100000"}, 8),
    "the group around has less": ("0::/a/b", [V2], {"a/b/cpu.max": "max 100000", "a/cpu.max": "200000 100000"}, 2),
    "the group within has less": ("0::/a/b", [V2], {"a/b/cpu.max": "300000 100000", "a/cpu.max": "500000 100000"}, 3),
    "a group within that is another's": ("0::/a", [V2], {"a/b/cpu.max": "100000 100000"}, 8),
    "a group outside the namespace": ("0::/../x", [V2], {"cpu.max": "200000 100000"}, 2),
    "no groups named, one mounted": ("", [V2], {"cpu.max": "200000 100000"}, 2),
    "version 1 without a limit": (
        "1:cpu,cpuacct:/",
        [V1_CPU.format(top="/")],
        {"cpu,cpuacct/cpu.cfs_quota_us": "-1", "cpu,cpuacct/cpu.cfs_period_us": "100000"},
        8,
    ),
    "version 1, nested": (
        "1:cpu,cpuacct:/a/b\n2:memory:/",
        [V1_CPU.format(top="/"), V1_MEMORY.format(top="/")],
        {"cpu,cpuacct/a/cpu.cfs_quota_us": "400000", "cpu,cpuacct/a/cpu.cfs_period_us": "200000"},
        2,
    ),
    "version 1, the container's group at the top": (
        "1:cpu,cpuacct:/docker/1f",
        [V1_CPU.format(top="/docker/1f")],
        {"cpu,cpuacct/cpu.cfs_quota_us": "300000", "cpu,cpuacct/cpu.cfs_period_us": "100000"},
        3,
    ),
    "version 1, a group that is not mounted": (
        "1:cpu,cpuacct:/docker/1f",
        [V1_CPU.format(top="/docker/2e")],
        {"cpu,cpuacct/cpu.cfs_quota_us": "300000", "cpu,cpuacct/cpu.cfs_period_us": "100000"},
        3,
    ),
    "a mount point with a blank": (
        "0::/",
        [V2.replace("/sys/fs/cgroup", r"/sys/fs/cgroup/a\040b")],
        {"a b/cpu.max": "100000 100000"},
        1,
    ),
}


@pytest.mark.parametrize(("own", "mounts", "files", "cores"), CORES.values(), ids=CORES)
def test_cores_are_bounded_by_the_time_that_the_groups_allow(machine, own, mounts, files, cores):
    assert usable_cores(machine(own, mounts, files)) == cores


def test_cores_are_bounded_by_the_affinity(machine, monkeypatch):
    monkeypatch.setattr(limits.os, "sched_getaffinity", lambda pid: {0, 5})
    assert usable_cores(machine("", [])) == 2


def test_cores_are_bounded_by_the_threads_that_can_be_started(machine, monkeypatch):
    monkeypatch.setattr(limits, "startable_threads", lambda wanted: min(wanted, 3))
    assert usable_cores(machine("", [])) == 3
    monkeypatch.setattr(limits, "startable_threads", lambda wanted: 0)
    with pytest.raises(NoThreadError, match=r"no further thread can be started; .*ulimit -u"):
        usable_cores(machine("", []))


@pytest.mark.parametrize("allowed", [0, 2, 9])
def test_threads_are_counted_by_starting_them(monkeypatch, allowed):
    real, started = threading.Thread.start, []

    def start(thread):
        if len(started) == allowed:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    assert startable_threads(5) == min(5, allowed)
    assert not any(thread.is_alive() for thread in started)


def stat(anon, inactive, active, prefix=""):
    return f"anon {anon}\nfile 99\n{prefix}inactive_file {inactive}\n{prefix}active_file {active}\n"


def v2(folder, limit, used, cached):
    names = {"memory.max": limit, "memory.current": used, "memory.stat": stat(0, cached, 0)}
    return {f"{folder}{name}": str(value) for name, value in names.items()}


def v1(folder, limit, used, cached):
    counts = stat(0, 7, 7) + stat(0, 0, cached, "total_")
    names = {"memory.limit_in_bytes": limit, "memory.usage_in_bytes": used, "memory.stat": counts}
    return {f"memory/{folder}{name}": str(value) for name, value in names.items()}


TOP = V1_MEMORY.format(top="/")
MEMORY = {
    "no groups": ("", [], {}, 10 * GIB),
    "version 2 without a limit": ("0::/", [V2], v2("", "max", GIB, 0), 10 * GIB),
    "a limit above what is free": ("0::/", [V2], v2("", 64 * GIB, 2 * GIB, 0), 10 * GIB),
    "4 GiB, 3 used, of which 1 for files": ("0::/", [V2], v2("", 4 * GIB, 3 * GIB, GIB), 2 * GIB),
    "more used than allowed": ("0::/", [V2], v2("", GIB, 2 * GIB, 0), 0),
    "a soft limit": ("0::/", [V2], {**v2("", "max", GIB, 0), "memory.high": str(3 * GIB)}, 2 * GIB),
    "the group around has less left": (
        "0::/a/b",
        [V2],  # b: 8 - 1 = 7 GiB; a: 6 - 4 + 1 = 3 GiB
        v2("a/b/", 8 * GIB, GIB, 0) | v2("a/", 6 * GIB, 4 * GIB, GIB),
        3 * GIB,
    ),
    "the group within has less left": (
        "0::/a/b",
        [V2],
        v2("a/b/", 2 * GIB, GIB, 0) | v2("a/", 6 * GIB, 2 * GIB, 0),
        GIB,
    ),
    "no groups named, one mounted": ("", [V2], v2("", 4 * GIB, 3 * GIB, 0), GIB),
    "version 1 without a limit": ("4:memory:/", [TOP], v1("", 9223372036854771712, GIB, 0), 10 * GIB),
    "version 1, groups within counted too": ("4:memory:/", [TOP], v1("", 4 * GIB, 3 * GIB, GIB), 2 * GIB),
    "version 1, nested": (
        "4:memory:/a/b\n1:cpu:/",
        [TOP],
        v1("a/b/", 9223372036854771712, GIB, 0) | v1("a/", 5 * GIB, 4 * GIB, 0),
        GIB,
    ),
    "both versions": ("4:memory:/\n0::/", [TOP, V2], v1("", 4 * GIB, GIB, 0), 3 * GIB),
}


@pytest.mark.parametrize(("own", "mounts", "files", "left"), MEMORY.values(), ids=MEMORY)
def test_memory_is_what_every_group_around_leaves(machine, own, mounts, files, left):
    assert available_memory(machine(own, mounts, files)) == left


def test_memory_is_bounded_by_the_address_space_that_is_left(machine, monkeypatch):
    page = limits.os.sysconf("SC_PAGE_SIZE")  # of which 1,024 are taken
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (3 * GIB, resource.RLIM_INFINITY))
    assert available_memory(machine("", [])) == 3 * GIB - 1024 * page


def test_where_the_system_says_nothing_all_memory_and_all_cores_count(tmp_path):
    page, pages = (limits.os.sysconf(name) for name in ("SC_PAGE_SIZE", "SC_PHYS_PAGES"))
    assert available_memory(tmp_path) == page * pages
    assert usable_cores(tmp_path) == 8
