"""Finished pieces of the report, kept under a digest of everything they are made from.

Drawing figures, cutting fonts down and printing take most of the time of a report, and most of them are the
same as the last time. A piece is found again only if its inputs, the code and the libraries are.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from experiments.files import sha256, write_atomically

ROOT = Path(__file__).resolve().parent.parent
# Whatever can change a piece. The templates and styles are not here: a page made of them is among its inputs.
CODE = ("experiments", "report", "figures", "templates/fonts")
LIBRARIES = ("fonttools", "matplotlib", "pillow", "pydyf", "weasyprint", "ziamath")
KEPT = 60  # pieces; an edition of the report has 16, and there are three


@cache
def toolchain() -> str:
    """Digest of the code, the fonts and the versions of the libraries."""
    libraries = "".join(f"{library} {version(library)}\n" for library in LIBRARIES)
    return sha256(f"{digest_of(*CODE)}\n{libraries}".encode())


def digest_of(*folders: str) -> str:
    """Digest of the names and contents of the files in folders of the program."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                digest.update(f"{path.relative_to(ROOT)} {sha256(path.read_bytes())}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Cache:
    """Pieces in a folder; without one every piece is made anew."""

    folder: Path | None = None

    def get(self, inputs: str | bytes, make: Callable[[], bytes]) -> bytes:
        """The piece made from `inputs`, which must tell its kind too; made now if it is not there whole.

        The first line of a file is the SHA-256 of the rest, so that a damaged piece is made anew.
        """
        if self.folder is None:
            return make()
        data = inputs if isinstance(inputs, bytes) else inputs.encode()
        path = self.folder / sha256(toolchain().encode() + data)
        try:
            digest, _, piece = path.read_bytes().partition(b"\n")
            if digest.decode("ascii", "replace") == sha256(piece):
                path.touch()
                return piece
        except OSError:
            pass  # not there, or not to be read: make it
        piece = make()
        try:
            write_atomically(path, sha256(piece).encode() + b"\n" + piece)
            self._sweep()
        except OSError:
            pass  # a full or read-only disk costs time later, not the report now
        return piece

    def _sweep(self) -> None:
        """Remove the pieces that were not used for longest."""
        assert self.folder is not None
        pieces = sorted(self.folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in pieces[KEPT:]:
            path.unlink(missing_ok=True)


NO_CACHE = Cache()
