import numpy as np
import torch
from PIL import Image

from experiments.training.augment import central_view, cut_mix, random_views


def gradient_images(batch=4, side=32):
    ramp = torch.arange(side, dtype=torch.uint8) * 8
    return ramp.expand(batch, 3, side, side).contiguous()


def test_the_whole_image_at_its_own_size_is_itself():
    images = torch.randint(0, 256, (2, 3, 16, 16), dtype=torch.uint8)
    assert torch.equal(central_view(images, 16), images.float())


def test_shrinking_is_antialiased_as_pillow_does_it():
    images = torch.randint(0, 256, (1, 1, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    expected = Image.fromarray(images[0, 0].numpy()).resize((12, 12), Image.Resampling.BILINEAR)
    ours = central_view(images, 12)[0, 0]
    pixels = torch.from_numpy(np.array(expected, dtype=np.float32))
    assert (ours - pixels).abs().max() <= 1.5  # Pillow rounds twice


def test_a_central_crop_leaves_the_border_out():
    images = torch.zeros(1, 1, 20, 20, dtype=torch.uint8)
    images[:, :, 5:15, 5:15] = 200
    assert central_view(images, 10, crop=0.5).min() > 150
    assert central_view(images, 10, crop=1.0).min() == 0


def test_views_depend_on_the_generator_alone():
    def views(seed):
        return random_views(gradient_images(), 16, torch.Generator().manual_seed(seed), (0.3, 1.0), 4 / 3, 0.2)

    assert torch.equal(views(1), views(1))
    assert not torch.equal(views(1), views(2))


def test_about_half_of_the_views_are_mirrored_and_none_leaves_the_range():
    # Brightness rises to the right, so a mirrored view falls.
    draw = torch.Generator().manual_seed(0)
    views = random_views(gradient_images(400), 16, draw, (0.5, 1.0), 1.0)
    rising = (views[:, 0, 0, -1] > views[:, 0, 0, 0]).float().mean()
    assert 0.4 < rising < 0.6
    assert views.min() >= 0
    assert views.max() <= 255


def test_a_view_of_the_full_area_is_the_image_or_its_mirror():
    images = gradient_images(8)
    views = random_views(images, 32, torch.Generator().manual_seed(0), (1.0, 1.0), 1.0)
    for view in views:
        assert torch.allclose(view, images[0].float(), atol=1e-3) or torch.allclose(
            view, images[0].flip(2).float(), atol=1e-3
        )


def test_cut_mix_pastes_a_square_of_another_view_and_mixes_the_targets_by_its_area():
    views = torch.arange(64.0).view(64, 1, 1, 1).expand(-1, 1, 16, 16).contiguous()  # each view its own number
    targets = torch.eye(64)
    mixed, soft = cut_mix(views, targets, 0.5, torch.Generator().manual_seed(0))
    pasted = (mixed != views).float().mean((1, 2, 3))
    assert 0.3 < (pasted > 0).float().mean() < 0.7
    assert ((mixed == views) | (mixed == views.flip(0))).all()
    torch.testing.assert_close(soft.sum(1), torch.ones(64))
    torch.testing.assert_close(soft.diagonal(), 1 - pasted)
