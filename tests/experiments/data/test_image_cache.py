import builtins
import errno
import io
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from experiments.data import image_cache
from experiments.data.dataset import DataError
from experiments.data.image_cache import decoded_images, drop_duplicates
from experiments.data.images import Candidate
from experiments.disk import reading


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=400)


@pytest.fixture
def folders(tmp_path):
    """Two classes of three images of one grey each: 10, 11, 12 and 20, 21, 22."""
    made = {}
    for name, grey in (("a", 10), ("b", 20)):
        made[name] = tmp_path / "train" / name
        made[name].mkdir(parents=True)
        for i in range(3):
            Image.new("RGB", (4, 4), (grey + i,) * 3).save(made[name] / f"{i}.png")
    return made


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def decoded_count(console):
    return console.file.getvalue().count(" images in ")


def greys(decoded):
    return [int(image[0, 0, 0]) for image in decoded.images]


def test_images_stand_in_turns_with_their_own_file_and_label(folders, cache, console):
    decoded = decoded_images("x", folders, cache, console)
    assert decoded.images.shape == (6, 128, 128, 3)
    assert decoded.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert sorted(greys(decoded)) == [10, 11, 12, 20, 21, 22]
    for grey, file in zip(greys(decoded), decoded.files, strict=True):
        assert file == f"{'ab'[grey // 20]}/{grey % 10}.png"
    assert decoded.found == (3, 3)


def test_a_second_build_maps_what_the_first_decoded(folders, cache, console):
    first = decoded_images("x", folders, cache, console)
    second = decoded_images("x", folders, cache, console)
    assert decoded_count(console) == 1
    assert isinstance(second.images, np.memmap)
    assert not second.images.flags.writeable
    assert (first.images == second.images).all()
    assert (first.files, first.digests, first.found) == (second.files, second.digests, second.found)
    assert len(list(cache.glob("x-*.npy"))) == 1
    assert not list(cache.glob(".*.tmp"))


def test_a_changed_file_makes_another_cache(folders, cache, console):
    decoded_images("x", folders, cache, console)
    Image.new("RGB", (4, 4), (99,) * 3).save(folders["a"] / "0.png")
    os.utime(folders["a"] / "0.png", (1, 1))
    assert 99 in greys(decoded_images("x", folders, cache, console))


def test_another_folder_with_the_same_names_sizes_and_times_is_not_mistaken_for_it(folders, cache, console, tmp_path):
    shutil.copytree(tmp_path / "train", tmp_path / "other")
    for path in [*(tmp_path / "train").glob("*/*"), *(tmp_path / "other").glob("*/*")]:
        path.write_bytes(path.read_bytes())
        os.utime(path, (0, 0))
    decoded_images("x", folders, cache, console)
    decoded_images("x", {name: tmp_path / "other" / name for name in folders}, cache, console)
    assert decoded_count(console) == 2


def truncate(path):
    path.write_bytes(path.read_bytes()[:-2])


def flip_a_bit(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def empty(path):
    path.write_bytes(b"")


def remove(path):
    path.unlink()


def replace_by_folder(path):
    path.unlink()
    path.mkdir()


def replace_by_other_json(path):
    path.write_bytes(b"[1, null]")


@pytest.mark.parametrize("suffix", [".npy", ".json"])
@pytest.mark.parametrize("damage", [truncate, flip_a_bit, empty, remove, replace_by_folder, replace_by_other_json])
def test_a_damaged_cache_is_set_aside_reported_and_made_again(folders, cache, console, suffix, damage):
    good = decoded_images("x", folders, cache, console)
    expected = np.array(good.images)
    (path,) = cache.glob(f"x-*{suffix}")
    damage(path)
    again = decoded_images("x", folders, cache, console)
    assert (again.images == expected).all()
    assert decoded_count(console) == 2
    if (suffix, damage) != (".json", remove):  # without its record the cache is unfinished, not damaged
        assert "warning: the image cache" in console.file.getvalue()
        assert list(cache.glob("*.damaged"))


def test_bad_files_are_skipped_and_named(folders, cache, console):
    (folders["a"] / "bad.JPEG").write_text("text")
    (folders["b"] / "lost.png").symlink_to("nowhere")
    decoded = decoded_images("x", folders, cache, console)
    assert decoded.skipped == (
        ("a/bad.JPEG", "not an image in a known format"),
        ("b/lost.png", "a link to nowhere: no such file or directory"),
    )
    assert decoded.found == (4, 4)
    assert "skipped: a/bad.JPEG: not an image" in console.file.getvalue()
    assert decoded_images("x", folders, cache, console).skipped == decoded.skipped


def test_duplicates_are_dropped_whether_bytes_or_only_pixels_agree(folders, cache, console):
    shutil.copy(folders["a"] / "0.png", folders["a"] / "9.png")  # same bytes
    Image.new("RGB", (4, 4), (11,) * 3).save(folders["a"] / "8.bmp")  # same pixels as a/1.png
    Image.new("RGB", (4, 4), (12,) * 3).save(folders["b"] / "7.bmp")  # same pixels as a/2.png, another class
    decoded = decoded_images("x", folders, cache, console)
    assert sorted(greys(decoded)) == [10, 11, 20, 21, 22]
    assert decoded.duplicates == (
        ("a/2.png", "b/7.bmp"),
        ("a/8.bmp", "a/1.png"),
        ("a/9.png", "a/0.png"),
        ("b/7.bmp", "a/2.png"),
    )


def test_equal_images_of_two_classes_are_all_dropped():
    candidates = [Candidate(file, file, label, 0, 0) for label, file in ((0, "a/1"), (0, "a/2"), (1, "b/1"))]
    assert drop_duplicates(candidates, ["p", "p", "p"]) == (
        [],
        [("a/1", "b/1"), ("a/2", "a/1"), ("b/1", "a/1")],
    )


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_disk_that_refuses_is_one_clear_error_and_the_next_build_succeeds(
    folders, cache, console, monkeypatch, function
):
    def refuse(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, function, refuse)
        with pytest.raises(DataError, match=r"cannot keep .*cache: No space left on device; 0 MB .*--data-dir"):
            decoded_images("x", folders, cache, console)
    assert not list(cache.glob(".*.tmp"))
    assert len(decoded_images("x", folders, cache, console).files) == 6


def test_too_little_room_is_found_before_decoding(folders, cache, console, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(DataError, match="no space left on device"):
        decoded_images("x", folders, cache, console)
    assert decoded_count(console) == 0


BUILD = """
import io, sys
from pathlib import Path
from rich.console import Console
from experiments.data.image_cache import decoded_images
folders = {name: Path(sys.argv[1]) / name for name in "ab"}
console = Console(file=sys.stdout)
print(len(decoded_images("x", folders, Path(sys.argv[2]), console).files))
"""


def test_of_two_builds_at_once_one_decodes_and_both_have_the_images(folders, cache, tmp_path):
    command = [sys.executable, "-c", BUILD, str(tmp_path / "train"), str(cache)]
    builds = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [build.communicate(timeout=60)[0] for build in builds]
    assert [output.splitlines()[-1] for output in outputs] == ["6", "6"]
    assert sum(output.count("decoded") for output in outputs) == 1


def test_the_record_is_written_after_the_pixels(folders, cache, console, monkeypatch):
    def crash(path, data):
        assert list(cache.glob("x-*.npy"))
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(image_cache, "write_atomically", crash)
        with pytest.raises(KeyboardInterrupt):
            decoded_images("x", folders, cache, console)
    assert len(decoded_images("x", folders, cache, console).files) == 6
    assert "warning" not in console.file.getvalue()


# What fails for a moment, or for one user


@pytest.fixture
def refuse(monkeypatch):
    """refuse(number, path, times): so many openings of a file, or of all below a folder, fail; returns their list."""
    monkeypatch.setattr(reading, "WAITS", (0, 0))
    open_any, opened, refused = builtins.open, [], []

    def open_unless_refused(file, *args, **options):
        for number, path, times in refused:
            if str(file).startswith(str(path)) and len(opened) < times:
                opened.append(file)
                raise OSError(number, os.strerror(number), str(file))
        return open_any(file, *args, **options)

    def begin(number, path, times=10**6):
        opened.clear()
        refused[:] = [(number, path, times)]
        return opened

    monkeypatch.setattr(builtins, "open", open_unless_refused)
    monkeypatch.setattr(io, "open", open_unless_refused)
    return begin


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EMFILE])
def test_an_image_that_could_not_be_read_is_taken_once_it_can(folders, cache, console, refuse, number):
    refuse(number, folders["a"] / "1.png")
    for _ in range(2):
        decoded = decoded_images("x", folders, cache, console)
        assert decoded.skipped == (("a/1.png", os.strerror(number).lower()),)
        assert len(decoded.files) == 5
        assert decoded.found == (3, 3)
    assert decoded_count(console) == 1  # it is tried again, the others are not decoded again
    refuse(number, "nothing")
    decoded = decoded_images("x", folders, cache, console)
    assert decoded.skipped == ()
    assert len(decoded.files) == 6
    assert decoded_count(console) == 2
    decoded_images("x", folders, cache, console)
    assert decoded_count(console) == 2


def test_an_image_that_fails_twice_and_then_not_is_no_bad_one(folders, cache, console, refuse):
    opened = refuse(errno.ESTALE, folders["a"] / "1.png", times=2)
    assert decoded_images("x", folders, cache, console).skipped == ()
    assert len(opened) == 2


def test_what_cannot_be_reached_is_no_part_of_the_cache(folders, cache, console):
    (folders["a"] / "lost.png").symlink_to("nowhere")
    decoded = decoded_images("x", folders, cache, console)
    assert decoded.skipped == (("a/lost.png", "a link to nowhere: no such file or directory"),)
    assert decoded.found == (4, 3)
    (folders["a"] / "lost.png").unlink()
    decoded = decoded_images("x", folders, cache, console)
    assert decoded.skipped == ()
    assert decoded.found == (3, 3)
    assert decoded_count(console) == 1


@pytest.mark.parametrize("suffix", [".npy", ".json"])
@pytest.mark.parametrize(("number", "times"), [(errno.EIO, 6), (errno.ESTALE, 6), (errno.EACCES, 2)])
def test_a_cache_that_cannot_be_read_is_made_again_and_not_called_damaged(
    folders, cache, console, refuse, suffix, number, times
):
    decoded_images("x", folders, cache, console)
    (path,) = cache.glob(f"x-*{suffix}")
    opened = refuse(number, path, times)  # without the lock and with it; what may pass is tried three times
    decoded = decoded_images("x", folders, cache, console)
    assert len(opened) == times
    assert len(decoded.files) == 6
    assert not list(cache.glob("*.damaged"))
    assert "is made again" in console.file.getvalue()
    assert "damaged" not in console.file.getvalue()


@pytest.mark.parametrize("suffix", [".npy", ".json"])
def test_a_cache_that_is_read_wrong_once_is_whole(folders, cache, console, monkeypatch, suffix):
    decoded_images("x", folders, cache, console)
    (path,) = cache.glob(f"x-*{suffix}")
    open_any, wrong = io.open, []

    def open_wrong_once(file, *args, **options):
        if str(file) == str(path) and not wrong:
            wrong.append(file)
            return io.BytesIO(b"something else")
        return open_any(file, *args, **options)

    monkeypatch.setattr(builtins, "open", open_wrong_once)
    monkeypatch.setattr(io, "open", open_wrong_once)
    decoded_images("x", folders, cache, console)
    assert wrong
    assert decoded_count(console) == 1


def test_a_cache_on_a_share_that_cannot_map_files_is_read(folders, cache, console, monkeypatch):
    first = decoded_images("x", folders, cache, console)

    def refuse(*args, **options):
        raise OSError(errno.ENODEV, "No such device")

    monkeypatch.setattr(np.lib.format, "open_memmap", refuse)
    second = decoded_images("x", folders, cache, console)
    assert not isinstance(second.images, np.memmap)
    assert (first.images == second.images).all()
    assert decoded_count(console) == 1


def test_a_share_that_does_not_say_how_much_room_it_has_is_used(folders, cache, console, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(0, 0, 0))
    assert len(decoded_images("x", folders, cache, console).files) == 6


# A folder that may not be written


@pytest.fixture
def read_only(monkeypatch):
    """read_only(number, folder): no entry can be made in this folder or below."""
    make_folder, open_any = os.mkdir, os.open

    def begin(number, folder):
        def check(path):
            if str(path).startswith(str(folder)):
                raise OSError(number, os.strerror(number), str(path))

        def mkdir(path, *args, **options):
            if not os.path.isdir(path):
                check(path)
            make_folder(path, *args, **options)

        def open_unless_new(path, flags, *args, **options):
            if flags & os.O_CREAT:
                check(path)
            return open_any(path, flags, *args, **options)

        monkeypatch.setattr(os, "mkdir", mkdir)
        monkeypatch.setattr(os, "open", open_unless_new)

    return begin


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.EPERM])
@pytest.mark.parametrize("exists", [True, False])
def test_a_cache_that_may_not_be_written_is_elsewhere(folders, cache, console, read_only, tmp_path, number, exists):
    if exists:
        cache.mkdir()
    spare = tmp_path / "results" / ".cache"
    read_only(number, cache)
    first = decoded_images("x", folders, cache, console, spare)
    assert len(first.files) == 6
    assert len(list(spare.glob("x-*.npy"))) == 1
    said = f"{cache} ({os.strerror(number).lower()}) cannot be written: the decoded images are in {spare}\n"
    assert console.file.getvalue().count(said) == 1
    assert (decoded_images("x", folders, cache, console, spare).images == first.images).all()
    assert decoded_count(console) == 1
    assert console.file.getvalue().count(said) == 1


@pytest.mark.parametrize("spare", [True, False])
def test_where_no_cache_may_be_written_the_images_are_in_memory(folders, cache, console, read_only, tmp_path, spare):
    read_only(errno.EROFS, tmp_path)
    decoded = decoded_images("x", folders, cache, console, tmp_path / "results" if spare else None)
    assert sorted(greys(decoded)) == [10, 11, 12, 20, 21, 22]
    assert not decoded.images.flags.writeable
    assert decoded.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert "cannot be written: each build decodes the images again" in console.file.getvalue()


def test_a_cache_in_a_folder_that_may_not_be_written_is_used(folders, cache, console, read_only, tmp_path):
    decoded_images("x", folders, cache, console)
    read_only(errno.EROFS, tmp_path)
    decoded_images("x", folders, cache, console)
    assert decoded_count(console) == 1
    assert "cannot be written" not in console.file.getvalue()
