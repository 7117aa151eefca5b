import errno
import fcntl
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import build
from experiments.locks import locked

ROOT = Path(__file__).resolve().parent.parent
HOLD = """
import sys, time
from pathlib import Path
from experiments.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def hold(path: Path) -> subprocess.Popen:
    """A process that holds the lock until it reads a line."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, path], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == "held\n"
    return child


def test_the_second_waits_and_says_so(tmp_path):
    path, events = tmp_path / "a" / "lock", []
    with hold(path) as child:

        def told() -> None:
            events.append("waiting")
            child.communicate("let go\n")

        with locked(path, told):
            events.append("held")
    assert events == ["waiting", "held"]


def test_the_lock_of_a_killed_process_never_blocks(tmp_path):
    path, waited = tmp_path / "lock", []
    with hold(path) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
        with locked(path, lambda: waited.append(True)):
            pass
    assert path.exists()
    assert not waited


def test_a_file_system_without_locks_is_named(tmp_path, monkeypatch):
    def refuse(handle, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OSError, match="No locks available") as told, locked(tmp_path / ".lock"):
        raise AssertionError
    assert told.value.filename == str(tmp_path / ".lock")
    assert told.value.errno in build._CURES
