import pytest

from figures.distinct import cut_middle, distinct


def at_most(length):
    return lambda name: cut_middle(name, lambda text: len(text) <= length, "…")


def test_a_name_keeps_its_beginning_and_its_end():
    assert at_most(9)("tomato leaf") == "toma…leaf"  # 4 + 1 + 4 of 11
    assert at_most(11)("tomato leaf") == "tomato leaf"
    assert at_most(1)("tomato leaf") == "…"


def test_an_accent_is_not_cut_off_from_its_letter():
    assert at_most(4)("aaaaae\u0301x") == "aa…x"  # and not aa…\u0301


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (["cat", "dog"], ["cat", "dog"]),
        (["crane", "dog", "crane"], ["crane #0", "dog", "crane #2"]),
        (["a" * 9 + "x" + "b" * 9, "a" * 9 + "y" + "b" * 9], ["aaaa…b #0", "aaaa…b #1"]),  # alike once they are cut
        (["a  b", "a b"], ["a  b #0", "a b #1"]),  # white space does not tell names apart
        (["é", "e\u0301"], ["é #0", "e\u0301 #1"]),
        (["cat #1", "cat", "cat"], ["cat #1 #0", "cat #1", "cat #2"]),  # a name that looks like a numbered one
    ],
)
def test_no_two_names_are_shown_alike(names, shown):
    assert distinct(names, at_most(9)) == shown
