"""CSV files as columns of small differences, which xz packs several times better; they come back byte for byte.

A column of whole numbers or of float32 is stored as its difference from whichever of the last columns of its length it
is nearest to: a model's prediction from the label, a probability from that of a run that computes the same. Whatever
is neither stays text.
"""

import lzma
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from experiments.disk.records import StoreError

NEAR = 12  # columns back that one may be stored as a difference from: those of a group of runs that compute alike
WINDOW = 1 << 12, 1 << 23  # bytes, least and largest: a window of 8 MiB takes 90 MiB of memory
WHOLE, FLOAT32, TEXT = "i", "f", "t"


def pack_files(files: Mapping[str, bytes]) -> bytes:
    """Files by name as one xz stream; the same files in the same order give the same bytes. CSV goes by columns."""
    tables: dict[str, Any] = {}
    others: dict[str, bytes] = {}
    planes: list[bytes] = []
    near: deque[np.ndarray] = deque(maxlen=NEAR)
    for name, data in files.items():
        if (layout := _columns(data, planes, near) if name.endswith(".csv") else None) is None:
            others[name] = data
        else:
            tables[name] = layout
    content = {"names": list(files), "tables": tables, "others": others, "planes": b"".join(planes)}
    encoded = msgspec.msgpack.encode(content)
    window = min(max(1 << len(encoded).bit_length(), WINDOW[0]), WINDOW[1])
    xz = {"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": window, "pb": 0}
    return lzma.compress(encoded, lzma.FORMAT_XZ, filters=[xz])


def unpack_files(packed: bytes) -> dict[str, bytes]:
    """What pack_files was given. Raises StoreError if it is not what that makes."""
    try:
        content = msgspec.msgpack.decode(lzma.decompress(packed))
        planes, near = memoryview(content["planes"]), deque[np.ndarray](maxlen=NEAR)
        files, at = dict[str, bytes](), 0
        for name in content["names"]:
            if name in content["others"]:
                files[name] = content["others"][name]
            else:
                files[name], at = _table(content["tables"][name], planes, at, near)
    except (lzma.LZMAError, EOFError, msgspec.DecodeError, LookupError, TypeError, ValueError) as error:
        raise StoreError(f"cannot be unpacked ({type(error).__name__}: {error})") from None
    return files


def rounded(table: bytes, bits: int) -> bytes:
    """A CSV file with its float32 columns rounded to so many bits behind the first; the others as they are."""
    header, *columns = _parsed(table)
    texts = []
    for column in columns:
        kind, values = _numbers(column)
        if kind == FLOAT32 and values is not None:
            drop = np.uint32(23 - bits)
            values = ((values + (np.uint32(1) << drop >> np.uint32(1))) >> drop) << drop
            column = _shown(kind, values)
        texts.append(column)
    return _joined(header, texts)


def _columns(data: bytes, planes: list[bytes], near: deque[np.ndarray]) -> list[Any] | None:
    """The layout of a CSV file, whose columns are added to `planes`; None for one that would not come back the same."""
    try:
        header, *columns = _parsed(data)
    except ValueError:  # rows of different lengths, of which some need quotes
        return None
    if len(header) != len(columns) or _joined(header, columns) != data:
        return None
    layout: list[Any] = []
    for column in columns:
        kind, values = _numbers(column)
        if values is None:
            layout.append((TEXT, "\n".join(column), 0))
            continue
        best, shown = min(_differences(values, near), key=lambda found: _cost(found[1]))
        planes.append(_in_planes(shown))
        near.append(values)
        layout.append((kind, len(values), best))
    return [header, layout]


def _table(stored: Any, planes: memoryview, at: int, near: deque[np.ndarray]) -> tuple[bytes, int]:
    """A CSV file from its layout, and where in the planes the next one begins."""
    header, layout = stored
    columns = []
    for kind, count, back in layout:
        if kind == TEXT:
            columns.append(count.split("\n"))
            continue
        shown = _from_planes(planes[at : at + 4 * count], count)
        at += 4 * count
        signed = (shown >> np.uint32(1)) ^ (np.uint32(0) - (shown & np.uint32(1)))
        values = signed + near[-back] if back else signed
        near.append(values)
        columns.append(_shown(kind, values))
    return _joined(header, columns), at


def _differences(values: np.ndarray, near: deque[np.ndarray]) -> Iterator[tuple[int, np.ndarray]]:
    """How far back a column lies, and the difference from it modulo 2³², small where they are near; 0: from nothing."""
    for back in range(len(near) + 1):
        if back == 0 or len(near[-back]) == len(values):
            difference = (values - near[-back] if back else values).view(np.int32)
            yield back, ((difference << 1) ^ (difference >> 31)).view(np.uint32)


def _cost(differences: np.ndarray) -> float:
    return float(np.log2(differences.astype(np.float64) + 1).sum())


def _in_planes(values: np.ndarray) -> bytes:
    """uint32 with all first bytes together, then all second ones, …"""
    return values.astype("<u4").view(np.uint8).reshape(-1, 4).T.tobytes()


def _from_planes(data: memoryview, count: int) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(4, count).T.copy().view("<u4").ravel().astype(np.uint32)


def _numbers(column: Sequence[str]) -> tuple[str, np.ndarray | None]:
    """A column's kind and its values as uint32, those of a float32 its bits; None for text."""
    try:
        whole = np.array([int(text) for text in column], np.int32).view(np.uint32)
        if _shown(WHOLE, whole) == list(column):
            return WHOLE, whole
    except (ValueError, OverflowError):
        pass
    try:
        with np.errstate(over="ignore"):
            bits = np.array([float(text) for text in column], np.float32).view(np.uint32)
    except ValueError:
        return TEXT, None
    return (FLOAT32, bits) if _shown(FLOAT32, bits) == list(column) else (TEXT, None)


def _shown(kind: str, values: np.ndarray) -> list[str]:
    """The column as text, as experiments.store.runs.to_csv writes it."""
    if kind == WHOLE:
        return list(map(str, values.view(np.int32).tolist()))
    return [f"{value:.9g}" for value in values.view(np.float32).tolist()]


def _parsed(data: bytes) -> list[list[str]]:
    """The header, then the columns; only for CSV without quotes: what needs them does not come back the same."""
    header, *rows = data.decode().removesuffix("\n").split("\n")
    return [header.split(","), *map(list, zip(*(row.split(",") for row in rows), strict=True))]


def _joined(header: Sequence[str], columns: Sequence[Sequence[str]]) -> bytes:
    return "\n".join([",".join(header), *map(",".join, zip(*columns, strict=True)), ""]).encode()
