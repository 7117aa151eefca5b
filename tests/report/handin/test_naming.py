"""The table [submit] and the names that it gives."""

import pytest

from experiments.errors import UserError
from report.handin.naming import Settings, name_problems, read_settings, stem, windows_fault
from report.title_page import TitlePage, read_title_page

PAGE = TitlePage(title="HW1", name="张三", student_number="20231234567")


def settings_of(tmp_path, table: str) -> Settings:
    path = tmp_path / "homework.toml"
    path.write_text(f'name = "张三"\n[submit]\n{table}\n', encoding="utf-8")
    assert read_title_page(path) == TitlePage(name="张三")  # the table is none of the title page's
    return read_settings(path)


def test_without_a_table_the_name_is_number_name_and_assignment(tmp_path):
    settings = read_settings(tmp_path / "homework.toml")
    assert settings == Settings()
    assert stem(settings, PAGE) == "20231234567-张三-HW1"


def test_every_key_of_the_table_is_read(tmp_path):
    table = """
    name = "{assignment}_{number}"\nassignment = "a1"\npattern = 'a1_\\d+'\nascii_names = true\nascii_name = "Zhang"
    as = "apart"\ntop_folder = false\nrequired = ["date"]\nmax_mb = 4.5\nmax_pages = 30\nmax_files = 9
    weights = "cnn"\nhtml = true\nallow_unmatched = true\nwhy_these_classes = "plants"
    """
    assert settings_of(tmp_path, table) == Settings(
        name="{assignment}_{number}", assignment="a1", pattern=r"a1_\d+", ascii_names=True, ascii_name="Zhang",
        layout="apart", top_folder=False, required=("date",), max_mb=4.5, max_pages=30, max_files=9,
        weights="cnn", html=True, allow_unmatched=True, why_these_classes="plants",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("patern = 'a'", "unknown key 'patern'; did you mean pattern?"),
        ("course = 'DL'", r"unknown key 'course'; it belongs to the title page: write it above \[submit\]"),
        ("xyzzy = 1", "known are name, assignment, pattern"),
        ("max_pages = 'ten'", r"max_pages must be a whole number, got 'ten'"),
        ("max_pages = true", "max_pages must be a whole number, got True"),
        ("max_mb = -1", r"max_mb must be at least 0 \(no limit\), got -1"),
        ("html = 1", "html must be true or false, got 1"),
        ("as = 'tar'", "as must be one of zip, apart; got 'tar'"),
        ("weights = 'resnet'", "weights must be one of none, all, wrong"),
        ("required = ['email']", "required must be a list of fields of the title page .* got 'email'"),
        ("required = 'name'", "required must be a list"),
        ("name = '{nmber}'", r"unknown field \{nmber\}; did you mean \{number\}\?"),
        ("name = '{number'", r"name: '\{number' cannot be filled in"),
        ("pattern = '('", r"pattern: '\(' is no regular expression"),
    ],
)
def test_what_the_table_cannot_say_is_refused_by_key_and_value(tmp_path, table, said):
    with pytest.raises(UserError, match=said):
        settings_of(tmp_path, table)


def test_a_table_that_is_none_is_refused(tmp_path):
    path = tmp_path / "homework.toml"
    path.write_text("submit = 'zip'")
    with pytest.raises(UserError, match="submit must be a table"):
        read_settings(path)


def test_several_authors_are_joined():
    page = TitlePage(title="HW1", name="张三\n李四", student_number="1\n2")
    assert stem(Settings(), page) == "1_2-张三_李四-HW1"


def test_an_anonymous_name_has_neither_name_nor_number():
    assert stem(Settings(), PAGE, anonymous=True) == "HW1-anonymous"


def test_in_ascii_accents_are_dropped_and_the_latin_name_is_taken():
    assert (
        stem(Settings(ascii_names=True), TitlePage(title="HW1", name="José Peña", student_number="7"))
        == "7-Jose_Pena-HW1"
    )
    assert stem(Settings(ascii_names=True, ascii_name="Zhang San"), PAGE) == "20231234567-Zhang_San-HW1"


def test_a_name_that_stays_chinese_is_refused_in_ascii():
    settings = Settings(ascii_names=True)
    (problem,) = name_problems(settings, stem(settings, PAGE))
    assert "has 张三; set ascii_name" in problem


def test_a_name_is_held_to_the_courses_pattern_as_a_whole():
    settings = Settings(pattern=r"\d{11}-[^-]+-HW1")
    assert name_problems(settings, "20231234567-张三-HW1") == []
    assert "does not match" in name_problems(settings, "20231234567-张三-HW1-DL")[0]


@pytest.mark.parametrize("name", ["a:b", "a/b", "con", "NUL.txt", "COM1", "a.", " a", "a\tb", 'say "x"'])
def test_what_windows_cannot_have_is_named(name):
    assert windows_fault(name)
    assert name_problems(Settings(), name)


@pytest.mark.parametrize("name", ["张三", "a-b_c.d", "console", "COM10", ".gitignore"])
def test_what_windows_can_have_passes(name):
    assert windows_fault(name) is None


def test_a_name_too_long_for_every_system_is_refused():
    assert "bytes" in name_problems(Settings(), "汉" * 50)[0]
