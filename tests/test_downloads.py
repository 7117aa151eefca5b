import io
import shutil
import socket
import ssl
import sys
import types
import urllib.error

import pytest
from rich.console import Console

from experiments.dataset import DataError
from experiments.downloads import (
    FASHION_MNIST_FILES,
    TIMEOUT,
    DownloadError,
    fetch_fashion_mnist,
    fetch_imagenette,
)


@pytest.fixture(autouse=True)
def datasets(monkeypatch):
    """A torchvision.datasets without torch or network; it has only what a test puts there."""
    module = types.ModuleType("torchvision.datasets")
    monkeypatch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", module)
    return module


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=400)


def failing(error):
    def imagenette(root, size, download):
        (root / "imagenette2-160" / "train").mkdir(parents=True)  # half unpacked
        raise error

    return imagenette


def test_what_is_there_is_not_downloaded(tmp_path, console):
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in FASHION_MNIST_FILES:
        (raw / name).touch()
    (tmp_path / "imagenette2-160" / "train").mkdir(parents=True)
    assert fetch_fashion_mnist(tmp_path, console) == raw
    assert fetch_imagenette(tmp_path, console) == tmp_path / "imagenette2-160" / "train"
    assert console.file.getvalue() == ""


def test_a_missing_file_is_downloaded_and_the_others_are_kept(tmp_path, console, datasets):
    def fashion_mnist(root, download):
        assert socket.getdefaulttimeout() == TIMEOUT
        (root / "FashionMNIST" / "raw").mkdir(parents=True)
        for name in FASHION_MNIST_FILES:
            (root / "FashionMNIST" / "raw" / name).write_bytes(b"new")

    datasets.FashionMNIST = fashion_mnist
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in FASHION_MNIST_FILES[:3]:
        (raw / name).write_bytes(b"old")
    fetch_fashion_mnist(tmp_path, console)
    assert [(raw / name).read_bytes() for name in FASHION_MNIST_FILES] == [b"old", b"old", b"old", b"new"]
    assert "downloading Fashion-MNIST" in console.file.getvalue()
    assert not (tmp_path / ".downloads").exists()


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("Name or service not known"),
        TimeoutError("timed out"),
        ConnectionResetError(104, "Connection reset by peer"),
        RuntimeError("File not found or corrupted."),
        EOFError("Compressed file ended before the end-of-stream marker was reached"),
        ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
    ],
)
def test_a_download_that_fails_is_one_clear_error_and_leaves_no_half(tmp_path, console, datasets, error):
    datasets.Imagenette = failing(error)
    with pytest.raises(DownloadError, match=r"Imagenette .* cannot be downloaded .*connect to the network"):
        fetch_imagenette(tmp_path, console)
    assert not (tmp_path / "imagenette2-160").exists()
    assert socket.getdefaulttimeout() is None  # as Python has it


def test_half_downloaded_files_of_a_killed_build_are_not_taken_for_whole(tmp_path, console, datasets):
    half = tmp_path / ".downloads" / "FashionMNIST" / "raw"
    half.mkdir(parents=True)
    for name in FASHION_MNIST_FILES:
        (half / name).write_bytes(b"half")

    def fashion_mnist(root, download):
        raw = root / "FashionMNIST" / "raw"
        raw.mkdir(parents=True)  # torchvision takes files that are there for whole
        for name in FASHION_MNIST_FILES:
            (raw / name).write_bytes(b"whole")

    datasets.FashionMNIST = fashion_mnist
    raw = fetch_fashion_mnist(tmp_path, console)
    assert {(raw / name).read_bytes() for name in FASHION_MNIST_FILES} == {b"whole"}


def test_a_half_unpacked_folder_of_a_killed_build_is_not_taken_for_whole(tmp_path, console, datasets):
    half = tmp_path / ".downloads" / "imagenette2-160" / "train" / "half"
    half.mkdir(parents=True)

    def imagenette(root, size, download):
        (root / "imagenette2-160" / "train" / "whole").mkdir(parents=True)

    datasets.Imagenette = imagenette
    assert [path.name for path in fetch_imagenette(tmp_path, console).iterdir()] == ["whole"]


def test_a_disk_that_refuses_is_not_taken_for_a_missing_network(tmp_path, console, datasets):
    datasets.Imagenette = failing(OSError(28, "No space left on device", "imagenette2-160.tgz"))
    with pytest.raises(DataError, match=r"cannot write imagenette2-160.tgz: No space left") as caught:
        fetch_imagenette(tmp_path, console)
    assert not isinstance(caught.value, DownloadError)
    shutil.rmtree(tmp_path)
    tmp_path.touch()
    with pytest.raises(DataError, match="cannot write"):
        fetch_imagenette(tmp_path, console)
