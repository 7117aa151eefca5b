import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from experiments.folders import FolderError, check_folder, check_temporary_folder

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("place", ["file", "file/under", "/proc/nothing/out"])
def test_a_folder_that_cannot_be_written_to_is_refused_and_nothing_is_made(tmp_path, place):
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=r"--out: .* cannot be written to .*; choose another folder"):
        check_folder(tmp_path / place, "--out")
    check_folder(tmp_path / "new" / "out", "--out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


def test_a_disk_without_room_is_refused(tmp_path):
    with pytest.raises(FolderError, match=r"has room for \d+ MiB, \d+ MiB are needed; make room"):
        check_folder(tmp_path, "--out", room=1 << 62)


def test_no_temporary_folder_is_one_line(monkeypatch):
    def none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    with pytest.raises(FolderError, match="set TMPDIR"):
        check_temporary_folder()


@pytest.mark.parametrize("args", [[], ["--skip-train"], ["--train-only"], ["--verify", "x.pdf"]], ids=" ".join)
def test_no_temporary_folder_is_one_line_before_a_library_that_needs_one_is_loaded(args):
    code = (
        "import sys, tempfile; sys.modules.update(dict.fromkeys(('torch', 'matplotlib', 'weasyprint')))\n"
        "def none(): raise FileNotFoundError('No usable temporary directory found')\n"
        f"tempfile.gettempdir = none; import build; sys.exit(build.main({args}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: no folder for temporary files")
    assert done.stderr.endswith("set TMPDIR to one that can\n")
