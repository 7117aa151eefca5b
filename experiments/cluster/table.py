"""How each run of a plan stands, from the store, the tasks' own words and the scheduler's list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from experiments.cluster.arrays import FORGOTTEN, GRACE, Array, Arrays, disk_time
from experiments.cluster.plan import Plan
from experiments.cluster.status import ATTEMPTS, Status, read_status, status_path
from experiments.disk.records import StoreError, UnreadableError
from experiments.disk.waiting import LATE
from experiments.store.runs import find_run

State = Literal["done", "running", "queued", "late", "unreadable", "failed", "missing"]
LOG_LINES = 8
MOST_IN_VAIN = 10  # submissions of which no task ever said a word: the scheduler loses them
NOT_LOST = frozenset({"stopped", "failed", "refused"})  # what a task said when it ended


@dataclass
class Group:
    """Runs that are trained together, and how they stand."""

    name: str
    runs: list[str]
    state: State
    status: Status | None = None
    array: Array | None = None
    reason: str = ""
    log: list[str] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        return self.status.epoch if self.status else 0

    def lines(self) -> Iterator[str]:
        """One for each run; of a failed one the end of its log follows."""
        for run in self.runs:
            yield f"{run}: {self._said()}"
        if self.state == "failed" or (self.state == "missing" and self.log):
            yield from (f"    {line}" for line in self.log)

    def _said(self) -> str:
        status = self.status
        where = f" ({status.node})" if status and status.node else ""
        if self.state == "done":
            return "done" + (f" ({'; '.join(status.notes)})" if status and status.notes else "")
        if self.state == "running":
            return f"running, epoch {self.epoch}/{status.epochs if status else '?'}{where}"
        after = f", goes on after epoch {self.epoch}" if self.epoch else ""
        if self.state == "queued":
            return f"queued{after}"
        if self.state == "late":
            return f"ended{where}; its files may be on their way"
        if self.state == "missing":
            return f"not queued{after}" + (f" ({self.reason})" if self.reason else "")
        return f"{self.state}: {self.reason}"


def survey(
    plan: Plan, results: Path, arrays: Sequence[tuple[Array, float]], listed: set[tuple[str, str]] | None
) -> list[Group]:
    """Every group of the plan. listed: (array, index) of what the scheduler has; None if it does not say."""
    folder = plan.folder(results)
    now = disk_time(folder)
    found = []
    for name, record in plan.record["groups"].items():
        path = status_path(folder, name)
        group = Group(name, list(record["runs"]), "missing", read_status(path))
        found.append(group)
        try:
            keys = {run_id: key for run_id, key in plan.jobs[name].members}
            if all(find_run(results, run_id, key) for run_id, key in keys.items()):
                group.state = "done"
                continue
        except UnreadableError as error:
            group.state, group.reason = "unreadable", str(error)
            continue
        except StoreError:
            pass  # damaged: whoever trains it moves it aside
        own = [(array, age) for array, age in arrays if name in array.groups]
        group.array = own[-1][0] if own else None
        try:
            silent = now - path.stat().st_mtime
        except OSError:
            silent = float("inf")
        logs = Arrays(folder, plan.digest).logs
        group.state = _state(group, own, silent, listed)
        if group.state == "missing":
            _count_attempts(group, own, logs)
    return found


def _state(
    group: Group, own: Sequence[tuple[Array, float]], silent: float, listed: set[tuple[str, str]] | None
) -> State:
    """Of a group that the store does not have. own: its arrays with their ages; silent: seconds since its last word."""
    status = group.status
    said = status.state if status else None
    going = [
        array
        for array, age in own
        if array.state not in ("refused", "cancelled") and _goes_on(array, age, group, status, listed)
    ]
    if said == "running" and silent < LATE:
        return "running"
    if going:
        return "running" if said == "running" and status and status.task == going[-1].task(group.name) else "queued"
    if said == "done" and silent < LATE:
        return "late"
    return "missing"


def _goes_on(
    array: Array, age: float, group: Group, status: Status | None, listed: set[tuple[str, str]] | None
) -> bool:
    """Whether a task waits or runs, or may do so without being listed yet."""
    place = array.groups.index(group.name)
    if listed is None or (array.name, str(place)) in listed or (array.name, "") in listed:
        return True
    if array.epochs[place] == FORGOTTEN:
        return False
    ended = status and status.task == array.task(group.name) and status.state in (*NOT_LOST, "done")
    return age < GRACE and not ended


def _count_attempts(group: Group, own: Sequence[tuple[Array, float]], logs_folder: Path) -> None:
    """Turn a group into a failed one after three attempts without a new epoch, with what the last one said."""
    tried = [array for array, _ in own if array.state not in ("refused", "cancelled")]
    tried = [array for array in tried if array.epochs[array.groups.index(group.name)] == group.epoch]
    names = [logs_folder / f"{array.name}.{array.groups.index(group.name)}.txt" for array in tried]
    logs = [log for log in names if log.is_file()]
    status = group.status
    group.reason = (status.message or "its task ended without a word") if status else ""
    group.log = _end_of(logs[-1]) if logs else []
    spoken = status.in_vain if status else 0
    started = len(logs)  # what fails before the program begins leaves nothing but a log
    if max(spoken, started) >= ATTEMPTS or len(tried) >= MOST_IN_VAIN:
        group.state = "failed"
        what = group.reason or "its tasks never began"
        group.reason = (
            f"{max(spoken, started) or len(tried)} attempts without a new epoch after epoch {group.epoch}; the last: "
            f"{what}"
        )


def _end_of(log: Path) -> list[str]:
    """The last lines of a log."""
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    except OSError:
        return []


def counts(groups: Sequence[Group]) -> Mapping[str, int]:
    """State → runs."""
    found: dict[str, int] = {}
    for group in groups:
        found[group.state] = found.get(group.state, 0) + len(group.runs)
    return found
