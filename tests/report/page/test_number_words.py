"""Counts and lists in words."""

from types import SimpleNamespace

import pytest

from report.page.number_words import all_of, comma, in_words


@pytest.mark.parametrize(
    ("number", "zh", "en"), [(2, "两", "two"), (3, "三", "three"), (10, "十", "ten"), (11, "11", "11")]
)
def test_a_count_in_words(number, zh, en):
    assert (in_words(number, "zh"), in_words(number, "en")) == (zh, en)


@pytest.mark.parametrize(("number", "text"), [(1, "the model"), (2, "both models"), (4, "all four models")])
def test_the_whole_of_a_group(number, text):
    assert all_of(number, "model") == text


@pytest.mark.parametrize(("items", "text"), [("a", "a"), ("ab", "a or b"), ("abc", "a, b or c")])
def test_a_list_ends_with_its_word(items, text):
    last = len(items)
    loops = [SimpleNamespace(last=i == last, revindex=last - i + 1) for i in range(1, last + 1)]
    assert "".join(item + comma(loop, "or") for item, loop in zip(items, loops, strict=True)) == text
