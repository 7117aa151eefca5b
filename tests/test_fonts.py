import base64
import io
import re

from fontTools.ttLib import TTFont

from report import fonts


def test_every_cjk_face_covers_the_same_characters():
    assert fonts.coverage(fonts.SANS) == fonts.coverage(fonts.SANS_BOLD) == fonts.coverage(fonts.SERIF)


def test_the_faces_cover_the_scripts_of_the_report():
    for text in ("准确率，“交叉熵”！", "loss (logits)", "αβθ", "≈≤±×−→√∂", "①✓", "éüł", "堃玥喆镕"):
        assert not fonts.uncovered(text)


def test_an_uncovered_character_is_found():
    assert fonts.uncovered("a 中😀\n") == {"😀"}


def test_embedded_faces_hold_just_the_characters_asked_for():
    faces = fonts.embedded_faces("中a")
    files = re.findall(r"base64,([^\"]+)", faces)
    assert len(files) == len(fonts.FACES)
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
    assert fonts.SHA256.keys() == {name for _, _, name in fonts.FACES}
    fonts.check_faces()
