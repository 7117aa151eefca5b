"""A quick build on a real Slurm, in which a task is killed and a node stopped, beside a local one."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.slurm import Slurm, why_not

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ["--quick", "--data", "demo", "--seeds", "1", "--device", "cpu", "--precision", "float32", "--threads", "1"]
SAME = ("curves.csv", "predictions.csv", "steps.csv", "model.safetensors")
OF_THE_MOMENT = ("finished", "seconds", "sha256")  # in run.json
CNN = "imagenet10,cnn,seed-0"


def build(*args, **options) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, ROOT / "build.py", *SETTINGS, *map(str, args)], capture_output=True, text=True, **options
    )
    print(f"$ build.py {' '.join(map(str, args))}\n{done.stdout}{done.stderr}", flush=True)  # noqa: T201
    return done


def stored(results: Path) -> dict[str, object]:
    """What the runs' files hold, but for times."""
    found: dict[str, object] = {}
    for path in results.glob("*/*/seed-*/*"):
        name = str(path.relative_to(results))
        if path.name in SAME:
            found[name] = path.read_bytes()
        elif path.name == "run.json":
            record = json.loads(path.read_bytes())
            found[name] = {key: value for key, value in record.items() if key not in OF_THE_MOMENT}
    return found


@pytest.mark.slow
@pytest.mark.timeout(3600)  # a killed task's files are waited for, 90 s
def test_a_build_on_slurm_that_loses_a_task_and_a_node_ends_as_a_local_one(tmp_path):
    if reason := why_not():
        pytest.skip(reason)
    local, results = tmp_path / "local", tmp_path / "results"
    fields = tmp_path / "homework.toml"
    fields.write_text("")
    assert build("--train-only", "--results", local).returncode == 0
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder, Slurm(Path(folder)) as slurm:  # short, for a socket
        arguments = "--cluster", "--results", results, "--out", tmp_path / "out", "--fields", fields, "--lang", "en"

        def attach() -> str:
            done = build(*arguments, env=slurm.environment | {"SLURM_JOB_ID": "1"}, cwd=tmp_path)
            assert done.returncode == 0
            return done.stderr

        def status(group: str) -> dict:
            found = list(results.glob(f"cluster/*/status/{group}.json"))
            return json.loads(found[0].read_text()) if found else {"state": "", "epoch": 0}

        assert "6 tasks of 1 thread" in attach()
        slurm.wait_until(lambda: status(CNN)["state"] == "running" and status(CNN)["epoch"] >= 1, 600, "an epoch")
        os.kill(int(status(CNN)["process"].partition(":")[2]), signal.SIGKILL)
        kept = list(results.glob("imagenet10/cnn/.seed-0.*.checkpoint"))  # none where an epoch takes no time
        print(slurm.ask("squeue", "--array"), flush=True)  # noqa: T201
        equal = "same-terms,cnn,seed-0"
        slurm.wait_until(lambda: status(equal)["state"] == "running", 900, "the other CNN")
        node = slurm.ask("squeue", "--noheader", "--states=RUNNING", "--format=%N").split()[-1]
        slurm.stop(node)
        print(f"stopped {node}\n{slurm.ask('sinfo')}", flush=True)  # noqa: T201
        end = time.monotonic() + 1500
        while "written: " not in (said := attach()):
            assert time.monotonic() < end, said
            time.sleep(5)
        print(slurm.ask("sinfo"), flush=True)  # noqa: T201
    assert stored(results) == stored(local)
    assert len(stored(local)) == 10 * 5
    logs = {path.name: path.read_text() for path in results.glob("cluster/*/logs/*.txt")}
    assert sum("going on after epoch" in text for text in logs.values()) >= len(kept), logs
    attempts = [len(json.loads(path.read_text())["attempts"]) for path in results.glob("cluster/*/status/*.json")]
    # The killed one once more; that of the stopped node too, unless it ended just then.
    assert sum(attempts) > 6
