import pytest

from experiments.data.class_names import class_name
from report.page.class_labels import displayable, shown_classes

STAGES = "one two three four five six seven eight nine ten".split()


@pytest.mark.parametrize("limit", [20, 28, 255])
@pytest.mark.parametrize(
    "names",
    [
        [f"leaf_disease_dataset_v2_2024_tomato_stage_{k}" for k in STAGES],
        [f"{k}_leaf_disease_dataset_v2_2024_tomato_stage" for k in STAGES],
        [f"leaf_disease_{k}_" + "x" * 200 for k in STAGES],
        ["W" * length for length in range(246, 256)],
        ["汉" * length for length in range(76, 86)],
        [
            "n03028079",
            "church",
            "Church",
            "church ",
            "教堂",
            "church\u200b",
            "ch\u0075rch",
            "church #1",
            "church #0",
            "x",
        ],
    ],
)
def test_no_two_classes_share_a_name_in_either_language(names, limit):
    shown = shown_classes(names, limit)
    for language in zip(*shown, strict=True):
        assert len({" ".join(name.split()) for name in language}) == len(names)
        assert all(len(name) <= limit for name in language)


def test_names_that_fit_and_differ_stay_as_they_are():
    ids = ["n03028079", "n03394916", "Tomato___healthy"]
    assert shown_classes(ids, 28) == [class_name(one) for one in ids]


def test_a_name_is_shown_whole_and_what_has_no_shape_is_spelled_out():
    assert displayable("W" * 255) == "W" * 255
    assert displayable("a\u200b😀") == "a\\u200b\\U0001f600"
