import subprocess
import sys
from pathlib import Path

import pytest

CRASH = Path(__file__).parents[1] / "crash.py"


def crash(*args) -> list[str]:
    """The lines of a run of tests/crash.py that found nothing wrong."""
    done = subprocess.run([sys.executable, CRASH, *map(str, args)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_build_that_is_killed_again_and_again_ends_as_if_it_had_never_been():
    lines = crash("--kills", 10, "--runs", 2, "--train-only")
    assert int(lines[-1].split()[2]) >= 10


@pytest.mark.slow
def test_ctrl_c_and_sigterm_end_a_build_within_two_seconds_at_any_moment():
    lines = crash("--kills", 10, "--runs", 2, "--politely")
    assert int(lines[-1].split()[2]) >= 10
