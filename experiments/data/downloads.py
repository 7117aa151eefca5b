"""The two public data sets, fetched by torchvision when they are not on the disk.

torchvision unpacks in place, and takes a folder that a killed build left half unpacked for whole. So it works
in a folder of its own, and what is complete is renamed into its place.
"""

import contextlib
import gzip
import http.client
import io
import os
import re
import shutil
import socket
import ssl
import sys
import tarfile
import urllib.error
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from experiments.data.dataset import DataError, printable
from experiments.data.fashion_mnist import SHA256, find_files
from experiments.disk.locks import locked
from experiments.disk.unfinished import remove_left_over, scratch_folder
from experiments.errors import UserError

TIMEOUT = 10  # seconds without an answer
IMAGENETTE = "imagenette2-160"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_NETWORK_ERRORS = (
    urllib.error.URLError, TimeoutError, ConnectionError, http.client.HTTPException, ssl.SSLError,
    RuntimeError,  # torchvision's: a wrong MD5 sum, or every mirror failed
    ValueError,  # an address, most often a proxy's, that is none
    EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError,  # an archive cut short, damaged, or not to be trusted
)  # fmt: skip


class DownloadError(DataError):
    """The data are not on the disk and cannot be downloaded."""


def fetch_fashion_mnist(data_dir: Path, console: Console) -> dict[str, Path]:
    """The four raw files of Fashion-MNIST by name; the missing ones are downloaded, those put there by hand are used.

    Raises DownloadError if that fails, DataError if the folder cannot be written.
    """
    raw = data_dir / "FashionMNIST" / "raw"
    found, others = find_files(data_dir)
    if not (missing := [name for name in SHA256 if name not in found]):
        return found
    lacking = f"Fashion-MNIST: {', '.join(missing)}" if found else "Fashion-MNIST"
    packed = ", ".join(f"{name}.gz" for name in missing)
    by_hand = f"put {packed} from github.com/zalandoresearch/fashion-mnist there"
    with _downloading(lacking, raw, others, by_hand, data_dir, console) as downloads:
        from torchvision.datasets import FashionMNIST

        found, _ = find_files(data_dir)  # again: another build may have been quicker
        if missing := [name for name in SHA256 if name not in found]:
            FashionMNIST(downloads, download=True)
            raw.mkdir(parents=True, exist_ok=True)
            for name in missing:  # the others are the user's: kept, and checked when they are read
                os.replace(downloads / "FashionMNIST" / "raw" / name, raw / name)
                found[name] = raw / name
    return found


def fetch_imagenette(data_dir: Path, console: Console) -> Path:
    """The folder of Imagenette's ten class folders at 160 px, train part; unpacked or downloaded if it is missing.

    An imagenette2-160.tgz in `data_dir` is unpacked if torchvision finds it to be the published one. Raises
    DownloadError if the data cannot be had, DataError if the folder cannot be written.
    """
    whole = data_dir / IMAGENETTE
    if (found := find_imagenette(data_dir)) is not None:
        return found
    archive = data_dir / f"{IMAGENETTE}.tgz"
    others = [archive] if archive.is_file() else []
    by_hand = f"put {archive.name} from github.com/fastai/imagenette into {data_dir}"
    with _downloading("Imagenette (160 px, 99 MB)", whole, others, by_hand, data_dir, console) as downloads:
        from torchvision.datasets import Imagenette

        if not (whole / "train").is_dir():  # still: another build may have been quicker
            if others:  # a copy: torchvision would write over one that is not the published one
                shutil.copyfile(archive, downloads / archive.name)
            Imagenette(downloads, size="160px", download=True)
            os.replace(downloads / IMAGENETTE, whole)
    return whole / "train"


def find_imagenette(data_dir: Path) -> Path | None:
    """The folder of Imagenette's class folders, train part, or None if it is not on the disk."""
    whole = data_dir / IMAGENETTE
    places = (whole / "train", whole / IMAGENETTE / "train")  # unpacked by hand, it is often a folder further down
    return next((place for place in places if place.is_dir()), None)


def require_on_disk(data_dir: Path, *, imagenette: bool = True) -> None:
    """Raise DataError, naming what is missing, if a build would download or unpack data before it trains."""
    found, _ = find_files(data_dir)
    missing = [str(data_dir / "FashionMNIST" / "raw" / name) for name in SHA256 if name not in found]
    if imagenette and find_imagenette(data_dir) is None:
        missing.append(str(data_dir / IMAGENETTE / "train"))
    if missing:
        raise DataError(
            f"not on the disk: {', '.join(printable(path, 400) for path in missing)}; --plan downloads and unpacks "
            "nothing, a build does: run build.py --train-only, or plan with --data demo"
        )


@contextlib.contextmanager
def _downloading(
    what: str, target: Path, others: Sequence[Path], by_hand: str, data_dir: Path, console: Console
) -> Iterator[Path]:
    """A folder to download into, one build at a time; turns what can go wrong into one clear error.

    others: files that could have been what is missing, but are not.
    """
    timeout = socket.getdefaulttimeout()

    def warn(message: str) -> None:
        console.print(f"warning: {message}", style="yellow", markup=False)

    try:
        with locked(data_dir / ".downloads.lock", warn=warn), contextlib.ExitStack() as quiet:
            remove_left_over(data_dir)
            downloads = quiet.enter_context(scratch_folder(data_dir / "downloads"))
            console.print(f"{'unpacking or ' if others else ''}downloading {what}", markup=False)
            if not sys.stderr.isatty():  # torchvision draws its bars whether or not someone looks
                quiet.enter_context(contextlib.redirect_stderr(io.StringIO()))
            socket.setdefaulttimeout(TIMEOUT)
            if hasattr(tarfile, "data_filter"):  # from Python 3.11.4
                # Older torchvisions unpack with Python's default: no member may lie, or lead, outside the folder.
                quiet.callback(setattr, tarfile.TarFile, "extraction_filter", tarfile.TarFile.extraction_filter)
                tarfile.TarFile.extraction_filter = staticmethod(tarfile.data_filter)
            yield downloads
    except UserError:  # a ValueError, but not one of the network
        raise
    except _NETWORK_ERRORS as error:
        proxies = {name: value for name, value in os.environ.items() if name.lower() in _PROXIES and value}
        refused = "".join(f"; {path} is not the published file" for path in others)
        through = ", ".join(f"{name}={printable(_without_password(value))}" for name, value in proxies.items())
        connect = f"correct or unset the proxy ({through})" if proxies else "connect to the network"
        raise DownloadError(
            f"{what} is not at {target} and cannot be downloaded ({_reason(error, list(proxies.values()))}){refused}; "
            f"{connect}, or {by_hand}"
        ) from error
    except OSError as error:
        raise DataError(
            f"cannot write {error.filename or data_dir}: {error.strerror}; "
            "make room or rights there, or choose another --data-dir"
        ) from error
    finally:
        socket.setdefaulttimeout(timeout)


def _without_password(proxy: str) -> str:
    """A proxy's address without its user and password, also where it is not well formed."""
    user, at, host = proxy.rpartition("@")
    return f"{user[: user.find('//') + 2] if '//' in user else ''}***@{host}" if at else proxy


def _reason(error: BaseException, proxies: Sequence[str]) -> str:
    """The last line of what an error says; its kind alone if it could repeat a part of a proxy's password."""
    reason = printable((str(error).strip() or type(error).__name__).splitlines()[-1], 200)
    secret = [part for proxy in proxies for part in re.split(r"[:/@#?]+", proxy.rpartition("@")[0]) if part]
    return type(error).__name__ if any(part in reason for part in secret if part not in ("http", "https")) else reason
