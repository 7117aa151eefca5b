"""The archive of a hand-in, opened by every program at hand, and archives that nobody should open."""

import os
import shutil
import stat
import subprocess
import sys
import warnings
import zipfile
import zlib

import pytest

from report.handin import archive
from report.handin.archive import ArchiveError, path_faults, read_archive, write_archive

FILES = {
    "报告.pdf": b"%PDF",
    "README.md": "先读我\n".encode(),
    "experiments/models/cnn.py": b"print()\n",
    "results/predictions.csv": b"a,b\n" * 1000,
}
OPENERS = {
    "unzip": lambda path: ["unzip", "-q", str(path)],
    "bsdtar": lambda path: ["bsdtar", "-xf", str(path)],
    "7z": lambda path: ["7z", "x", "-bd", str(path)],
    "7zz": lambda path: ["7zz", "x", "-bd", str(path)],
    "python": lambda path: [sys.executable, "-m", "zipfile", "-e", str(path), "."],
}


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "2023-张三-HW1.zip"
    path.write_bytes(write_archive(FILES, "2023-张三-HW1"))
    return path


@pytest.mark.parametrize("locale", ["C.UTF-8", "C"])
@pytest.mark.parametrize("opener", OPENERS)
def test_every_program_unpacks_the_same_files(packed, tmp_path, opener, locale):
    command = OPENERS[opener](packed)
    if not shutil.which(command[0]):
        pytest.skip(f"no {command[0]} here: make test installs it on Debian")
    if locale == "C" and opener in ("bsdtar", "unzip"):
        pytest.skip(f"{opener} writes names of another alphabet only where the locale has it")
    folder = tmp_path / "unpacked"
    folder.mkdir()
    subprocess.run(command, cwd=folder, env={**os.environ, "LC_ALL": locale}, check=True, capture_output=True)
    found = {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert found == {f"2023-张三-HW1/{name}": data for name, data in FILES.items()}


def test_the_bytes_depend_on_nothing_but_the_files(monkeypatch):
    first = write_archive(FILES, "a")

    def refuse(*args, **kwargs):
        raise AssertionError("something was compressed, which every zlib does in its own way")

    monkeypatch.setattr(zlib, "compressobj", refuse)
    assert write_archive(dict(reversed(FILES.items())), "a") == first


def test_entries_are_stored_dated_and_marked_alike(packed):
    with zipfile.ZipFile(packed) as opened:
        for entry in opened.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            assert entry.external_attr >> 16 == stat.S_IFREG | 0o644
            assert entry.create_system == 3
            assert bool(entry.flag_bits & 0x800) is not entry.filename.isascii()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a/con.txt"], "a device"),
        (["a:b"], "Windows forbids"),
        (["results/x.csv", "Results/X.csv"], "there twice where capitals do not count"),
        (["d" * 100 + "/" + "e" * 100], "201 characters"),
    ],
)
def test_names_that_some_system_cannot_have_are_refused(names, said):
    assert any(said in fault for fault in path_faults(names))
    with pytest.raises(ValueError, match=said):
        write_archive(dict.fromkeys(names, b""), "")


def test_an_archive_is_read_with_and_without_a_top_folder(packed, tmp_path):
    assert read_archive(packed) == FILES
    flat = tmp_path / "flat.zip"
    flat.write_bytes(write_archive(FILES))
    assert read_archive(flat) == FILES


def hostile(path, *entries, deflated=False):
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if deflated else 0) as opened:
        warnings.simplefilter("ignore")  # zipfile warns of duplicates
        for name, data, mode in entries:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, mode << 16
            info.compress_type = opened.compression
            opened.writestr(info, data)
    return path


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([("../evil.py", b"", 0)], "no .."),
        ([("a/../../evil.py", b"", 0)], "no .."),
        ([("/etc/passwd", b"", 0)], "leads out of the folder"),
        ([("C:/evil.py", b"", 0)], "leads out of the folder"),
        ([("..\\evil.py", b"", 0)], "leads out of the folder"),
        ([("link", b"/etc/passwd", stat.S_IFLNK | 0o777)], "a link"),
        ([("a", b"1", 0), ("a", b"2", 0)], "there twice"),
        ([], "no file"),
    ],
)
def test_a_hostile_archive_is_one_line(tmp_path, entries, said):
    with pytest.raises(ArchiveError, match=said) as error:
        read_archive(hostile(tmp_path / "a.zip", *entries))
    assert "\n" not in str(error.value)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "LARGEST", 1 << 20)
    bomb = hostile(tmp_path / "a.zip", *((f"{n}", bytes(900_000), 0) for n in range(2)), deflated=True)
    assert bomb.stat().st_size < 10_000
    with pytest.raises(ArchiveError, match="more than 1 MB when unpacked"):
        read_archive(bomb)


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 2)
    with pytest.raises(ArchiveError, match="3 files"):
        read_archive(hostile(tmp_path / "a.zip", *((str(n), b"", 0) for n in range(3))))


@pytest.mark.parametrize("cut", [0, 1, 40, 0.5, 0.99])
def test_a_broken_archive_is_one_line(packed, cut):
    data = packed.read_bytes()
    packed.write_bytes(data[: int(cut * len(data)) if isinstance(cut, float) else cut])
    with pytest.raises(ArchiveError, match="not an archive that can be opened"):
        read_archive(packed)


def test_a_flipped_byte_ends_in_one_line_or_in_what_the_archive_then_says(tmp_path):
    data = write_archive({"a": b"0123456789"})
    path = tmp_path / "a.zip"
    refused = 0
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        try:
            read_archive(path)
        except ArchiveError:  # any other error fails the test
            refused += 1
    assert refused > 40  # the data themselves, signatures, lengths, checksums
