"""Stopping a build while it renders: out at once, nothing half-written, nothing left running."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.synthetic import write_results

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("results"), seeds=1)


@pytest.mark.slow
@pytest.mark.parametrize("moment", range(6))
def test_a_stopped_rendering_ends_at_once_and_leaves_the_old_report(stored, tmp_path, moment):
    stop, code = ((signal.SIGINT, 130), (signal.SIGTERM, 143))[moment % 2]
    out = tmp_path / "out"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    command = [sys.executable, "build.py", "--skip-train", "--results", str(stored), "--out", str(out)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TMPDIR": str(scratch)},
    ) as build:
        while not out.exists():  # made when rendering begins
            assert build.poll() is None, build.stdout.read()
            time.sleep(0.01)
        (out / "HW1-DL.pdf").write_bytes(b"old")
        time.sleep(
            0.7 * (moment + random.Random(moment).random() - 0.5) if moment else 0
        )  # in each part of a rendering
        start = time.monotonic()
        build.send_signal(stop)
        output, _ = build.communicate(timeout=30)
    seconds = time.monotonic() - start
    assert build.returncode == code, output
    assert seconds < 2
    assert b"Traceback" not in output
    assert (out / "HW1-DL.pdf").read_bytes() == b"old"
    assert {path.name for path in out.iterdir()} <= {"HW1-DL.pdf", ".cache"}
    assert not left_running(build.pid)
    assert not list(scratch.iterdir())


def left_running(session: int, patience: float = 3) -> bool:
    """Whether a process of the session outlives the build; one just started first reads that its stdin has ended."""
    for _ in range(int(patience / 0.05)):
        try:
            os.killpg(session, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.05)
    return True
