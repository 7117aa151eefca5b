import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from figures import style, svg
from figures.classes import LABELS, per_class_accuracy
from figures.text import fit

NAMES = ["tench", "church", "golf ball"]


def table():
    """Per class: layer2nn 0.5, 0.4, 0.3; mlp 0.4; cnn 0.7, 0.9, 0.8; intervals ± 0.05."""
    accuracy = {"cnn": [0.7, 0.9, 0.8], "layer2nn": [0.5, 0.4, 0.3], "mlp": [0.4, 0.4, 0.4]}
    rows = [(v, c, a, a - 0.05, a + 0.05) for v, values in accuracy.items() for c, a in enumerate(values)]
    return pd.DataFrame(rows, columns=["variant", "class", "accuracy", "low", "high"])


def rows_of(fig):
    return [text.get_text() for text in fig.axes[0].get_yticklabels()]


def dots(fig, variant):
    (line,) = [line for line in fig.axes[0].lines if line.get_label() == variant]
    return dict(zip(np.round(line.get_ydata()).astype(int).tolist(), line.get_xdata().tolist(), strict=True))


def test_classes_are_sorted_by_the_accuracy_of_the_cnn():
    fig = per_class_accuracy(table(), NAMES, "en")
    assert rows_of(fig) == ["church", "golf ball", "tench"]
    assert dots(fig, "cnn") == {0: 0.9, 1: 0.8, 2: 0.7}
    assert dots(fig, "layer2nn") == {0: 0.4, 1: 0.3, 2: 0.5}


def test_without_the_cnn_the_mean_over_the_variants_sorts():
    fig = per_class_accuracy(table()[lambda t: t["variant"] != "cnn"], NAMES, "en")
    assert rows_of(fig) == ["tench", "church", "golf ball"]  # means 0.45, 0.4, 0.35


def test_an_interval_reaches_from_low_to_high():
    fig = per_class_accuracy(table(), NAMES, "en")
    ends = [segment[:, 0].tolist() for lines in fig.axes[0].collections for segment in lines.get_segments()]
    assert [pytest.approx(pair) for pair in ([0.85, 0.95], [0.25, 0.35])] == [ends[7], ends[2]]


def test_dots_of_one_class_do_not_cover_each_other():
    same = table().assign(accuracy=0.5)
    fig = per_class_accuracy(same, NAMES, "en")
    heights = sorted(y for line in fig.axes[0].lines for y in line.get_ydata())
    mm = fig.axes[0].bbox.height / fig.dpi * 25.4 / 3  # a class
    assert min(np.diff(heights)) * mm > 4.2 * 25.4 / 72  # more than a marker's size


@pytest.mark.parametrize("lang", ["both", "zh", "en"])
def test_labels_are_in_the_languages_asked_for_and_above_the_data(lang):
    fig = per_class_accuracy(table(), NAMES, lang)
    assert fig.axes[0].get_xlabel() == style.label("测试准确率", "test accuracy", lang)
    assert fig.get_size_inches()[0] * 25.4 == pytest.approx(165)
    fig.canvas.draw()
    assert all(text.get_window_extent().ymin > fig.axes[0].bbox.ymax for text in fig.texts)
    assert svg.svg(fig) == svg.svg(per_class_accuracy(table(), NAMES, lang))


def test_missing_values_0_and_1_and_long_names_are_drawn():
    rows = table()
    rows.loc[rows["class"] == 0, ["accuracy", "low", "high"]] = np.nan
    rows.loc[rows["class"] == 1, ["accuracy", "low", "high"]] = [0.0, 0.0, 0.03]
    rows.loc[rows["class"] == 2, ["accuracy", "low", "high"]] = [1.0, 0.97, 1.0]
    fig = per_class_accuracy(rows, ["x" * 200, "$5 <script>", "高尔夫球 " * 40], "both")
    assert rows_of(fig)[1:] == ["$5 <script>", fit("x" * 200, LABELS)]
    fig.canvas.draw()
    assert min(text.get_window_extent().xmin for text in fig.findobj(Text) if text.get_text()) >= 0
    assert "<svg" in svg.svg(fig)


def test_an_empty_or_doubled_table_is_an_error():
    with pytest.raises(ValueError, match="empty"):
        per_class_accuracy(table().iloc[:0], NAMES, "en")
    with pytest.raises(ValueError, match="'cnn' has class 0 twice"):
        per_class_accuracy(pd.concat([table(), table()]), NAMES, "en")


@pytest.mark.parametrize("count", [4, 6])
def test_up_to_six_models_of_ten_long_names_fit_the_page(six_models, count):
    names = [f"{'W' * 60}{k}{'汉' * 20}" for k in range(10)]
    rows = [(model, c, 0.5, 0.4, 0.6) for model in six_models[:count] for c in range(10)]
    fig = per_class_accuracy(pd.DataFrame(rows, columns=table().columns), names, "both")
    assert len(set(rows_of(fig))) == 10
    assert "<svg" in svg.svg(fig)


@pytest.mark.parametrize("classes", [30, 40, 100, 120])
def test_many_classes_stand_in_columns_on_one_page(classes):
    rows = [(v, k, 0.5, 0.4, 0.6) for v in ("layer2nn", "mlp", "cnn") for k in range(classes)]
    table = pd.DataFrame(rows, columns=["variant", "class", "accuracy", "low", "high"])
    fig = per_class_accuracy(table, [f"n{k:08}" for k in range(classes)], "both")
    names = [label.get_text() for ax in fig.axes for label in ax.get_yticklabels()]
    assert sorted(names) == [f"n{k:08}" for k in range(classes)]
    assert fig.get_size_inches()[1] * 25.4 <= 230
    svg.svg(fig)  # which refuses text on text
