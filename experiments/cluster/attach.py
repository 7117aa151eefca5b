"""build.py --cluster: submits what is missing, shows how every run stands, and says when all is there."""

import time
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from experiments.catalog import Experiment
from experiments.cluster.arrays import FORGOTTEN, Array, Arrays, passed_on, program
from experiments.cluster.plan import Plan, make_plan
from experiments.cluster.scheduler import Answer, alive, cancel, largest_array, listed, submit
from experiments.cluster.settings import Scheduler
from experiments.cluster.status import status_path
from experiments.cluster.table import Group, counts, survey
from experiments.errors import UserError
from experiments.progress import counted

if TYPE_CHECKING:
    from experiments.data.dataset import Dataset
    from experiments.options import TrainingOptions
    from experiments.progress import Progress

EVERY = 30.0  # seconds between two looks of --wait: one question to the scheduler for all runs
SUBMISSIONS_RACED = 5  # times that another build may be quicker before this one leaves the rest to it
# What a task does not get from the command line: what it is told itself, and what concerns the report.
_DROPPED: Mapping[str, int] = {
    "--cluster": 0, "--wait": 0, "--cancel": 0, "--retry": 0, "--data": 1, "--device": 1, "--precision": 1,
    "--series": 1, "--out": 1, "--lang": 1, "--fields": 1, "--words": 1, "--screen-first": 0, "--draft": 0,
}  # fmt: skip


class Cluster:
    """A plan and the scheduler that is to carry it out."""

    def __init__(self, plan: Plan, scheduler: Scheduler, options: "TrainingOptions", progress: "Progress"):
        self.plan, self.scheduler, self.results, self.progress = plan, scheduler, options.results, progress
        self.arrays = Arrays(plan.folder(options.results), plan.digest)
        data = "demo" if plan.demo else "real"
        series = options.seed_series()  # a task does not look into homework.toml
        self.command = [
            *program(),
            *passed_on(options.argv, _DROPPED),
            *(("--series", series) if series else ()),
            *("--data", data, "--plan-digest", plan.digest),
        ]

    def look(self) -> tuple[list[Group], Answer]:
        """How every group stands, and what the scheduler has answered."""
        answer = alive(self.scheduler)
        if not answer.ok:
            self.progress.warn(f"the scheduler does not answer ({answer.text:.200}); nothing is submitted for now")
        return survey(self.plan, self.results, self.arrays.all(), listed(answer.text) if answer.ok else None), answer

    def submit_missing(self) -> list[Group]:
        """Submit what nobody trains; returns how every group stands then."""
        for _ in range(SUBMISSIONS_RACED):
            groups, answer = self.look()
            missing = [group for group in groups if group.state == "missing"]
            if not missing or not answer.ok:
                return groups
            if self._submit(missing):
                return self.look()[0]
        return groups

    def _submit(self, missing: Sequence[Group]) -> bool:
        """Submit arrays of these groups, one for each kind of resource; False if another build did meanwhile.

        What the scheduler does not take waits for the next call.
        """
        largest = largest_array(self.scheduler)

        def threads(group: Group) -> int:
            return self.plan.record["groups"][group.name]["threads"]

        waiting = len(missing)
        for needed, alike in groupby(sorted(missing, key=threads), key=threads):
            names = list(alike)
            for first in range(0, len(names), largest):
                part = names[first : first + largest]
                known = self._next()
                array = self.arrays.claim([group.name for group in part], [group.epoch for group in part], known)
                if array is None:
                    return False
                if not self._hand_over(array, needed):
                    self.progress.warn(f"{waiting} of {len(missing)} tasks not submitted; the same command tries again")
                    return True
                waiting -= len(part)
        return True

    def _next(self) -> int:
        return 1 + max((int(array.name.rpartition("-")[2]) for array, _ in self.arrays.all()), default=-1)

    def _hand_over(self, array: Array, threads: int) -> bool:
        """Submit one array; whether the scheduler has taken it, or may have."""
        script = self.arrays.script(array, self.scheduler, self.command)
        answer = submit(self.scheduler, script, array.name, len(array.groups), threads, self.arrays.log(array))
        if answer.ok:
            array.state, array.id = "taken", answer.text.splitlines()[-1].strip() if answer.text else ""
            self.arrays.write(array)
            tasks = f"{counted(len(array.groups), 'task')} of {counted(threads, 'thread')}"
            self.progress.say(f"submitted {array.name}: {tasks}" + (f", {array.id}" if array.id else ""))
            return True
        there = alive(self.scheduler)
        if there.ok and array.name in {name for name, _ in listed(there.text)}:
            array.state = "taken"
            self.arrays.write(array)
            self.progress.warn(f"{array.name}: taken, though the scheduler's answer was {answer.text:.200}")
            return True
        if answer.lost:  # stays "asked": counted as taken until it should have been listed
            self.progress.warn(f"{array.name}: perhaps taken ({answer.text:.200}); a later call will see")
            return True
        array.state = "refused"
        self.arrays.write(array)
        self.progress.warn(f"{array.name}: refused: {answer.text:.300}")
        return False

    def cancel(self) -> None:
        """End all that waits or runs of this plan."""
        for array, _ in self.arrays.all():
            if array.state in ("refused", "cancelled"):
                continue
            answer = cancel(self.scheduler, array.name)
            if not answer.ok:
                raise UserError(f"{array.name}: not cancelled ({answer.text:.200}); run the same command again")
            array.state = "cancelled"
            self.arrays.write(array)
            self.progress.say(f"cancelled {array.name}")

    def forget_failures(self) -> None:
        """Let runs that have failed be tried again."""
        failed = [group for group in self.look()[0] if group.state == "failed"]
        for group in failed:
            status_path(self.plan.folder(self.results), group.name).unlink(missing_ok=True)
            for array, _ in self.arrays.all():
                if group.name in array.groups:
                    array.epochs[array.groups.index(group.name)] = FORGOTTEN
                    self.arrays.write(array)


def attach(
    options: "TrainingOptions",
    experiments: Sequence[Experiment],
    scheduler: Scheduler,
    progress: "Progress",
) -> tuple[dict[str, "Dataset"], int] | None:
    """Submit what is missing and show how every run stands, with --wait again and again.

    Returns the datasets by name and the seeds of each variant if all runs are stored, else None. Raises UserError if
    runs have failed and nothing else is left to wait for.
    """
    from experiments.data.load import load_datasets
    from experiments.store.datasets import ensure_dataset

    datasets = load_datasets(options, progress.console)
    plan = make_plan(options, experiments, datasets)
    plan.write(options.results)
    cluster = Cluster(plan, scheduler, options, progress)
    record = plan.record
    progress.say(f"plan {plan.digest}: {len(record['groups'])} tasks, {record['device']}, {record['precision']}")
    if options.cancel:
        cluster.cancel()
        return None
    for dataset in datasets.values():
        if damage := ensure_dataset(options.results, dataset):
            progress.warn(damage)
    if options.retry:
        cluster.forget_failures()
    said: list[str] = []
    while True:
        groups = cluster.submit_missing()
        lines = [line for group in groups for line in group.lines()]
        for line in lines:
            if line not in said:
                progress.say(line)
        said = lines
        found = counts(groups)
        progress.say(", ".join(f"{runs} {state}" for state, runs in found.items()))
        if found.keys() == {"done"}:
            return datasets, options.seeds_for(datasets)
        if found.keys() <= {"done", "failed"}:
            raise UserError(
                f"{found['failed']} runs have failed; their logs are in {cluster.arrays.logs}; remove the cause, then "
                "run the same command with --retry"
            )
        if not options.wait:
            progress.say("the same command shows how they stand, and renders when all are there")
            return None
        time.sleep(EVERY)
