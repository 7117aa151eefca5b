import itertools
from functools import partial

import numpy as np
import pandas as pd
import pytest

from figures import svg
from figures.cost import cost_against_accuracy as drawn_by

cost_against_accuracy = partial(drawn_by, percent="{:.1%}".format, count="{:g}".format)


def table():
    return pd.DataFrame(
        {
            "variant": ["cnn", "layer2nn", "mlp"],
            "flops": [2.2e9, 6.3e6, 9.1e6],
            "accuracy": [0.8, 0.44, 0.43],
            "low": [0.78, 0.41, 0.40],
            "high": [0.82, 0.47, 0.46],
        }
    )


def points(fig):
    return {line.get_label(): line for line in fig.axes[0].lines if not line.get_label().startswith("_")}


def assert_labels_are_free(fig):
    fig.canvas.draw()
    ax = fig.axes[0]
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text().endswith("%")]
    for a, b in itertools.combinations(boxes, 2):
        assert not a.overlaps(b)
    for line in points(fig).values():
        x, y = ax.transData.transform((line.get_xdata()[0], line.get_ydata()[0]))
        assert not any(box.contains(x, y) for box in boxes)
    for box in boxes:
        assert box.xmin >= ax.bbox.xmin
        assert box.xmax <= fig.bbox.xmax


def test_every_model_is_a_point_with_its_name_and_accuracy():
    fig = cost_against_accuracy(table(), "en", percent=lambda x: f"{100 * x:.0f}%")
    assert {name: (line.get_xdata()[0], line.get_ydata()[0]) for name, line in points(fig).items()} == {
        "cnn": (2.2e9, 0.8),
        "layer2nn": (6.3e6, 0.44),
        "mlp": (9.1e6, 0.43),
    }
    assert {"CNN 80%", "2-layer NN 44%", "residual MLP 43%"} <= {text.get_text() for text in fig.axes[0].texts}
    assert fig.axes[0].get_xscale() == "log"
    assert_labels_are_free(fig)


def test_labels_never_overlap_even_where_six_models_are_alike(six_models):
    many = pd.DataFrame({"variant": six_models, "flops": 1e9, "accuracy": 0.5})
    many["flops"] += np.arange(6) * 1e6
    fig = cost_against_accuracy(many, "both")
    assert len(points(fig)) == 6
    assert_labels_are_free(fig)


@pytest.mark.parametrize("lang", ["both", "zh", "en"])
def test_the_axis_says_what_is_counted(lang):
    fig = cost_against_accuracy(table(), lang)
    assert [word in fig.axes[0].get_xlabel() for word in ("浮点运算", "FLOPs")] == [lang != "en", lang != "zh"]
    assert_labels_are_free(fig)
    assert svg.svg(fig) == svg.svg(cost_against_accuracy(table(), lang))


def test_one_model_equal_costs_and_extreme_accuracies_are_drawn():
    same = table().assign(flops=1e6, accuracy=[0.0, 1.0, 1.0], low=np.nan, high=np.nan)
    for rows in (same, same.iloc[:1], table().drop(columns=["low", "high"])):
        fig = cost_against_accuracy(rows, "both")
        assert_labels_are_free(fig)
        assert "<svg" in svg.svg(fig)


def test_a_model_without_both_values_is_left_out():
    rows = table()
    rows.loc[0, "accuracy"] = np.nan
    rows.loc[1, "flops"] = 0
    assert list(points(cost_against_accuracy(rows, "en"))) == ["mlp"]
    with pytest.raises(ValueError, match="positive flops"):
        cost_against_accuracy(rows.iloc[:2], "en")
