import math

import pytest
import torch

from experiments.models.softmax_regression import VARIANTS, Classifier, SoftmaxRegressionScratch, sources

FLOOR = math.log(1 + 9 / math.e)  # p one-hot at the label, K = 10


def make_model(variant, weights):
    return VARIANTS[variant](weights.shape[0], 10, weights)


def test_the_wrong_variant_inherits_the_default_loss():
    assert SoftmaxRegressionScratch.loss is Classifier.loss
    assert "cross_entropy" in sources()["inherited_loss"]
    assert "return self.softmax" in sources()["forward"]


def test_forward_returns_probabilities():
    outputs = make_model("wrong", torch.randn(784, 10))(torch.rand(5, 1, 28, 28))
    assert outputs.shape == (5, 10)
    assert torch.allclose(outputs.sum(1), torch.ones(5))


@pytest.mark.parametrize("variant", ["wrong", "double"])
def test_every_double_softmax_loss_lies_between_floor_and_ceiling(variant):
    labels = torch.arange(10).repeat(100)
    for scale in (0.01, 1.0, 20.0):  # from uniform to one-hot predictions, right and wrong
        probabilities = torch.softmax(scale * torch.randn(1000, 10), dim=1)
        losses = make_model(variant, torch.zeros(784, 10)).loss(probabilities, labels, averaged=False)
        assert losses.min() >= FLOOR - 1e-5
        assert losses.max() <= FLOOR + 1 + 1e-5
    one_hot = torch.eye(10)
    model = make_model(variant, torch.zeros(784, 10))
    assert float(model.loss(one_hot, torch.arange(10))) == pytest.approx(FLOOR, abs=1e-5)
    assert float(model.loss(one_hot, torch.arange(10).roll(1))) == pytest.approx(FLOOR + 1, abs=1e-5)
