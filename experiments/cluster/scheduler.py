"""What is said to a scheduler, and what it answers. A scheduler that does not answer is not one that has nothing."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.cluster.settings import TABLE, Scheduler
from experiments.errors import UserError

PATIENCE = 60.0  # seconds for an answer
# What an allocation from within which this is called leaves in the environment, and the caller's own defaults.
_NOT_INHERITED = re.compile(
    r"(SLURMD?|SBATCH|SRUN|SALLOC|SQUEUE|SCANCEL)_|PMI|OMPI_|PBS_(JOB|ARRAY|NODE|TASK|ENVIRONMENT|O_)"
)
_KEPT = frozenset({"SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT"})  # where the scheduler is
_LOST = re.compile(r"time(d|) ?-?out|zero bytes|connect|communicat|contact|transmit|try again", re.IGNORECASE)
LARGEST_ARRAY = 1000  # tasks, where the scheduler does not say: Slurm's own default


class SchedulerError(UserError):
    """A scheduler's command cannot be run."""


@dataclass(frozen=True)
class Answer:
    """What a command has printed, and whether that can be believed."""

    ok: bool
    text: str
    lost: bool = False  # the command may have been carried out though it failed


def outside_environment(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment without what an allocation has put into it: it would be taken for the new job's own."""
    return {name: value for name, value in environ.items() if name in _KEPT or not _NOT_INHERITED.match(name)}


def ask(command: Sequence[str]) -> Answer:
    """Run a command of the scheduler. Raises SchedulerError if there is no such program."""
    try:
        done = subprocess.run(
            command,
            env=outside_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return Answer(False, f"{command[0]}: no answer within {PATIENCE:.0f} s", lost=True)
    except OSError as error:
        raise SchedulerError(
            f"{command[0]}: cannot be run ({error.strerror}); run this where the scheduler's commands are, or name "
            f"yours in [{TABLE}] of homework.toml"
        ) from None
    said = (done.stdout if done.returncode == 0 else done.stderr or done.stdout).strip()
    if done.returncode == 0:
        return Answer(True, said)
    words = " ".join(said.split()) or f"{command[0]}: exit code {done.returncode}"
    return Answer(False, words, lost=bool(_LOST.search(words)))


def alive(scheduler: Scheduler) -> Answer:
    """The tasks that wait or run, a line each."""
    return ask(scheduler.alive)


def listed(text: str) -> set[tuple[str, str]]:
    """(array's name, index or "" for all of it) of the lines that `alive` printed."""
    found = set()
    for line in filter(str.strip, text.splitlines()):
        name, _, index = line.strip().partition(" ")
        found.add((name, index.strip() if index.strip().isdecimal() else ""))
    return found


def largest_array(scheduler: Scheduler) -> int:
    """How many tasks an array may have, as far as the scheduler says; 1 where each is submitted by itself."""
    if not any("{array}" in word for word in (*scheduler.submit, *scheduler.options)):
        return 1
    if not scheduler.limits:
        return LARGEST_ARRAY
    try:
        said = ask(scheduler.limits).text
    except SchedulerError:
        return LARGEST_ARRAY
    match = re.search(r"MaxArraySize\s*=\s*(\d+)", said)
    return max(1, int(match[1]) - 1) if match else LARGEST_ARRAY  # the size is one more than the largest index


def submit(scheduler: Scheduler, script: Path, name: str, tasks: int, threads: int, log: Path) -> Answer:
    """Hand an array to the scheduler."""
    limit = f"%{scheduler.at_once}" if scheduler.at_once else ""
    array = f"0-{tasks - 1}{limit}"
    words = {"name": name, "array": array, "threads": threads, "log": log}
    return ask([*(word.format(**words) for word in (*scheduler.submit, *scheduler.options)), str(script)])


def cancel(scheduler: Scheduler, name: str) -> Answer:
    """End what waits or runs of an array."""
    return ask([word.format(name=name) for word in scheduler.cancel])
