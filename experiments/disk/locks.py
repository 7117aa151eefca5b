"""Locks between builds that share a folder."""

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from experiments.disk.files import add_filename

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL})


@contextmanager
def locked(
    path: Path, on_wait: Callable[[], None] = lambda: None, warn: Callable[[str], None] = lambda message: None
) -> Iterator[None]:
    """Hold the lock file `path`; wait while another process holds it, after a call of `on_wait`.

    The kernel releases it when its holder ends, however it ends: a killed build never blocks the next one. Where the
    file system has no locks, the block runs without one after a call of `warn`: two builds at once then do the same
    work twice, but since they write whole files and folders, neither spoils that of the other.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            _lock(handle, path, on_wait)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            warn(
                f"{path.parent}: no file locks here ({error.strerror}); going on without: "
                "do not start a second build in this folder, it would do the same work again"
            )
        yield
    finally:
        os.close(handle)


def _lock(handle: int, path: Path, on_wait: Callable[[], None]) -> None:
    with add_filename(path):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_wait()
            fcntl.flock(handle, fcntl.LOCK_EX)
