import io

import numpy as np
import pytest
from PIL import Image

from experiments.data.near_duplicates import NEAR, near_duplicates

TRAIN, TEST = 0, 2


def photographs(number: int, seed: int = 0) -> list[Image.Image]:
    """Smooth random pictures, 64 px a side."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (number, 8, 8, 3), dtype=np.uint8)
    return [Image.fromarray(image).resize((64, 64), Image.Resampling.BICUBIC) for image in noise]


def compressed(image: Image.Image) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=40)
    return Image.open(buffer)


def found(pictures, splits):
    images = np.stack([np.asarray(picture) for picture in pictures])
    return near_duplicates(images, np.array(splits, np.uint8), [f"{i}.png" for i in range(len(splits))])


ALTERED = {
    "compressed again": compressed,
    "rescaled": lambda image: image.resize((32, 32)).resize((64, 64)),
    "darker": lambda image: image.point(lambda level: level * 0.8),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
}


@pytest.mark.parametrize("altered", ALTERED.values(), ids=ALTERED)
def test_a_copy_in_another_split_is_found_though_its_pixels_differ(altered):
    pictures = photographs(6)
    near = found([*pictures, altered(pictures[2])], [TRAIN] * 6 + [TEST])
    assert (near.images, near.pairs) == (1, 1)
    ((file, other, bits),) = near.examples
    assert (file, other) == ("6.png", "2.png")
    assert 0 <= bits <= NEAR


def test_different_pictures_and_copies_in_one_split_are_none():
    pictures = photographs(40)
    assert found([*pictures, pictures[3]], [TRAIN] * 20 + [TEST] * 21).pairs == 1  # of the 4th with the last
    assert found(pictures, [TRAIN] * 20 + [TEST] * 20).pairs == 0
    assert found([*pictures, compressed(pictures[30])], [TRAIN] * 20 + [TEST] * 21).pairs == 0


def test_pictures_of_one_colour_are_not_taken_for_one_another():
    flat = [Image.new("RGB", (64, 64), (level, level, level)) for level in range(0, 250, 25)]
    assert found(flat, [TRAIN] * 5 + [TEST] * 5).pairs == 0


def test_each_image_counts_once_however_many_it_resembles():
    (picture,) = photographs(1)
    near = found([picture] * 40, [TRAIN] * 30 + [TEST] * 10)
    assert (near.images, near.pairs, len(near.examples)) == (10, 300, 20)


def test_grey_images_are_compared_as_well():
    images = np.stack([np.asarray(picture.convert("L"))[:, :, None] for picture in photographs(2)])
    near = near_duplicates(images[[0, 1, 0]], np.array([TRAIN, TRAIN, TEST], np.uint8), ["a", "b", "c"])
    assert near.examples == (("c", "a", 0),)
