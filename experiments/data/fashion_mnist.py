"""Fashion-MNIST's four raw files (arXiv:1708.07747), checked against their SHA-256 and read without torch."""

import gzip
import hashlib
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from experiments.data.dataset import DataError

LABELS = (
    "t-shirt", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip

# Of the files as published, unpacked. torchvision checks the packed ones, and only while it downloads them.
SHA256 = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


_MAX_BYTES = 2**26  # the largest file has 47 million; what unpacks to more is not one of them


def find_files(data_dir: Path) -> tuple[dict[str, Path], list[Path]]:
    """Where the files of Fashion-MNIST are, by name, and the files of such a name that are not the published ones.

    They lie in FashionMNIST/raw, where torchvision puts them. Packed ones (.gz) and those in one of the two folders
    around, where they often are if they were put there by hand, count if their content is the published one.
    """
    raw = data_dir / "FashionMNIST" / "raw"
    found: dict[str, Path] = {}
    others = []
    for name in SHA256:
        if (raw / name).exists():
            found[name] = raw / name
            continue
        names = [name, f"{name}.gz"]
        for path in (folder / name for folder in (raw, raw.parent, data_dir) for name in names):
            if path.is_file():
                if _is_published(path, name):
                    found[name] = path
                    break
                others.append(path)
    return found, others


def read_part(files: Mapping[str, Path], part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, 28, 28, 1) and labels int64 (N,) of a part, "train" or "t10k", from the files by their names.

    Raises DataError, with the file and what to do, if one is not the published one.
    """
    images, labels = f"{part}-images-idx3-ubyte", f"{part}-labels-idx1-ubyte"
    pixels = _read(files[images], images, header=16)
    return pixels.reshape(-1, 28, 28, 1), _read(files[labels], labels, header=8).astype(np.int64)


def _is_published(path: Path, name: str) -> bool:
    try:
        return hashlib.sha256(_content(path)).hexdigest() == SHA256[name]
    except (OSError, EOFError, zlib.error):
        return False


def _content(path: Path) -> bytes:
    """What is in a file, unpacked; of one that is too big only the start."""
    with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
        return file.read(_MAX_BYTES)


def _read(path: Path, name: str, header: int) -> np.ndarray:
    """The bytes after the header of an IDX file; that the header is right follows from the SHA-256."""
    try:
        data = _content(path)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(f"cannot read {path}: {reason}; make it readable, or move it away and run again") from error
    if (sha256 := hashlib.sha256(data).hexdigest()) != SHA256[name]:
        raise DataError(
            f"{path} is damaged: its {len(data):,} bytes have the SHA-256 {sha256[:16]}…, "
            f"the published file has {SHA256[name][:16]}…; delete it and run again to download it again"
        )
    return np.frombuffer(data, np.uint8, offset=header)
