import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.disk import unfinished
from experiments.disk.files import write_atomically, write_folder
from experiments.disk.unfinished import is_unfinished, new_file, remove_left_over, scratch_folder

ROOT = Path(__file__).resolve().parents[3]
LEAVE = """
import os, sys
from pathlib import Path
from experiments.disk.unfinished import new_file, new_folder
path = Path(sys.argv[1])
new_file(path)
new_folder(path)
(new_folder(path) / "half").touch()
print("begun", flush=True)
sys.stdin.readline()
"""


def start(folder):
    """A process that has begun a file and two folders next to `folder`/run, and waits for a line."""
    command = [sys.executable, "-c", LEAVE, folder / "run"]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "begun\n"
    return child


@pytest.fixture
def left_over(tmp_path):
    """The names that a killed process has left in tmp_path, one of them a file."""
    child = start(tmp_path)
    child.kill()
    child.communicate()
    names = sorted(os.listdir(tmp_path))
    assert len(names) == 3
    return names


def test_what_a_killed_process_left_is_removed(tmp_path, left_over):
    assert all(map(is_unfinished, left_over))
    remove_left_over(tmp_path)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "write",
    [lambda folder: write_atomically(folder / "x", b""), lambda folder: write_folder(folder / "x", {"a": b""})],
)
def test_whatever_is_written_next_into_the_folder_removes_it(tmp_path, left_over, write):
    write(tmp_path)
    assert os.listdir(tmp_path) == ["x"]


def test_what_a_living_process_writes_stays(tmp_path):
    with start(tmp_path) as child:
        before = os.listdir(tmp_path)
        remove_left_over(tmp_path)
        assert os.listdir(tmp_path) == before
        child.communicate("go on\n")
    assert len(before) == 3


def test_what_this_process_writes_stays(tmp_path):
    handle, path = new_file(tmp_path / "x")
    os.close(handle)
    with scratch_folder(tmp_path / "y") as scratch:
        assert sorted(os.listdir(tmp_path)) == sorted([path.name, scratch.name])
    assert os.listdir(tmp_path) == [path.name]


def test_what_another_machine_left_or_writes_stays(tmp_path, left_over, monkeypatch):
    monkeypatch.setattr(unfinished, "_host", lambda: "0123abcd")
    remove_left_over(tmp_path)
    write_atomically(tmp_path / "x", b"")
    assert sorted(os.listdir(tmp_path)) == [*left_over, "x"]


@pytest.mark.parametrize("part", ["name", "machine-id", "boot", "container"])
def test_a_host_is_told_by_its_name_its_installation_and_its_container(monkeypatch, part):
    def host(changed):
        names = {"/etc/machine-id": "" if part == "boot" else f"1{changed if part == 'machine-id' else ''}"}
        names["/proc/sys/kernel/random/boot_id"] = f"2{changed if part == 'boot' else ''}"
        node = f"node{changed if part == 'name' else ''}"
        monkeypatch.setattr(unfinished, "_read", lambda path: names[path])
        monkeypatch.setattr(os, "uname", lambda: os.uname_result(("Linux", node, "", "", "")))
        monkeypatch.setattr(os, "readlink", lambda path: f"pid:[{changed if part == 'container' else ''}]")
        return unfinished._host.__wrapped__()

    assert host("") == host("")
    assert host("") != host("x")


def test_an_id_that_was_given_to_another_process_does_not_keep_what_was_left(tmp_path, left_over):
    parent = os.getppid()
    for name in left_over:
        pid = name.split("-")[2]
        os.rename(tmp_path / name, tmp_path / name.replace(f"-{pid}-", f"-{parent}-"))
    kept = f".x.hw1dl-{unfinished._host()}-{parent}-{unfinished._start(parent)}-a.tmp"
    (tmp_path / kept).touch()
    remove_left_over(tmp_path)
    assert os.listdir(tmp_path) == [kept]


@pytest.mark.parametrize(
    ("start", "now", "alive"),
    [("7", "7", True), ("7", "8", False), ("7", "ended", False), ("7", None, True), ("0", "8", True)],
)
def test_a_process_is_alive_unless_it_is_known_to_have_ended(monkeypatch, start, now, alive):
    monkeypatch.setattr(unfinished, "_start", lambda pid: now)
    assert unfinished._is_alive(os.getpid(), start) == alive


def test_a_process_that_nobody_has_waited_for_has_ended():
    child = subprocess.Popen([sys.executable, "-c", ""], stdout=subprocess.PIPE)
    child.stdout.read()  # closed at its end
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert unfinished._start(child.pid) == "ended"
    child.communicate()


OTHERS = [
    ".draft.tmp",
    ".viminfo.tmp",
    ".state.abc12345.tmp",
    ".HW1-DL.pdf.k3j2h1g0.tmp",
    "run.tmp",
    "x.hw1dl-{host}-1-1-abc.tmp",  # not hidden
    ".x.hw1dl-{host}-1-1-abc.tmp~",
    ".x.hw1dl-{host}-1-1-abc",
    ".x.hw1dl-{host}-1--abc.tmp",
    ".x.hw1dl-{host}-one-1-abc.tmp",
    ".x.hw1dl-0000-999999-1-abc.tmp",
    ".x.hw1dl-00000000-999999-1-abc.tmp",
    ".x.HW1DL-{host}-999999-1-abc.tmp",
    ".hw1dl-{host}-999999-1-abc.tmp",
]


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("folder", [True, False])
def test_what_others_have_there_stays(tmp_path, name, folder):
    path = tmp_path / name.format(host=unfinished._host())
    if folder:
        path.mkdir()
        (path / "chapter1.txt").touch()
    else:
        path.touch()
    remove_left_over(tmp_path)
    assert path.exists()


def test_what_lies_in_the_folders_of_others_stays(tmp_path, left_over):
    (tmp_path / "notes").mkdir()
    for name in left_over:
        os.rename(tmp_path / name, tmp_path / "notes" / name)
    remove_left_over(tmp_path)
    assert sorted(os.listdir(tmp_path / "notes")) == left_over


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path, left_over):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "file").touch()
    link = tmp_path / left_over[0].replace(".run.", ".link.")
    link.symlink_to("theirs")
    remove_left_over(tmp_path)
    assert os.listdir(tmp_path) == ["theirs"]
    assert os.listdir(tmp_path / "theirs") == ["file"]


def test_what_cannot_be_removed_or_listed_is_no_error(tmp_path, left_over, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    for call in ("unlink", "rmdir", "listdir"):
        monkeypatch.setattr(os, call, refuse)
        remove_left_over(tmp_path)
    remove_left_over(tmp_path / "nowhere")
