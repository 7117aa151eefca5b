import contextlib
import errno
import os
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from experiments.disk import files
from experiments.disk.files import create_exclusively, write_atomically, write_folder


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


# What other file systems refuse

NO_FSYNC = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF)
REAL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


def refusing(function, number, where=lambda *args: True, times=1000):
    """A function that raises an OSError of this number, which names no file, as often as that, then is `function`."""
    left = [times]

    def refuse(*args, **kwargs):
        if where(*args) and left[0]:
            left[0] -= 1
            raise OSError(number, os.strerror(number))
        return function(*args, **kwargs)

    return refuse


def of_folder(handle, *_args):
    return stat.S_ISDIR(os.fstat(handle).st_mode)


def write_both(folder):
    write_atomically(folder / "file", b"1")
    write_folder(folder / "run", {"a": b"1"})
    write_folder(folder / "run", {"a": b"2"}, keep_old_as=folder / "kept")


def content(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


WRITTEN = {"file": b"1", "kept/a": b"1", "run/a": b"2"}


@pytest.mark.parametrize("number", NO_FSYNC)
@pytest.mark.parametrize("where", [of_folder, lambda handle: not of_folder(handle)])
def test_a_file_system_without_fsync_is_written_to_all_the_same(tmp_path, monkeypatch, number, where):
    monkeypatch.setattr(os, "fsync", refusing(os.fsync, number, where))
    write_both(tmp_path)
    assert content(tmp_path) == WRITTEN


@pytest.mark.parametrize("number", [*NO_FSYNC, errno.EACCES, errno.EPERM, errno.EISDIR])
def test_a_folder_that_cannot_be_opened_is_written_to_all_the_same(tmp_path, monkeypatch, number):
    monkeypatch.setattr(os, "open", refusing(os.open, number, lambda path, *_: os.path.isdir(path)))
    write_both(tmp_path)
    assert content(tmp_path) == WRITTEN


@pytest.mark.parametrize("number", [*NO_FSYNC, errno.EACCES, errno.EPERM])
def test_a_file_system_without_modes_is_written_to_all_the_same(tmp_path, monkeypatch, number):
    monkeypatch.setattr(os, "chmod", refusing(os.chmod, number))
    write_both(tmp_path)
    assert content(tmp_path) == WRITTEN


@pytest.mark.parametrize("number", REAL)
@pytest.mark.parametrize("call", ["fsync", "chmod", "mkdir", "replace", "rename"])
def test_an_error_that_matters_names_the_file_and_leaves_what_was_there(tmp_path, monkeypatch, number, call):
    write_both(tmp_path)
    monkeypatch.setattr(os, call, refusing(getattr(os, call), number))
    errors = []
    for write in (
        lambda: write_atomically(tmp_path / "file", b"new"),
        lambda: write_folder(tmp_path / "run", {"a": b"new"}),
    ):
        try:
            write()
        except OSError as error:
            errors.append(error)
    assert errors
    assert {error.errno for error in errors} == {number}
    assert all(os.path.basename(error.filename) in ("file", "run", "a") for error in errors)
    monkeypatch.undo()
    after = content(tmp_path)
    assert after.keys() == WRITTEN.keys()
    assert all(value in (WRITTEN[name], b"new") for name, value in after.items())
    assert sorted(os.listdir(tmp_path)) == ["file", "kept", "run"]


@pytest.mark.parametrize("number", [errno.EBUSY, errno.ETXTBSY])
@pytest.mark.parametrize(("times", "works"), [(2, True), (3, False)])
def test_a_file_that_another_program_has_open_is_replaced_once_it_is_closed(
    tmp_path, monkeypatch, number, times, works
):
    monkeypatch.setattr(files, "_RENAME_WAITS", (0, 0))
    write_atomically(tmp_path / "file", b"old")
    monkeypatch.setattr(os, "replace", refusing(os.replace, number, times=times))
    with contextlib.nullcontext() if works else pytest.raises(OSError, match=os.strerror(number)) as error:
        write_atomically(tmp_path / "file", b"new")
    assert content(tmp_path) == {"file": b"new" if works else b"old"}
    assert works or error.value.filename == str(tmp_path / "file")


@pytest.mark.parametrize("number", [errno.ENOTEMPTY, errno.EEXIST])
def test_a_folder_that_another_build_has_just_put_there_is_replaced(tmp_path, monkeypatch, number):
    rename, path, theirs = os.rename, tmp_path / "run", []

    def too_late(source, target):
        if not theirs:
            theirs.append(path.mkdir())
            (path / "a").write_bytes(b"theirs")
            raise OSError(number, os.strerror(number))
        rename(source, target)

    monkeypatch.setattr(os, "rename", too_late)
    write_folder(path, {"a": b"ours"}, keep_old_as=tmp_path / "kept")
    assert content(tmp_path) == {"kept/a": b"theirs", "run/a": b"ours"}


def test_a_folder_that_cannot_be_renamed_is_copied(tmp_path, monkeypatch):
    write_folder(tmp_path / "run", {"a": b"1"})
    move = refusing(os.rename, errno.EXDEV, lambda source, target: source == tmp_path / "run")
    monkeypatch.setattr(os, "rename", move)
    write_folder(tmp_path / "run", {"a": b"2"}, keep_old_as=tmp_path / "kept")
    assert content(tmp_path) == {"kept/a": b"1", "run/a": b"2"}
    assert sorted(os.listdir(tmp_path)) == ["kept", "run"]


# Real ones


@pytest.fixture
def mounted(tmp_path):
    """mounted(type, options, source) is a folder on which that is mounted."""
    folders = []

    def mount(*args):
        folder = tmp_path / f"mount{len(folders)}"
        folder.mkdir()
        done = subprocess.run(["mount", *args, str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"cannot mount: {done.stderr.strip()}")
        folders.append(folder)
        return folder

    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount")
    yield mount
    for folder in reversed(folders):
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_is_full_leaves_what_was_there(mounted):
    folder = mounted("-t", "tmpfs", "-o", "size=64k", "none")
    write_both(folder)
    for write in (
        lambda: write_atomically(folder / "file", bytes(100_000)),
        lambda: write_folder(folder / "run", {"a": bytes(100_000)}),
    ):
        with pytest.raises(OSError, match="No space left") as error:
            write()
        assert error.value.filename in (str(folder / "file"), str(folder / "run" / "a"))
    assert content(folder) == WRITTEN


def test_a_disk_without_room_for_another_file_leaves_what_was_there(mounted):
    folder = mounted("-t", "tmpfs", "-o", "nr_inodes=6", "none")
    write_both(folder)  # with the folder itself all six
    with pytest.raises(OSError, match="No space left") as error:
        write_atomically(folder / "file", b"new")
    assert error.value.filename == str(folder / "file")
    assert content(folder) == WRITTEN


def test_a_place_that_is_read_only_is_named(tmp_path, mounted):
    write_both(tmp_path / "place")
    folder = mounted("--bind", "-o", "ro", str(tmp_path / "place"))
    with pytest.raises(OSError, match="Read-only") as error:
        write_atomically(folder / "file", b"new")
    assert error.value.filename == str(folder / "file")
    assert content(folder) == WRITTEN


def test_a_run_that_is_part_of_a_container_s_image_is_replaced(tmp_path, mounted):
    """Such a folder cannot be renamed: EXDEV."""
    layers = mounted("-t", "tmpfs", "none")  # as a layer, another overlay will not do
    for name in ("image", "changes", "work"):
        (layers / name).mkdir()
    write_folder(layers / "image" / "run", {"a": b"1"})
    options = "redirect_dir=off," + ",".join(
        f"{option}={layers / name}"
        for option, name in (("lowerdir", "image"), ("upperdir", "changes"), ("workdir", "work"))
    )
    folder = mounted("-t", "overlay", "-o", options, "none")
    with pytest.raises(OSError, match="cross-device") as error:
        os.rename(folder / "run", folder / "other")
    assert error.value.errno == errno.EXDEV
    write_folder(folder / "run", {"a": b"2"}, keep_old_as=folder / "kept")
    assert content(folder) == {"kept/a": b"1", "run/a": b"2"}


def test_a_written_folder_its_files_and_its_parent_are_brought_to_the_disk(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.fstat(handle).st_ino))
    write_folder(tmp_path / "run", {"a": b"1", "b": b"2"})
    folder = tmp_path / "run"
    # In this order: files, the folder that lists them, and after the rename the one that lists that.
    assert flushed == [path.stat().st_ino for path in (folder / "a", folder / "b", folder, tmp_path)]


def test_a_written_file_and_the_folder_that_lists_it_are_brought_to_the_disk_in_this_order(tmp_path, monkeypatch):
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(os.fstat(handle).st_ino))
    write_atomically(tmp_path / "file", b"1")
    assert flushed == [(tmp_path / "file").stat().st_ino, tmp_path.stat().st_ino]


@pytest.mark.parametrize("name", ["rename", "replace"])
def test_a_rename_whose_reply_was_lost_is_recognised(tmp_path, monkeypatch, name):
    real = getattr(os, name)

    def asked_twice(source, target):
        real(source, target)
        real(source, target)  # the server has done it already: the source is not there

    monkeypatch.setattr(os, name, asked_twice)
    for content_ in (b"old", b"new"):
        if name == "replace":
            write_atomically(tmp_path / "file", content_)
        else:
            write_folder(tmp_path / "run", {"a": content_})
    assert content(tmp_path) == ({"file": b"new"} if name == "replace" else {"run/a": b"new"})
    assert len(os.listdir(tmp_path)) == 1


def test_a_rename_that_failed_is_not_taken_for_one_whose_reply_was_lost(tmp_path, monkeypatch):
    write_atomically(tmp_path / "file", b"old")

    def lost(source, target):
        os.unlink(source)
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), source)

    monkeypatch.setattr(os, "replace", lost)
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "file", b"new")
    assert content(tmp_path) == {"file": b"old"}


def test_a_folder_that_may_not_be_replaced_stays(tmp_path):
    write_folder(tmp_path / "run", {"a": b"first"})
    write_folder(tmp_path / "run", {"a": b"second"}, may_replace=lambda: False)
    assert content(tmp_path) == {"run/a": b"first"}
    assert os.listdir(tmp_path) == ["run"]


def test_of_many_that_create_a_file_one_does(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: create_exclusively(tmp_path / "file", str(n).encode()), range(40)))
    assert made.count(True) == 1
    assert content(tmp_path) == {"file": str(made.index(True)).encode()}
    assert os.listdir(tmp_path) == ["file"]


def test_a_file_is_created_where_there_are_no_links(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", refusing(os.link, errno.EPERM))
    assert create_exclusively(tmp_path / "file", b"first")
    assert not create_exclusively(tmp_path / "file", b"second")
    assert content(tmp_path) == {"file": b"first"}
