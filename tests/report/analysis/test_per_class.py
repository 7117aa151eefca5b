"""Precision, recall and F1, on a table small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest

from report.analysis.per_class import class_scores


def run(seed, pairs):
    return pd.DataFrame([(seed, *pair) for pair in pairs], columns=["seed", "label", "predicted"])


def test_the_scores_of_a_small_table():
    """Class 0: 2 of 3 found, 2 of 2 right. Class 1: 1 of 1 found, 1 of 2 right. Class 2 is never predicted."""
    scores = class_scores(run(0, [(0, 0), (0, 0), (0, 1), (1, 1), (2, 3), (3, 3)]), 4)
    assert scores.precision == pytest.approx((1, 1 / 2, 0, 1 / 2))
    assert scores.recall == pytest.approx((2 / 3, 1, 0, 1))
    assert scores.f1 == pytest.approx((4 / 5, 2 / 3, 0, 2 / 3))
    assert scores.macro_precision == pytest.approx(2 / 4)
    assert scores.macro_recall == pytest.approx(8 / 12)
    assert scores.macro_f1 == pytest.approx((4 / 5 + 4 / 3) / 4)


def test_over_seeds_the_scores_are_averaged_and_not_the_counts():
    first, second = [(0, 0), (1, 1)], [(0, 1), (1, 1)]
    scores = class_scores(pd.concat([run(0, first), run(1, second)]), 2)
    assert scores.precision == pytest.approx(((1 + 0) / 2, (1 + 1 / 2) / 2))  # of the counts together 1 and 2 / 3
    assert scores.recall == pytest.approx((1 / 2, 1))


def test_they_are_those_that_are_worked_out_one_class_at_a_time():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 7, (2, 500))
    scores = class_scores(run(0, zip(labels, predicted, strict=True)), 7)
    for k in range(7):
        precision = np.mean(labels[predicted == k] == k)
        recall = np.mean(predicted[labels == k] == k)
        assert scores.precision[k] == pytest.approx(precision)
        assert scores.recall[k] == pytest.approx(recall)
        assert scores.f1[k] == pytest.approx(2 * precision * recall / (precision + recall))


def test_the_weakest_class_is_that_of_the_lowest_f1_and_not_of_the_lowest_recall():
    # class 2 takes half of class 1's images: its recall is whole, its precision 1/5; class 1 has recall 1/2
    pairs = [(0, 0)] * 8 + [(1, 1)] * 4 + [(1, 2)] * 4 + [(2, 2)]
    scores = class_scores(run(0, pairs), 3)
    assert scores.weakest == 2
    assert (scores.precision[2], scores.recall[2]) == (pytest.approx(1 / 5), 1)
