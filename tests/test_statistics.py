import pytest
from scipy.stats import binomtest

from report.statistics import holm, mcnemar, sd, wilson


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
