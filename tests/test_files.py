import errno
import os

import pytest

from experiments.files import write_atomically, write_folder


def refuse(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_written_file_replaces_the_old_one(tmp_path):
    path = tmp_path / "a" / "file.txt"
    write_atomically(path, b"old")
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(path.parent) == ["file.txt"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch, call):
    path = tmp_path / "file.txt"
    write_atomically(path, b"old")
    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file.txt"]


def test_a_folder_is_replaced_as_a_whole(tmp_path):
    folder = tmp_path / "run"
    write_folder(folder, {"a": b"1", "b": b"2"})
    write_folder(folder, {"a": b"3"})
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == {"a": b"3"}


def test_a_replaced_folder_can_be_kept_under_another_name(tmp_path):
    folder, kept = tmp_path / "run", tmp_path / "run.kept"
    write_folder(folder, {"a": b"1"})
    write_folder(folder, {"a": b"2"}, keep_old_as=kept)
    assert (kept / "a").read_bytes() == b"1"
    assert (folder / "a").read_bytes() == b"2"


@pytest.mark.parametrize("call", ["fsync", "rename"])
def test_a_full_disk_leaves_the_old_folder_whole(tmp_path, monkeypatch, call):
    folder = tmp_path / "run"
    write_folder(folder, {"a": b"1"})
    monkeypatch.setattr(os, call, refuse)
    with pytest.raises(OSError, match="No space left"):
        write_folder(folder, {"a": b"2"}, keep_old_as=tmp_path / "kept")
    assert os.listdir(tmp_path) == ["run"]
    assert (folder / "a").read_bytes() == b"1"
