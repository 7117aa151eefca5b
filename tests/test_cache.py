import pytest

from report import cache as module
from report.cache import KEPT, Cache


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


def test_another_style_leaves_the_figures_as_they_are(tmp_path, made, make, monkeypatch):
    """The key holds the code and the faces that draw, and not the templates: the page that is printed is an input."""
    for folder in ("experiments", "report", "figures", "templates/fonts"):
        (tmp_path / "project" / folder).mkdir(parents=True)
    monkeypatch.setattr(module, "ROOT", tmp_path / "project")
    cache = Cache(tmp_path / "cache")

    def get_after(file: str) -> int:
        (tmp_path / "project" / file).write_text("changed")
        module.toolchain.cache_clear()
        cache.get("figure", make)
        return len(made)

    try:
        assert get_after("report/page.py") == 1
        assert get_after("templates/style.css") == 1
        assert get_after("figures/curves.py") == 2
        assert get_after("templates/fonts/face.otf") == 3
    finally:
        module.toolchain.cache_clear()


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


def test_the_toolchain_is_told_by_code_and_libraries():
    assert len(module.toolchain()) == 64
