import errno
import os

import pytest

from experiments.files import remove_unfinished, write_atomically, write_folder


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
    with pytest.raises(OSError, match="No space left") as error:
        write_atomically(path, b"new")
    assert error.value.filename == str(path)
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
    with pytest.raises(OSError, match="No space left") as error:
        write_folder(folder, {"a": b"2"}, keep_old_as=tmp_path / "kept")
    assert str(folder) in error.value.filename
    assert os.listdir(tmp_path) == ["run"]
    assert (folder / "a").read_bytes() == b"1"


@pytest.mark.parametrize("error", [OSError(errno.EIO, "Input/output error"), KeyboardInterrupt()])
def test_a_folder_that_cannot_be_put_in_place_leaves_the_old_one_there(tmp_path, monkeypatch, error):
    folder, rename = tmp_path / "run", os.rename
    write_folder(folder, {"a": b"1"})
    refused = []

    def refuse_once(source, target):
        if target == folder and not refused:
            refused.append(source)
            raise error
        rename(source, target)

    monkeypatch.setattr(os, "rename", refuse_once)
    with pytest.raises(type(error)):
        write_folder(folder, {"a": b"2"}, keep_old_as=tmp_path / "kept")
    assert refused
    assert os.listdir(tmp_path) == ["run"]
    assert (folder / "a").read_bytes() == b"1"


def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path):
    write_folder(tmp_path / "a" / "run", {"a": b"1"})
    (tmp_path / "a" / ".run.abc.tmp").mkdir()
    (tmp_path / "a" / ".run.abc.tmp" / "half").touch()
    (tmp_path / "a" / ".run.checkpoint.abc.tmp").touch()
    (tmp_path / "a" / ".run.checkpoint").touch()
    remove_unfinished(tmp_path)
    assert sorted(os.listdir(tmp_path / "a")) == [".run.checkpoint", "run"]
