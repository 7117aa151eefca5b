"""Reading from disks and shares that fail for a moment."""

import errno
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

# A share whose server restarts, a file that was replaced on it, a disk that needs another try, a signal.
_PASSING = frozenset({errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.EINTR, errno.EAGAIN})
# What says something about the file itself, whenever it is asked: it is not there, or something else is.
_LASTING = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP})
WAITS = (0.05, 0.2)  # seconds before the second and the third try


def patiently(read: Callable[[], Result]) -> Result:
    """The result of a function that reads, which is called again if it fails with an error that may pass."""
    for wait in WAITS:
        try:
            return read()
        except OSError as error:
            if error.errno not in _PASSING:
                raise
        time.sleep(wait)
    return read()


def read_bytes(path: Path) -> bytes:
    """The content of a file. Raises OSError, after three tries if the error is of a kind that may pass."""
    return patiently(path.read_bytes)


def says_nothing_of_content(error: OSError) -> bool:
    """Whether a file that could not be read may still be whole: permissions, a share that is gone, a failing disk."""
    return error.errno not in _LASTING
