import copy

import pytest
import torch
from torch import nn

from experiments.models.dropout import Dropout, DropPath, draw_from


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("p", [0.1, 0.3, 0.5])
def test_dropout_drops_its_share_and_keeps_the_mean(p):
    layer = Dropout(p)
    draw_from(layer, generator())
    dropped = layer(torch.ones(1000, 1001))
    # A million draws: a standard deviation of at most 0.0005; p counts in 1/256.
    assert float((dropped == 0).float().mean()) == pytest.approx(p, abs=0.004)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.004)
    assert float(dropped.max()) == pytest.approx(1 / (1 - p), rel=0.01)


def test_every_place_is_dropped_equally_often():
    # Eight places share a draw of 64 bits; in each of them, all eight bits must be random.
    layer = Dropout(0.5)
    draw_from(layer, generator())
    kept = (layer(torch.ones(20000, 8)) > 0).float()
    assert (kept.mean(0) - 0.5).abs().max() < 0.02
    assert (torch.corrcoef(kept.T) - torch.eye(8)).abs().max() < 0.03


def test_a_dropped_number_has_no_gradient():
    layer = Dropout(0.5)
    x = torch.ones(100, requires_grad=True)
    out = layer(x)
    out.sum().backward()
    assert torch.equal(x.grad == 0, out == 0)


def test_drop_path_drops_whole_images():
    layer = DropPath(0.25)
    draw_from(layer, generator())
    out = layer(torch.ones(10000, 3, 2))
    of_images = out.flatten(1)
    assert ((of_images == 0).all(1) | (of_images > 0).all(1)).all()
    assert float((of_images[:, 0] == 0).float().mean()) == pytest.approx(0.25, abs=0.02)
    assert float(out.mean()) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("layer", [Dropout(0.5), DropPath(0.5)])
def test_nothing_is_dropped_in_evaluation(layer):
    x = torch.randn(10, 10)
    assert torch.equal(copy.deepcopy(layer).eval()(x), x)


def test_what_is_dropped_depends_on_the_generator_alone():
    model = nn.Sequential(Dropout(0.5), DropPath(0.5))

    def dropped(seed):
        draw_from(model, generator(seed))
        torch.rand(1)  # torch's own generator goes on
        return model(torch.ones(50, 20))

    assert torch.equal(dropped(1), dropped(1))
    assert not torch.equal(dropped(1), dropped(2))
