import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.cluster_faults import run
from tests.cluster_faults import FAULTS

ROOT = Path(__file__).resolve().parents[2]


def test_a_build_on_failing_nodes_ends_as_a_local_one():
    code = (
        "from benchmarks.cluster_faults import outcomes; print(sum(sum(o.faults.values()) for o in outcomes(6, 6, 3)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 6


@pytest.mark.slow
def test_of_two_hundred_faults_none_loses_a_run_or_trains_one_twice_unnoticed():
    found = run(200)
    happened = {fault: sum(outcome.faults[fault] for outcome in found) for fault in FAULTS}
    assert sum(happened.values()) >= 200
    assert min(happened.values()) >= 5, happened
