import errno
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from experiments.errors import UserError
from experiments.process import HINTS, describe, run_command
from experiments.progress import Progress

ROOT = Path(__file__).resolve().parents[2]
SKIP_TRAIN = [sys.executable, ROOT / "build.py", "--skip-train", "--results"]


def run(command, goes_on: str = "") -> tuple[int, str]:
    """Exit code and what was said."""
    out = StringIO()
    with Progress(Console(file=out, width=1000)) as progress:
        return run_command(command, progress, goes_on), out.getvalue()


def raising(error: BaseException):
    def command() -> None:
        raise error

    return command


def test_a_command_that_ends_gives_its_exit_code():
    assert run(lambda: None) == (0, "")
    assert run(lambda: 1) == (1, "")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UserError("x: not there; put it there"), "x: not there; put it there"),
        (MemoryError(), "the memory is not enough; close other programs"),
        (ModuleNotFoundError("no", name="rich.x"), "the Python package rich.x is not installed; run make setup"),
        (PermissionError(errno.EACCES, "Permission denied", "/f"), "/f: Permission denied; choose folders"),
        (OSError(errno.EXDEV, "Invalid cross-device link", "/f"), "/f: Invalid cross-device link"),
    ],
)
def test_an_error_that_the_user_can_fix_is_one_line(error, said):
    code, line = run(raising(error))
    assert code == 1
    assert line.startswith(f"error: {said}")
    assert line.count("\n") == 1


@pytest.mark.parametrize("number", HINTS, ids=lambda number: errno.errorcode[number])
def test_a_refusal_of_the_system_has_a_hint_with_a_file_and_without(number):
    for place in ((), ("/f",)):
        code, line = run(raising(OSError(number, os.strerror(number), *place)))
        assert code == 1
        assert line == f"error: {'/f: ' if place else ''}{os.strerror(number)}; {HINTS[number]}\n"


def test_the_refusals_of_disks_shares_and_limits_have_hints():
    full = "ENOSPC EDQUOT EFBIG"
    passing = "ESTALE EIO ETIMEDOUT EBUSY ETXTBSY EMFILE"
    places = "ENAMETOOLONG ENOLCK EROFS EACCES EPERM ENOTDIR EEXIST"
    assert {getattr(errno, name) for name in f"{full} {passing} {places}".split()} <= HINTS.keys()
    assert "ulimit -n" in HINTS[errno.EMFILE]
    assert "quota" in HINTS[errno.EDQUOT]


def test_an_error_of_the_program_itself_is_seen_whole():
    for error in (ValueError("x"), OSError("of no number"), ModuleNotFoundError("no", name="experiments.x")):
        with pytest.raises(type(error)):
            run(raising(error))


def test_an_error_without_a_number_is_described_by_its_words():
    assert describe(OSError("cannot load library 'x'")) == "cannot load library 'x'"


@pytest.mark.parametrize(("stop", "code", "said"), [(2, 130, "stopped"), (15, 143, "terminated")])
def test_a_stop_says_how_to_go_on_where_there_is_something_to_go_on_with(stop, code, said):
    assert run(lambda: signal.raise_signal(stop), "it goes on") == (code, f"{said}; it goes on\n")
    assert run(lambda: signal.raise_signal(stop)) == (code, f"{said}\n")


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stop_that_a_finalizer_swallows_comes_again(stop, code):
    class Finalized:
        def __del__(self):
            signal.raise_signal(stop)

    def command():
        Finalized()
        time.sleep(30)

    assert run(command)[0] == code


# The whole program at the edges of a shell


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "gbk", "cp1252"])
def test_any_encoding_of_the_terminal_will_do(tmp_path, encoding):
    name = tmp_path / "结果–é"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    done = subprocess.run([*SKIP_TRAIN, name], capture_output=True, env=environment)
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: ")
    assert b"no results there" in done.stderr
    help = subprocess.run([sys.executable, ROOT / "build.py", "--help"], capture_output=True, env=environment)
    assert (help.returncode, help.stderr) == (0, b"")


def test_what_an_encoding_lacks_is_escaped():
    code = "from experiments.process import prepare_streams; prepare_streams(); print('a 结果')"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment, cwd=ROOT)
    assert (done.stdout, done.stderr) == (b"a \\u7ed3\\u679c\n", b"")


@pytest.mark.parametrize(
    ("command", "codes"),
    [
        ("{build} --help | true", {0}),
        ("{build} --help >&-", {0}),
        ("{build} --skip-train --results none 2>&1 | true", {1}),
        ("{build} --skip-train --results none 2>&-", {1}),
        ("{build} --skip-train --results none <&- >&- 2>&-", {1}),
    ],
)
def test_a_closed_stream_is_no_traceback(tmp_path, command, codes):
    build = f"{sys.executable} {ROOT / 'build.py'}"
    script = f"set -o pipefail; {command.format(build=build)}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert "Traceback" not in done.stderr + done.stdout
    assert "Exception ignored" not in done.stderr
    assert done.returncode in codes, done.stderr


PRINT = """
import sys
sys.path.insert(0, sys.argv[1])
from experiments.process import finish, prepare_streams, run_command
from experiments.progress import Progress
prepare_streams()
def command():
    for line in range(int(sys.argv[2])):
        print("line", line)
def main():
    with Progress() as progress:
        return run_command(command, progress)
finish(main)
"""


def test_a_reader_that_has_seen_enough_ends_the_program_quietly():
    with subprocess.Popen(
        [sys.executable, "-c", PRINT, str(ROOT), "100000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout.readline() == b"line 0\n"
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait() == 1


@pytest.mark.parametrize("lines", ["1", "100000"], ids=["at its end", "on the way"])
def test_a_full_disk_under_the_output_is_one_line(lines):
    command = [sys.executable, "-c", PRINT, str(ROOT), lines]
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=buffered)
    assert done.returncode == 1
    assert done.stderr.startswith("error: No space left on device; make room")
    assert "Traceback" not in done.stderr


def test_a_closed_descriptor_is_not_given_to_a_file(tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from experiments.process import prepare_streams\n"
        "prepare_streams(); print(open(sys.argv[2], 'w').fileno())"
    )
    command = f'{sys.executable} -c "$SCRIPT" {ROOT} {tmp_path / "file"} <&- 2>&-'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env={**os.environ, "SCRIPT": script})
    assert int(done.stdout) > 2
