import itertools
from functools import partial

import numpy as np
import pytest
from matplotlib.text import Text

from figures import confusion, style, svg
from figures.confusion import PX, SHADES
from figures.room import TALLEST, has_numbers

confusion_matrices = partial(confusion.confusion_matrices, percent="{:.0%}".format)
THREE = {"cnn": [[3, 1], [0, 4]], "mlp": [[2, 2], [2, 2]], "layer2nn": [[1, 3], [4, 0]]}


def shares(ax):
    return np.asarray(ax.images[0].get_array())[PX // 2 :: PX, PX // 2 :: PX]


def words(ax):
    return {text.get_text() for text in ax.findobj(Text)}


def test_rows_are_shares_of_the_true_class():
    fig = confusion_matrices(THREE, ["cat", "dog"], ["cat", "dog"], "en")
    layer2nn, mlp, cnn = fig.axes
    # 3 of 4 cats, 4 of 4 dogs
    assert shares(cnn).tolist() == [[0.75, 0.25], [0, 1]]
    assert {"75", "25", "100"} <= words(cnn)
    assert "0" not in words(cnn)
    assert {"2-layer NN"} <= words(layer2nn)
    assert {"residual MLP"} <= words(mlp)


def test_rows_and_columns_may_be_named_in_two_languages():
    fig = confusion_matrices({"cnn": np.eye(2)}, ["猫", "狗"], ["cat", "dog"], "both")
    assert [text.get_text() for text in fig.axes[0].get_yticklabels()] == ["猫", "狗"]
    assert [text.get_text() for text in fig.axes[0].get_xticklabels()] == ["cat", "dog"]


def test_three_models_of_ten_classes_stand_side_by_side_in_numbers_that_fit():
    names = ["盒式磁带播放机 cassette player"] * 10
    fig = confusion_matrices(dict.fromkeys(("layer2nn", "mlp", "cnn"), np.eye(10) * 7), names, names, "both")
    assert fig.get_size_inches()[0] * 25.4 == pytest.approx(165)
    assert len({round(ax.get_position().y0, 6) for ax in fig.axes}) == 1
    fig.canvas.draw()
    for ax in fig.axes:
        numbers = [text for text in ax.texts if text.get_text() == "100"]
        assert len(numbers) == 10
        assert numbers[0].get_window_extent().width < ax.bbox.width / 10
    for text in fig.findobj(Text):
        if text.get_text():
            box = text.get_window_extent()
            assert box.xmin >= -1
            assert box.ymin >= -1
            assert box.xmax <= fig.bbox.width + 1


@pytest.mark.parametrize("k", [2, 25])
def test_any_number_of_classes_fits_the_page(k):
    fig = confusion_matrices(
        dict.fromkeys(("mlp", "cnn"), np.eye(k)), ["long name " * 20] * k, list("xy" * k)[:k], "zh"
    )
    assert fig.get_size_inches()[0] * 25.4 <= 165.01
    assert "<svg" in svg.svg(fig)


def test_numbers_are_legible_on_their_shade():
    from_0_to_100 = [[i, 100 - i] for i in range(0, 101, 10)]
    matrix = np.zeros((11, 11))
    matrix[:, :2] = from_0_to_100
    (ax,) = confusion_matrices({"cnn": matrix}, list("abcdefghijk"), list("abcdefghijk"), "en").axes
    for text in ax.texts:
        if text.get_text().isdigit():
            shade = ax.images[0].cmap(int(text.get_text()) / 100)
            light, dark = sorted((style.luminance(shade), style.luminance(text.get_color())), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4


def test_more_is_darker():
    shade = [style.luminance(SHADES(x)) for x in np.linspace(0, 1, 50)]
    assert all(a > b for a, b in itertools.pairwise(shade))


def test_a_class_without_images_has_an_empty_row():
    (ax,) = confusion_matrices({"cnn": [[0, 0], [1, 3]]}, ["$a", "<script>"], ["$a", "b"], "en").axes
    assert shares(ax).tolist() == [[0, 0], [0.25, 0.75]]
    assert {"$a", "<script>", "b"} <= words(ax)


def test_drawing_twice_gives_the_same_bytes():
    first, second = (svg.svg(confusion_matrices(THREE, ["猫", "狗"], ["cat", "dog"], "both")) for _ in range(2))
    assert first == second


def test_matrices_that_do_not_fit_are_errors_that_name_them():
    with pytest.raises(ValueError, match=r"cnn: 3 class labels need a matrix of shape \(3, 3\), got \(2, 2\)"):
        confusion_matrices({"cnn": np.eye(2)}, list("abc"), list("abc"), "en")
    with pytest.raises(ValueError, match=r"cnn: .*counts"):
        confusion_matrices({"cnn": [[-1, 1], [0, 1]]}, list("ab"), list("ab"), "en")
    with pytest.raises(ValueError, match="at least one"):
        confusion_matrices({}, list("ab"), list("ab"), "en")


@pytest.mark.parametrize("count", [4, 6])
def test_up_to_six_models_of_ten_long_names_fit_the_page(six_models, count):
    names = [f"Tomato___Tomato_Yellow_Leaf_Curl_Virus_{k}" for k in range(10)]
    fig = confusion_matrices({model: np.eye(10) * 9 for model in six_models[:count]}, names, names, "both")
    assert fig.get_size_inches()[0] * 25.4 <= 165.01
    assert len({text.get_text() for text in fig.axes[0].get_yticklabels()}) == 10
    assert "<svg" in svg.svg(fig)


def test_a_hundred_classes_are_shades_with_some_names_on_one_page():
    names = [f"n{n:08}" for n in range(100)]
    fig = confusion_matrices(dict.fromkeys(("layer2nn", "mlp", "cnn"), np.eye(100) * 7), names, names, "en")
    assert not has_numbers(100, 3)
    assert "100" not in set().union(*map(words, fig.axes))
    assert [text.get_text() for text in fig.axes[0].get_yticklabels()] == names[::5]
    assert fig.get_size_inches()[1] * 25.4 <= TALLEST
    svg.svg(fig)  # which refuses text on text


@pytest.mark.parametrize("k", range(2, 40))
@pytest.mark.parametrize("models", [1, 2, 3, 6])
def test_numbers_stand_where_the_caption_says_so(six_models, k, models):
    names = [f"{n} {'m' * 20}" for n in range(k)]
    fig = confusion_matrices(dict.fromkeys(six_models[:models], np.eye(k)), names, names, "en")
    assert ("100" in set().union(*map(words, fig.axes))) == has_numbers(k, models)
    assert fig.get_size_inches()[1] * 25.4 <= TALLEST + 0.01
