import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from report import preflight
from report.errors import RenderError
from report.pdf.write import MissingGlyphError, _check_libraries
from report.title_page import TitlePage

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path("homework.toml")


def test_every_name_stands_on_the_title_page_as_it_was_typed(tmp_path, monkeypatch):
    """All in one page, as a page costs a second: bundled fonts alone show them."""
    names = ["张三 李四", "陳國華", "Nguyễn Thị Ánh", "Łukasz  Wójcik", "홍길동", "さくら 渡邊", "阿卜杜拉·买买提"]
    names += ["O'Brien", "Ann Lee", "Bob Wu", "Γιώργος", "<b>&amp;"]
    pages = []
    monkeypatch.setattr(preflight, "inspect", lambda data, foreign: pages.append((data, foreign)))
    preflight.check_title_page(TitlePage(name="\n".join(names), title="深度学习 陳"), SOURCE)
    (data, foreign) = pages[0]
    assert not foreign
    (tmp_path / "page.pdf").write_bytes(data)
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True).stdout
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", text).splitlines()]
    for name in names:
        assert any(" ".join(name.split()) in line for line in lines), name
    assert "Ann Lee," in text  # two people, not one name in two lines


def test_a_character_that_no_font_has_is_named_with_its_place(monkeypatch):
    def no_glyph(*_, **__):
        raise MissingGlyphError(["𠮷"])

    monkeypatch.setattr(preflight, "pdf_bytes", no_glyph)
    message = r"homework\.toml: name, entry 2, character 2: no font here shows 𠮷 U\+20BB7 .*apt install fonts-noto-cjk"
    with pytest.raises(preflight.PreflightError, match=message):
        preflight.check_title_page(TitlePage(name="王\n小𠮷"), SOURCE)


@pytest.mark.parametrize("library", ["libpango-1.0-0", "libharfbuzz-subset-0"])
def test_a_missing_library_is_one_line_with_what_to_install(library):
    with pytest.raises(
        RenderError, match=f"{library} cannot be loaded; run make setup, or: apt install libpango-1.0-0"
    ):
        _check_libraries([f"OSError: cannot load library '{library}': {library}: cannot open shared object file"])


def test_the_checks_before_training_do_not_import_torch():
    code = "import sys; sys.modules['torch'] = None; import report.preflight"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ}, check=True)
