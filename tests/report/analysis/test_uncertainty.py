import math

import numpy as np
import pytest
from scipy.stats import norm, t

from benchmarks.verdicts import mcnemar
from report.analysis.statistics import LEVEL, wilson
from report.analysis.uncertainty import (
    SMALLEST,
    Uncertainty,
    accuracy_interval,
    t_quantile,
    t_tail,
    uncertainty,
)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 29, 30, 999])
def test_students_t_is_scipys(freedom):
    for value in (0.0, 0.3, 2.5, 7.0):
        assert t_tail(value, freedom) == pytest.approx(2 * t.sf(value, freedom), abs=1e-13)
    for level in (0.5, 0.1, 0.05, 0.05 / 3):
        assert t_quantile(level, freedom) == pytest.approx(t.isf(level / 2, freedom), rel=1e-9)


def test_the_half_widths_are_added_as_squares():
    found = Uncertainty(images=0.01, seeds=0.02, runs=3)
    expected = math.hypot(1.959964 * 0.01, 4.302653 * 0.02)  # z and t with two degrees of freedom, at 5 %
    assert found.half_width(0.05) == pytest.approx(expected, rel=1e-6)
    assert found.p_value(expected) == pytest.approx(0.05, rel=1e-5)


def test_one_run_tells_nothing_of_the_seeds():
    found = Uncertainty(images=0.01, seeds=0.0, runs=1)
    assert found.half_width(0.05) == pytest.approx(0.01959964, rel=1e-6)
    assert found.p_value(0.025) == pytest.approx(2 * norm.sf(2.5), rel=1e-6)
    assert found.p_value(0) == pytest.approx(1)
    assert found.p_value(1) == SMALLEST


def test_the_spread_over_images_is_that_of_the_mean_over_seeds():
    # 400 images, two seeds: 100 gained by both, 40 by one of the two, 20 lost by both; then one more each way of 402
    d = np.zeros((2, 400))
    d[:, :100], d[0, 100:140], d[:, 140:160] = 1, 1, -1
    squares, total = 100 + 40 / 4 + 20 + 2, 100 + 40 / 2 - 20
    found = uncertainty(d)
    assert found.images == pytest.approx(math.sqrt((squares / 402 - (total / 402) ** 2) / 402))
    assert found.seeds == pytest.approx(0.1 / 2)  # gains of 0.30 and 0.20: s.d. 0.0707, over the root of two


@pytest.mark.parametrize(("won", "lost"), [(5, 0), (6, 0), (10, 2), (20, 8), (21, 8), (120, 90), (130, 96)])
def test_of_one_run_and_few_images_the_p_is_about_mcnemars(won, lost):
    d = np.array([[1] * won + [-1] * lost + [0] * 300])
    p = uncertainty(d).p_value(abs(d.mean()))
    exact = mcnemar(d[0] > 0, d[0] < 0)[2]
    assert exact / 1.5 < p < exact * 1.5
    assert (p < LEVEL) == (exact < LEVEL) or (won, lost) == (20, 8)  # 0.028 and 0.036


def test_two_that_agree_on_a_few_images_are_not_known_to_agree_on_all():
    assert uncertainty(np.zeros((1, 40))).half_width(0.05) > 0.06
    assert uncertainty(np.zeros((3, 10_000))).half_width(0.05) < 0.0003


def test_the_interval_of_an_accuracy_is_wilsons_for_one_run_and_wider_for_several():
    hits = np.arange(100) < 80
    assert accuracy_interval(hits[None]) == pytest.approx(wilson(80, 100))
    low, high = accuracy_interval(np.stack([np.arange(100) < n for n in (70, 80, 90)]))
    of_seeds = 4.302653 * 0.1 / math.sqrt(3)
    assert low == pytest.approx(0.8 - math.hypot(0.8 - wilson(80, 100)[0], of_seeds))
    assert high == 1
