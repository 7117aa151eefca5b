"""What the pieces of a report are made with: the code, the fonts, and the version of every library that is loaded.

A piece that was kept is used again only if none of these has changed.
"""

import ctypes
import hashlib
import platform
import sys
import zlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from experiments.disk.files import sha256

ROOT = Path(__file__).resolve().parent.parent
# Whatever can change a piece. The templates and styles are not here: a page made of them is among its inputs.
CODE = ("experiments", "report", "figures", "templates/fonts")
# Every distribution that the report side imports; a test compares the list with what is loaded.
PACKAGES = (
    "brotli", "cffi", "cssselect2", "cycler", "fonttools", "jinja2", "kiwisolver", "latex2mathml", "lxml",
    "markdown-it-py", "markupsafe", "matplotlib", "mdit-py-plugins", "mdurl", "msgspec", "numpy", "packaging", "pandas",
    "pikepdf", "pillow", "pycparser", "pydyf", "pygments", "pyparsing", "pyphen", "python-dateutil",
    "rich", "tinycss2", "tinyhtml5", "weasyprint", "webencodings", "ziafont", "ziamath",
)  # fmt: skip
_TEXT = {".py", ".html", ".css", ".js", ".csv", ".txt", ".toml"}  # their line ends may be those of Windows


@cache
def toolchain() -> str:
    """Digest of the code, the fonts and the versions of Python, its packages and the C libraries that set text."""
    return sha256("\n".join([digest_of(*CODE), *versions()]).encode())


def versions() -> list[str]:
    """One line "name version" for everything but the program itself that can change a piece."""
    machine = f"{sys.platform} {platform.machine()}"
    lines = [f"python {platform.python_version()} {machine}", f"zlib {zlib.ZLIB_RUNTIME_VERSION}"]
    lines += [f"{package} {_package(package)}" for package in PACKAGES]
    return lines + [f"{name} {_c_library(name)}" for name in _C_LIBRARIES]


def digest_of(*folders: str) -> str:
    """Digest of the names and contents of the files in folders of the program, whichever line ends its text has."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                content = path.read_bytes()
                if path.suffix in _TEXT:
                    content = content.replace(b"\r\n", b"\n")
                digest.update(f"{path.relative_to(ROOT).as_posix()} {sha256(content)}\n".encode())
    return digest.hexdigest()


def _package(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # an optional one, such as brotli
        return "absent"


def _function(name: str) -> Callable[[ctypes.CDLL], str]:
    """The version as a C function without arguments returns it: a string."""

    def read(library: ctypes.CDLL) -> str:
        function = getattr(library, name)
        function.restype = ctypes.c_char_p
        return str(function().decode())

    return read


def _fontconfig(library: ctypes.CDLL) -> str:
    return str(library.FcGetVersion())


def _fribidi(library: ctypes.CDLL) -> str:
    info = ctypes.c_char_p.in_dll(library, "fribidi_version_info").value
    return (info or b"").decode().partition("\n")[0]


# Name → its files on Linux and macOS, and how it reports its version. The same names as WeasyPrint loads.
_C_LIBRARIES: dict[str, tuple[str, str, Callable[[ctypes.CDLL], str]]] = {
    "pango": ("libpango-1.0.so.0", "libpango-1.0.dylib", _function("pango_version_string")),
    "harfbuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib", _function("hb_version_string")),
    "fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib", _fontconfig),
    "fribidi": ("libfribidi.so.0", "libfribidi.0.dylib", _fribidi),
}


def _c_library(name: str) -> str:
    linux, mac, read = _C_LIBRARIES[name]
    try:
        return read(ctypes.CDLL(mac if sys.platform == "darwin" else linux))
    except (OSError, AttributeError, ValueError):  # not there, or it does not report its version
        return "absent"
