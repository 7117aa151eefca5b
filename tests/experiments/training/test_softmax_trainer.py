import math

import pytest
import torch
import torch.nn.functional as F

from experiments.config import SoftmaxConfig
from experiments.models.softmax_regression import VARIANTS
from experiments.training.device import Device
from experiments.training.rng import generator
from experiments.training.softmax_trainer import SoftmaxTask, logit_gradients

CPU = Device("cpu", "test", 1, torch.float32, "test")


def make_task(dataset, *variants, seeds=(0,)):
    """A task of some variants from each seed, in this order."""
    return SoftmaxTask([(SoftmaxConfig(model=v), seed) for seed in seeds for v in variants], dataset, CPU)


def make_run(dataset, variant, seed=0):
    return make_task(dataset, variant, seeds=(seed,)).runs[0]


def losses_of(dataset, variant, epochs=3):
    task = make_task(dataset, variant)
    for epoch in range(1, epochs + 1):
        task.train_epoch(epoch)
    return torch.tensor(task.runs[0].steps)


def make_model(variant, weights):
    return VARIANTS[variant](weights.shape[0], 10, weights)


@pytest.mark.parametrize(("a", "b"), [("wrong", "double"), ("corrected", "reference")])
def test_two_spellings_of_one_computation_agree_at_every_step(tiny_garments, a, b):
    assert torch.allclose(losses_of(tiny_garments, a), losses_of(tiny_garments, b), atol=1e-5, rtol=0)


def test_the_double_softmax_is_not_the_correct_loss(tiny_garments):
    assert not torch.allclose(losses_of(tiny_garments, "wrong"), losses_of(tiny_garments, "corrected"), atol=1e-2)


def test_at_uniform_predictions_the_double_gradient_is_a_tenth():
    images, labels = torch.rand(20, 784), torch.arange(20) % 10
    zero = torch.zeros(784, 10)
    wrong = logit_gradients(make_model("wrong", zero), images @ zero, labels)
    correct = logit_gradients(make_model("corrected", zero), images @ zero, labels)
    assert torch.allclose(wrong, correct / 10, atol=1e-7)
    # p - y with p uniform: 0.1 everywhere, -0.9 at the label
    assert float(correct[0, 0]) == pytest.approx(-0.9)
    assert float(correct[0, 1]) == pytest.approx(0.1)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_gradient_at_the_logits_is_what_reaches_the_bias(variant):
    # o = xW + b, so the gradient of the mean loss at b is the mean of the images' dL/do.
    model = make_model(variant, 0.1 * torch.randn(784, 10))
    images, labels = torch.rand(20, 784), torch.arange(20) % 10
    model.loss(model(images), labels).backward()
    gradients = logit_gradients(model, images @ model.W + model.b, labels)
    assert torch.allclose(model.b.grad, gradients.mean(0), atol=1e-6)


def test_all_variants_of_a_seed_start_alike_and_another_seed_does_not(tiny_garments):
    weights = [make_run(tiny_garments, variant).model.W for variant in VARIANTS]
    assert all(torch.equal(weights[0], w) for w in weights[1:])
    assert not torch.equal(weights[0], make_run(tiny_garments, "wrong", seed=1).model.W)
    assert float(weights[0].detach().std()) == pytest.approx(0.01, rel=0.05)


def test_an_epoch_is_one_pass_over_the_images_in_the_seeds_order(tiny_garments):
    # By hand: the same order, the images as floats, the gradient of the mean cross-entropy, x^T (p - y) / B.
    task = make_task(tiny_garments, "reference")
    images, labels = task.images["train"] / 255, F.one_hot(task.labels["train"], 10)
    model = task.runs[0].model
    weights, bias = model.W.detach().clone(), model.b.detach().clone()
    task.train_epoch(1)
    for batch in torch.randperm(len(labels), generator=generator(0, "order", 1)).split(256):
        error = (torch.softmax(images[batch] @ weights + bias, 1) - labels[batch]) / len(batch)
        weights, bias = weights - 0.1 * images[batch].T @ error, bias - 0.1 * error.sum(0)
    assert torch.allclose(model.W, weights, atol=1e-6)
    assert torch.allclose(model.b, bias, atol=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_step_is_that_of_the_models_own_forward_and_loss(tiny_garments, variant):
    task = make_task(tiny_garments, *VARIANTS, seeds=(0, 1))
    (run,) = [run for run in task.runs if (run.config.model, run.seed) == (variant, 1)]
    own = make_model(variant, run.model.W.detach())
    batch = torch.randperm(len(task.labels["train"]), generator=generator(1, "order", 1)).split(256)[0]
    task.images["train"], task.labels["train"] = task.images["train"][batch], task.labels["train"][batch]
    loss = own.loss(own(task.images["train"] / 255), task.labels["train"])
    loss.backward()
    task.train_epoch(1)  # one batch; in another order than above, which changes nothing but the last bits
    assert run.steps == pytest.approx([loss.item()], abs=1e-5)
    assert torch.allclose(run.model.W, own.W - 0.1 * own.W.grad, atol=1e-6)
    assert torch.allclose(run.model.b, own.b - 0.1 * own.b.grad, atol=1e-6)


def test_a_run_does_not_depend_on_the_seeds_beside_it(tiny_garments):
    alone, among = make_task(tiny_garments, *VARIANTS, seeds=(1,)), make_task(tiny_garments, *VARIANTS, seeds=(0, 1, 2))
    for task in (alone, among):
        task.train_epoch(1)
    for a, b in zip(alone.runs, [run for run in among.runs if run.seed == 1], strict=True):
        assert a.steps == b.steps
        assert torch.equal(a.model.W, b.model.W)


def test_each_run_of_a_pass_has_its_own_rate(tiny_garments):
    members = [(SoftmaxConfig(model="wrong", lr=lr), 0) for lr in (0.1, 1.0)]
    together = SoftmaxTask(members, tiny_garments, CPU)
    apart = [SoftmaxTask([member], tiny_garments, CPU) for member in members]
    for task in (together, *apart):
        task.train_epoch(1)
    for run, task in zip(together.runs, apart, strict=True):
        assert torch.allclose(run.model.W, task.runs[0].model.W, atol=1e-6)


def test_a_run_that_diverges_leaves_those_beside_it_alone(tiny_garments):
    configs = [SoftmaxConfig(model="corrected", lr=lr) for lr in (0.1, 1e30)]
    task = SoftmaxTask([(config, 0) for config in configs], tiny_garments, CPU)
    task.train_epoch(1)
    task.train_epoch(2)
    fine, lost = task.runs
    assert torch.isfinite(torch.tensor(fine.steps)).all()
    assert not math.isfinite(lost.steps[-1])


def test_an_untrained_model_is_near_chance(tiny_garments):
    measured = {(s, m): v for s, m, v in make_run(tiny_garments, "reference").measure()}
    assert measured["val", "loss"] == pytest.approx(math.log(10), abs=0.1)


def test_training_lowers_the_loss(tiny_garments):
    losses = losses_of(tiny_garments, "reference", epochs=10)
    assert losses[-1] < losses[0] - 0.5
