import os

import pytest

from report.fields import Fields, FieldsError, read_fields


def read(tmp_path, text):
    path = tmp_path / "homework.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_fields(path)


def test_a_missing_file_leaves_the_fields_empty(tmp_path):
    assert read_fields(tmp_path / "none.toml") == Fields()


def test_a_file_that_was_named_must_be_there_and_be_a_file(tmp_path):
    with pytest.raises(FieldsError, match=r"none\.toml: not there"):
        read_fields(tmp_path / "none.toml", required=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FieldsError, match=r"pipe: cannot be read \(not a file\)"):
        read_fields(tmp_path / "pipe")


def test_a_byte_order_mark_does_not_matter_and_an_empty_title_is_the_usual_one(tmp_path):
    fields = read(tmp_path, "\ufeffname = 'A'\ntitle = ''\n".encode())
    assert (fields.name, fields.title) == ("A", Fields().title)


def test_fields_are_read(tmp_path):
    fields = read(tmp_path, 'name = "王小明"\ncourse = "深度学习"\n')
    assert (fields.name, fields.course, fields.student_number) == ("王小明", "深度学习", "")


def test_numbers_and_dates_need_no_quotes(tmp_path):
    fields = read(tmp_path, "student_number = 20231234\ndate = 2026-11-23\n")
    assert (fields.student_number, fields.date) == ("20231234", "2026-11-23")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not valid TOML"),
        ("nmae = 'x'", "unknown field 'nmae'; known are title, course, name"),
        ("name = true", 'name must be text in quotes, got True; write name = "…"'),
        ("name = ['a']", "name must be text"),
        ("[name]\nx = 1", "name must be text"),
        (f"name = '{'x' * 201}'", "name has 201 characters; at most 200"),
        (b"name = '\xff'", "not UTF-8"),
        ("name = " + "[" * 10_000, "not valid TOML"),
        ("name = " + "9" * 5_000, "not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_cure(tmp_path, text, message):
    with pytest.raises(FieldsError, match=message):
        read(tmp_path, text)


def test_control_and_direction_marks_are_dropped(tmp_path):
    assert read(tmp_path, 'name = "a\\u202Eb\\u0007c"').name == "abc"
