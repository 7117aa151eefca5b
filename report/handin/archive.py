"""The archive of a hand-in: the same files give the same bytes under any zlib, and every system opens it.

Nothing is compressed: PDF, pictures and weights do not shrink, and deflate is another function in every zlib.
"""

import io
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path, PurePosixPath

from experiments.data.dataset import printable
from experiments.errors import UserError
from report.handin.naming import windows_fault

LONGEST_PATH = 180  # characters of a path in the archive: Windows has 260 for it and the folder that it lies in
LARGEST = 1 << 30  # bytes of all files of an archive that is read; weights are the most of it
MOST_FILES = 2000
_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that the format has
_UNIX = 3


class ArchiveError(UserError):
    """The archive cannot be read as a hand-in; the message names it and the fault."""


def write_archive(files: Mapping[str, bytes], folder: str = "", executable: Collection[str] = ()) -> bytes:
    """A stored ZIP of the files, sorted by name, within a top folder if that is named. executable: files among them.

    Raises ValueError for names that some system cannot have.
    """
    names = {name: f"{folder}/{name}" if folder else name for name in files}
    if faults := path_faults(names.values()):
        raise ValueError("; ".join(faults))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(names[name], _TIME)  # zipfile marks a name that is not ASCII as UTF-8
            info.create_system = _UNIX
            info.external_attr = (stat.S_IFREG | (0o755 if name in executable else 0o644)) << 16
            archive.writestr(info, files[name])
    return buffer.getvalue()


def path_faults(names: Iterable[str]) -> list[str]:
    """Which paths some system cannot have, or has for another's, and why."""
    faults, seen = [], Counter[str]()
    for name in names:
        for part in PurePosixPath(name).parts:
            if fault := windows_fault(part):
                faults.append(f"{name}: {part!r} {fault}")
        if len(name) > LONGEST_PATH:
            faults.append(f"{name[:40]}…: {len(name)} characters; Windows opens at most {LONGEST_PATH} and its folder")
        seen[unicodedata.normalize("NFC", name).casefold()] += 1
    faults += [f"{name}: there twice where capitals do not count" for name, count in seen.items() if count > 1]
    return faults


def read_archive(path: Path) -> dict[str, bytes]:
    """The files of a hand-in that may come from anywhere, without a top folder that all of them share.

    Raises ArchiveError, one line, whatever it holds: nothing is unpacked further than LARGEST bytes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _without_folder(_read(path, archive))
    except ArchiveError:
        raise
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read ({error.strerror or error}); name the archive again") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, zlib.error) as error:
        raise ArchiveError(f"{path}: not an archive that can be opened ({printable(str(error), 100)})") from None


def _read(path: Path, archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise ArchiveError(f"{path}: {len(entries)} files; a hand-in has at most {MOST_FILES}")
    files: dict[str, bytes] = {}
    left = LARGEST
    for entry in entries:
        name = unicodedata.normalize("NFC", entry.filename)
        shown = f"{path}: {printable(name, 100)}"
        if entry.orig_filename.startswith("/") or "\\" in entry.orig_filename or ":" in name.partition("/")[0]:
            raise ArchiveError(f"{shown}: leads out of the folder; a hand-in has relative paths only")
        if ".." in PurePosixPath(name).parts:
            raise ArchiveError(f"{shown}: leads out of the folder; a hand-in has no ..")
        kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == _UNIX else 0
        if kind not in (0, stat.S_IFREG):
            raise ArchiveError(f"{shown}: is a link or no plain file; a hand-in has none")
        if name in files:
            raise ArchiveError(f"{shown}: there twice; which of them is meant?")
        if entry.flag_bits & 1:
            raise ArchiveError(f"{shown}: encrypted; save it without a password")
        with archive.open(entry) as stream:
            data = stream.read(left + 1)  # what its header says of its size may be false
        left -= len(data)
        if left < 0:
            raise ArchiveError(f"{path}: more than {LARGEST >> 20} MB when unpacked; no hand-in is")
        files[name] = data
    if not files:
        raise ArchiveError(f"{path}: no file is in it")
    return files


def _without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    tops = {name.partition("/")[0] for name in files}
    if len(tops) == 1 and all("/" in name for name in files):
        return {name.partition("/")[2]: data for name, data in files.items()}
    return files
