"""What the program is to the system: its exit codes, signals, streams, and errors as one line with a hint.

Exit codes: 0, 1 for an error that the user can fix, 2 for wrong usage, 3 where something is not the plan's, 130 and 143
when stopped.
"""

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from experiments.errors import UserError
from experiments.folders import check_temporary_folder
from experiments.progress import Progress

STOPPED, TERMINATED = 130, 143

_AGAIN = "run the same command again; what is complete stays"
_NO_FOLDER = "name a folder"
_SPACE = f"make room, or choose another disk with --results, --out and --data-dir, and {_AGAIN}"
_ELSEWHERE = "choose folders that you may write to with --results, --out and --data-dir"
_LOCKS = "this file system may have no locks: choose a folder on a local disk with --results"
_SHARE = f"the share or disk does not answer as it should; once it does, {_AGAIN}, or choose folders on a local disk"
_IN_USE = f"another program has it open: close that one, then {_AGAIN}"
_HANDLES = "too many files are open: close other programs, or raise the limit (ulimit -n 4096)"
HINTS = {
    errno.EEXIST: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
    errno.EISDIR: "name a file",
    errno.ENOENT: "put it there, or name another",
    errno.ELOOP: "its links lead in a circle; name another",
    errno.ENAMETOOLONG: "name a folder with a shorter path",
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: f"your quota is used up; {_SPACE}",
    errno.EFBIG: f"larger than this file system or your limit (ulimit -f) allows; {_SPACE}",
    errno.ENOLCK: _LOCKS,
    errno.ENOTSUP: _LOCKS,
    errno.EROFS: _ELSEWHERE,
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
    errno.EIO: _SHARE,
    errno.ESTALE: _SHARE,
    errno.ETIMEDOUT: _SHARE,
    errno.EBUSY: _IN_USE,
    errno.ETXTBSY: _IN_USE,
    errno.EMFILE: _HANDLES,
    errno.ENFILE: _HANDLES,
    errno.ENOMEM: "close other programs, or use fewer images (--images-per-class)",
}
_OWN = ("build", "experiments", "figures", "report")


def exit_quietly_on_interrupt() -> None:
    """End at once on Ctrl-C, without a traceback: for the time in which the libraries load."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(STOPPED))


def let_interrupts_through() -> None:
    """From here on, Ctrl-C is KeyboardInterrupt, as run_command expects it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def run_command(command: Callable[[], int | None], progress: Progress, goes_on: str = "") -> int:
    """Run the command and return the exit code; an error that the user can fix is one line, a stop another.

    goes_on: what the line of a stop says, of how to go on.
    """
    previous = signal.signal(signal.SIGTERM, _terminate)
    unraisable, sys.unraisablehook = sys.unraisablehook, _stop_again
    try:
        check_temporary_folder()  # torch and Matplotlib ask for one while they load
        code = command() or 0
        if sys.stdout:
            sys.stdout.flush()  # here, where a closed pipe or a full disk can still be answered
        return code
    except BrokenPipeError:
        _leave_pipe()
    except UserError as error:
        progress.fail(str(error))
        return error.exit_code
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in _OWN:
            raise
        progress.fail(f"the Python package {error.name} is not installed; run make setup")
    except OSError as error:
        if error.filename is None and error.errno not in HINTS:
            raise  # about no file and of no known cause: a bug to be seen whole
        progress.fail(describe(error))
    except MemoryError:
        progress.fail(f"the memory is not enough; {HINTS[errno.ENOMEM]}")
    except KeyboardInterrupt:
        _say_stopped(progress, "stopped", goes_on)
        return STOPPED
    except _Terminated:
        _say_stopped(progress, "terminated", goes_on)
        return TERMINATED
    finally:
        signal.signal(signal.SIGTERM, previous)
        sys.unraisablehook = unraisable
    return 1


def describe(error: OSError) -> str:
    """An operating system's error as one line: the file, what is wrong with it, and what to do."""
    hint = HINTS.get(error.errno or 0)
    what = error.strerror or str(error)
    return f"{f'{error.filename}: ' if error.filename else ''}{what}{f'; {hint}' if hint else ''}"


def prepare_streams() -> None:
    """Let any text be printed anywhere: what an encoding lacks is escaped, and a closed stream leads nowhere.

    A closed descriptor is opened, since else the next file would take its number, and with it what is printed.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def finish(main: Callable[[], int]) -> None:
    """End the process with the exit code of `main`, of which a closed pipe takes what it printed last."""
    try:
        code = main()
    except SystemExit as stop:  # --help, or a wrong option
        code = stop.code if isinstance(stop.code, int) else 1
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done; only Python's own end is left
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except OSError:
        _leave_pipe()
    sys.exit(code)


def _leave_pipe() -> None:
    """Let what is still buffered go nowhere, so that Python's own end does not complain."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):  # no descriptor of its own
            continue
    os.close(nowhere)


def _say_stopped(progress: Progress, what: str, goes_on: str) -> None:
    progress.stop()
    progress.say(f"{what}; {goes_on}" if goes_on else what)


class _Terminated(BaseException):
    """SIGTERM, as an exception that leaves every block in order, as Ctrl-C does."""


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise _Terminated


def _stop_again(unraisable: Any) -> None:
    """Repeat a stop that was swallowed: no exception leaves a callback of the garbage collector, not even Ctrl-C."""
    stops = {KeyboardInterrupt: signal.SIGINT, _Terminated: signal.SIGTERM}
    if unraisable.exc_type in stops:
        threading.Timer(0.05, os.kill, (os.getpid(), stops[unraisable.exc_type])).start()
    else:
        sys.__unraisablehook__(unraisable)
