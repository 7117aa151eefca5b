"""Files that are whole or absent: written under another name, flushed to the disk, then renamed."""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO

from experiments.disk.unfinished import is_unfinished, new_file, new_folder

# What file systems say that have no POSIX modes (vfat, SMB) or no fsync of a folder (SMB, sshfs, VirtualBox).
_UNSUPPORTED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF})
_REFUSED = frozenset({errno.EPERM, errno.EACCES})
_IN_USE = frozenset({errno.EBUSY, errno.ETXTBSY})  # SMB, while another program has the file open
_RENAME_WAITS = (0.1, 0.5)  # seconds before the second and the third try
_CROWDED = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOENT})  # another process was at the same name


def sha256(data: bytes) -> str:
    """Hex SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def add_filename(path: Path) -> Iterator[None]:
    """Have an OSError raised in the block name `path` if it names no file, or one that is not finished.

    A write to a full disk names none, and the user knows nothing of unfinished files.
    """
    try:
        yield
    except OSError as error:
        if not isinstance(error.filename, str | os.PathLike) or is_unfinished(os.path.basename(error.filename)):
            error.filename = str(path)
        raise


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write and read, which takes its place at `path` when the block ends without an error.

    A reader sees the old content or all of the new, also after a crash. Raises OSError if the disk refuses; the
    old file is then untouched and nothing is left next to it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with add_filename(path):
        handle, unfinished = new_file(path)
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                _flush(file.fileno())
            _chmod(unfinished, 0o644)  # made private to its owner
            _rename(os.replace, unfinished, path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink()
            raise
    _flush_folder(path.parent)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; see `replacing`."""
    with replacing(path) as file:
        file.write(data)


def create_exclusively(path: Path, data: bytes) -> bool:
    """Write a file whole unless there is one of its name; whether it was written. Of several processes, one writes it.

    By a link: unlike a file that is opened exclusively, it is never seen empty. Where there are no links, two processes
    that write at the same moment may both be told that they did.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with add_filename(path):
        handle, unfinished = new_file(path)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                _flush(file.fileno())
            _chmod(unfinished, 0o644)
            try:
                os.link(unfinished, path)
            except FileExistsError:
                return os.stat(unfinished).st_nlink > 1  # made, though its reply was lost
            except OSError as error:
                if error.errno not in _UNSUPPORTED | _REFUSED:
                    raise
                if path.exists():
                    return False
                os.replace(unfinished, path)
        finally:
            with suppress(OSError):
                unfinished.unlink()
    _flush_folder(path.parent)
    return True


def write_folder(
    path: Path,
    files: Mapping[str, bytes],
    *,
    keep_old_as: Path | None = None,
    may_replace: Callable[[], bool] = lambda: True,
) -> None:
    """Write a whole folder of files so that it is complete or absent.

    A folder that is already there is moved to `keep_old_as`, or removed if that is None; where `may_replace` then says
    no, it stays and the new one is discarded. Raises OSError if the disk refuses; the old folder is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with add_filename(path):
        unfinished = new_folder(path)
        try:
            for name, data in files.items():
                with add_filename(path / name), open(unfinished / name, "wb") as file:
                    file.write(data)
                    file.flush()
                    _flush(file.fileno())
            _chmod(unfinished, 0o755)
            _flush_folder(unfinished)
            old = keep_old_as or unfinished.with_name(f"{unfinished.stem}.old.tmp")
            _put_in_place(unfinished, path, old, may_replace)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    _flush_folder(path.parent)
    if keep_old_as is None:
        shutil.rmtree(old, ignore_errors=True)


def _put_in_place(unfinished: Path, path: Path, old: Path, may_replace: Callable[[], bool]) -> None:
    """Rename `path`, if it is there and may be replaced, to `old` and `unfinished` to `path`; both or none."""
    for attempt in count(1):
        try:
            if path.exists() and not may_replace():
                shutil.rmtree(unfinished, ignore_errors=True)
            else:
                _swap(unfinished, path, old)
            return
        except OSError as error:
            if error.errno not in _CROWDED or attempt == 3:
                raise


def _swap(unfinished: Path, path: Path, old: Path) -> None:
    if not path.exists():
        _rename(os.rename, unfinished, path)
        return
    if old.exists():
        shutil.rmtree(old)
    move_folder(path, old)
    try:
        _rename(os.rename, unfinished, path)
    except BaseException:  # also Ctrl-C
        if not path.exists():
            move_folder(old, path)
        raise


def move_folder(source: Path, target: Path) -> None:
    """Rename a folder to a name that is free.

    An overlay file system (a container's) cannot rename a folder that is part of its image: it is copied, then removed.
    """
    try:
        _rename(os.rename, source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy = new_folder(target)
        try:
            shutil.copytree(source, copy, dirs_exist_ok=True, copy_function=shutil.copyfile)
            os.rename(copy, target)
        except BaseException:
            shutil.rmtree(copy, ignore_errors=True)
            raise
        shutil.rmtree(source)


def _rename(rename: Callable[[Path, Path], None], source: Path, target: Path) -> None:
    """Rename, three times if some other program (a viewer, a virus scanner) has the file open.

    A share whose reply was lost asks its server again, which then answers that the source is not there: what lies at
    the target is told by its number, which a rename keeps.
    """
    before = _identity(source)
    for wait in (*_RENAME_WAITS, None):
        try:
            return rename(source, target)
        except OSError as error:
            if before and not os.path.lexists(source) and _identity(target) == before:
                return
            if error.errno not in _IN_USE or wait is None:
                raise
        time.sleep(wait)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _chmod(path: Path, mode: int) -> None:
    try:
        path.chmod(mode)
    except OSError as error:
        if error.errno not in _UNSUPPORTED | _REFUSED:
            raise


def _flush(handle: int) -> None:
    """Bring a file or folder to the disk, where the file system can be asked to."""
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise


def _flush_folder(path: Path) -> None:
    """Make a rename survive a power cut, where that can be asked for; a rename alone may be lost with cached pages."""
    with add_filename(path):
        try:
            handle = os.open(path, os.O_RDONLY)
        except OSError as error:
            if error.errno in _UNSUPPORTED | _REFUSED | {errno.EISDIR}:
                return
            raise
        try:
            _flush(handle)
        finally:
            os.close(handle)
