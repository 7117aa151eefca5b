import pytest

from experiments.data.class_names import class_name
from experiments.data.demo import TEXTURES
from experiments.data.fashion_mnist import LABELS

IMAGENETTE = (
    "n01440764", "n02102040", "n02979186", "n03000684", "n03028079",
    "n03394916", "n03417042", "n03425413", "n03445777", "n03888257",
)  # fmt: skip


@pytest.mark.parametrize("classes", [IMAGENETTE, LABELS, TEXTURES])
def test_the_usual_classes_have_names_in_both_languages(classes):
    for zh, en in map(class_name, classes):
        assert any("\u4e00" <= character <= "\u9fff" for character in zh)
        assert en.isascii()


@pytest.mark.parametrize("class_id", [*IMAGENETTE, *LABELS, *TEXTURES])
def test_chinese_names_use_only_characters_that_the_fonts_hold(class_id):
    assert class_name(class_id)[0].encode("gb2312")


def test_another_class_of_imagenet_has_its_english_name():
    assert class_name("n01443537") == ("goldfish", "goldfish")
    assert class_name("n02012849") == ("crane bird", "crane bird")  # ImageNet has two cranes
    assert class_name("n03126707") == ("crane", "crane")


@pytest.mark.parametrize("folder", ["cats", "<script>", "🐟", "n99999999", ""])
def test_any_other_class_is_its_own_name(folder):
    assert class_name(folder) == (folder, folder)


@pytest.mark.parametrize(("decomposed", "shown"), [("cafe\u0301", "caf\u00e9"), ("\u1112\u1161\u11ab", "\ud55c")])
def test_a_name_is_shown_in_one_unicode_form(decomposed, shown):
    assert class_name(decomposed) == (shown, shown)


def test_the_table_agrees_with_the_names_given_here():
    from experiments.data.class_names import _NAMES, _imagenet  # noqa: PLC0415

    assert len(_imagenet()) == 1000
    assert list(_imagenet()) == sorted(_imagenet())
    assert all(_imagenet()[wnid] == _NAMES[wnid][1] for wnid in IMAGENETTE)
