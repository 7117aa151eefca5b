"""Fashion-MNIST's four raw files (arXiv:1708.07747), checked against their SHA-256 and read without torch."""

import hashlib
from pathlib import Path

import numpy as np

from experiments.dataset import DataError

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


def read_part(raw: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (N, 28, 28, 1) and labels int64 (N,) of a part, "train" or "t10k".

    Raises DataError, naming the file and the cure, if a file is not the published one.
    """
    images = _read(raw / f"{part}-images-idx3-ubyte", header=16)
    labels = _read(raw / f"{part}-labels-idx1-ubyte", header=8)
    return images.reshape(-1, 28, 28, 1), labels.astype(np.int64)


def _read(path: Path, header: int) -> np.ndarray:
    """The bytes after the header of an IDX file; that the header is right follows from the SHA-256."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror}; mend that, or move it away and run again") from error
    if (sha256 := hashlib.sha256(data).hexdigest()) != SHA256[path.name]:
        raise DataError(
            f"{path} is damaged: its {len(data):,} bytes have the SHA-256 {sha256[:16]}…, "
            f"the published file has {SHA256[path.name][:16]}…; delete it and run again to download it anew"
        )
    return np.frombuffer(data, np.uint8, offset=header)
