import pytest
import torch
import torch.nn.functional as F

from experiments.catalog import IMAGENET10
from experiments.models.cnn import build
from experiments.models.whitening import whitening_filters


def views(count=64, side=40):
    """Images whose neighbouring pixels and channels are alike, as those of photographs are."""
    noise = torch.randn(count, 1, side + 4, side + 4, generator=torch.Generator().manual_seed(0))
    grey = F.avg_pool2d(noise, 5, stride=1) * 5
    colour = torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(1))
    return grey + 0.3 * colour


def test_responses_have_variance_one_and_are_uncorrelated():
    filters = whitening_filters(views(), 12, 4)
    assert filters.shape == (12, 3, 4, 4)
    responses = F.conv2d(views(), filters, stride=5).transpose(0, 1).flatten(1)  # the very patches they are made from
    covariance = torch.cov(responses)
    assert covariance.diagonal() == pytest.approx(1.0, abs=0.15)  # a little less: the weak ones are shrunk
    assert (covariance - covariance.diagonal().diag()).abs().max() < 0.02


def test_the_strongest_component_is_what_all_pixels_share():
    first = whitening_filters(views(), 1, 4).flatten()
    assert first.abs().min() > 0
    assert len(first.sign().unique()) == 1


def test_the_cnn_keeps_its_whitening_filters_while_it_trains():
    model = build(IMAGENET10.variants["cnn"], 10)
    model.whiten(views())
    filters = model.stem.filters.weight
    assert torch.equal(filters, whitening_filters(views(), len(filters), 4))
    assert not filters.requires_grad
    assert all(weight is not filters for weight in model.matrices())
    assert IMAGENET10.variants["cnn"].whitening
