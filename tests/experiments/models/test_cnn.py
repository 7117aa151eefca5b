import pytest
import torch
import torch.nn.functional as F

from experiments.models.cnn import RECIPE, build, max_blur_pool


def test_pooling_halves_and_keeps_what_is_constant():
    x = torch.arange(3.0).view(1, 3, 1, 1).expand(2, 3, 8, 12)
    assert torch.equal(max_blur_pool(x), x[:, :, ::2, ::2])


def test_a_value_is_the_mean_of_four_overlapping_maxima():
    x = torch.randn(1, 1, 6, 6, generator=torch.Generator().manual_seed(0))
    windows = [x[0, 0, 2 + row : 4 + row, 2 + column : 4 + column].max() for row in (-1, 0) for column in (-1, 0)]
    torch.testing.assert_close(max_blur_pool(x)[0, 0, 1, 1], torch.stack(windows).mean())


def test_a_shift_of_one_pixel_changes_less_than_with_max_pooling():
    x = torch.randn(4, 8, 32, 32, generator=torch.Generator().manual_seed(0))

    def change(pool):
        before, after = pool(x), pool(x.roll(1, 3))
        return float((after - before)[..., 1:-1].square().mean() / before.var())

    assert change(max_blur_pool) < 0.7 * change(lambda x: F.max_pool2d(x, 2))


@pytest.mark.parametrize("side", [32, 48, 112])
def test_any_multiple_of_sixteen_is_taken(side):
    assert build(RECIPE, 7).eval()(torch.randn(2, 3, side, side)).shape == (2, 7)
