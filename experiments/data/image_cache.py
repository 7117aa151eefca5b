"""Class folders decoded once into a file that later builds map: `<name>-<key>.npy` and `<name>-<key>.json`.

The key covers path, size and time of every image, so a changed folder has another cache. Both files are
checked by SHA-256 before they are used; a damaged one is moved aside and made again.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Required, TypedDict

import numpy as np
from rich.console import Console

from experiments.data.class_folders import list_images
from experiments.data.dataset import DataError, printable, seeded_order
from experiments.data.images import (
    CACHE_PX,
    Candidate,
    UnreadableImageError,
    decode_images,
    read_image,
)
from experiments.disk.files import replacing, write_atomically
from experiments.disk.locks import locked
from experiments.disk.reading import patiently, says_nothing_of_content
from experiments.disk.records import StoreError, UnreadableError, ailment, read_record, sealed

CACHE_FORMAT = 2  # raise it when the decoding or the layout below changes


@dataclass(frozen=True)
class DecodedImages:
    """The good, distinct images of some class folders.

    They stand in turns, one of each class, each class in its own seeded order: whatever number a class is
    wanted, and whichever split, it is a contiguous part of the file.
    """

    images: np.ndarray  # uint8 (N, px, px, 3), a read-only memmap
    labels: np.ndarray  # int64 (N,)
    files: tuple[str, ...]
    digests: tuple[str, ...]  # hex SHA-256 of each image's pixels
    found: tuple[int, ...]  # files per class, the skipped and the duplicates included
    skipped: tuple[tuple[str, str], ...]  # (file, reason)
    duplicates: tuple[tuple[str, str], ...]  # (dropped file, file it equals)


class CacheRecord(TypedDict, total=False):
    """What the pixels are of; the first five lists go by image, the others by file, `found` by class."""

    format: Required[int]
    classes: Required[list[str]]
    files: Required[list[str]]
    labels: Required[list[int]]
    digests: Required[list[str]]
    npy_sha256: str  # known once the pixels are written
    found: Required[list[int]]
    skipped: Required[list[list[str]]]  # (file, reason)
    unreadable: Required[list[list[str]]]  # the same, of files that may be readable later
    duplicates: Required[list[list[str]]]  # (dropped file, file it equals)


_Stored = tuple[np.ndarray, CacheRecord]  # pixels and record
_NOT_WRITABLE = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def decoded_images(
    name: str,
    folders: Mapping[str, Path],
    cache: Path,
    console: Console,
    spare: Path | None = None,
    at_most: int | None = None,
) -> DecodedImages:
    """The images of these class folders, from the cache if it has them; of each class only `at_most` files.

    Where `cache` may not be written, they are kept in `spare`, or else in memory. What cannot be read now is skipped,
    and tried again whenever this is called. Raises DataError if there is no room in the cache, or its disk fails.
    """
    candidates, unreachable = list_images(folders, at_most)
    wanted = _Wanted(f"{name}-{_key(folders, candidates)}", tuple(folders), candidates, unreachable)
    places = [cache] if spare is None else [cache, spare]
    for place in places:
        with contextlib.suppress(StoreError):  # reported below, where it can be put right
            if (stored := _read(place / wanted.name)) is not None and not _readable_again(stored, candidates):
                return _decoded(*stored, wanted)
    refused = []
    for place in places:
        try:
            stored = _read_or_make(place, wanted, console)
        except OSError as error:
            if error.errno not in _NOT_WRITABLE:
                raise _no_room(place, error.strerror or type(error).__name__, wanted) from error
            refused.append(f"{place} ({(error.strerror or '').lower()})")
        except StoreError as error:
            raise _no_room(place, ailment(error), wanted) from error
        else:
            if refused:
                console.print(f"{refused[0]} cannot be written: the decoded images are in {place}", markup=False)
            return _decoded(*stored, wanted)
    console.print(f"{' and '.join(refused)} cannot be written: each build decodes the images again", markup=False)
    images, order, record = _decode(wanted, console)
    return _decoded(images[order], record, wanted)


@dataclass(frozen=True)
class _Wanted:
    """The images that are asked for, and the name of their cache."""

    name: str
    classes: tuple[str, ...]
    candidates: Sequence[Candidate]
    unreachable: Sequence[tuple[str, str]]  # (file, reason): not listed, so not decoded


def _no_room(place: Path, reason: str, wanted: _Wanted) -> DataError:
    needed = len(wanted.candidates) * CACHE_PX * CACHE_PX * 3 / 1e6
    return DataError(
        f"cannot keep the decoded images in {place}: {reason}; "
        f"{needed:.0f} MB of writable space are needed there, or choose another --data-dir"
    )


def _read_or_make(place: Path, wanted: _Wanted, console: Console) -> _Stored:
    """The images in the cache `place`, decoded into it if need be. Raises OSError if it cannot be written."""
    stem = place / wanted.name

    def warn(message: str) -> None:
        console.print(f"warning: {message}", style="yellow", markup=False)

    with locked(place / f".{stem.name}.lock", warn=warn):  # a second build waits, then finds what the first has made
        stored = None
        try:
            stored = _read(stem)
        except UnreadableError as error:
            warn(f"the image cache {stem}.npy is made again ({ailment(error)})")
        except StoreError as error:
            warn(f"the image cache {stem}.npy is damaged ({ailment(error)}); moved aside as *.damaged, made again")
            _set_aside(stem)
        if stored is None or _readable_again(stored, wanted.candidates):
            _check_space(place, len(wanted.candidates))
            _write(stem, wanted, console)
            stored = _read(stem)
    assert stored is not None
    return stored


def _readable_again(stored: _Stored, candidates: Sequence[Candidate]) -> bool:
    """Whether a file can be read now that could not when the others were decoded."""
    _, record = stored
    unreadable = {file for file, _ in record["unreadable"]}
    for candidate in candidates:
        if candidate.file in unreadable:
            with contextlib.suppress(OSError):
                read_image(candidate.path)
                return True
    return False


def _decoded(images: np.ndarray, record: CacheRecord, wanted: _Wanted) -> DecodedImages:
    """What was decoded, together with what cannot be reached now."""
    images.setflags(write=False)
    found = Counter(file.partition("/")[0] for file, _ in wanted.unreachable)
    return DecodedImages(
        images=images,
        labels=np.array(record["labels"], np.int64),
        files=tuple(record["files"]),
        digests=tuple(record["digests"]),
        found=tuple(count + found[name] for count, name in zip(record["found"], wanted.classes, strict=True)),
        skipped=tuple(sorted((file, reason) for file, reason in _skipped(record, wanted))),
        duplicates=tuple((dropped, kept) for dropped, kept in record["duplicates"]),
    )


def _skipped(record: CacheRecord, wanted: _Wanted) -> Iterator[tuple[str, str]]:
    yield from ((file, reason) for file, reason in (*record["skipped"], *record["unreadable"]))
    yield from wanted.unreachable


def drop_duplicates(
    candidates: Sequence[Candidate], digests: Sequence[str | None]
) -> tuple[list[int], list[tuple[str, str]]]:
    """Indices of the decodable images, duplicates removed, and (dropped file, file it equals).

    Equal means equal pixels as the models get them, which equal bytes imply. Of equal images in one class the
    first by name stays; of equal images in two classes none does, since their label is unknown.
    """
    equal: dict[str, list[int]] = defaultdict(list)
    for i, digest in enumerate(digests):
        if digest is not None:
            equal[digest].append(i)
    kept, dropped = [], []
    for first, *others in equal.values():
        stranger = next((i for i in others if candidates[i].label != candidates[first].label), None)
        if stranger is None:
            kept.append(first)
        else:
            dropped.append((candidates[first].file, candidates[stranger].file))
        dropped += [(candidates[i].file, candidates[first].file) for i in others]
    return sorted(kept), sorted(dropped)


def _key(folders: Mapping[str, Path], candidates: Sequence[Candidate]) -> str:
    """Where the folders are counts too: of two unpacked archives all sizes and times may agree."""
    places = [(name, str(folder.resolve())) for name, folder in folders.items()]
    listing = [(c.file, c.size, c.mtime_ns) for c in candidates]
    return hashlib.sha256(_canonical([CACHE_FORMAT, CACHE_PX, places, listing])).hexdigest()[:16]


def _canonical(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def _in_turns(candidates: Sequence[Candidate], kept: Sequence[int]) -> list[int]:
    """The kept indices: the first of each class, the second of each, …, each class in its seeded order."""
    by_label: dict[int, list[int]] = defaultdict(list)
    for i in kept:
        by_label[candidates[i].label].append(i)
    turns = []
    for label, indices in by_label.items():
        order = seeded_order([candidates[i].file for i in indices])
        turns += [(turn, label, indices[j]) for turn, j in enumerate(order)]
    return [i for _, _, i in sorted(turns)]


def _check_space(cache: Path, images: int) -> None:
    """Raise OSError before the decoding instead of after it."""
    total, _, free = shutil.disk_usage(cache)
    if total and free < images * CACHE_PX * CACHE_PX * 3:  # some network file systems say nothing: 0 of 0 bytes
        raise OSError(errno.ENOSPC, "no space left on device")


def _decode(wanted: _Wanted, console: Console) -> tuple[np.ndarray, list[int], CacheRecord]:
    """The images of all candidates, the indices of those to keep, in their order, and what is known of them."""
    candidates = wanted.candidates
    images, digests, bad = decode_images(candidates, console)
    kept, duplicates = drop_duplicates(candidates, digests)
    order = _in_turns(candidates, kept)
    found = Counter(candidate.file.partition("/")[0] for candidate in candidates)
    reasons = {file: (str(error), isinstance(error, UnreadableImageError)) for file, error in bad.items()}
    record: CacheRecord = {
        "format": CACHE_FORMAT,
        "classes": list(wanted.classes),
        "files": [candidates[i].file for i in order],
        "labels": [candidates[i].label for i in order],
        "digests": [str(digests[i]) for i in order],
        "found": [found[name] for name in wanted.classes],
        "skipped": [[file, reason] for file, (reason, unreadable) in reasons.items() if not unreadable],
        "unreadable": [[file, reason] for file, (reason, unreadable) in reasons.items() if unreadable],
        "duplicates": [list(pair) for pair in duplicates],
    }
    skipped = sorted(_skipped(record, wanted))
    _list("skipped", [f"{printable(file)}: {reason}" for file, reason in skipped], console)
    _list("duplicate", [f"{printable(a)} equals {printable(b)}" for a, b in duplicates], console)
    return images, order, record


def _write(stem: Path, wanted: _Wanted, console: Console) -> None:
    images, order, record = _decode(wanted, console)
    record["npy_sha256"] = _write_npy(_npy(stem), images, order)
    write_atomically(_json(stem), sealed(record))  # last: it says that the pixels next to it are whole


def _list(what: str, lines: Sequence[str], console: Console) -> None:
    for line in lines[:20]:
        console.print(f"{what}: {line}", markup=False)
    if len(lines) > 20:
        console.print(f"{what}: and {len(lines) - 20:,} more, which the report counts too", markup=False)


def _write_npy(path: Path, images: np.ndarray, order: Sequence[int]) -> str:
    """Write images[order] atomically, without a second copy in memory; return the file's SHA-256.

    With write() and not through a map, where a full disk would kill the process.
    """
    digest = hashlib.sha256()
    with replacing(path) as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (len(order), *images.shape[1:])}
        np.lib.format.write_array_header_1_0(file, header)
        file.seek(0)
        digest.update(file.read())
        for start in range(0, len(order), 256):
            block = images[order[start : start + 256]].tobytes()
            file.write(block)
            digest.update(block)
    return digest.hexdigest()


def _read(stem: Path) -> _Stored | None:
    """The pixels that are stored and their record, or None if nothing is.

    Raises UnreadableError if it cannot be read now, StoreError if it is not what was written.
    """
    if not os.path.lexists(_json(stem)):
        return None
    record = read_record(_json(stem), CacheRecord, CACHE_FORMAT)
    return _read_npy(_npy(stem), record.get("npy_sha256", "")), record


def _read_npy(path: Path, sha256: str) -> np.ndarray:
    """The array in a file, mapped where the file system can do that. Raises as `_read` does."""
    try:
        whole = any(patiently(lambda: _digest(path)) == sha256 for _ in range(2))  # see records.read_verified
        images = _map(path) if whole else None
    except OSError as error:
        kind = UnreadableError if says_nothing_of_content(error) else StoreError
        raise kind(f"its pixels cannot be read: {error.strerror}") from None
    except (ValueError, EOFError):
        raise StoreError("its pixels are no array of numbers") from None
    if images is None:
        raise StoreError("its pixels have another SHA-256 than when they were written")
    return images


def _map(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except OSError:  # some network file systems map nothing
        return np.load(path, allow_pickle=False)


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _npy(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}.npy")


def _json(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}.json")


def _set_aside(stem: Path) -> None:
    for path in (_npy(stem), _json(stem)):
        if path.exists():
            os.replace(path, f"{path}.damaged")
