from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks import flops, growth, training
from experiments.catalog import IMAGENET10, SOFTMAX
from experiments.device import Device
from experiments.train import make_task

CPU = Device("cpu", "test", 1, torch.float32, "test")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # the loader's workers
@pytest.mark.parametrize("model", training.MODELS)
def test_the_plain_pipeline_trains_the_same_model_as_ours(tiny_garments, tiny_images, model):
    softmax = model == "softmax"
    config = SOFTMAX.variants["corrected"] if softmax else IMAGENET10.variants[model]
    dataset = tiny_garments if softmax else tiny_images
    config = replace(training.comparable(config, 1), batch_size=20)
    plain, ours = training.plain_task(config, dataset, 0), make_task([(config, 0)], dataset, CPU)
    for a, b in zip(plain.model.parameters(), ours.runs[0].model.parameters(), strict=True):
        assert a.shape == b.shape
    before = [weights.detach().clone() for weights in plain.model.parameters()]
    assert training.epoch_seconds(plain.train_epoch, 1, whole=True) > 0
    assert 0 <= plain.accuracy() <= 1
    seconds, accuracy = training.ours(config, dataset, CPU, whole=False)
    assert seconds > 0
    assert 0 <= accuracy <= 1
    assert any(not torch.equal(a, b) for a, b in zip(before, plain.model.parameters(), strict=True))
    assert training.row(model, dataset, (0.5, 0.8), (2.0, 0.8)).split(" | ")[3] == "4.0"


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
    # 2 · (3072 · 1024 + 1024 · 10) operations forward, 60 training images
    assert rate * seconds == pytest.approx(3 * 2 * (3072 * 1024 + 1024 * 10) * 60)


def test_the_peak_is_that_of_the_fastest_product():
    assert flops.product_peak(CPU, side=64, repeats=3) > 1e6


def test_noise_grows_as_it_is_asked_to():
    dataset = growth.noise(classes=20, per_class=10, side=8)
    assert dataset.images.shape == (200, 8, 8, 3)
    assert len(dataset.classes) == 20
    assert [(dataset.split == part).sum() for part in range(3)] == [120, 40, 40]
