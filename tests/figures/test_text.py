import pytest

from figures import text

NAMES = [
    "W" * 64,
    "i" * 255,
    "汉" * 85,
    "盒式磁带播放机 cassette player",
    "Tomato___Tomato_Yellow_Leaf_Curl_Virus",
    "TomatoSpiderMitesTwoSpottedSpiderMite",
    "leaf.disease-dataset/v2",
    "n" * 63 + "汉",
    "a very long class name " * 9,
]


def test_text_that_fits_stays_as_it_is():
    assert text.fit("gas pump", 40) == "gas pump"
    assert text.wrap("盒式磁带播放机 cassette player", 30, 2) == "盒式磁带播放机\ncassette player"
    assert text.wrap("", 20, 3) == ""


@pytest.mark.parametrize("name", NAMES)
def test_long_text_is_cut_in_the_middle_to_the_width_it_may_have(name):
    short = text.fit(name, 26)
    assert text.text_width(short) <= 26
    if short != name:
        start, end = short.split("...")
        assert name.startswith(start)
        assert name.strip().endswith(end)
        assert text.text_width(short) > 20


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("lines", [1, 2, 3])
def test_wrapped_text_keeps_to_its_lines_and_their_width(name, lines):
    done = text.wrap(name, 26, lines).splitlines()
    assert len(done) <= lines
    assert all(text.text_width(line) <= 26 for line in done)


def test_names_are_broken_where_their_words_meet_before_they_are_cut():
    assert text.wrap("Tomato___Septoria_leaf_spot", 29, 2) == "Tomato___Septoria_\nleaf_spot"
    assert text.wrap("TomatoSeptoriaLeafSpots", 29, 2) == "TomatoSeptoriaLeaf\nSpots"
    assert text.wrap("卷积神经网络图像分类实验", 20, 2) == "卷积神经网络图\n像分类实验"


def test_names_that_are_alike_at_their_ends_stay_apart_when_they_are_cut():
    names = [f"{'a' * 60}{k}{'b' * 60}" for k in range(10)]
    for lines in (1, 2):
        shown = text.fit_all(names, 26, lines)
        assert len(set(shown)) == 10
        assert all(text.text_width(line) <= 26 for one in shown for line in one.splitlines())


def test_what_all_names_begin_with_goes_first_and_only_where_a_name_is_too_long():
    names = ["Tomato___healthy", "Tomato___Bacterial_spot", "Tomato___Early_blight"]
    assert text.fit_all(names, 26) == ["Tomato___healthy", "...Bacterial_spot", "...Early_blight"]
    assert text.fit_all(names[:1], 10)[0].startswith("T")  # alone it has nothing in common with others


def test_a_character_without_a_glyph_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"U\+1F98A"):
        text.fit("gas pump 🦊", 20)
