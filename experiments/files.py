"""Files that are whole or absent: written beside, flushed to the disk, then renamed."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO


def sha256(data: bytes) -> str:
    """Hex SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an OSError raised in the block name `path` if it names no file: a write to a full disk does not."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file to write and read, which takes its place at `path` when the block ends without an error.

    A reader sees the old content or all of the new, also after a crash. Raises OSError if the disk refuses; the
    old file is then untouched and nothing is left beside it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with naming(path):
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)  # mkstemp makes it private to its owner
            os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _flush_directory(path.parent)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; see `replacing`."""
    with replacing(path) as file:
        file.write(data)


def write_folder(path: Path, files: Mapping[str, bytes], *, keep_old_as: Path | None = None) -> None:
    """Write a whole folder of files so that it is complete or absent.

    A folder that is already there is moved to `keep_old_as`, or removed if that is None. Raises OSError if the disk
    refuses; the old folder is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp"))
    try:
        for name, data in files.items():
            with naming(path / name), open(beside / name, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        beside.chmod(0o755)
        _flush_directory(beside)
        old = keep_old_as or beside.with_name(f"{beside.stem}.old.tmp")
        with naming(path):
            _put_in_place(beside, path, old)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    _flush_directory(path.parent)
    if keep_old_as is None:
        shutil.rmtree(old, ignore_errors=True)


def _put_in_place(beside: Path, path: Path, old: Path) -> None:
    """Rename `path`, if it is there, to `old` and `beside` to `path`; both or none."""
    if not path.exists():
        os.rename(beside, path)
        return
    if old.exists():
        shutil.rmtree(old)
    os.rename(path, old)
    try:
        os.rename(beside, path)
    except BaseException:  # also Ctrl-C
        os.rename(old, path)
        raise


def remove_unfinished(folder: Path) -> None:
    """Remove what killed writers left below a folder, hidden files and folders *.tmp; nobody may be writing there."""
    for path in folder.rglob(".*.tmp"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _flush_directory(path: Path) -> None:
    """Make a rename survive a power cut; a rename alone may be lost with the directory's cached page."""
    handle = os.open(path, os.O_RDONLY)
    try:
        with naming(path):
            os.fsync(handle)
    finally:
        os.close(handle)
