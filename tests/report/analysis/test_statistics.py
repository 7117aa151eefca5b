import math

import numpy as np
import pytest
from scipy.stats import binom, binomtest, fisher_exact

from report.analysis.statistics import (
    BINS,
    CHUNK,
    POWER,
    _drawn,
    bootstrap_gain,
    calibration_error,
    fisher,
    holm,
    mcnemar,
    minimum_detectable_difference,
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


def test_mcnemar_counts_only_the_images_on_which_the_two_differ():
    a = [True] * 6 + [True] * 3 + [False] * 2
    b = [False] * 6 + [True] * 3 + [False] * 2
    # 6 images only a got right, none only b: p = 2 · (1/2)^6 = 1/32
    assert mcnemar(a, b) == (6, 0, pytest.approx(1 / 32))


def test_mcnemar_of_equal_classifiers_is_certain_of_nothing():
    assert mcnemar([True, False], [True, False]) == (0, 0, 1.0)


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


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (3, 9), (120, 100), (800, 300)])
def test_mcnemars_p_is_the_binomial_test_of_scipy(only_a, only_b):
    a = [True] * only_a + [False] * only_b
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert mcnemar(a, [not right for right in a])[2] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    "tables", [(0, 5, 5, 5), (60, 120, 75, 120), (120, 120, 120, 120), (0, 3, 0, 7), (9, 10, 40, 90)]
)
def test_fishers_p_is_scipys(tables):
    right_a, images_a, right_b, images_b = tables
    expected = fisher_exact([[right_a, images_a - right_a], [right_b, images_b - right_b]]).pvalue
    assert fisher(*tables) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("disagreements", "level"), [(40, 0.05), (300, 0.05 / 3), (333, 0.05)])
def test_the_minimum_detectable_difference_is_the_first_with_enough_power(disagreements, level):
    reject = max(k for k in range(disagreements // 2) if binomtest(k, disagreements).pvalue < level)

    def power(lead):
        return binom.cdf(reject, disagreements, (1 - lead / disagreements) / 2)

    lead = round(minimum_detectable_difference(1200, disagreements, level) * 1200)
    assert power(lead) >= POWER > power(lead - 1)


def test_a_few_disagreements_can_show_no_difference():
    assert math.isnan(minimum_detectable_difference(100, 5))  # 5 to 0 has p = 2/32, above 0.05
    assert math.isnan(minimum_detectable_difference(100, 0))
    assert minimum_detectable_difference(100, 6) == 0.06  # 6 to 0 has p = 2/64, and only that is found


def test_the_bootstrap_has_the_spread_of_a_difference_of_means():
    # One run each: the difference of 400 images of variance d - g² with d = 100/400 that differ and g = 40/400
    a = np.array([[1] * 70 + [0] * 330])
    b = np.array([[0] * 70 + [1] * 30 + [0] * 300])
    low, high = bootstrap_gain(a, b)
    half = 1.96 * math.sqrt((0.25 - 0.01) / 400)
    assert (low, high) == (pytest.approx(0.1 - half, abs=0.006), pytest.approx(0.1 + half, abs=0.006))


def test_seeds_that_differ_widen_the_bootstrap():
    steady = np.tile([1, 0], 200)[None].repeat(3, 0)
    uneven = np.stack([np.ones(400), np.tile([1, 0], 200), np.zeros(400)])
    spread = [np.ptp(bootstrap_gain(runs, steady)) for runs in (steady, uneven)]
    assert spread[0] == 0  # the same runs, whichever are drawn
    assert spread[1] > 0.5


def test_the_bootstrap_draws_as_many_runs_of_each_as_there_are():
    # Every image alike. The mean of 3 runs, right in 1 of 3, is 1 in 1/27 of the draws and 2/3 in 6/27, 0 in 8/27; that
    # of 2 runs, right in 1 of 2, is 0 or 1 in 1/4 each: a gain of 1 in 0.9%, of 2/3 in 5.6%, of -1 in 7.4%.
    a, b = np.array([[1], [0], [0]]).repeat(50, 1), np.array([[1], [0]]).repeat(50, 1)
    assert bootstrap_gain(a, b) == pytest.approx((-1, 2 / 3))
    assert bootstrap_gain(b, a) == pytest.approx((-2 / 3, 1))


def test_a_reliability_bin_holds_its_upper_edge():
    images, confidence, accuracy = reliability([1 / BINS, 1 / BINS + 0.01, 1.0, 1.0], [1, 1, 0, 1])
    assert images.tolist() == [1, 1] + [0] * (BINS - 3) + [2]
    assert (confidence[-1], accuracy[-1]) == (1.0, 0.5)
    assert np.isnan(accuracy[2])


def test_the_calibration_error_weighs_bins_by_their_images():
    # three images at 0.9, of which two are right, and one at 0.5 that is wrong: 3/4 · |2/3 - 0.9| + 1/4 · 0.5
    assert calibration_error([0.9, 0.9, 0.9, 0.5], [1, 1, 0, 0]) == pytest.approx(0.3)


@pytest.mark.parametrize("images", [[60, 40], [1] * 60 + [40]], ids=["by kind", "one by one"])
def test_the_bootstrap_draws_as_many_images_and_of_each_kind_its_share(images):
    drawn = _drawn(np.random.default_rng(0), np.array(images))
    assert drawn.shape == (CHUNK, len(images))
    assert set(drawn.sum(axis=1)) == {100}
    # of the last kind: binomial of 100 and 0.4, whose mean is 40 and whose variance 24, from 200 draws
    assert drawn[:, -1].mean() == pytest.approx(40, abs=3 * math.sqrt(24 / CHUNK))
    assert drawn[:, -1].var() == pytest.approx(24, rel=0.3)
