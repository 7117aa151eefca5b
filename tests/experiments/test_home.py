import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import home

ROOT = Path(__file__).resolve().parents[2]


def test_a_home_that_can_be_written_to_is_kept(tmp_path):
    environ = {"HOME": str(tmp_path)}
    assert home.provide_home(environ) is None
    assert environ == {"HOME": str(tmp_path)}


@pytest.mark.parametrize("value", ["/nonexistent", "/dev/null", "read-only"])
def test_where_home_is_no_folder_of_ones_own_there_is_a_temporary_one(tmp_path, monkeypatch, value):
    if value == "read-only":
        value = str(tmp_path)
        monkeypatch.setattr(
            os, "access", lambda path, mode: not (str(path) == value and mode & os.W_OK)
        )  # even to root
    environ = {"HOME": value, "MPLCONFIGDIR": "/chosen"}
    folder = home.provide_home(environ)
    assert folder is not None
    assert environ["HOME"] == str(folder)
    assert environ["XDG_CACHE_HOME"].startswith(str(folder))
    assert environ["MPLCONFIGDIR"] == "/chosen"
    folder.rmdir()


def test_a_user_without_an_entry_and_without_home_has_one_while_the_program_runs(monkeypatch):
    def no_entry():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(home.Path, "home", no_entry)
    environ: dict[str, str] = {}
    folder = home.provide_home(environ)
    assert folder is not None
    assert Path(environ["HOME"]).is_dir()
    folder.rmdir()


def test_the_temporary_home_is_removed_at_exit():
    code = "from experiments.home import provide_home; print(provide_home())"
    environ = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environ, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert Path(run.stdout.strip()).name.startswith("hw1-dl-home-")
    assert not Path(run.stdout.strip()).exists()
