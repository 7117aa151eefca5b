"""A home folder for libraries that insist on one: containers run programs as users that have none."""

import atexit
import os
import shutil
import tempfile
from collections.abc import MutableMapping
from pathlib import Path

CACHES = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")


def provide_home(environ: MutableMapping[str, str] = os.environ) -> Path | None:
    """Where there is no home that can be written to, set HOME and the folders of caches in it to a temporary one.

    Call it before Matplotlib, WeasyPrint (fontconfig) and torch are imported; children inherit it. Returns the folder,
    which is removed at exit, or None if there is a home, or nowhere to put one.
    """
    try:
        home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
        if home.is_dir() and os.access(home, os.W_OK | os.X_OK):
            return None
    except RuntimeError:
        pass  # no HOME, and no entry for this user
    try:
        folder = Path(tempfile.mkdtemp(prefix="hw1-dl-home-"))
    except OSError:
        return None  # report.preflight says that there is no temporary folder
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    environ["HOME"] = str(folder)
    for name in CACHES:
        environ.setdefault(name, str(folder / name.lower()))
    return folder
