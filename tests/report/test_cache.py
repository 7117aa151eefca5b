import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.disk import reading
from report import cache as module
from report.cache import KEPT, Cache

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made():
    return []


@pytest.fixture
def make(made):
    return lambda: made.append(1) or f"piece {len(made)}".encode()


def test_a_piece_is_made_once(tmp_path, made, make):
    cache = Cache(tmp_path)
    assert cache.get("inputs", make) == cache.get("inputs", make) == b"piece 1"
    assert len(made) == 1


def test_other_inputs_make_another_piece(tmp_path, make):
    cache = Cache(tmp_path)
    assert cache.get("a", make) != cache.get("b", make)


def test_other_code_or_libraries_make_it_anew(tmp_path, make, monkeypatch):
    cache = Cache(tmp_path)
    first = cache.get("a", make)
    monkeypatch.setattr(module, "toolchain", lambda: "other")
    assert cache.get("a", make) != first


def test_a_damaged_piece_is_made_anew(tmp_path, make):
    cache = Cache(tmp_path)
    cache.get("a", make)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert cache.get("a", make) == b"piece 2"
    assert cache.get("a", make) == b"piece 2"


def test_without_a_folder_nothing_is_kept(make):
    assert Cache().get("a", make) != Cache().get("a", make)


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path, make):
    (tmp_path / "file").write_text("")
    assert Cache(tmp_path / "file").get("a", make) == b"piece 1"


def test_a_piece_that_cannot_be_made_leaves_nothing(tmp_path):
    def fail() -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Cache(tmp_path).get("a", fail)
    assert list(tmp_path.iterdir()) == []


def test_old_pieces_are_swept(tmp_path, make):
    cache = Cache(tmp_path)
    for number in range(KEPT + 5):
        cache.get(str(number), make)
    assert len(list(tmp_path.iterdir())) == KEPT


OTHERS = (
    "mozilla",
    "0" * 64,  # as others name what they keep under its digest
    "0" * 63 + "x.hw1dl",
    "0" * 64 + ".hw1dl.bak",
)


def test_what_others_keep_in_the_folder_stays(tmp_path, make):
    for name in OTHERS:
        (tmp_path / name).write_text("precious")
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / "pip").mkdir()
    os.utime(tmp_path / "pip", (1, 1))
    cache = Cache(tmp_path)
    for number in range(KEPT + 5):
        cache.get(str(number), make)
    names = set(os.listdir(tmp_path))
    assert names >= {*OTHERS, "pip"}
    assert len(names) == KEPT + len(OTHERS) + 1


def test_a_piece_in_a_folder_that_may_not_be_written_is_used(tmp_path, make, monkeypatch):
    cache = Cache(tmp_path)
    cache.get("a", make)

    def refuse(*args, **options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(os, "open", refuse)
    assert cache.get("a", make) == b"piece 1"


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES])
def test_a_piece_that_cannot_be_read_is_made_again(tmp_path, make, monkeypatch, number):
    monkeypatch.setattr(module, "toolchain", lambda: "")  # the real one reads the code
    cache = Cache(tmp_path)
    cache.get("a", make)

    def refuse(path):
        raise OSError(number, "")

    monkeypatch.setattr(reading, "WAITS", (0, 0))
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert cache.get("a", make) == b"piece 2"


def test_what_is_kept_is_found_without_the_libraries_that_make_it():
    """They take longer to load than all else that a finished report needs."""
    late = ("matplotlib", "weasyprint", "scipy", "torch", "fontTools.subset")
    code = f"import sys; sys.modules.update(dict.fromkeys({late})); import build, report.results, report.write"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
