import numpy as np
import pytest

from experiments.data.demo import TEXTURES, garments, textures

# One set of each for the whole file: drawing is quick, drawing again in every test is not.


@pytest.fixture(scope="module")
def drawn():
    return {"textures": textures(100), "garments": garments(1000)}


def test_shapes_types_and_labels_are_as_in_the_real_sets(drawn):
    images, labels = drawn["textures"]
    assert (images.shape, images.dtype) == ((100, 128, 128, 3), np.uint8)
    assert labels.tolist() == list(range(10)) * 10
    images, labels = drawn["garments"]
    assert (images.shape, images.dtype) == ((1000, 28, 28, 1), np.uint8)
    assert labels.dtype == np.int64
    assert len(TEXTURES) == 10


@pytest.mark.parametrize("draw", [textures, garments])
def test_the_same_seed_draws_the_same_images_and_another_seed_others(draw):
    assert (draw(20)[0] == draw(20)[0]).all()
    assert (draw(20)[0] != draw(20, seed=1)[0]).any()


@pytest.mark.parametrize("name", ["textures", "garments"])
def test_no_two_images_are_equal(drawn, name):
    images = drawn[name][0]
    assert len({image.tobytes() for image in images}) == len(images)


def test_every_image_shows_something(drawn):
    for images, _ in drawn.values():
        assert images.reshape(len(images), -1).std(axis=1).min() > 3


def test_a_mean_image_tells_the_garments_well_but_not_perfectly(drawn):
    """Nearest class mean, the simplest linear classifier: neither trivial nor impossible."""
    images, labels = drawn["garments"]
    x = images.reshape(len(images), -1) / 255
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    means = np.array([x[:700][labels[:700] == label].mean(axis=0) for label in range(10)])
    nearest = ((x[700:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert 0.6 < (nearest == labels[700:]).mean() < 0.98
