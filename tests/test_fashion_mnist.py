import hashlib

import numpy as np
import pytest

from experiments import fashion_mnist
from experiments.dataset import DataError
from experiments.fashion_mnist import read_part


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """Two images in the published format, with their own checksums in place of the published ones."""
    pixels = (np.arange(2 * 784) % 251).astype(np.uint8).tobytes()
    contents = {
        "t10k-images-idx3-ubyte": b"\0\0\x08\x03\0\0\0\x02\0\0\0\x1c\0\0\0\x1c" + pixels,
        "t10k-labels-idx1-ubyte": b"\0\0\x08\x01\0\0\0\x02" + b"\x09\x00",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        monkeypatch.setitem(fashion_mnist.SHA256, name, hashlib.sha256(content).hexdigest())
    return tmp_path


def test_images_and_labels_are_read_from_behind_the_headers(raw):
    images, labels = read_part(raw, "t10k")
    assert images.shape == (2, 28, 28, 1)
    assert images[1, 0, 1, 0] == 785 % 251  # the second image begins at 28 · 28 = 784
    assert labels.tolist() == [9, 0]
    assert labels.dtype == np.int64


def cut(content):
    return content[:-1]


def flip(content):
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


@pytest.mark.parametrize("damage", [cut, flip, lambda content: b"", lambda content: content + b"\0"])
def test_a_file_that_is_not_the_published_one_is_refused_with_the_cure(raw, damage):
    path = raw / "t10k-images-idx3-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte is damaged: .*; delete it and run again"):
        read_part(raw, "t10k")


def test_a_file_that_cannot_be_read_is_named(raw):
    (raw / "t10k-labels-idx1-ubyte").unlink()
    (raw / "t10k-labels-idx1-ubyte").mkdir()
    with pytest.raises(DataError, match=r"cannot read .*t10k-labels-idx1-ubyte: Is a directory"):
        read_part(raw, "t10k")


def test_the_first_label_has_the_homeworks_name():
    assert fashion_mnist.LABELS[0] == "t-shirt"
    assert fashion_mnist.LABELS[9] == "ankle boot"
