import json
import os
import re
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from report.title_page import TitlePage, TitlePageError, is_han, read_title_page, unprintable


def read(tmp_path, text):
    path = tmp_path / "homework.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_title_page(path)


def test_a_missing_file_leaves_the_fields_empty(tmp_path):
    assert read_title_page(tmp_path / "none.toml") == TitlePage()


def test_a_file_that_was_named_must_be_there_and_be_a_file(tmp_path):
    with pytest.raises(TitlePageError, match=r"none\.toml: not there"):
        read_title_page(tmp_path / "none.toml", required=True)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TitlePageError, match=r"pipe: cannot be read \(not a file\)"):
        read_title_page(tmp_path / "pipe")


def test_an_empty_title_is_the_usual_one(tmp_path):
    assert read(tmp_path, "name = 'A'\ntitle = ''\n") == TitlePage(name="A")


def test_numbers_and_dates_need_no_quotes(tmp_path):
    page = read(tmp_path, "student_number = 20231234\ndate = 2026-11-23\n")
    assert (page.student_number, page.date) == ("20231234", "2026-11-23")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le with mark", "utf-16-be with mark"])
def test_every_encoding_of_notepad_but_the_local_one_is_read(tmp_path, encoding):
    text = 'name = "王小明"\r\ncourse = "深度学习"\r\n'
    data = f"\ufeff{text}".encode(encoding.split()[0]) if "mark" in encoding else text.encode(encoding)
    assert read(tmp_path, data) == TitlePage(name="王小明", course="深度学习")


@pytest.mark.parametrize(
    ("toml", "name"),
    [
        ('"张三 李四"', "张三 李四"),  # the blank is the author's
        ('"Ann  Lee"', "Ann  Lee"),
        ('" Ann Lee　"', "Ann Lee"),
        ('["张三", "李四"]', "张三\n李四"),
        ('["Ann Lee", "Bob Wu\\nCy Xu"]', "Ann Lee\nBob Wu\nCy Xu"),
        ('"Ann Lee\\nBob Wu"', "Ann Lee\nBob Wu"),
        ('"""\nAnn Lee\n\n  Bob Wu\n"""', "Ann Lee\nBob Wu"),
        ('"""\r\nAnn Lee\r\nBob Wu"""', "Ann Lee\nBob Wu"),
        ("[]", ""),
        ('""', ""),
        ('"O\'Brien \\"Bob\\" <b>&amp;</b> {{7*7}} $x$ `y`"', 'O\'Brien "Bob" <b>&amp;</b> {{7*7}} $x$ `y`'),
    ],
)
def test_lines_lists_and_blanks_keep_their_meaning(tmp_path, toml, name):
    assert read(tmp_path, f"name = {toml}").name == name


NAMES = [
    "王小明", "欧阳思远", "陳國華", "張偉", "劉黃鄭", "堃玥喆镕", "阿卜杜拉·买买提", "阿卜杜拉•买买提",
    "阿卜杜拉‧买买提", "阿卜杜拉・买买提", "渡邊 さくら", "髙橋", "アブドゥル", "홍길동", "남궁민수",
    "Nguyễn Thị Ánh", "Wáng Xiǎomíng", "Renée", "Łukasz Wójcik", "Đặng", "Ştefan Țurcanu", "Þórður", "m̂x̌",
    "Γιώργος", "Їжак Ґ", "שלום כהן", "محمد علي", "สมชาย", "राम", "🐟",
    "㐀", "𠮷野", "𪜀", "𫝀", "𫠠", "𬺰", "\U0002ebf0", "\U00030000", "\U00031350", "\U000323b0",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_is_read_as_it_is_in_nfc(tmp_path, name, form):
    typed = unicodedata.normalize(form, name)
    assert read(tmp_path, f'name = "{typed}"').name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("char", "said"),
    [
        ("\x07", "U+0007 (BELL)"), ("\x00", "U+0000 (NULL)"), ("\x1b", "U+001B (ESCAPE)"), ("\r", "U+000D (CARRIAGE"),
        ("\t", "U+0009 (TAB)"), ("\x85", "U+0085 (control character)"), ("\x7f", "U+007F (DELETE)"),
        ("\u200b", "U+200B (ZERO WIDTH SPACE)"), ("\u200d", "U+200D (ZERO WIDTH JOINER)"),
        ("\u202e", "U+202E (RIGHT-TO-LEFT OVERRIDE)"), ("\u2066", "U+2066 (LEFT-TO-RIGHT ISOLATE)"),
        ("\ufeff", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)"), ("\u00ad", "U+00AD (SOFT HYPHEN)"),
        ("\u2028", "U+2028 (LINE SEPARATOR)"), ("\u2029", "U+2029 (PARAGRAPH SEPARATOR)"),
        ("\ufe0f", "U+FE0F (VARIATION SELECTOR-16)"), ("\U000e0100", "U+E0100 (VARIATION SELECTOR-17)"),
        ("\u3164", "U+3164 (HANGUL FILLER)"), ("\ue000", "U+E000 is for private use"),
        ("\U000f0000", "U+F0000 is for private use"), ("\u0378", "U+0378 is not a character of Unicode"),
        ("\uffff", "U+FFFF is not a character"), ("\ufffd", "U+FFFD (REPLACEMENT CHARACTER) stands for"),
        ("\ufa19", "is another code for 神 (U+795E); write that one"), ("\U0002f800", "another code for 丽 (U+4E3D)"),
    ],
)  # fmt: skip
def test_what_cannot_be_printed_is_refused_by_key_place_and_name(tmp_path, char, said):
    escaped = f"\\U{ord(char):08X}"
    with pytest.raises(TitlePageError) as error:
        read(tmp_path, f'course = "ab{escaped}c"')
    assert "homework.toml: course, character 3: " in str(error.value)
    assert said in str(error.value)
    with pytest.raises(TitlePageError, match="name, entry 2, line 2, character 1: "):
        read(tmp_path, f'name = ["x", "y\\n{escaped}"]')


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_text_is_kept_in_nfc_or_refused(tmp_path, text):
    path = tmp_path / "homework.toml"
    path.write_text(f"name = {json.dumps(text)}", encoding="utf-8")
    lines = [unicodedata.normalize("NFC", line.strip(" \u3000")) for line in text.split("\n")]
    kept = [line for line in lines if line]
    surrogates = re.search(r"\\ud[89a-f]", json.dumps(text))  # JSON's pairs are not TOML
    if surrogates or len(kept) > 12 or any(unprintable(char) for char in text.replace("\n", "")):
        with pytest.raises(TitlePageError):
            read_title_page(path)
    else:
        assert read_title_page(path).name == "\n".join(kept)


def test_how_much_code_is_printed_is_read_and_otherwise_the_key_listings_are(tmp_path):
    assert read(tmp_path, "code_in_report = 'all'").code_in_report == "all"
    assert read(tmp_path, "").code_in_report == "key"


def test_han_is_known_by_its_place_whatever_unicode_this_python_has():
    assert all(map(is_han, "\u3400\u9fff\ufa0e\U00020000\U0002ebf0\U00031350\U0003347b"))
    assert not any(map(is_han, "a가あ。\U0002ffff\U000e0100"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "not valid TOML"),
        ("nmae = 'x'", "unknown field 'nmae'; known are title, course, name"),
        ("code_in_report = 'none'", 'code_in_report must be "key" or "all", got \'none\''),
        ("code_in_report = true", 'code_in_report must be "key" or "all", got True'),
        ("name = true", 'name must be text in quotes, got True; write name = "…"'),
        ("name = ['a', 1.5]", "name, entry 2 must be text in quotes, got 1.5"),
        ("[name]\nx = 1", "name must be text"),
        ("title = ['a', 'b']", "title has 2 lines; write it in one"),
        (f"name = '{'x' * 201}'", "name has 201 characters; at most 200"),
        (f"name = {['x'] * 13}", "name has 13 entries; at most 12"),
        (b"name = '\xff'", "not UTF-8 .* save it as UTF-8"),
        ('name = "王小明"'.encode("gbk"), "not UTF-8 .* save it as UTF-8"),
        ("course = 1\nname = “王”", r'line 2 has “, TOML wants "\); write lines such as'),
        ("name ＝ '王'", r"line 1 has ＝, TOML wants =\); write lines such as"),
        ("course = ''\nname = 'a\x07b'", r"line 2, column 10: U\+0007 \(BELL\) cannot stand in TOML; delete it"),
        ("name = " + "[" * 10_000, "not valid TOML"),
        ("name = " + "9" * 5_000, "not valid TOML"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_a_mistake_is_named_with_what_to_do(tmp_path, text, message):
    with pytest.raises(TitlePageError, match=message):
        read(tmp_path, text)
