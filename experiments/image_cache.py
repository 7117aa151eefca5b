"""Class folders decoded once into a file that later builds map: `<name>-<key>.npy` and `<name>-<key>.json`.

The key covers path, size and time of every image, so a changed folder has another cache. Both files are
checked by SHA-256 before they are used; a damaged one is set aside and made anew.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from experiments.dataset import DataError, printable, seeded_order
from experiments.files import replacing, write_atomically
from experiments.images import CACHE_PX, Candidate, decode_images, list_images
from experiments.locks import locked

CACHE_FORMAT = 1  # raise it when the decoding or the layout below changes


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


class _DamagedError(Exception):
    """A cache that is not what was written; the message says how."""


def decoded_images(name: str, folders: Mapping[str, Path], cache: Path, console: Console) -> DecodedImages:
    """The images of these class folders, from the cache if it has them.

    Raises DataError if the cache cannot be written.
    """
    candidates, unreachable = list_images(folders)
    stem = cache / f"{name}-{_key(folders, candidates)}"
    with contextlib.suppress(_DamagedError):  # told below, where it can be mended
        if (stored := _read(stem)) is not None:
            return stored
    try:
        with locked(cache / f".{stem.name}.lock"):  # a second build waits, then finds what the first has made
            try:
                stored = _read(stem)
            except _DamagedError as error:
                console.print(
                    f"warning: the image cache {stem}.npy is damaged ({error}); "
                    "it is set aside as *.damaged and made anew",
                    style="yellow",
                    markup=False,
                )
                _set_aside(stem)
                stored = None
            if stored is None:
                _check_space(cache, len(candidates))
                _write(stem, list(folders), candidates, unreachable, console)
                stored = _read(stem)
    except (OSError, _DamagedError) as error:
        needed = len(candidates) * CACHE_PX * CACHE_PX * 3 / 1e6
        reason = error.strerror if isinstance(error, OSError) else error
        raise DataError(
            f"cannot keep the decoded images in {cache}: {reason}; "
            f"{needed:.0f} MB of writable space are needed there, or choose another --data-dir"
        ) from error
    assert stored is not None
    return stored


def drop_duplicates(
    candidates: Sequence[Candidate], digests: Sequence[str | None]
) -> tuple[list[int], list[tuple[str, str]]]:
    """Indices of the good images of which there is but one, and (dropped file, file it equals).

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
    if shutil.disk_usage(cache).free < images * CACHE_PX * CACHE_PX * 3:
        raise OSError(errno.ENOSPC, "no space left on device")


def _write(
    stem: Path,
    classes: Sequence[str],
    candidates: Sequence[Candidate],
    unreachable: Sequence[tuple[str, str]],
    console: Console,
) -> None:
    for left_over in stem.parent.glob(f".{stem.name}.*.tmp"):
        left_over.unlink()  # of a killed build: under the lock nobody else is writing
    images, digests, skipped = decode_images(candidates, console)
    kept, duplicates = drop_duplicates(candidates, digests)
    skipped = sorted([*unreachable, *skipped])
    _tell("skipped", [f"{printable(file)}: {reason}" for file, reason in skipped], console)
    _tell("duplicate", [f"{printable(a)} equals {printable(b)}" for a, b in duplicates], console)
    order = _in_turns(candidates, kept)
    names = [*(candidate.file for candidate in candidates), *(file for file, _ in unreachable)]
    found = Counter(file.partition("/")[0] for file in names)
    record = {
        "format": CACHE_FORMAT,
        "classes": list(classes),
        "files": [candidates[i].file for i in order],
        "labels": [candidates[i].label for i in order],
        "digests": [digests[i] for i in order],
        "found": [found[name] for name in classes],
        "skipped": skipped,
        "duplicates": duplicates,
        "npy_sha256": _write_npy(_npy(stem), images, order),
    }
    # The record last: it says that the pixels beside it are whole.
    content = _canonical({"record": record, "sha256": hashlib.sha256(_canonical(record)).hexdigest()})
    write_atomically(_json(stem), content)


def _tell(what: str, lines: Sequence[str], console: Console) -> None:
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


def _read(stem: Path) -> DecodedImages | None:
    """What is stored, or None if nothing is. Raises _DamagedError if it is not what was written."""
    try:
        content = json.loads(_json(stem).read_bytes())
        record = content["record"]
        if hashlib.sha256(_canonical(record)).hexdigest() != content["sha256"]:
            raise _DamagedError("its record has another SHA-256 than when it was written")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _DamagedError(f"its record cannot be read: {error.strerror}") from None
    except (ValueError, LookupError, TypeError, RecursionError):
        raise _DamagedError("its record is no valid JSON") from None
    npy = _npy(stem)
    try:
        with open(npy, "rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != record["npy_sha256"]:
                raise _DamagedError("its pixels have another SHA-256 than when they were written")
        images = np.load(npy, mmap_mode="r", allow_pickle=False)
    except OSError as error:
        raise _DamagedError(f"its pixels cannot be read: {error.strerror}") from None
    except ValueError:
        raise _DamagedError("its pixels are no array of numbers") from None
    return DecodedImages(
        images=images,
        labels=np.array(record["labels"], np.int64),
        files=tuple(record["files"]),
        digests=tuple(record["digests"]),
        found=tuple(record["found"]),
        skipped=tuple((file, reason) for file, reason in record["skipped"]),
        duplicates=tuple((dropped, kept) for dropped, kept in record["duplicates"]),
    )


def _npy(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}.npy")


def _json(stem: Path) -> Path:
    return stem.with_name(f"{stem.name}.json")


def _set_aside(stem: Path) -> None:
    for path in (_npy(stem), _json(stem)):
        if path.exists():
            os.replace(path, f"{path}.damaged")
