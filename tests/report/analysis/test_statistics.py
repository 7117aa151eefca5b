import numpy as np
import pytest
from scipy.stats import binomtest, fisher_exact

from report.analysis.statistics import (
    BINS,
    LEVEL,
    calibration_error,
    fisher,
    holm,
    holm_levels,
    reliability,
    sd,
    wilson,
)


def test_the_wilson_interval_of_the_homeworks_mlp():
    # 525 of 1200: centre (p + z²/2n)/(1 + z²/n) = 0.43770, half width 0.02802 with z = 1.95996
    assert wilson(525, 1200) == pytest.approx((0.4097, 0.4657), abs=1e-4)


def test_an_interval_stays_inside_zero_and_one():
    assert wilson(0, 10)[0] == pytest.approx(0, abs=1e-12)
    assert wilson(10, 10)[1] == pytest.approx(1)


def test_holm_multiplies_the_smallest_by_the_number_of_tests_and_never_falls():
    # sorted .01 .03 .04 → 3·.01, 2·.03, 1·.04 lifted to the one before
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])


def test_holm_of_nothing_is_nothing():
    assert holm([]) == []


def test_one_value_has_no_spread():
    assert sd([0.5]) != sd([0.5])  # NaN
    assert sd([1.0, 3.0]) == pytest.approx(2**0.5)


@pytest.mark.parametrize(("correct", "images"), [(0, 7), (526, 1200), (930, 1200), (1200, 1200)])
def test_the_interval_is_scipys(correct, images):
    expected = binomtest(correct, images).proportion_ci(0.95, method="wilson")
    assert wilson(correct, images) == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(
    "tables", [(0, 5, 5, 5), (60, 120, 75, 120), (120, 120, 120, 120), (0, 3, 0, 7), (9, 10, 40, 90)]
)
def test_fishers_p_is_scipys(tables):
    right_a, images_a, right_b, images_b = tables
    expected = fisher_exact([[right_a, images_a - right_a], [right_b, images_b - right_b]]).pvalue
    assert fisher(*tables) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("p", [[0.04, 0.01, 0.03], [0.02, 0.021, 0.9], [0.001, 0.02, 0.04], [0.2], []])
def test_a_p_value_is_below_its_level_exactly_where_holm_rejects(p):
    # 0.021 of three is below 0.05 / 2, but Holm stops at 0.02, which is above 0.05 / 3
    assert [p < level for p, level in zip(p, holm_levels(p), strict=True)] == [q < LEVEL for q in holm(p)]


def test_a_reliability_bin_holds_its_upper_edge():
    images, confidence, accuracy = reliability([1 / BINS, 1 / BINS + 0.01, 1.0, 1.0], [1, 1, 0, 1])
    assert images.tolist() == [1, 1] + [0] * (BINS - 3) + [2]
    assert (confidence[-1], accuracy[-1]) == (1.0, 0.5)
    assert np.isnan(accuracy[2])


def test_the_calibration_error_weighs_bins_by_their_images():
    # three images at 0.9, of which two are right, and one at 0.5 that is wrong: 3/4 · |2/3 - 0.9| + 1/4 · 0.5
    assert calibration_error([0.9, 0.9, 0.9, 0.5], [1, 1, 0, 0]) == pytest.approx(0.3)
