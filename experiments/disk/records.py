"""Stored files that are checked before they are used: JSON that ends with its own SHA-256, what it vouches for, and
other data after a line with theirs."""

import json
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec

from experiments.disk.files import move_folder, sha256
from experiments.disk.reading import read_bytes, says_nothing_of_content
from experiments.errors import UserError

_LATER = "check its permissions and its disk, then run the same command again"
CURE = "delete this folder and run build.py without --skip-train to make it again"


T = TypeVar("T")


class StoreError(UserError):
    """Something stored is missing, damaged or of another format; the message names the file and what to do."""


class UnreadableError(StoreError):
    """Something stored cannot be read at the moment, and may be whole all the same."""


def read_stored(path: Path) -> bytes:
    """The content of a stored file.

    Raises UnreadableError if it cannot be read now, StoreError if it is missing or something else is in its place.
    """
    try:
        return read_bytes(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if says_nothing_of_content(error):
            raise UnreadableError(f"{path}: cannot be read ({reason}); {_LATER}") from None
        raise StoreError(f"{path}: cannot be read ({reason}); {CURE}") from None


def read_verified(path: Path, digest: str | None) -> bytes:
    """The content of a stored file that has this SHA-256; read again if it has another one.

    Raises StoreError if it has another one still, and as `read_stored` does.
    """
    for _ in range(2):
        data = read_stored(path)
        if sha256(data) == digest:
            return data
    raise StoreError(f"{path}: its content is not what was stored; {CURE}")


def stamped(data: bytes) -> bytes:
    """Data that are no JSON, after a line with their SHA-256."""
    return sha256(data).encode() + b"\n" + data


def read_stamped(path: Path) -> bytes:
    """What `stamped` was given; read again if it is not what was stored. Raises as `read_verified` does."""
    for _ in range(2):
        digest, _, data = read_stored(path).partition(b"\n")
        if digest.decode("ascii", "replace") == sha256(data):
            return data
    raise StoreError(f"{path}: its content is not what was stored; {CURE}")


def read_record(path: Path, kind: type[T], format: int) -> T:
    """A JSON object that `sealed` made, without its SHA-256. kind: a TypedDict with its fields.

    Raises StoreError if it is no JSON, is of another format, was edited, or lacks a field or has one of the wrong type,
    and as `read_stored` does.
    """
    try:
        record = _read_record(path, format)
    except UnreadableError:
        raise
    except StoreError:
        record = _read_record(path, format)  # again: what a share returns is not always what is stored
    try:
        msgspec.convert(record, kind)
    except msgspec.ValidationError as error:
        raise StoreError(f"{path}: not as this program writes it ({error}); {CURE}") from None
    return cast(T, record)


def sealed(record: Mapping[str, Any]) -> bytes:
    """A record as JSON that ends with its SHA-256."""
    return to_json({**record, "sha256": _record_digest(record)})


def to_json(value: object) -> bytes:
    """Readable JSON with a fixed layout. Raises ValueError for NaN and infinities, which JSON does not have."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def read_object(path: Path) -> dict[str, Any]:
    """A stored JSON object, unchecked. Raises StoreError if it is none, and as `read_stored` does."""
    data = read_stored(path)
    try:
        record = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path}: not valid JSON ({error}); {CURE}") from None
    if not isinstance(record, dict):
        raise StoreError(f"{path}: expected an object, found {type(record).__name__}; {CURE}")
    return record


def ailment(error: StoreError) -> str:
    """What an error says is wrong, without what to do about it."""
    return str(error).removesuffix(f"; {CURE}").removesuffix(f"; {_LATER}")


def set_aside(folder: Path, damage: StoreError) -> str:
    """Rename a damaged folder to a hidden name that is free; returns what to tell the user."""
    names = (folder.with_name(f".{folder.name}.damaged-{n}") for n in count(1))
    aside = next(name for name in names if not name.exists())
    move_folder(folder, aside)
    return f"{ailment(damage)}; moved aside as {aside.name}, to be made again"


def _read_record(path: Path, format: int) -> dict[str, Any]:
    record = read_object(path)
    if record.get("format") != format:
        raise StoreError(f"{path}: format {record.get('format')!r}, this version reads {format}; {CURE}")
    if record.pop("sha256", None) != _record_digest(record):
        raise StoreError(f"{path}: its content is not what was stored; {CURE}")
    return record


def _record_digest(record: Mapping[str, Any]) -> str:
    try:
        return sha256(to_json(record))
    except ValueError:  # NaN, which was never stored
        return ""
