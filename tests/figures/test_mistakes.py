import numpy as np
import pytest

from figures import svg
from figures.mistakes import CAPTION, COLUMNS, mistakes
from figures.text import fit


def flat(value):
    return np.full((16, 16, 3), value, np.uint8)


def test_each_image_stands_over_its_own_lines():
    count = COLUMNS + 1
    fig = mistakes([flat(i) for i in range(count)], [["tench", f"→ church {i}"] for i in range(count)])
    assert [int(ax.images[0].get_array()[0, 0, 0]) for ax in fig.axes] == list(range(count))
    for i, ax in enumerate(fig.axes):
        (text,) = (text for text in fig.texts if text.get_text() == f"→ church {i}")
        box = ax.get_position()
        assert text.get_position()[0] == pytest.approx(box.x0)
        assert 0 < text.get_position()[1] < box.y0
    assert svg.svg(fig).count("<image") == count


def test_a_long_name_is_cut_to_its_column():
    fig = mistakes([flat(0)] * 2, [["x" * 100], ["y"]])
    assert fig.texts[0].get_text() == fit("x" * 100, CAPTION)


def test_an_image_without_a_caption_is_an_error():
    with pytest.raises(ValueError, match="got 1 and 0"):
        mistakes([flat(0)], [])
