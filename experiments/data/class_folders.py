"""Folders of one class each: which count, which files they hold, and where to look if there are not ten."""

import os
import stat
import unicodedata
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from experiments.data.dataset import DataError, printable, seeded_order
from experiments.data.images import Candidate, os_reason
from experiments.disk.reading import patiently

NUM_CLASSES = 10
# Made by file systems, NAS drives, archivers and editors; without the hidden ones, which begin with a dot.
_SYSTEM_FOLDERS = frozenset({
    "lost+found", "@eadir", "@tmp", "@recycle", "@recently-snapshot", "@sharebin", "#recycle", "#snapshot", "~snapshot",
    "system volume information", "$recycle.bin", "$extend", "__macosx", "__pycache__", "network trash folder",
    "temporary items",
})  # fmt: skip
_DEPTH, _SEARCHED = 3, 300  # how far below a folder, and through how many, the class folders are looked for


@dataclass
class ClassFolders:
    """What a folder holds: its class folders by name, in order, and what is in the way of others."""

    folders: dict[str, Path] = field(default_factory=dict)
    unreachable: list[tuple[str, str]] = field(default_factory=list)  # (name, reason), of links
    files: int = 0  # visible ones next to the class folders


def class_folders(folder: Path) -> ClassFolders:
    """The folders of one class each in `folder`; hidden ones and those that systems make do not count.

    Links to folders are followed, but not to a folder around this one, which would hold every class. Names are in
    Unicode's form NFC. Raises DataError if `folder` cannot be listed, or if two names are the same in that form.
    """
    where = printable(str(folder), 200)
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except FileNotFoundError:
        raise DataError(f"{where} does not exist; name a folder that holds {_TEN}") from None
    except NotADirectoryError:
        raise DataError(
            f"{where} is a file; unpack it if it is an archive, and name a folder that holds {_TEN}"
        ) from None
    except OSError as error:
        raise DataError(f"cannot list {where}: {os_reason(error)}; it must be a folder that holds {_TEN}") from None
    found = ClassFolders()
    around = {folder.resolve(), *folder.resolve().parents}
    spelt: dict[str, str] = {}
    for entry in entries:
        if is_system_folder(entry.name):
            continue
        name = shown_name(entry.name)
        try:
            is_folder = stat.S_ISDIR(os.stat(entry.path).st_mode) if entry.is_symlink() else entry.is_dir()
        except OSError as error:
            found.unreachable.append((name, _link_reason(entry.path, error)))
            continue
        if not is_folder:
            found.files += 1
        elif Path(entry.path).resolve() in around:
            found.unreachable.append((name, _AROUND))
        elif name in spelt:
            raise DataError(
                f"{where} holds two folders that are both called {printable(name)}, in two Unicode spellings, "
                f"{spelt[name]!a} and {entry.name!a}; rename one of them, or move its images to the other"
            )
        else:
            spelt[name] = entry.name
            found.folders[name] = Path(entry.path)
    found.folders = dict(sorted(found.folders.items()))
    return found


def pick_classes(folder: Path, classes: Sequence[str] | None) -> dict[str, Path]:
    """Ten class folders of `folder` by name, sorted: those named in `classes`, or all if there are just ten.

    Names are looked up, never joined to a path. Raises DataError if there are not ten, and says where they are if
    they can be found further down.
    """
    found = class_folders(folder)
    where = printable(str(folder), 200)
    if classes is not None:
        wanted = [shown_name(name) for name in classes]
        if len(set(wanted)) != NUM_CLASSES or len(wanted) != NUM_CLASSES:
            raise DataError(f"--classes must name {NUM_CLASSES} different class folders, got {listed(classes)}")
        if missing := [name for name in wanted if name not in found.folders]:
            raise DataError(
                f"--classes: {where} has no folder {listed(missing)}; it has {listed(list(found.folders))}"
                f"{_in_the_way(found, missing)}{_further_down(folder, wanted) if len(missing) == NUM_CLASSES else ''}"
            )
        return {name: found.folders[name] for name in sorted(wanted)}
    if len(found.folders) == NUM_CLASSES:
        return found.folders
    if len(found.folders) > NUM_CLASSES:
        hint = f"; pick ten with {_example(list(found.folders))}"
    else:
        hint = _further_down(folder, None) or f"; it must hold {_TEN}"
    files = f" and {found.files:,} file{'s' if found.files != 1 else ''}" if found.files and not found.folders else ""
    raise DataError(
        f"{where} must hold {NUM_CLASSES} class folders, found {listed(list(found.folders))}{files}"
        f"{_in_the_way(found)}{hint}"
    )


def list_images(
    folders: Mapping[str, Path], at_most: int | None = None
) -> tuple[list[Candidate], list[tuple[str, str]]]:
    """The files of each class folder, and (file, reason) for what cannot be reached; both sorted by name.

    Folders within are searched too, once each, also where links lead to them. A file's label is the position of its
    class folder. Of a class with more than `at_most` files, only `at_most` are listed, the first in its seeded order.
    """
    candidates, skipped = [], []
    for label, (name, folder) in enumerate(folders.items()):
        top = str(folder)
        members = []
        for path, status in _walk(top):
            file = name + shown_name(path[len(top) :]).replace(os.sep, "/")
            if isinstance(status, str):
                skipped.append((file, status))
            elif stat.S_ISREG(status.st_mode):
                members.append(Candidate(file, path, label, status.st_size, status.st_mtime_ns))
            else:  # opening a pipe would wait for ever
                skipped.append((file, "not a regular file"))
        members.sort(key=lambda candidate: candidate.file)
        if at_most is not None and len(members) > at_most:
            first = seeded_order([candidate.file for candidate in members])[:at_most]
            members = [members[i] for i in sorted(first)]
        candidates += members
    return candidates, sorted(skipped)


def is_system_folder(name: str) -> bool:
    """Whether a folder is hidden, or one that a system makes for itself, and so holds no one's images."""
    return name.startswith(".") or name.casefold() in _SYSTEM_FOLDERS


def shown_name(name: str) -> str:
    """A name from the disk, fit to be stored, printed and compared: in Unicode's form NFC, bytes that are no UTF-8
    spelt out."""
    return unicodedata.normalize("NFC", name.encode("utf-8", "backslashreplace").decode())


def listed(names: Sequence[str]) -> str:
    """How many names, and the first of them."""
    shown = ", ".join(printable(name, 40) for name in names[:12])
    return f"{len(names)} ({shown}{', …' if len(names) > 12 else ''})" if names else "none"


_TEN = "ten folders with the images of one class each"
_AROUND = "a link to a folder around it, not followed"


def _walk(top: str) -> Iterator[tuple[str, os.stat_result | str]]:
    """Each visible file below `top` with what is known about it, and each thing that cannot be reached with the reason.

    Links are followed after all else, in the order of their names, so that a file that is reached in two ways has the
    shorter one's name. No folder is searched twice, which also ends loops.
    """
    next_to_it = Path(top).parent.resolve()  # not the same as around it where the class folder is a link
    around = set(map(str, (*Path(top).resolve().parents, next_to_it, *next_to_it.parents)))
    searched: set[str] = set()
    waiting, links = deque([top]), deque[str]()
    while waiting or links:
        folder = waiting.popleft() if waiting else links.popleft()
        real = os.path.realpath(folder)
        if real in around:
            yield folder, _AROUND
        if real in searched or real in around:
            continue
        searched.add(real)
        try:
            with os.scandir(folder) as entries:
                visible = sorted((entry.name, entry.is_symlink()) for entry in entries if entry.name[0] != ".")
        except OSError as error:
            yield folder, os_reason(error)
            continue
        for name, is_link in visible:
            path = os.path.join(folder, name)
            try:
                status = patiently(partial(os.stat, path))
            except OSError as error:
                yield path, _link_reason(path, error)
                continue
            if not stat.S_ISDIR(status.st_mode):
                yield path, status
            elif not is_system_folder(name):
                (links if is_link else waiting).append(path)


def _link_reason(path: str, error: OSError) -> str:
    """Why a path cannot be reached, with the place that it leads to if it is a link."""
    reason = os_reason(error)
    return f"a link to {printable(os.readlink(path), 80)}: {reason}" if os.path.islink(path) else reason


def _in_the_way(found: ClassFolders, names: Sequence[str] | None = None) -> str:
    """What could not be followed, of these names or of all."""
    links = [f"{printable(name, 40)}: {reason}" for name, reason in found.unreachable if names is None or name in names]
    return "".join(f"; {link}" for link in links[:3]) + (f" (and {len(links) - 3} more)" if len(links) > 3 else "")


def _further_down(folder: Path, classes: Sequence[str] | None) -> str:
    """A hint where the class folders are, if they are below; a folder called train before the others."""
    places: dict[Path, ClassFolders] = defaultdict(ClassFolders)
    waiting = deque([(folder, 0)])
    seen = 0
    while waiting and seen < _SEARCHED:
        place, depth = waiting.popleft()
        seen += 1
        try:
            found = class_folders(place)
        except DataError:
            continue
        fits = len(found.folders) >= NUM_CLASSES if classes is None else set(classes) <= found.folders.keys()
        if depth and fits:
            places[place] = found
        elif depth < _DEPTH:
            waiting += ((below, depth + 1) for below in found.folders.values())
    if not places:
        return ""
    best = min(places, key=lambda place: (place.name != "train", len(places[place].folders) != NUM_CLASSES))
    names = list(places[best].folders)
    more = "" if classes or len(names) == NUM_CLASSES else f" (with {_example(names)}: it has {len(names)})"
    return f"; did you mean {printable(str(best), 200)}{more}?"


def _example(names: Sequence[str]) -> str:
    return "--classes " + ",".join(printable(name, 20) for name in names[:2]) + ",…"
