from itertools import pairwise

import numpy as np
import pytest

from figures.seeds import every_seed

CLASSES = [f"class {n}" for n in range(10)]


def recalls(seeds):
    values = np.full((seeds, 10), 0.8)
    values[:, 6] = 0
    values[0, 4] = 0.009
    return {"wrong": values, "wrong-lr10": np.full((seeds, 10), 0.8), "corrected": np.full((seeds, 10), 0.9)}


def drawn(seeds, lang="both"):
    return every_seed(recalls(seeds), CLASSES, 0.01, lang, percent="{:.0%}".format)


@pytest.mark.parametrize("seeds", [1, 2, 30])
def test_every_run_is_a_dot_and_a_column_and_an_unlearned_class_is_marked(seeds):
    fig = drawn(seeds)
    assert len(fig.axes) == 6
    dots, cells = fig.axes[0], fig.axes[1]
    x, y = dots.lines[0].get_data()
    assert list(x) == list(range(seeds))
    assert y[-1] == pytest.approx(0.72 if seeds > 1 else (0.72 * 10 - 0.791) / 10)
    marks = set(zip(*(values.tolist() for values in cells.lines[0].get_data()), strict=True))
    assert marks == {(seed, 6) for seed in range(seeds)} | {(0, 4)}
    assert len(fig.axes[3].lines[0].get_data()[0]) == 0  # nothing is lost at the higher rate


@pytest.mark.parametrize("lang", ["both", "zh", "en"])
def test_all_text_lies_inside_the_figure_and_titles_do_not_meet(lang):
    fig = drawn(30, lang)
    fig.canvas.draw()
    width, height = fig.bbox.width, fig.bbox.height
    for ax in fig.axes:
        box = ax.get_tightbbox()
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.x1 <= width + 1
        assert box.y1 <= height + 1
    titles = [ax.get_tightbbox() for ax in fig.axes[::2]]
    assert all(a.x1 < b.x0 for a, b in pairwise(titles))


def test_recalls_that_are_none_are_refused():
    with pytest.raises(ValueError, match="wrong: 10 classes"):
        every_seed({"wrong": np.full((3, 9), 0.5)}, CLASSES, 0.01, "en", percent=str)
