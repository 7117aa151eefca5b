"""Whether folders can be written to, known before anything is done for what is to be written."""

import os
import shutil
import tempfile
from pathlib import Path

from experiments.errors import UserError

TEMPORARY_ROOM = 16 << 20  # bytes


class FolderError(UserError):
    """A folder cannot be written to; the message names it and what to do."""


def check_folder(folder: Path, option: str, room: int = 0) -> None:
    """Raise FolderError if a file of `room` bytes cannot be written to a folder, there or to be made."""
    there = folder.absolute()
    try:
        while not os.path.lexists(there):
            there = there.parent
        with tempfile.TemporaryFile(dir=there):  # more than permissions: a disk may be read-only or full
            free = shutil.disk_usage(there).free
    except OSError as error:
        raise FolderError(
            f"{option}: {folder} cannot be written to ({there}: {error.strerror}); choose another folder with {option}"
        ) from None
    if free < room:
        raise FolderError(
            f"{option}: {folder} has room for {free >> 20} MiB, {room >> 20} MiB are needed; make room there, or "
            f"choose another folder with {option}"
        )


def check_temporary_folder() -> None:
    """Raise FolderError if there is no folder for temporary files, or no room in it."""
    try:
        folder = Path(tempfile.gettempdir())
    except FileNotFoundError:
        raise FolderError("no folder for temporary files can be written to; set TMPDIR to one that can") from None
    if (free := shutil.disk_usage(folder).free) < TEMPORARY_ROOM:
        raise FolderError(
            f"{folder}: has room for {free >> 20} MiB of temporary files, {TEMPORARY_ROOM >> 20} MiB are needed; make "
            "room there, or set TMPDIR to another folder"
        )
