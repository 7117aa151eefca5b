import gzip
import hashlib

import numpy as np
import pytest

from experiments.data import fashion_mnist
from experiments.data.dataset import DataError
from experiments.data.fashion_mnist import find_files, read_part


@pytest.fixture
def contents(monkeypatch):
    """Two images in the published format, with their own checksums in place of the published ones."""
    pixels = (np.arange(2 * 784) % 251).astype(np.uint8).tobytes()
    contents = {
        "t10k-images-idx3-ubyte": b"\0\0\x08\x03\0\0\0\x02\0\0\0\x1c\0\0\0\x1c" + pixels,
        "t10k-labels-idx1-ubyte": b"\0\0\x08\x01\0\0\0\x02" + b"\x09\x00",
    }
    monkeypatch.setattr(fashion_mnist, "SHA256", {name: hashlib.sha256(c).hexdigest() for name, c in contents.items()})
    return contents


@pytest.fixture
def raw(tmp_path, contents):
    for name, content in contents.items():
        (tmp_path / "FashionMNIST" / "raw").mkdir(parents=True, exist_ok=True)
        (tmp_path / "FashionMNIST" / "raw" / name).write_bytes(content)
    return tmp_path / "FashionMNIST" / "raw"


def read(data_dir):
    return read_part(find_files(data_dir)[0], "t10k")


def test_images_and_labels_are_read_from_behind_the_headers(raw):
    images, labels = read(raw.parent.parent)
    assert images.shape == (2, 28, 28, 1)
    assert images[1, 0, 1, 0] == 785 % 251  # the second image begins at 28 · 28 = 784
    assert labels.tolist() == [9, 0]
    assert labels.dtype == np.int64


def cut(content):
    return content[:-1]


def flip(content):
    return content[:100] + bytes([content[100] ^ 1]) + content[101:]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("place", ["FashionMNIST/raw", "FashionMNIST", "."])
def test_files_put_there_by_hand_are_used_where_they_lie(tmp_path, contents, place, packed):
    for name, content in contents.items():
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        file = tmp_path / place / (f"{name}.gz" if packed else name)
        file.write_bytes(gzip.compress(content) if packed else content)
    before = sorted(tmp_path.rglob("*"))
    assert read(tmp_path)[1].tolist() == [9, 0]
    assert sorted(tmp_path.rglob("*")) == before  # a data folder that may not be written will do


OTHERS = {
    "other content": gzip.compress(b"the handwritten digits have files of the same names"),
    "cut": gzip.compress(bytes(99))[:-9],
    "not packed": b"as some browsers unpack what they fetch",
    "empty": b"",
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_a_file_put_there_by_hand_that_is_not_the_published_one_is_passed_over(tmp_path, contents, content):
    wrong = tmp_path / "t10k-labels-idx1-ubyte.gz"
    wrong.write_bytes(content)
    found, others = find_files(tmp_path)
    assert (found, others) == ({}, [wrong])
    (tmp_path / "FashionMNIST").mkdir()
    good = tmp_path / "FashionMNIST" / "t10k-labels-idx1-ubyte"
    good.write_bytes(contents[good.name])
    assert find_files(tmp_path)[0] == {good.name: good}


def test_what_unpacks_without_end_is_not_unpacked_whole(tmp_path, contents, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "_MAX_BYTES", 1000)
    bomb = tmp_path / "t10k-labels-idx1-ubyte.gz"
    bomb.write_bytes(gzip.compress(bytes(10**6)))
    assert len(fashion_mnist._content(bomb)) == 1000
    assert find_files(tmp_path)[0] == {}


@pytest.mark.parametrize("damage", [cut, flip, lambda content: b"", lambda content: content + b"\0"])
def test_a_file_that_is_not_the_published_one_is_refused_with_the_cure(raw, damage):
    path = raw / "t10k-images-idx3-ubyte"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte is damaged: .*; delete it and run again"):
        read(raw.parent.parent)


def test_a_file_that_cannot_be_read_is_named(raw):
    (raw / "t10k-labels-idx1-ubyte").unlink()
    (raw / "t10k-labels-idx1-ubyte").mkdir()
    with pytest.raises(DataError, match=r"cannot read .*t10k-labels-idx1-ubyte: Is a directory"):
        read(raw.parent.parent)


def test_the_first_label_has_the_homeworks_name():
    assert fashion_mnist.LABELS[0] == "t-shirt"
    assert fashion_mnist.LABELS[9] == "ankle boot"
