"""Whether this Python can run the program at all; any Python 3 can read this file, which imports no package."""

import sys
from importlib.util import find_spec

OLDEST = (3, 11)
NEEDED = ("rich", "msgspec", "numpy", "pandas", "jinja2", "PIL")  # whatever is done, some of them are imported
CURE = "run: make setup, then: .venv/bin/python build.py"


def check_installed() -> None:
    """End with one line if Python is too old, or if the packages are missing, as outside of .venv."""
    if sys.version_info < OLDEST:
        sys.exit(f"error: Python 3.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}; {CURE}")
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        sys.exit(f"error: {sys.executable} does not have {', '.join(missing)}; {CURE}")
