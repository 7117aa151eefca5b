import errno
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from experiments.disk.locks import locked

ROOT = Path(__file__).resolve().parents[3]
HOLD = """
import sys, time
from pathlib import Path
from experiments.disk.locks import locked
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

        def let_go() -> None:
            events.append("let go")
            child.stdin.write("let go\n")
            child.stdin.flush()

        later = threading.Timer(0.3, let_go)

        def told() -> None:
            events.append("waiting")
            later.start()

        with locked(path, told):
            events.append("held")
        later.join()
    assert events == ["waiting", "let go", "held"]


def test_the_lock_of_a_killed_process_never_blocks(tmp_path):
    path, waited = tmp_path / "lock", []
    with hold(path) as child:
        child.send_signal(signal.SIGKILL)
        child.wait()
        with locked(path, lambda: waited.append(True)):
            pass
    assert path.exists()
    assert not waited


def refuse_locks(monkeypatch, number):
    def refuse(handle, operation):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_a_file_system_without_locks_is_used_without_and_named_once(tmp_path, monkeypatch, number):
    refuse_locks(monkeypatch, number)
    warnings, entered = [], []
    with locked(tmp_path / ".lock", warn=warnings.append):
        entered.append(True)
    assert entered
    (warning,) = warnings
    assert warning.startswith(f"{tmp_path}: no file locks here ({os.strerror(number)})")


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOTSUP])
def test_an_error_in_the_block_is_not_taken_for_one_of_the_lock(tmp_path, number):
    with pytest.raises(OSError, match="theirs"), locked(tmp_path / ".lock"):
        raise OSError(number, "theirs")


def test_any_other_error_of_a_lock_names_its_file(tmp_path, monkeypatch):
    refuse_locks(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="Input/output error") as error, locked(tmp_path / ".lock"):
        raise AssertionError
    assert error.value.filename == str(tmp_path / ".lock")
