import pytest

from experiments.code import code_digest, source_digest

PLAIN = "def area(side):\n    return side * side\n"


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\ndef area(side):\n    return side * side  # and another\n",
        'def area(side):\n    """A docstring."""\n    return side * side\n',
        "def area(\n    side,\n):\n\n    return (side * side)\n",
    ],
)
def test_comments_docstrings_and_layout_do_not_change_the_digest(same):
    assert source_digest(same) == source_digest(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace("side * side", "side + side"),
        PLAIN.replace("side * side", "side * 2"),
        PLAIN.replace("area", "square"),
        PLAIN.replace("return side * side", "x = 'text'\n    return side * side"),
    ],
)
def test_a_change_of_what_the_code_does_changes_the_digest(other):
    assert source_digest(other) != source_digest(PLAIN)


def test_a_string_that_is_no_docstring_counts():
    assert source_digest("print('a')") != source_digest("print('b')")


def test_the_digest_does_not_depend_on_the_order_of_modules():
    assert code_digest(["train", "softmax"]) == code_digest(["softmax", "train"])
    assert code_digest(["train"]) != code_digest(["softmax"])
