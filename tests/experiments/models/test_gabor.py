import pytest
import torch

from experiments.models.gabor import gabor_filters


@pytest.fixture
def filters():
    torch.manual_seed(0)
    return gabor_filters(400, 3, 32, norm=2.0).view(400, 3, 32, 32)


def test_every_filter_has_the_length_asked_for(filters):
    assert filters.flatten(1).norm(dim=1) == pytest.approx(2.0, abs=1e-5)


def test_a_filter_sees_one_place_and_the_places_cover_the_image(filters):
    energy = filters.square().sum(1)  # (400, 32, 32), of each filter 2² = 4
    strongest = energy.flatten(1).argmax(1)
    rows, columns = strongest // 32, strongest % 32
    for places in (rows, columns):  # uniform over 32 pixels: 100 of 400 in each quarter, with an sd of 8.7
        quarters = torch.histc(places.float(), 4, 0, 32)
        assert quarters.min() > 60
    y, x = torch.meshgrid(torch.arange(32), torch.arange(32), indexing="ij")
    far = ((y - rows[:, None, None]).square() + (x - columns[:, None, None]).square()) > 16**2
    share = (energy * far).flatten(1).sum(1) / 4
    assert share.median() < 0.02


def test_a_filter_has_one_colour(filters):
    # All channels hold the same shape, so that a filter is an outer product of colour and place: its rank is 1.
    values = torch.linalg.svdvals(filters.flatten(2))
    assert (values[:, 1] < 1e-4 * values[:, 0]).all()


def test_another_seed_gives_other_filters_and_the_same_seed_the_same(filters):
    torch.manual_seed(0)
    assert gabor_filters(400, 3, 32, norm=2.0).equal(filters.flatten(1))
    assert not gabor_filters(400, 3, 32, norm=2.0).equal(filters.flatten(1))
