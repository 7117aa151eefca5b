import gzip
import http.client
import io
import os
import shutil
import socket
import ssl
import sys
import tarfile
import types
import urllib.error
import urllib.request

import pytest
from rich.console import Console

from experiments.data import fashion_mnist
from experiments.data.dataset import DataError
from experiments.data.downloads import (
    TIMEOUT,
    DownloadError,
    fetch_fashion_mnist,
    fetch_imagenette,
    require_on_disk,
)
from experiments.disk import unfinished
from experiments.disk.unfinished import is_unfinished, new_folder

NAMES = tuple(fashion_mnist.SHA256)


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(urllib.request, "_opener", None)  # made once a process, of the proxies of that time


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
    for name in NAMES:
        (raw / name).touch()
    (tmp_path / "imagenette2-160" / "train").mkdir(parents=True)
    assert fetch_fashion_mnist(tmp_path, console) == {name: raw / name for name in NAMES}
    assert fetch_imagenette(tmp_path, console) == tmp_path / "imagenette2-160" / "train"
    assert console.file.getvalue() == ""


def test_a_missing_file_is_downloaded_and_the_others_are_kept(tmp_path, console, datasets):
    def fashion_mnist(root, download):
        assert socket.getdefaulttimeout() == TIMEOUT
        (root / "FashionMNIST" / "raw").mkdir(parents=True)
        for name in NAMES:
            (root / "FashionMNIST" / "raw" / name).write_bytes(b"new")

    datasets.FashionMNIST = fashion_mnist
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in NAMES[:3]:
        (raw / name).write_bytes(b"old")
    fetch_fashion_mnist(tmp_path, console)
    assert [(raw / name).read_bytes() for name in NAMES] == [b"old", b"old", b"old", b"new"]
    assert "downloading Fashion-MNIST" in console.file.getvalue()
    assert not [name for name in os.listdir(tmp_path) if is_unfinished(name)]


@pytest.mark.parametrize(
    "error",
    [
        urllib.error.URLError("Name or service not known"),
        TimeoutError("timed out"),
        ConnectionResetError(104, "Connection reset by peer"),
        RuntimeError("File not found or corrupted."),
        EOFError("Compressed file ended before the end-of-stream marker was reached"),
        ssl.SSLError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed"),
        http.client.InvalidURL("nonnumeric port: 'port'"),
        http.client.IncompleteRead(b"<html>", 10**6),
        RecursionError("Request to http://x exceeded 3 redirects."),
        gzip.BadGzipFile("Not a gzipped file (b'<h')"),
        tarfile.ReadError("not a gzip file"),
        ValueError("proxy URL with no authority: 'http:/127.0.0.1:9'"),
        UnicodeError("label empty or too long"),
    ],
)
def test_a_download_that_fails_is_one_clear_error_and_leaves_no_half(tmp_path, console, datasets, error):
    datasets.Imagenette = failing(error)
    with pytest.raises(DownloadError, match=r"Imagenette .* cannot be downloaded .*connect to the network"):
        fetch_imagenette(tmp_path, console)
    assert not (tmp_path / "imagenette2-160").exists()
    assert socket.getdefaulttimeout() is None  # as Python has it


def test_what_was_unpacked_is_renamed_into_its_place_and_never_there_in_part(tmp_path, console, datasets):
    made = []

    def imagenette(root, size, download):
        train = root / "imagenette2-160" / "train"
        train.mkdir(parents=True)
        made.append(train.stat().st_ino)

    datasets.Imagenette = imagenette
    assert [fetch_imagenette(tmp_path, console).stat().st_ino] == made  # the same folder: no copy, which takes time


@pytest.fixture
def left_over(tmp_path, monkeypatch):
    """The folder into which a build was downloading when it was killed."""
    folder = new_folder(tmp_path / "downloads")
    monkeypatch.setattr(unfinished, "_is_alive", lambda pid, start: False)
    return folder


def test_half_downloaded_files_of_a_killed_build_are_not_taken_for_whole(tmp_path, console, datasets, left_over):
    half = left_over / "FashionMNIST" / "raw"
    half.mkdir(parents=True)
    for name in NAMES:
        (half / name).write_bytes(b"half")

    def fashion_mnist(root, download):
        raw = root / "FashionMNIST" / "raw"
        raw.mkdir(parents=True)  # torchvision takes files that are there for whole
        for name in NAMES:
            (raw / name).write_bytes(b"whole")

    datasets.FashionMNIST = fashion_mnist
    assert {path.read_bytes() for path in fetch_fashion_mnist(tmp_path, console).values()} == {b"whole"}
    assert not left_over.exists()


def test_a_half_unpacked_folder_of_a_killed_build_is_not_taken_for_whole(tmp_path, console, datasets, left_over):
    half = left_over / "imagenette2-160" / "train" / "half"
    half.mkdir(parents=True)

    def imagenette(root, size, download):
        (root / "imagenette2-160" / "train" / "whole").mkdir(parents=True)

    datasets.Imagenette = imagenette
    assert [path.name for path in fetch_imagenette(tmp_path, console).iterdir()] == ["whole"]
    assert not left_over.exists()


def test_a_disk_that_refuses_is_not_taken_for_a_missing_network(tmp_path, console, datasets):
    datasets.Imagenette = failing(OSError(28, "No space left on device", "imagenette2-160.tgz"))
    with pytest.raises(DataError, match=r"cannot write imagenette2-160.tgz: No space left") as caught:
        fetch_imagenette(tmp_path, console)
    assert not isinstance(caught.value, DownloadError)
    shutil.rmtree(tmp_path)
    tmp_path.touch()
    with pytest.raises(DataError, match="cannot write"):
        fetch_imagenette(tmp_path, console)


def test_of_some_files_the_missing_ones_are_named(tmp_path, console, datasets):
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in NAMES[:3]:
        (raw / name).touch()
    (raw / f"{NAMES[3]}.gz").write_bytes(b"<html>Log in</html>")

    def fashion_mnist(root, download):
        raise urllib.error.URLError("Connection refused")

    datasets.FashionMNIST = fashion_mnist
    with pytest.raises(DownloadError) as caught:
        fetch_fashion_mnist(tmp_path, console)
    assert str(caught.value) == (
        f"Fashion-MNIST: t10k-labels-idx1-ubyte is not at {raw} and cannot be downloaded "
        f"(<urlopen error Connection refused>); {raw}/t10k-labels-idx1-ubyte.gz is not the published file; connect to "
        "the network, or put t10k-labels-idx1-ubyte.gz from github.com/zalandoresearch/fashion-mnist there"
    )


def test_an_archive_put_there_by_hand_is_given_to_torchvision_as_a_copy(tmp_path, console, datasets):
    (tmp_path / "imagenette2-160.tgz").write_bytes(b"packed")

    def imagenette(root, size, download):
        assert (root / "imagenette2-160.tgz").read_bytes() == b"packed"
        (root / "imagenette2-160.tgz").write_bytes(b"downloaded over it")
        (root / "imagenette2-160" / "train").mkdir(parents=True)

    datasets.Imagenette = imagenette
    assert fetch_imagenette(tmp_path, console) == tmp_path / "imagenette2-160" / "train"
    assert (tmp_path / "imagenette2-160.tgz").read_bytes() == b"packed"
    assert not [name for name in os.listdir(tmp_path) if is_unfinished(name)]


def test_an_archive_that_is_not_the_published_one_is_named(tmp_path, console, datasets):
    (tmp_path / "imagenette2-160.tgz").write_bytes(b"another")
    datasets.Imagenette = failing(urllib.error.URLError("Connection refused"))
    with pytest.raises(DownloadError, match=r"; .*/imagenette2-160.tgz is not the published file; connect"):
        fetch_imagenette(tmp_path, console)


def test_a_folder_that_was_unpacked_one_further_down_is_found(tmp_path, console):
    train = tmp_path / "imagenette2-160" / "imagenette2-160" / "train"
    train.mkdir(parents=True)
    assert fetch_imagenette(tmp_path, console) == train


PROXIES = {
    "http://127.0.0.1:9180 ": "http://127.0.0.1:9180 ",
    "127.0.0.1:9": "127.0.0.1:9",
    "socks5://127.0.0.1:9": "socks5://127.0.0.1:9",
    "http://.example.edu:80": "http://.example.edu:80",
    "http:/127.0.0.1:9": "http:/127.0.0.1:9",
    "http://[::1:9": "http://[::1:9",
    "http://user:secret@127.0.0.1:9": "http://***@127.0.0.1:9",
    "http://user:sec@ret#1@127.0.0.1:9": "http://***@127.0.0.1:9",
    "http://user:sec/ret@127.0.0.1:9": "http://***@127.0.0.1:9",
    "user:secret@proxy:80": "***@proxy:80",
    "http:/user:secret@proxy:80": "***@proxy:80",
    "http://proxy\x1b[31m:80": "http://proxy\\x1b[31m:80",
}


@pytest.mark.parametrize("variable", ["http_proxy", "HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize(("value", "shown"), PROXIES.items())
def test_a_proxy_is_named_without_its_password(tmp_path, console, datasets, monkeypatch, variable, value, shown):
    monkeypatch.setenv(variable, value)
    datasets.Imagenette = failing(ValueError(f"odd proxy {value!r}, and a part of it: {value[:18]!r}"))
    with pytest.raises(DownloadError) as caught:
        fetch_imagenette(tmp_path, console)
    assert f"; correct or unset the proxy ({variable}={shown}), or put imagenette2-160.tgz" in str(caught.value)
    assert "sec" not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "value",
    [
        "http://.example.edu:80", "http:/127.0.0.1:9", f"http://{'a' * 70}.example:80", "http://[::1:9",
        "http://proxy.example:port", "socks5://127.0.0.1:9", "127.0.0.1:9", "http://127.0.0.1:9 ",
        "http://user:p@ss#1@127.0.0.1:9", "http://:80", "://", " ",
    ],
)  # fmt: skip
def test_what_urllib_says_of_an_odd_proxy_is_one_clear_error(tmp_path, console, datasets, monkeypatch, value):
    monkeypatch.setenv("http_proxy", value)

    def imagenette(root, size, download):
        urllib.request.urlopen("http://127.0.0.1:9/imagenette2-160.tgz", timeout=5)

    datasets.Imagenette = imagenette
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(DownloadError, match=r"cannot be downloaded .*; correct or unset the proxy"):
        fetch_imagenette(tmp_path, console)


def test_a_plan_needs_the_data_on_the_disk_and_names_what_is_missing(tmp_path):
    raw = tmp_path / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name in NAMES[1:]:
        (raw / name).touch()
    with pytest.raises(DataError, match="--plan downloads and unpacks nothing") as error:
        require_on_disk(tmp_path)
    assert str(raw / NAMES[0]) in str(error.value)
    assert str(tmp_path / "imagenette2-160" / "train") in str(error.value)
    assert NAMES[1] not in str(error.value)
    (raw / NAMES[0]).touch()
    require_on_disk(tmp_path, imagenette=False)
    (tmp_path / "imagenette2-160" / "imagenette2-160" / "train").mkdir(parents=True)
    require_on_disk(tmp_path)
