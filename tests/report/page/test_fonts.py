import base64
import io
import re

import pytest
from fontTools.ttLib import TTFont

from report.page import fonts


def test_the_fonts_of_a_family_cover_the_same_characters():
    """Where the bold font lacks what the regular one has, WeasyPrint draws another character."""
    assert fonts.coverage(fonts.SANS) == fonts.coverage(fonts.SANS_BOLD) == fonts.coverage(fonts.SERIF)
    assert not fonts.coverage(fonts.NAMES) & fonts.coverage(fonts.SANS)


def test_the_fonts_cover_the_scripts_of_the_report():
    for text in ("准确率，“交叉熵”！", "loss (logits)", "αβθ", "≈≤±×−→√∂", "①✓", "éüł", "堃玥喆镕"):
        assert not fonts.uncovered(text)


def encoded(codec, rows, cells=range(0xA1, 0xFF)):
    return "".join(bytes([row, cell]).decode(codec, "ignore") for row in rows for cell in cells)


@pytest.mark.parametrize(
    ("characters", "count"),
    [
        (encoded("gb2312", range(0xB0, 0xF8)), 6763),
        (
            "".join(
                char
                for char in encoded("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)])
                if char >= "\u4e00"
            ),
            5401,
        ),
        (encoded("euc_jp", range(0xB0, 0xD0)), 2965),
        (encoded("euc_kr", range(0xB0, 0xC9)), 2350),
        ("".join(map(chr, [*range(0x3041, 0x3097), *range(0x3099, 0x3100), *range(0x3105, 0x3130)])), 232),
        ("".join(map(chr, range(0x1E00, 0x1F00))), 256),
        ("".join(map(chr, range(0x0300, 0x0370))), 112),
        ("".join(map(chr, range(0x0400, 0x0530))), 304),
    ],
    ids=["GB 2312", "Big5 level 1", "JIS level 1", "Hangul", "kana", "Vietnamese", "marks", "Cyrillic"],
)
def test_the_fonts_cover_what_names_are_written_with(characters, count):
    assert len(set(characters)) == count
    assert not fonts.uncovered(characters)


def test_an_uncovered_character_is_found():
    assert fonts.uncovered("a 中😀\n") == {"😀"}


def test_embedded_faces_hold_just_the_characters_asked_for():
    faces = fonts.embedded_fonts("中a")
    files = re.findall(r"base64,([^\"]+)", faces)
    assert len(files) == len(fonts.FACES) - len(fonts.FALLBACKS)  # which hold what the others lack
    with TTFont(io.BytesIO(base64.b64decode(files[0]))) as face:
        assert set(face.getBestCmap()) == {ord("a"), ord("中")}


def test_a_subset_is_the_same_twice():
    assert fonts.subset_bytes(fonts.MONO, b"abc") == fonts.subset_bytes(fonts.MONO, b"abc")


def test_english_quotes_have_narrow_forms():
    with TTFont(fonts.FONTS / fonts.SERIF) as face:
        quote = face.getBestCmap()[ord("’")]
        features = {record.FeatureTag: record.Feature for record in face["GSUB"].table.FeatureList.FeatureRecord}
        lookups = [face["GSUB"].table.LookupList.Lookup[i] for i in features["pwid"].LookupListIndex]
        forms = {old: new for lookup in lookups for table in lookup.SubTable for old, new in table.mapping.items()}
        assert face["hmtx"][quote][0] == 1000  # as wide as a Chinese character
        assert face["hmtx"][forms[quote]][0] < 400


def test_every_face_in_use_is_checked_and_whole():
    assert fonts.SHA256.keys() == {name for _, _, name in fonts.FACES} | {fonts.FIGURES_BOLD}
    assert fonts.SHA256.keys() == {path.name for path in fonts.FONTS.iterdir() if path.suffix != ".txt"}


def test_a_rare_character_is_embedded_once_from_the_font_that_has_it():
    rules = fonts.embedded_fonts("陳").splitlines()
    assert ["Report Names" in rule for rule in rules].count(True) == 1
    fonts.check_fonts()


def test_a_subset_keeps_the_narrow_forms_of_english_quotes():
    with TTFont(io.BytesIO(fonts.subset_bytes(fonts.SERIF, map(ord, "a’")))) as face:
        features = {record.FeatureTag for record in face["GSUB"].table.FeatureList.FeatureRecord}
        assert "pwid" in features
        assert len(face.getGlyphOrder()) > 3  # .notdef, a, the quote, and its narrow form
        assert face.flavor == "woff"
