"""Slurm's commands without Slurm, for tests: sbatch, squeue, scancel, scontrol and sacct on a state in a folder.

Which command it is, the name says under which it is called; the folder is $FAKE_SLURM. What was submitted is listed and
cancelled here, and run by whoever calls `take` (tests/cluster_faults.py). faults.json in the folder lists what the next
calls do wrong: {"sbatch": ["lost", ""], "squeue": ["down"]}.

sbatch  lost: taken, but the answer is a time-out; timeout: the same answer, not taken; forgotten: taken by its answer,
        known to nobody after; late: not listed by the next two calls of squeue; unseen: never listed, but run
squeue  down: no answer
"""

import fcntl
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TIMEOUT = "error: Batch job submission failed: Socket timed out on send/recv operation"
LISTED_LATE = 2  # calls of squeue
COMMANDS = ("sbatch", "squeue", "scancel", "scontrol", "sacct")
LARGEST = 4  # tasks of an array are numbered below this


@contextmanager
def state(folder: Path) -> Iterator[dict]:
    """What the scheduler knows, for one process at a time."""
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = folder / "state.json"
        known = json.loads(path.read_text()) if path.exists() else {"jobs": 0, "tasks": [], "calls": {}, "faults": {}}
        yield known
        path.write_text(json.dumps(known))


def fault(known: dict, command: str) -> str:
    """What goes wrong with this call."""
    known["calls"][command] = known["calls"].get(command, 0) + 1
    planned = known["faults"].get(command, [])
    return planned.pop(0) if planned else ""


def take(folder: Path) -> list[dict]:
    """The tasks that wait, which run from now on."""
    with state(folder) as known:
        found = [task for task in known["tasks"] if task["state"] == "PENDING" and not task["waits"]]
        for task in known["tasks"]:
            task["waits"] = max(0, task["waits"] - 1)
        for task in found:
            task["state"] = "RUNNING"
        return found


def end(folder: Path, task: dict, requeue: bool) -> None:
    """A task has ended, or is run again under the same number."""
    with state(folder) as known:
        for other in known["tasks"]:
            if (other["job"], other["index"]) == (task["job"], task["index"]):
                other["state"] = "PENDING" if requeue and other["state"] != "CANCELLED" else "ENDED"


def sbatch(known: dict, words: list[str], wrong: str) -> str:
    options = dict(word.lstrip("-").partition("=")[::2] for word in words[:-1])
    assert options.keys() >= {"parsable", "requeue", "job-name", "array", "output", "open-mode"}, words
    first, last, _ = re.fullmatch(r"(\d+)-(\d+)(%\d+)?", options["array"]).groups()
    if int(last) >= LARGEST:
        raise SystemExit("sbatch: error: Batch job submission failed: Invalid job array specification")
    inherited = [name for name in os.environ if name.startswith(("SLURM_", "SBATCH_", "PMI"))]
    assert not inherited, inherited
    if wrong == "timeout":
        raise SystemExit(f"sbatch: {TIMEOUT}")
    known["jobs"] += 1
    if wrong != "forgotten":
        script = Path(words[-1]).read_text()
        known["tasks"] += [
            {
                "job": known["jobs"],
                "index": index,
                "name": options["job-name"],
                "script": script,
                "log": options["output"].replace("%a", str(index)),
                "state": "PENDING",
                "waits": 2 * (wrong == "unseen"),  # calls of `take`: by then others have been submitted in its place
                "hidden": {"late": LISTED_LATE, "unseen": 10**6}.get(wrong, 0),
            }
            for index in range(int(first), int(last) + 1)
        ]
    if wrong == "lost":
        raise SystemExit(f"sbatch: {TIMEOUT}")
    return str(known["jobs"])


def squeue(known: dict, wrong: str) -> str:
    if wrong == "down":
        raise SystemExit("slurm_load_jobs error: Unable to contact slurm controller (connect failure)")
    lines = []
    for task in known["tasks"]:
        if task["hidden"]:
            task["hidden"] -= 1
        elif task["state"] in ("PENDING", "RUNNING"):
            lines.append(f"{task['name']} {task['index']}")
    return "\n".join(lines)


def scancel(known: dict, words: list[str]) -> str:
    (name,) = [word.partition("=")[2] for word in words if word.startswith("--name=")]
    for task in known["tasks"]:
        if task["name"] == name and task["state"] in ("PENDING", "RUNNING"):
            task["state"] = "CANCELLED"
    return ""


def main(command: str, words: list[str]) -> str:
    with state(Path(os.environ["FAKE_SLURM"])) as known:
        wrong = fault(known, command)
        try:
            if command == "sbatch":
                return sbatch(known, words, wrong)
            if command == "squeue":
                return squeue(known, wrong)
            if command == "scancel":
                return scancel(known, words)
            if command == "scontrol":
                return f"MaxArraySize            = {LARGEST}"
            raise SystemExit("Slurm accounting storage is disabled")
        except SystemExit as stop:  # what happened before it stays known
            said = stop
    raise said


def install(folder: Path) -> dict[str, str]:
    """Put the commands into a new folder; returns the variables of the environment in which they are found."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    for command in COMMANDS:
        path = programs / command
        path.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {Path(__file__).resolve()} {command} "$@"\n')
        path.chmod(0o755)
    return {"FAKE_SLURM": str(folder), "PATH": f"{programs}:{os.environ['PATH']}"}


if __name__ == "__main__":
    print(main(sys.argv[1], sys.argv[2:]))
