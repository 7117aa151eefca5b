"""PBS Professional's commands without PBS, for tests: qsub, qstat, qselect and qdel on a state in a folder.

Written after its manual: it has not been compared with a real one. Which command it is, the name says under which it is
called; the folder is $FAKE_PBS.
"""

import os
import sys
from pathlib import Path

from tests.fake_slurm import state

COMMANDS = ("qsub", "qstat", "qselect", "qdel")
STATES = ("Q", "R")  # of what is listed
SERVER = "pbs01"


def qsub(known: dict, words: list[str]) -> str:
    options, script = dict(zip(words[:-1:2], words[1:-1:2], strict=True)), words[-1]
    assert options.keys() <= {"-r", "-N", "-l", "-j", "-o", "-q", "-A"}, words
    assert options["-r"] == "y"  # run again when its node is lost
    assert len(options["-N"]) <= 230
    assert options["-N"][0].isalpha()
    inherited = [name for name in os.environ if name.startswith(("PBS_JOB", "PBS_O_", "PBS_ARRAY"))]
    assert not inherited, inherited
    known["jobs"] += 1
    job = {"id": f"{known['jobs']}.{SERVER}", "name": options["-N"], "resources": options["-l"], "log": options["-o"]}
    known["tasks"].append({**job, "script": Path(script).read_text(), "state": "Q"})
    return job["id"]


def qstat(known: dict, words: list[str]) -> str:
    assert words == ["-f"], words
    return "".join(
        f"Job Id: {job['id']}\n    Job_Name = {job['name']}\n    job_state = {job['state']}\n"
        f"    Resource_List.select = 1\n    Variable_List = PBS_O_HOME=/home/user,\n\tPBS_O_WORKDIR=/home/user\n\n"
        for job in known["tasks"]
        if job["state"] in STATES
    )


def qselect(known: dict, words: list[str]) -> str:
    option, name = words
    assert option == "-N", words
    return "\n".join(job["id"] for job in known["tasks"] if job["name"] == name and job["state"] in STATES)


def qdel(known: dict, words: list[str]) -> str:
    unknown = set(words) - {job["id"] for job in known["tasks"] if job["state"] in STATES}
    for job in known["tasks"]:
        if job["id"] in words:
            job["state"] = "deleted"
    if unknown or not words:
        raise SystemExit(f"qdel: Unknown Job Id {' '.join(unknown)}")
    return ""


def install(folder: Path) -> dict[str, str]:
    """Put the commands into a new folder; returns the variables of the environment in which they are found."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    root = Path(__file__).resolve().parents[1]
    for command in COMMANDS:
        path = programs / command
        path.write_text(f'#!/bin/sh\ncd {root} && exec {sys.executable} -S -m tests.fake_pbs {command} "$@"\n')
        path.chmod(0o755)
    return {"FAKE_PBS": str(folder), "PATH": f"{programs}:{os.environ['PATH']}"}


def main(command: str, words: list[str]) -> str:
    with state(Path(os.environ["FAKE_PBS"])) as known:
        return {"qsub": qsub, "qstat": qstat, "qselect": qselect, "qdel": qdel}[command](known, words)


if __name__ == "__main__":
    if said := main(sys.argv[1], sys.argv[2:]):
        sys.stdout.write(f"{said}\n")
