from dataclasses import replace

import pytest

from experiments.catalog import IMAGE_MODELS
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


@pytest.mark.parametrize("model", IMAGE_MODELS)
def test_a_step_of_every_model_is_made(model, device):
    side = IMAGE_MODELS[model].sizes[0][1]
    config = replace(IMAGE_MODELS[model], batch_size=20, sizes=((1, side),), eval_size=side)
    assert estimate.seconds_of_run(config, device) > 0
