import pytest
from jinja2 import Environment, FileSystemLoader

from report.page import compiled_templates as module
from report.page.compiled_templates import CompiledTemplates


@pytest.fixture
def compiled(monkeypatch):
    """Names of the templates that were compiled, in order."""
    names: list[str] = []
    compile_ = Environment.compile
    monkeypatch.setattr(Environment, "compile", lambda *args: (names.append(args[2]), compile_(*args))[1])
    return names


def render(folder, templates=None, shown=("zh", "en")):
    env = Environment(loader=FileSystemLoader(folder), bytecode_cache=CompiledTemplates(templates or folder))
    env.shown = shown
    return env.get_template("a.html").render(x="x")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.html").write_text("{{ x }} a")
    return tmp_path


def test_a_template_is_compiled_once(folder, compiled):
    assert [render(folder), render(folder)] == ["x a", "x a"]
    assert len(compiled) == 1


def test_it_is_compiled_again_for_other_text_languages_or_code(folder, compiled, monkeypatch):
    render(folder)
    (folder / "a.html").write_text("{{ x }} b")
    assert render(folder) == "x b"
    render(folder, shown=("en",))
    monkeypatch.setattr(module, "toolchain", lambda: "another")
    render(folder)
    assert len(compiled) == 4


def test_a_damaged_file_is_written_again(folder, compiled):
    render(folder)
    (file,) = (folder / "__pycache__").iterdir()
    whole = file.read_bytes()
    for damaged in (b"", whole[:100], whole[:-1], whole[:80] + b"x" + whole[81:]):
        file.write_bytes(damaged)
        assert render(folder) == "x a"
        assert file.read_bytes() == whole
    assert len(compiled) == 5


def test_where_nothing_can_be_written_it_is_compiled_every_time(folder, compiled):
    (folder / "__pycache__").write_text("no folder")
    assert [render(folder), render(folder)] == ["x a", "x a"]
    assert len(compiled) == 2


def test_templates_of_other_folders_leave_no_file(folder, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    assert render(folder, templates=other) == "x a"
    assert not (folder / "__pycache__").exists()
    assert list(other.iterdir()) == []
