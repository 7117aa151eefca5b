import subprocess
import sys
from pathlib import Path

import pytest

from experiments import installed

ROOT = Path(__file__).resolve().parents[2]


def test_here_all_is_installed():
    installed.check_installed()


def test_outside_of_the_environment_one_line_says_what_to_do():
    # -S: without site-packages, as another Python of this machine
    done = subprocess.run([sys.executable, "-S", ROOT / "build.py", "--plan"], capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {sys.executable} does not have rich, msgspec, ")
    assert line.endswith("run: make setup, then: .venv/bin/python build.py")


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(installed.sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed"):
        installed.check_installed()
