"""A clone made by Git for Windows works, and so does a program whose own files have the line ends of Windows."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("experiments", "report", "figures", "templates")
TEXT = (".py", ".html", ".css", ".js", ".csv", ".toml")


def tracked(folder):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=folder, capture_output=True, check=True).stdout
    return [folder / name.decode() for name in listed.split(b"\0") if name]


@pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="not in a clone")
def test_a_clone_made_by_git_for_windows_has_no_other_line_ends(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "-c", "core.autocrlf=true", "clone", "-q", ROOT, clone], check=True)
    changed = [
        path for path in tracked(clone) if path.suffix in (*TEXT, ".sh", ".md", "") and b"\r" in path.read_bytes()
    ]
    assert changed == []


@pytest.mark.slow
def test_a_program_with_line_ends_of_windows_verifies_a_report_made_without(finished, tmp_path):
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "build.py", tmp_path)
    for path in tmp_path.rglob("*"):
        if path.suffix in TEXT:
            path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    command = [sys.executable, "build.py", "--verify", finished.pdf]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    code = "from report.write import program; print(program())"
    digests = {
        subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, check=True).stdout
        for folder in (ROOT, tmp_path)
    }
    assert len(digests) == 1
