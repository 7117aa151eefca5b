"""The files that a report is made from, inside its HTML edition: one block that no browser runs, shows or loads.

A block of data is text of a type that is no script's. It holds the same files as the PDF, packed: tables in columns
(report/screen/columns.py), then bzip2 and base64.
"""

import base64
import bz2
import re
from collections.abc import Mapping

import msgspec

from report.pdf.attachments import AttachmentError
from report.pdf.content import LARGEST
from report.screen.columns import folded, unfolded

_OPEN, _CLOSE = '<script type="application/octet-stream" id="data-of-this-report">', "</script>"
_END = "</body>"
_BLOCK = re.compile(re.escape(_OPEN) + "([A-Za-z0-9+/=\\s]*)" + re.escape(_CLOSE) + r"\s*")


class _Packed(msgspec.Struct):
    """name → content; tables: folded."""

    files: dict[str, bytes]
    tables: dict[str, bytes]


def is_page(data: bytes) -> bool:
    """Whether a file is HTML and no PDF."""
    return data[:100].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith((b"<!doctype html", b"<html"))


def packed(files: Mapping[str, bytes]) -> bytes:
    """The files, small; equal files give equal bytes."""
    tables = {name: table for name, data in files.items() if name.endswith(".csv") and (table := folded(data))}
    others = {name: data for name, data in files.items() if name not in tables}
    return bz2.compress(msgspec.msgpack.encode(_Packed(others, tables)))


def with_data(page: str, *blocks: bytes) -> str:
    """The page with blocks made by `packed`, at its end, so that the text is shown before they have come."""
    text = "\n".join(f"{_OPEN}{base64.b64encode(block).decode()}{_CLOSE}" for block in blocks)
    start, end, rest = page.rpartition(_END)
    return f"{start}{text}\n{end}{rest}"


def without_data(page: str) -> tuple[str, dict[str, bytes]]:
    """The page as it was given to `with_data`, and the files in it. Raises AttachmentError if they cannot be read."""
    files: dict[str, bytes] = {}
    for block in _BLOCK.findall(page):
        files |= _unpacked(block)
    return _BLOCK.sub("", page), files


def _unpacked(block: str) -> dict[str, bytes]:
    try:
        unpack = bz2.BZ2Decompressor()
        content = unpack.decompress(base64.b64decode(block), LARGEST)
        if not unpack.eof:
            raise ValueError(f"cut off, or larger than {LARGEST >> 20} MB")
        found = msgspec.msgpack.decode(content, type=_Packed)
        return {**found.files, **{name: unfolded(table, LARGEST) for name, table in found.tables.items()}}
    except (ValueError, LookupError, OSError, EOFError, msgspec.MsgspecError) as error:
        raise AttachmentError(f"its data cannot be read ({error}); it was damaged or altered") from None
