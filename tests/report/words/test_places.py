"""Which files are words, and what is refused before anything is read of them."""

import os
import re

import pytest

from report.words.places import MAX_TEXT, PLACES, WordsError, check_required, read_required, read_words


@pytest.fixture
def fields(tmp_path):
    return tmp_path / "homework.toml"


def fault(folder, fields, **how) -> str:
    with pytest.raises(WordsError) as error:
        read_words(folder, fields, **how)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_without_the_folder_there_are_no_words_unless_it_was_named(tmp_path, fields):
    assert not read_words(tmp_path / "words", fields).files
    assert "--words" in fault(tmp_path / "words", fields, named=True)


def test_every_place_is_read_in_both_languages_in_the_order_of_the_report(written, fields):
    names = [f"{place}.{lang}.md" for place in PLACES for lang in ("zh", "en")]
    words = read_words(written(dict.fromkeys(reversed(names), "text")), fields)
    assert [file.name for file in words.files] == names


def test_a_file_of_blanks_counts_as_not_there(written, fields):
    assert not read_words(written({"reflection.zh.md": " \n\n"}), fields).files


@pytest.mark.parametrize("data", ["你好".encode(), "\ufeff你好".encode(), "你好".encode("utf-16")])
def test_utf_8_and_what_notepad_saves_are_read(written, fields, data):
    assert read_words(written({"reflection.zh.md": data}), fields).files[0].text == "你好"


def test_words_are_read_in_nfc(written, fields):
    assert read_words(written({"reflection.en.md": "cafe\u0301"}), fields).files[0].text == "caf\u00e9"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("reflexion.zh.md", "did you mean reflection.zh.md"),
        ("reflection.md", "write reflection.zh.md or reflection.en.md"),
        ("reflection.de.md", "write reflection.zh.md or reflection.en.md"),
        ("reflection.zh.txt", "write reflection.zh.md or reflection.en.md"),
        ("after-1-4.en.md", "did you mean after-1-"),
        ("notes.md", "there are reflection"),
    ],
)
def test_what_looks_like_words_and_has_no_place_is_refused_with_the_nearest_name(written, fields, name, said):
    assert said in fault(written({name: "text"}), fields)


def test_files_that_an_editor_or_a_system_leaves_are_passed_over(written, fields):
    words = read_words(
        written({".DS_Store": b"\0", "reflection.zh.md~": "x", "photo.png": b"x", "notes.txt": "x"}), fields
    )
    assert not words.files


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a\0b", "not text"),
        (b"ok\n\xff\xfa", ":2: not UTF-8"),
        (b"x" * (MAX_TEXT + 1), "bytes, more than"),
        ("a\nbc\u200bd".encode(), ":2:3: U+200B (ZERO WIDTH SPACE) is invisible"),
    ],
)
def test_what_is_no_text_of_sensible_size_is_refused_by_name(written, fields, data, said):
    message = fault(written({"reflection.en.md": data}), fields)
    assert said in message
    assert "reflection.en.md" in message


def test_a_link_out_of_the_folder_is_refused(written, fields, tmp_path):
    (tmp_path / "secret").write_text("secret")
    folder = written({})
    (folder / "reflection.zh.md").symlink_to(tmp_path / "secret")
    assert "leads out of" in fault(folder, fields)


def test_a_loop_of_links_is_refused(written, fields):
    folder = written({})
    (folder / "reflection.zh.md").symlink_to(folder / "reflection.zh.md")
    assert "reflection.zh.md" in fault(folder, fields)


@pytest.mark.timeout(20)
def test_a_pipe_is_not_waited_for(written, fields):
    folder = written({})
    os.mkfifo(folder / "reflection.zh.md")
    assert "not a file" in fault(folder, fields)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path, fields):
    (tmp_path / "words").write_text("x")
    assert "not a folder" in fault(tmp_path / "words", fields)


def test_required_places_are_read_from_homework_toml_and_must_be_written(written, fields):
    fields.write_text('required = ["reflection", "ai-use"]', encoding="utf-8")
    words = read_words(written({"reflection.en.md": "text"}), fields)
    with pytest.raises(WordsError, match=re.escape("requires ai-use, but nothing is written there")):
        check_required(words, {"reflection"}, words.folder, fields)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('required = ["reflexion"]', "did you mean reflection"),
        ("required = 1", "must be a list"),
        ("required = [1]", "list"),
    ],
)
def test_a_wrong_requirement_is_one_line(fields, line, said):
    fields.write_text(line, encoding="utf-8")
    with pytest.raises(WordsError, match=said):
        read_required(fields)
