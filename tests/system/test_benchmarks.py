from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.stats import binomtest

from benchmarks import flops, growth, scaling, training, verdicts
from experiments.catalog import IMAGENET10, SOFTMAX
from experiments.training.device import Device
from experiments.training.tasks import make_task

CPU = Device("cpu", "test", 1, torch.float32, "test")

STATISTICS = Path(__file__).parents[2] / "docs" / "statistics.md"


def tick(monkeypatch, module, *seconds):
    """A clock that shows 0 and then, at every second look, so many seconds more."""
    shown = iter([sum(seconds[:end]) for n in range(len(seconds)) for end in (n, n + 1)])
    monkeypatch.setattr(module.time, "perf_counter", lambda: next(shown))


def setting(model, tiny_garments, tiny_images):
    softmax = model == "softmax"
    config = SOFTMAX.variants["corrected"] if softmax else IMAGENET10.variants[model]
    return replace(training.comparable(config, 1), batch_size=20), tiny_garments if softmax else tiny_images


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # the loader's workers
@pytest.mark.parametrize("model", training.MODELS)
def test_the_plain_pipeline_trains_the_same_model_as_ours_from_the_same_weights(tiny_garments, tiny_images, model):
    config, dataset = setting(model, tiny_garments, tiny_images)
    plain, ours = training.plain_task(config, dataset, 0), make_task([(config, 0)], dataset, CPU).runs[0]
    before = {name: value.clone() for name, value in ours.model.state_dict().items()}
    assert plain.model.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in plain.model.state_dict().items())
    plain.train_epoch(1)
    trained = {name for name, value in plain.model.named_parameters() if value.requires_grad}
    still = {name for name in trained if torch.equal(plain.model.state_dict()[name], before[name])}
    assert not still
    ours.model.load_state_dict(plain.model.state_dict())
    probabilities, labels = ours.probabilities("val") if model != "softmax" else of_softmax(plain, dataset)
    assert plain.accuracy() == pytest.approx(float((probabilities.argmax(1) == labels).float().mean()))


def of_softmax(plain, dataset):
    """Of the validation images, by hand."""
    images = torch.from_numpy(dataset.images[dataset.split == 1]).flatten(1).float() / 255
    return images @ plain.model.W.detach() + plain.model.b.detach(), torch.from_numpy(
        dataset.labels[dataset.split == 1]
    )


@pytest.mark.slow
@pytest.mark.parametrize(("model", "runs"), [("softmax", 15), ("layer2nn", 1)])  # 5 variants from 3 seeds together
def test_our_time_is_shared_by_the_runs_that_are_trained_together(monkeypatch, tiny_garments, tiny_images, model, runs):
    config, dataset = setting(model, tiny_garments, tiny_images)
    tick(monkeypatch, training, 3.0)
    seconds, accuracy = training.ours(config, dataset, CPU, whole=False)
    assert seconds == pytest.approx(3.0 / runs)
    alone = make_task([(config, 0)], dataset, CPU)
    alone.train_epoch(1)
    (expected,) = [value for split, metric, value in alone.runs[0].measure() if (split, metric) == ("val", "acc")]
    assert accuracy == pytest.approx(expected)


@pytest.mark.parametrize(("whole", "seconds"), [(True, 5.0), (False, 2.0)])
def test_an_epoch_takes_the_mean_of_a_whole_training_and_the_fastest_of_a_few(monkeypatch, whole, seconds):
    tick(monkeypatch, training, 6.0, 2.0, 7.0)
    epochs = []
    assert training.epoch_seconds(epochs.append, 3, whole) == seconds
    assert epochs == [1, 2, 3]


def test_a_row_gives_the_ratio_of_the_times_and_the_noise_of_the_accuracies(tiny_images):
    # 20 validation images: 1.96 · √(2 · 0.8 · 0.2 / 20) = 24.8 %
    assert training.row("cnn", tiny_images, (0.5, 0.8), (2.0, 0.8)).split(" | ")[3:] == [
        "4.0",
        "80.0%",
        "80.0%",
        "24.8% |",
    ]


def test_the_plain_pipeline_opens_the_files_of_the_training_images(tiny_images, tmp_path):
    for row in (0, 1):
        path = tmp_path / tiny_images.files[row]
        path.parent.mkdir()
        Image.new("L", (3, 3), 40 * row).save(path.with_suffix(".png"))
        path.with_suffix(".png").rename(path)
    images = training.PerImage(tiny_images, np.asarray, tmp_path)
    assert len(images) == (tiny_images.split == 0).sum()
    pixels, label = images[1]
    assert pixels.shape == (3, 3, 3)
    assert (pixels == 40).all()
    assert label == tiny_images.labels[1]


def test_the_training_rate_counts_three_forward_passes(tiny_images):
    config = replace(IMAGENET10.variants["layer2nn"], batch_size=20)
    seconds, rate = flops.training_rate(config, 32, tiny_images, CPU)
    # 2 · (3072 · 1280 + 2560 · 10) operations forward, 60 training images
    assert rate * seconds == pytest.approx(3 * 2 * (3072 * 1280 + 2560 * 10) * 60)


def test_the_peak_is_that_of_the_fastest_product(monkeypatch):
    tick(monkeypatch, flops, 4.0, 2.0, 8.0)
    assert flops.product_peak(CPU, side=64, repeats=3) == 2 * 64**3 / 2.0


def test_noise_grows_as_it_is_asked_to():
    dataset = growth.noise(classes=20, per_class=10, side=8)
    assert dataset.images.shape == (200, 8, 8, 3)
    assert len(dataset.classes) == 20
    assert [(dataset.split == part).sum() for part in range(3)] == [120, 40, 40]


def test_two_nodes_halve_what_fills_both_and_no_node_shortens_a_run():
    alone, used = scaling.simulated(10, 600, 4, 3, 1)
    both, _ = scaling.simulated(10, 600, 4, 3, 2)
    assert both == pytest.approx(alone / 2, rel=0.02)
    assert used > 0.99
    assert scaling.simulated(10, 600, 4, 3, 100)[0] == scaling.SECONDS["cnn"]


def test_mcnemar_counts_only_the_images_on_which_the_two_differ():
    a = np.array([True] * 6 + [True] * 3 + [False] * 2)
    b = np.array([False] * 6 + [True] * 3 + [False] * 2)
    # 6 images only a got right, none only b: p = 2 · (1/2)^6 = 1/32
    assert verdicts.mcnemar(a, b) == (6, 0, pytest.approx(1 / 32))


def test_mcnemar_of_equal_classifiers_is_certain_of_nothing():
    assert verdicts.mcnemar(np.array([True, False]), np.array([True, False])) == (0, 0, 1.0)


@pytest.mark.parametrize(("only_a", "only_b"), [(0, 0), (1, 0), (3, 9), (120, 100), (800, 300)])
def test_mcnemars_p_is_the_binomial_test_of_scipy(only_a, only_b):
    a = np.array([True] * only_a + [False] * only_b, dtype=bool)
    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert verdicts.mcnemar(a, ~a)[2] == pytest.approx(expected, rel=1e-9)


def test_the_rule_errs_in_no_more_than_a_twentieth_of_the_documented_cases():
    documented = [line for line in STATISTICS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in documented]
    table = {tuple(row[:3]): row[3:] for row in cells}
    fresh = [tuple(cell.strip() for cell in row.split("|")[1:4]) for row in verdicts.rows(2) if row.startswith("| ")]
    assert set(fresh) <= table.keys()  # the table is that of today's cases
    for (case, _, verdict), found in table.items():
        error = "different" if case.startswith("no difference") else "equivalent" if "margin" in case else ""
        if verdict == error:
            assert all(float(cell.rstrip("%")) < 6 for cell in found[2:5]), case  # 3, 5 and 10 seeds


def test_the_simulation_has_the_accuracies_that_it_says():
    case = verdicts.Case("test", 20_000, 0.6, gain=0.1, dead=1.0)
    a, b = verdicts.trial(case, 2, np.random.default_rng(0))
    assert (a[:, 2000:].mean(), b[:, 2000:].mean()) == (pytest.approx(0.7, abs=0.01), pytest.approx(0.6, abs=0.01))
    assert not a[:, :2000].any()  # a tenth of the images, of every seed
