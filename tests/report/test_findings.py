import math
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from experiments.catalog import EXPERIMENTS
from report.analysis import homework
from report.analysis.calibration import calibrate
from report.analysis.comparison import compare
from report.analysis.every_seed import EverySeed
from report.analysis.image_models import image_findings
from report.analysis.softmax import softmax_findings
from report.analysis.theory import DoubleSoftmaxTheory, gradient_by_probability
from report.findings import compute_findings
from report.results import read_results
from report.selection import Selection
from tests.synthetic import write_results


def findings(folder, **changes):
    results = read_results(write_results(folder, **changes), EXPERIMENTS)
    return compute_findings(results)


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
    assert softmax.correction.gains == (pytest.approx(0.10), pytest.approx(0.10))
    # the three comparisons of section 1 are adjusted together: what is clearest, at a third of 5 %
    assert softmax.correction.level == pytest.approx(0.05 / 3)
    assert softmax.start_ratio == pytest.approx(0.1)
    assert softmax.losses_within_bounds == softmax.initial_ratio_as_predicted == "supported"
    assert all(agreement.verdict == "supported" for agreement in softmax.agreements)
    assert softmax.variants["wrong"].test_acc == pytest.approx(0.70)


def test_a_class_is_unlearned_if_its_recall_is_below_a_hundredth():
    labels = np.repeat([0, 1, 2, 3], 200)
    predicted = labels.copy()
    predicted[1:200] = 1  # one of 200 of class 0 is left: 0.5 %
    predicted[203:400] = 2  # three of class 1: 1.5 %
    predicted[600:] = 2  # none of class 3, and no other image is taken for it
    every = EverySeed((0, 1), labels, {"wrong": np.stack([predicted, labels])}, {})
    assert every.unlearned("wrong") == ((0, 3), ())
    assert every.never_predicted("wrong") == ((3,), ())
    assert every.recalls("wrong")[0] == pytest.approx([0.005, 0.015, 1, 0])


def test_what_the_unlearned_classes_make_up_of_the_lost_accuracy(usual):
    softmax, _ = usual
    mine, theirs = [0.8] * 10, [0.8] * 10
    mine[6], mine[0] = 0.0, 0.7  # 8 points of accuracy on a class that is lost, 1 point on one that is not
    variants = dict(softmax.variants)
    for name, recalls, lost in (("wrong", mine, (6,)), ("corrected", theirs, ())):
        variants[name] = replace(variants[name], recalls=(tuple(recalls),) * 2, unlearned_classes=(lost,) * 2)
    found = replace(softmax, variants=variants, correction=replace(softmax.correction, gain=0.09))
    assert found.share_of_unlearned == pytest.approx(8 / 9)
    assert found.mostly_unlearned
    assert replace(found, correction=replace(softmax.correction, gain=-0.01)).share_of_unlearned is None


def test_the_further_seeds_count_in_section_1_and_nowhere_else(tmp_path):
    folder = write_results(tmp_path, seeds=2)
    write_results(tmp_path / "more", seeds=5)
    for path in (tmp_path / "more" / "softmax").glob("*/seed-[234]"):
        shutil.copytree(path, tmp_path / "softmax" / path.parent.name / path.name)
    shutil.rmtree(tmp_path / "softmax" / "double" / "seed-4")  # not of all variants: left out
    results = read_results(folder, EXPERIMENTS)
    assert results.seeds == 2
    assert sorted(set(results.further["seed"])) == [2, 3]
    softmax, images = compute_findings(results)
    assert softmax.seeds == (0, 1, 2, 3)
    assert len(softmax.correction.gains) == len(softmax.variants["wrong"].accuracies) == 4
    assert images.models["cnn"].seeds == 2
    assert softmax.variants["wrong"].cross_entropy == pytest.approx(-0.7 * math.log(0.8) - 0.3 * math.log(0.05))
    fewer = read_results(folder, EXPERIMENTS, Selection(softmax_seeds=3))
    assert compute_findings(fewer).softmax.seeds == (0, 1, 2)


@pytest.mark.parametrize(
    ("wrong", "corrected", "verdict"),
    [
        (((6,), (4, 6)), ((), ()), "supported"),
        (((), ()), ((), ()), "contradicted"),
        (((6,), ()), ((), ()), "undecided"),
        (((6,), (6,)), ((6,), ()), "undecided"),
    ],
)
def test_classes_are_unlearned_if_every_seed_says_so_and_the_correction_learns_them(usual, wrong, corrected, verdict):
    softmax, _ = usual
    assert softmax.some_classes_unlearned == "contradicted"  # the mistakes are spread evenly
    unlearned = {"wrong": wrong, "corrected": corrected}
    variants = {
        **softmax.variants,
        **{name: replace(softmax.variants[name], unlearned_classes=labels) for name, labels in unlearned.items()},
    }
    assert replace(softmax, variants=variants).some_classes_unlearned == verdict


def with_softmax_curves(results, variant, split, metric, value):
    """The results with value(seed, epoch) as a softmax variant's curve."""
    curves = results.curves.copy()
    own = (curves["variant"] == variant) & (curves["split"] == split) & (curves["metric"] == metric)
    curves.loc[own, "value"] = [value(*at) for at in curves.loc[own, ["seed", "epoch"]].itertuples(index=False)]
    return replace(results, curves=curves)


@pytest.mark.parametrize(
    ("halves", "verdict"), [((1.9, 1.9), "supported"), ((1.9, 2.1), "undecided"), ((2.1, 2.1), "contradicted")]
)
def test_a_loss_flattens_sooner_only_if_it_does_with_every_seed(tmp_path, halves, verdict):
    results = read_results(write_results(tmp_path), EXPERIMENTS)
    # Both fall from 2.3 to 1.8 over ten epochs; corrected stands at 2.0 after the fifth, wrong at `halves` by seed.
    for variant, at_half in (("corrected", (2.0, 2.0)), ("wrong", halves)):
        results = with_softmax_curves(
            results, variant, "train", "loss", lambda seed, epoch, h=at_half: {0: 2.3, 5: h[seed]}.get(epoch, 1.8)
        )
    softmax = softmax_findings(results)
    assert softmax.half == 5
    assert softmax.plateau_share["corrected"] == pytest.approx(0.6)
    assert softmax.flatter_than_corrected == verdict


@pytest.mark.parametrize(
    ("accuracies", "epochs", "late"),
    [((0.5, 0.5), (None, None), True), ((0.5, 0.8), (None, 3), True), ((0.8, 0.9), (3, 1), False)],
)
def test_whether_wrong_catches_up_is_answered_seed_by_seed(tmp_path, accuracies, epochs, late):
    results = read_results(write_results(tmp_path), EXPERIMENTS)
    results = with_softmax_curves(results, "corrected", "val", "acc", lambda seed, epoch: 0.8)
    results = with_softmax_curves(
        results,
        "wrong",
        "val",
        "acc",
        lambda seed, epoch: accuracies[seed] if epoch >= 3 or accuracies[seed] > 0.8 else 0.1,
    )
    softmax = softmax_findings(results)
    assert softmax.catch_up == epochs
    assert softmax.seeds_caught_up == sum(epoch is not None for epoch in epochs)
    assert softmax.catches_up_late is late
    assert softmax.latest_catch_up == max((epoch for epoch in epochs if epoch), default=0)


def test_a_misclassified_example_costs_at_least_a_tie():
    theory = DoubleSoftmaxTheory(10)
    assert theory.least_cost_of_an_error == pytest.approx(0.4634, abs=1e-4)  # log(2e^½ + 8) − ½ − log(e + 9) + 1
    p = np.random.default_rng(0).dirichlet(np.full(10, 0.3), size=20_000)
    loss = np.log(np.exp(p).sum(1)) - p[:, 0]
    wrong = p[:, 0] < p[:, 1:].max(1)
    assert wrong.sum() > 10_000
    assert (loss[wrong] - theory.floor).min() >= theory.least_cost_of_an_error


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


def test_an_interval_is_without_0_exactly_where_there_is_a_verdict(usual):
    softmax, images = usual
    for c in (*images.comparisons, softmax.correction, softmax.higher_rate.gain, softmax.higher_rate.remainder):
        low, high = c.interval
        assert low < c.gain < high
        assert (low > 0 or high < 0) == (c.verdict in ("supported", "contradicted")) == (c.p < 0.05)
    pair = images.compare("cnn", "mlp")
    assert images.compare("mlp", "cnn").interval == (-pair.interval[1], -pair.interval[0])
    assert images.compare("mlp", "cnn").gains == tuple(-gain for gain in pair.gains)


@pytest.mark.parametrize(
    ("gains", "verdict"),
    [
        ((0.05, 0.05, 0.05), "supported"),
        ((-0.05, -0.05, -0.05), "contradicted"),
        ((0.002, 0.0, -0.002), "equivalent"),
        ((0.12, 0.0, 0.03), "undecided"),  # 5 points on average, but the seeds differ: t interval ± 15
        ((0.12, 0.0, -0.12), "undecided"),  # none on average, and no equivalence either
        ((0.10,), "supported"),  # of these two nets
    ],
)
def test_a_verdict_rests_on_images_and_on_seeds(gains, verdict):
    images = 2000  # of which a is right on the last half, b on a share that each seed's gain leaves
    rows = [
        (name, seed, sample, 1, int(right))
        for seed, gain in enumerate(gains)
        for name, first in (("a", 1000), ("b", 1000 + round(gain * images)))
        for sample, right in enumerate(np.arange(images) >= first)
    ]
    found = compare(pd.DataFrame(rows, columns=["variant", "seed", "sample", "label", "predicted"]), "a", "b", 0.03)
    assert found.gain == pytest.approx(np.mean(gains))
    assert found.verdict == verdict
    assert found.of_one_net == (len(gains) == 1)


def test_confusions_mistakes_and_calibration_follow_from_the_predictions(usual):
    cnn = usual[1].models["cnn"]
    for label, predicted, share in (pair for group in cnn.commonest_confusions for pair in group):
        assert share == pytest.approx(cnn.confusion[label, predicted] / 40)  # 20 test images a class, two seeds
    assert len(cnn.mistakes) == 30  # of 200, at 85 %
    assert cnn.mistakes[0].confidence == max(m.confidence for m in cnn.mistakes)
    assert all(m.label != m.predicted for m in cnn.mistakes)
    # 170 images at 0.8, all right; 30 at 0.5 + 0.4 · luck, which is 0.85 to 1 for them, all wrong: 0.84 to 0.9. The
    # bin (0.8, 0.867] takes mistakes up to 0.867; 0.8 itself ends the bin below it.
    assert cnn.calibration.ece == pytest.approx(0.85 * 0.2 + 0.15 * 0.8695, abs=1e-3)
    assert cnn.calibration.overconfident == "undecided"  # 0.81 in the mean, right on 0.85 of 200
    assert len(cnn.class_pairs) == 45


def test_a_gap_that_chance_explains_is_no_overfitting(usual):
    # 0.90 on the training images, 0.85 on 200 validation images: Wilson 0.794 to 0.893
    assert usual[1].models["cnn"].overfitting == "supported"
    # 0.50 and 0.45: Wilson 0.383 to 0.519
    assert usual[1].models["layer2nn"].overfitting == "undecided"


@pytest.mark.parametrize(("per_class", "verdict"), [(25, "undecided"), (100, "equivalent")])
def test_models_that_agree_are_equivalent_if_the_images_are_enough(tmp_path, per_class, verdict):
    _, images = findings(tmp_path, accuracy={"layer2nn": 0.5, "mlp": 0.5, "cnn": 0.5}, per_class=per_class)
    assert images.winner is None
    assert {c.verdict for c in images.comparisons} == {verdict}


def test_a_difference_of_one_image_is_none(tmp_path):
    _, images = findings(tmp_path, accuracy={"layer2nn": 0.500, "mlp": 0.505})
    assert images.compare("mlp", "layer2nn").verdict == "equivalent"


def test_the_mlp_may_win(tmp_path):
    _, images = findings(tmp_path, accuracy={"mlp": 0.95, "cnn": 0.30})
    assert images.winner == "mlp"


def test_a_diverged_seed_is_left_out_and_named(tmp_path):
    _, images = findings(tmp_path, diverged=[("cnn", 1)])
    assert images.models["cnn"].diverged == ((1, 2),)
    assert images.models["cnn"].seeds == 1
    assert images.models["cnn"].test_acc == pytest.approx(0.85)
    assert images.winner == "cnn"


def test_a_model_of_which_every_seed_diverged_is_named(tmp_path):
    _, images = findings(tmp_path, diverged=[("mlp", 0), ("mlp", 1)])
    assert images.diverged_models == ("mlp",)
    assert images.compare("mlp", "cnn") is None


@pytest.mark.parametrize(
    ("mistakes", "named"),
    [
        ({(0, 1): 5, (2, 3): 4, (4, 5): 3}, [[(0, 1)], [(2, 3)]]),
        ({(0, 1): 5, (2, 3): 5, (4, 5): 3}, [[(0, 1), (2, 3)], [(4, 5)]]),
        ({(0, 1): 5, (2, 3): 4, (4, 5): 4, (6, 7): 4}, [[(0, 1)]]),  # three share the second place: none is named
        ({(0, 1): 5, (2, 3): 5, (4, 5): 5, (6, 7): 5}, []),
    ],
)
def test_confusions_that_are_equally_common_are_not_ranked(usual, mistakes, named):
    confusion = np.diag([20] * 10)
    for place, count in mistakes.items():
        confusion[place] = count
    cnn = replace(usual[1].models["cnn"], confusion=confusion)
    assert [[pair[:2] for pair in group] for group in cnn.commonest_confusions] == named
    assert not cnn.flawless


def test_a_perfect_model_has_no_confusion(tmp_path):
    _, images = findings(tmp_path, accuracy={"cnn": 1.0})
    assert images.models["cnn"].commonest_confusions == ()
    assert images.models["cnn"].flawless
    assert images.models["cnn"].mistakes == ()
    assert images.models["cnn"].supported_pairs == 0
    assert images.models["cnn"].best_classes == tuple(range(10))


def test_one_seed_tells_no_spread(tmp_path):
    softmax, images = findings(tmp_path, seeds=1)
    assert math.isnan(images.models["cnn"].test_acc_sd)
    assert math.isnan(softmax.variants["wrong"].test_acc_sd)


def test_the_homeworks_two_mlps_differ_by_one_image():
    assert (homework.get("layer2nn").correct, homework.get("mlp").correct) == (526, 525)


@pytest.mark.parametrize("model", ["layer2nn", "mlp", "cnn"])
def test_the_homeworks_figures_are_consistent(model):
    # With equal classes the mean of the class accuracies is the accuracy, to the two digits printed.
    printed = homework.get(model)
    assert sum(printed.class_acc) / 10 == pytest.approx(printed.test_acc, abs=1e-4)


def with_validation(results, metric, model, values):
    """The results with another validation curve of a model, the same for every seed."""
    curves = results.curves.copy()
    rows = curves["variant"].eq(model) & curves["split"].eq("val") & curves["metric"].eq(metric)
    curves.loc[rows, "value"] = curves.loc[rows, "epoch"].map(values)
    return replace(results, curves=curves)


def test_how_far_the_validation_loss_has_risen_again(tmp_path):
    results = read_results(write_results(tmp_path), EXPERIMENTS)
    cnn = image_findings(with_validation(results, "loss", "cnn", lambda epoch: 1 + abs(epoch - 20) / 100)).models["cnn"]
    assert (cnn.val_lowest_epoch, cnn.val_rise) == (20, pytest.approx(0.30))
    falling = image_findings(with_validation(results, "loss", "cnn", lambda epoch: 1 / epoch)).models["cnn"]
    assert (falling.val_lowest_epoch, falling.val_rise) == (50, 0)


def test_the_epoch_in_which_the_mlp_has_caught_up_seed_by_seed(tmp_path):
    results = read_results(write_results(tmp_path), EXPERIMENTS)
    found = image_findings(with_validation(results, "acc", "mlp", lambda epoch: 0.46 if epoch > 12 else 0.2)).catch_up
    assert (found.by_seed, found.epochs) == ((13, 13), 30)
    never = image_findings(with_validation(results, "acc", "mlp", lambda epoch: 0.2)).catch_up
    assert (never.by_seed, never.reached, never.first, never.latest) == ((None, None), 0, 0, 0)
    curves = results.curves.copy()
    late = curves["variant"].eq("mlp") & curves["split"].eq("val") & curves["metric"].eq("acc") & curves["seed"].eq(1)
    curves.loc[late, "value"] = (curves.loc[late, "epoch"] > 19) * 0.5
    some = image_findings(replace(results, curves=curves)).catch_up
    assert (some.by_seed, some.reached, some.first, some.latest) == ((44, 20), 2, 20, 44)
    diverged = read_results(write_results(tmp_path / "lost", diverged=[("mlp", 0), ("mlp", 1)]), EXPERIMENTS)
    assert image_findings(diverged).catch_up is None


@pytest.mark.parametrize(("first", "second", "clear"), [(22, 21, False), (60, 20, True), (30, 20, False), (9, 0, True)])
def test_a_commonest_confusion_stands_out_only_beyond_chance(usual, first, second, clear):
    confusion = np.diag([40] * 10)
    confusion[9, 3], confusion[7, 2] = first, second
    cnn = replace(usual[1].models["cnn"], confusion=confusion, seeds=2)  # half as many in a run
    assert bool(cnn.clear_confusions) == clear


def test_a_calibrated_model_shows_an_error_by_chance_alone():
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.2, 1, 1200)
    rows = [
        pd.DataFrame({"seed": seed, "label": 0, "predicted": wrong.astype(int), "p_predicted": confidence})
        for seed, wrong in enumerate(rng.random((3, 1200)) > confidence)
    ]
    found = calibrate(pd.concat(rows))
    assert found.ece_of_chance == pytest.approx(0.035, abs=0.008)
    assert abs(found.ece - found.ece_of_chance) < 0.01
    assert found.ece_pooled < found.ece  # three times as many images
    assert not found.beyond_chance
    assert found.overconfident == "undecided"
    sure = calibrate(pd.concat(rows).assign(p_predicted=np.tile(np.minimum(1, confidence + 0.15), 3)))
    assert sure.beyond_chance
    assert sure.overconfident == "supported"


def test_the_error_rate_that_keeps_the_double_loss_up(usual):
    assert usual[0].train_error == pytest.approx(0.30)
