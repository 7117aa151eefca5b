from dataclasses import replace

import pytest

from experiments.catalog import EQUAL_TERMS, EXPERIMENTS, IMAGE_MODELS
from experiments.training import estimate
from experiments.training.device import Device, choose_device


@pytest.fixture
def device() -> Device:
    return choose_device("cpu")


def test_every_size_of_view_counts_with_its_epochs(device, monkeypatch):
    config = replace(IMAGE_MODELS["cnn"], epochs=10, batch_size=20, sizes=((1, 16), (4, 32)), eval_size=32)
    seconds = iter([1.0, 0.5, 3.0, 0.25])  # a step and an evaluation, of each size
    monkeypatch.setattr(estimate, "_fastest", lambda work: next(seconds))
    steps, evaluations = 3600 // 20, 1200 // estimate.SAMPLE
    expected = 3 * (steps * 1.0 + evaluations * 0.5) + 7 * (steps * 3.0 + evaluations * 0.25)
    assert estimate.seconds_of_run(config, device) == pytest.approx(expected)


def test_all_runs_are_counted_by_their_seeds(device, monkeypatch):
    monkeypatch.setattr(estimate, "seconds_of_run", lambda config, device: float(config.epochs))
    own = sum(config.epochs for config in IMAGE_MODELS.values())
    equal = sum(config.epochs for config in EQUAL_TERMS.variants.values())
    equal *= 3 if EQUAL_TERMS.tested else 1
    assert estimate.seconds_of_all([*EXPERIMENTS, EQUAL_TERMS], 3, device) == 3 * own + equal


@pytest.mark.parametrize("model", IMAGE_MODELS)
def test_a_step_of_every_model_is_made(model, device):
    side = IMAGE_MODELS[model].sizes[0][1]
    config = replace(IMAGE_MODELS[model], batch_size=20, sizes=((1, side),), eval_size=side)
    assert estimate.seconds_of_run(config, device) > 0
