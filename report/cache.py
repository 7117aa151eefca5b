"""Finished pieces of the report, kept under a digest of everything they are made from.

Drawing figures, cutting fonts down and printing take most of the time of a report, and most of them are the
same as the last time. A piece is found again only if its inputs, the code and the libraries are.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from experiments.disk.files import sha256, write_atomically
from experiments.disk.records import StoreError, read_stamped, stamped
from report.toolchain import toolchain

SUFFIX = ".hw1dl"
_PIECE = re.compile(rf"[0-9a-f]{{64}}{re.escape(SUFFIX)}")
KEPT = 60  # pieces; an edition of the report has 16, and there are three


@dataclass(frozen=True)
class Cache:
    """Pieces in a folder; without one every piece is made again."""

    folder: Path | None = None
    kept: int = KEPT

    def get(self, inputs: str | bytes, make: Callable[[], bytes]) -> bytes:
        """The piece made from `inputs`, which must tell its kind too; made now if it is not there whole.

        The first line of a file is the SHA-256 of the rest, so that a damaged piece is made again.
        """
        if self.folder is None:
            return make()
        data = inputs if isinstance(inputs, bytes) else inputs.encode()
        path = self.folder / f"{sha256(toolchain().encode() + data)}{SUFFIX}"
        if path.exists():
            try:
                piece = read_stamped(path)
            except StoreError:
                pass  # damaged, or cannot be read: make it
            else:
                with suppress(OSError):
                    path.touch()  # used now; see _sweep
                return piece
        piece = make()
        try:
            write_atomically(path, stamped(piece))
            self._sweep()
        except OSError:
            pass  # a full or read-only disk costs time later, not the report now
        return piece

    def _sweep(self) -> None:
        """Remove the pieces that were not used for longest, and nothing else: `--out ~` has ~/.cache for its folder."""
        assert self.folder is not None
        own = [path for path in self.folder.iterdir() if _PIECE.fullmatch(path.name)]
        pieces = sorted(own, key=lambda path: path.stat().st_mtime, reverse=True)
        for path in pieces[self.kept :]:
            path.unlink(missing_ok=True)


NO_CACHE = Cache()
