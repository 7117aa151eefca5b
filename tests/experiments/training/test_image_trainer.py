import math
from dataclasses import replace

import pytest
import torch

from experiments.catalog import IMAGENET10
from experiments.config import ImageConfig
from experiments.training import image_trainer
from experiments.training.device import Device
from experiments.training.image_trainer import ImageTask, eval_side_at, side_at
from experiments.training.model_summary import flops, layers, parameters

CPU = Device("cpu", "test", 1, torch.float32, "test")
MODELS = tuple(IMAGENET10.variants)


def small(model, **changes):
    """The model's own settings on 32 px, for the tiny dataset."""
    changes = {"batch_size": 20, "sizes": ((1, 32),), "eval_size": 32, "epochs": 4} | changes
    return replace(IMAGENET10.variants[model], **changes)


def make_task(dataset, model, seed=0, **changes):
    return ImageTask(small(model, **changes), dataset, seed, CPU)


@pytest.mark.parametrize("model", MODELS)
def test_an_untrained_model_predicts_uniformly(tiny_images, model):
    # The head starts at zero: every class has the same logit.
    measured = {(s, m): v for s, m, v in make_task(tiny_images, model).measure()}
    assert measured["val", "loss"] == pytest.approx(math.log(10), abs=1e-5)


@pytest.mark.parametrize("model", [*MODELS[:2], pytest.param("cnn", marks=pytest.mark.slow)])
def test_a_model_can_memorize_its_training_images(tiny_images, model):
    plain = {
        "crop_area": (1.0, 1.0),
        "crop_ratio": 1.0,
        "colour_jitter": 0.0,
        "label_smoothing": 0.0,
    }
    task = make_task(tiny_images, model, epochs=30, eval_crop=1.0, **plain)
    for epoch in range(1, 31):
        task.train_epoch(epoch)
    assert task._loss_and_accuracy("train")[1] > 0.95


@pytest.mark.parametrize("model", MODELS)
def test_the_same_seed_gives_the_same_losses_and_another_does_not(tiny_images, model):
    def losses(seed):
        task = make_task(tiny_images, model, seed)
        task.train_epoch(1)
        return task.steps

    assert losses(0) == losses(0)
    assert losses(0) != losses(1)


def test_the_schedule_rises_then_falls_to_zero(tiny_images):
    task = make_task(tiny_images, "cnn", epochs=10, warmup=0.2)  # 3 batches an epoch, 30 steps
    rates = []
    for step in range(30):
        task._set_lr(step)
        rates.append(task.optimizers[0].param_groups[0]["lr"] / task.config.lr)
    assert rates[:6] == sorted(rates[:6])
    assert rates[6:] == sorted(rates[6:], reverse=True)
    assert max(rates) == pytest.approx(1, abs=0.1)
    assert rates[-1] < 0.03


def test_the_average_begins_at_half_time_and_is_what_is_evaluated(tiny_images):
    task = make_task(tiny_images, "layer2nn", epochs=2, ema=0.5)
    task.train_epoch(1)
    assert task.average is None
    task.train_epoch(2)
    assert task.final_model() is task.average
    assert not torch.equal(task.average.head.weight, task.model.head.weight)


def test_the_averaged_weights_are_the_mean_while_the_horizon_is_not_reached(tiny_images):
    # 2 epochs of 3 steps: averaging begins at step 3; with a horizon of 3 steps, steps 3, 4, 5 weigh alike.
    task = make_task(tiny_images, "layer2nn", epochs=2, ema=0.5)
    seen = []
    update = task._update_average

    def spy(step):
        update(step)
        if step >= 3:
            seen.append(task.model.head.weight.detach().clone())

    task._update_average = spy
    task.train_epoch(1)
    task.train_epoch(2)
    assert torch.allclose(task.average.head.weight, torch.stack(seen).mean(0), atol=1e-6)


def test_sides_follow_the_plan():
    config = small("cnn", epochs=50, sizes=((1, 48), (21, 64), (43, 80)), eval_size=96)
    assert [side_at(config, epoch) for epoch in (1, 20, 21, 42, 43, 50)] == [48, 48, 64, 64, 80, 80]
    assert [eval_side_at(config, epoch) for epoch in (1, 21, 43, 50)] == [64, 80, 96, 96]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sizes": ((2, 32),)}, "sizes must be ordered from epoch 1"),
        ({"crop_area": (0.5, 1.5)}, "crop_area must be two fractions"),
        ({"cutmix": 1.0}, r"cutmix must be in \[0, 1\), got 1.0"),
        ({"epochs": 0}, "epochs must be at least 1, got 0"),
        ({"lr": 0.0}, "lr must be positive"),
    ],
)
def test_a_setting_out_of_range_is_named(changes, message):
    with pytest.raises(ValueError, match=message):
        small("cnn", **changes)


def test_counting_operations_does_not_reach_into_what_other_threads_train():
    hooks = []

    class Looking(torch.nn.Linear):
        def forward(self, x):
            hooks.append(len(torch.nn.modules.module._global_forward_pre_hooks))
            return super().forward(x)

    assert flops(Looking(3, 2), torch.ones(1, 3)) == 2 * 3 * 2
    assert hooks == [0]


def test_parameters_and_flops_of_the_2_layer_net_are_those_of_its_two_matrices(tiny_images):
    task = make_task(tiny_images, "layer2nn")
    inputs, hidden = 3 * 32 * 32, 1280
    features = 2 * hidden  # each with a scale and a shift
    assert parameters(task.model) == (inputs + 1) * hidden + 2 * features + (features + 1) * 10
    assert flops(task.model, task.example()) == 2 * (inputs * hidden + features * 10)


@pytest.mark.parametrize("model", MODELS)
def test_the_layers_that_are_described_hold_all_parameters(tiny_images, model):
    task = make_task(tiny_images, model)
    rows = layers(task.model, task.example())
    assert sum(row["parameters"] for row in rows) == parameters(task.model)
    assert rows[-1]["shape"] == [10]


def test_the_mlp_is_a_pure_one(tiny_images):
    kinds = {type(module).__name__ for module in make_task(tiny_images, "mlp").model.modules()}
    assert kinds == {"MLP", "Linear", "BatchNorm1d", "Dropout", "DropPath", "ResidualBlock", "Sequential"}


def test_the_homeworks_epochs_are_kept():
    assert {name: config.epochs for name, config in IMAGENET10.variants.items()} == {
        "layer2nn": 30,
        "mlp": 50,
        "cnn": 50,
    }
    assert all(isinstance(config, ImageConfig) for config in IMAGENET10.variants.values())


@pytest.mark.parametrize(("view", "kept"), [(32, 32), (16, 24), (8, 12)])  # the images have 32 px
def test_images_of_more_pixels_than_views_can_show_are_shrunk_once(tiny_images, view, kept):
    images = make_task(tiny_images, "mlp", sizes=((1, view),), eval_size=view).images["train"]
    assert (images.dtype, images.shape[2:]) == (torch.uint8, (kept, kept))
    whole = torch.from_numpy(tiny_images.images[tiny_images.split == 0]).float()
    assert float(images.float().mean()) == pytest.approx(float(whole.mean()), abs=0.5)


def test_the_first_layer_begins_as_filters_and_has_its_own_rate(tiny_images):
    task = make_task(tiny_images, "layer2nn", filter_norm=2.0, filter_lr=1e-4)
    weight = task.model.filters()
    assert weight.norm(dim=1).detach() == pytest.approx(2.0, abs=1e-5)
    task._set_lr(round(0.1 * task.batches * 4))  # the peak, nearly
    rates = {id(p): group["lr"] for o in task.optimizers for group in o.param_groups for p in group["params"]}
    assert len(rates) == len(list(task.model.parameters()))
    assert rates[id(weight)] / rates[id(task.model.head.weight)] == pytest.approx(1e-4 / task.config.lr)


def test_views_are_mixed_until_the_last_epochs(tiny_images, monkeypatch):
    mixed = []
    monkeypatch.setattr(image_trainer, "cut_mix", lambda views, targets, *_: mixed.append(1) or (views, targets))
    task = make_task(tiny_images, "layer2nn", epochs=3, cutmix=0.5, unmixed_epochs=1)
    counts = []
    for epoch in (1, 2, 3):
        task.train_epoch(epoch)
        counts.append(len(mixed))
    assert counts == [task.batches, 2 * task.batches, 2 * task.batches]
