import numpy as np
import pytest

from figures import svg
from figures.calibration import Bins, reliability_diagrams


def bins(shift=0.1):
    middle = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    return Bins([0, 1, 2, 3, 4], np.where(middle > 0.2, middle, np.nan), middle - shift, "ECE 10.0%")


def test_a_dot_stands_at_each_filled_bins_confidence_and_accuracy():
    fig = reliability_diagrams({"cnn": bins(), "mlp": bins()}, "en")
    for ax in fig.axes:
        (line,) = (line for line in ax.lines if line.get_label() in ("cnn", "mlp"))
        assert line.get_xdata() == pytest.approx([0.3, 0.5, 0.7, 0.9])
        assert line.get_ydata() == pytest.approx([0.2, 0.4, 0.6, 0.8])
        assert [bar.get_height() for bar in ax.patches] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])  # of ten images


@pytest.mark.parametrize(("models", "rows"), [(3, 1), (4, 2), (5, 2), (6, 2)])
def test_three_panels_stand_in_a_row(six_models, models, rows):
    fig = reliability_diagrams({model: bins() for model in six_models[:models]}, "both")
    assert len({round(ax.get_position().y0, 6) for ax in fig.axes}) == rows
    assert fig.get_size_inches()[0] * 25.4 <= 165.01
    assert "<svg" in svg.svg(fig)


@pytest.mark.parametrize("lang", ["both", "zh", "en"])
def test_reliability_diagrams_fit_the_page_and_draw_the_same_bytes_twice(lang):
    models = {"layer2nn": bins(), "mlp": bins(), "cnn": bins()}
    fig = reliability_diagrams(models, lang)
    assert fig.get_size_inches()[0] * 25.4 <= 165.01
    assert svg.svg(fig) == svg.svg(reliability_diagrams(models, lang))


def test_no_model_is_an_error_that_says_so():
    with pytest.raises(ValueError, match="at least one model"):
        reliability_diagrams({}, "en")
