import math

import numpy as np
import pytest

from experiments.catalog import EXPERIMENTS
from report.findings import DoubleSoftmaxTheory, gradient_by_probability, image_findings, softmax_findings
from report.reference import REFERENCE
from report.results import read_results
from tests.synthetic import write_results


def findings(folder, **changes):
    results = read_results(write_results(folder, **changes), EXPERIMENTS)
    return softmax_findings(results), image_findings(results)


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    return findings(tmp_path_factory.mktemp("usual"))


@pytest.mark.parametrize(("classes", "floor"), [(2, 0.3133), (3, 0.5514), (10, 1.4612), (1000, 5.9095)])
def test_the_floor_of_the_double_softmax_loss(classes, floor):
    theory = DoubleSoftmaxTheory(classes)
    assert theory.floor == pytest.approx(floor, abs=1e-4)
    assert theory.ceiling - theory.floor == pytest.approx(1)
    assert theory.floor < theory.chance < theory.ceiling


def test_the_gradient_formula_agrees_with_a_difference_quotient():
    # Three classes, label 0: L(o) = logsumexp(softmax(o)) - softmax(o)_0, differentiated at o_0 numerically.
    def loss(o):
        p = np.exp(o) / np.exp(o).sum()
        return math.log(np.exp(p).sum()) - p[0]

    for shift in (-2.0, 0.0, 1.5):
        o = np.array([shift, 0.0, 0.0])
        step = np.array([1e-6, 0, 0])
        p = np.exp(o[0]) / np.exp(o).sum()
        one, two = gradient_by_probability(np.array([p]), classes=3)
        assert two[0] == pytest.approx(abs(loss(o + step) - loss(o - step)) / 2e-6, rel=1e-5)
        assert one[0] == pytest.approx(1 - p)


def test_the_double_gradient_vanishes_at_both_ends_and_starts_at_a_tenth():
    one, two = gradient_by_probability(np.array([0.0, 0.1, 1.0]))
    assert two[0] == two[2] == 0
    assert two[1] == pytest.approx(one[1] / 10)


def test_softmax_facts_follow_from_the_tables(usual):
    softmax, _ = usual
    assert softmax.correction.verdict == "supported"
    assert softmax.correction.gain == pytest.approx(0.10)
    # 200 test images a seed; the ten per cent between the two are right for `corrected` alone
    assert (softmax.correction.only_a, softmax.correction.only_b) == (20, 0)
    assert softmax.start_ratio == pytest.approx(0.1)
    assert softmax.bounds == softmax.start == "supported"
    assert all(agreement.verdict == "supported" for agreement in softmax.agreements)
    assert softmax.variants["wrong"].test_acc == pytest.approx(0.70)


def test_the_winner_is_better_than_each_other_model(usual):
    _, images = usual
    assert images.winner == "cnn"
    assert [m.variant for m in images.ranking] == ["cnn", "mlp", "layer2nn"]
    assert images.compare("cnn", "mlp").gain == pytest.approx(0.35)
    assert images.compare("mlp", "cnn").verdict == "contradicted"


def test_a_model_is_described_by_its_predictions(usual):
    cnn = usual[1].models["cnn"]
    assert cnn.test_images == 200
    assert cnn.correct == 170
    # -log 0.8 for the 85 % that are right, -log 0.05 for the others
    assert cnn.test_loss == pytest.approx(-0.85 * math.log(0.8) - 0.15 * math.log(0.05))
    assert cnn.confusion.sum() == 400
    assert np.trace(cnn.confusion) == 340
    assert np.mean(cnn.class_acc) == pytest.approx(0.85)
    assert cnn.interval[0] < 0.85 < cnn.interval[1]


def test_equal_models_are_undecided(tmp_path):
    _, images = findings(tmp_path, accuracy={"layer2nn": 0.5, "mlp": 0.5, "cnn": 0.5})
    assert images.winner is None
    assert {c.verdict for c in images.comparisons} == {"undecided"}


def test_a_difference_of_one_image_is_undecided(tmp_path):
    _, images = findings(tmp_path, accuracy={"layer2nn": 0.500, "mlp": 0.505})
    assert images.compare("mlp", "layer2nn").verdict == "undecided"


def test_the_mlp_may_win(tmp_path):
    _, images = findings(tmp_path, accuracy={"mlp": 0.95, "cnn": 0.30})
    assert images.winner == "mlp"


def test_a_diverged_seed_is_left_out_and_named(tmp_path):
    _, images = findings(tmp_path, diverged=[("cnn", 1)])
    assert images.models["cnn"].diverged == ((1, 2),)
    assert images.models["cnn"].seeds == 1
    assert images.models["cnn"].test_acc == pytest.approx(0.85)
    assert images.winner == "cnn"


def test_a_model_of_which_every_seed_diverged_is_lost(tmp_path):
    _, images = findings(tmp_path, diverged=[("mlp", 0), ("mlp", 1)])
    assert images.lost == ("mlp",)
    assert images.compare("mlp", "cnn") is None


def test_a_perfect_model_has_no_confusion(tmp_path):
    _, images = findings(tmp_path, accuracy={"cnn": 1.0})
    assert images.models["cnn"].commonest_confusion is None
    assert images.models["cnn"].best_classes == tuple(range(10))


def test_one_seed_tells_no_spread(tmp_path):
    softmax, images = findings(tmp_path, seeds=1)
    assert math.isnan(images.models["cnn"].test_acc_sd)
    assert math.isnan(softmax.variants["wrong"].test_acc_sd)


def test_the_homeworks_two_mlps_differ_by_one_image():
    assert (REFERENCE["layer2nn"].correct, REFERENCE["mlp"].correct) == (526, 525)


@pytest.mark.parametrize("model", REFERENCE)
def test_the_homeworks_figures_are_consistent(model):
    # With equal classes the mean of the class accuracies is the accuracy, to the two digits printed.
    reference = REFERENCE[model]
    assert sum(reference.class_acc) / 10 == pytest.approx(reference.test_acc, abs=1e-4)
