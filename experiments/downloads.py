"""The two public data sets, fetched by torchvision when they are not on the disk.

torchvision unpacks in place, and takes a folder that a killed build left half unpacked for whole. So it works
in a folder beside, and what is complete is renamed into its place.
"""

import contextlib
import gzip
import http.client
import io
import os
import shutil
import socket
import ssl
import sys
import tarfile
import urllib.error
import zlib
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from experiments.dataset import DataError
from experiments.locks import locked

TIMEOUT = 10  # seconds without an answer
FASHION_MNIST_FILES = tuple(
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
)
_NETWORK_ERRORS = (
    urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException, ssl.SSLError,
    RuntimeError,  # torchvision's: a wrong MD5 sum, or every mirror failed
    EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError,  # an archive cut short, damaged, or not to be trusted
)  # fmt: skip


class DownloadError(DataError):
    """The data are not on the disk and cannot be downloaded."""


def fetch_fashion_mnist(data_dir: Path, console: Console) -> Path:
    """The folder of the four raw files of Fashion-MNIST, which are downloaded if one is missing.

    Raises DownloadError if that fails, DataError if the folder cannot be written.
    """
    raw = data_dir / "FashionMNIST" / "raw"
    if all((raw / name).exists() for name in FASHION_MNIST_FILES):
        return raw
    with _downloading("Fashion-MNIST", raw, data_dir, console) as beside:
        from torchvision.datasets import FashionMNIST

        raw.mkdir(parents=True, exist_ok=True)
        missing = [name for name in FASHION_MNIST_FILES if not (raw / name).exists()]
        if missing:  # still: another build may have been quicker
            shutil.rmtree(beside / "FashionMNIST", ignore_errors=True)  # half written by a killed build
            FashionMNIST(beside, download=True)
            for name in missing:  # the others are the user's: kept, and checked when they are read
                os.replace(beside / "FashionMNIST" / "raw" / name, raw / name)
    return raw


def fetch_imagenette(data_dir: Path, console: Console) -> Path:
    """The folder of Imagenette's ten class folders at 160 px, train part; downloaded if it is missing.

    Raises DownloadError if that fails, DataError if the folder cannot be written.
    """
    whole = data_dir / "imagenette2-160"
    if (whole / "train").is_dir():
        return whole / "train"
    with _downloading("Imagenette (160 px, 99 MB)", whole, data_dir, console) as beside:
        from torchvision.datasets import Imagenette

        shutil.rmtree(beside / whole.name, ignore_errors=True)  # half unpacked by a killed build
        if not (whole / "train").is_dir():  # still: another build may have been quicker
            Imagenette(beside, size="160px", download=True)
            os.replace(beside / whole.name, whole)
    return whole / "train"


@contextlib.contextmanager
def _downloading(what: str, target: Path, data_dir: Path, console: Console) -> Iterator[Path]:
    """A folder to download into, one build at a time; turns what can go wrong into one clear error."""
    beside = data_dir / ".downloads"
    timeout = socket.getdefaulttimeout()
    try:
        with locked(data_dir / ".downloads.lock"), contextlib.ExitStack() as quiet:
            beside.mkdir(exist_ok=True)
            console.print(f"downloading {what}", markup=False)
            if not sys.stderr.isatty():  # torchvision draws its bars whether or not someone looks
                quiet.enter_context(contextlib.redirect_stderr(io.StringIO()))
            socket.setdefaulttimeout(TIMEOUT)
            if hasattr(tarfile, "data_filter"):  # from Python 3.11.4
                # Older torchvisions unpack with Python's default: no member may lie, or lead, outside the folder.
                quiet.callback(setattr, tarfile.TarFile, "extraction_filter", tarfile.TarFile.extraction_filter)
                tarfile.TarFile.extraction_filter = staticmethod(tarfile.data_filter)
            yield beside
            shutil.rmtree(beside, ignore_errors=True)
    except _NETWORK_ERRORS as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
        raise DownloadError(
            f"{what} is not at {target} and cannot be downloaded ({reason}); "
            "connect to the network, or put the files there"
        ) from error
    except OSError as error:
        raise DataError(
            f"cannot write {error.filename or data_dir}: {error.strerror}; "
            "make room or rights there, or choose another --data-dir"
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)
