import itertools

import numpy as np
import pytest

from figures import svg
from figures.mosaic import mosaic
from figures.room import samples_shown


def samples(k=3, n=4, px=128, channels=3):
    """Sample j of class i is one flat colour, 20 i + j."""
    values = (20 * np.arange(k)[:, None] + np.arange(n)).astype(np.uint8)
    return np.broadcast_to(values[:, :, None, None, None], (k, n, px, px, channels))


def test_every_sample_stands_in_its_class_row():
    fig = mosaic(samples(), ["a", "b", "c"], "en")
    sheet = np.asarray(fig.axes[0].images[0].get_array())
    high, wide = sheet.shape[0] / 3, sheet.shape[1] / 4
    for i in range(3):
        for j in range(4):
            assert (sheet[int((i + 0.4) * high), int((j + 0.4) * wide)] == 20 * i + j).all()


def test_large_images_are_reduced_and_small_ones_keep_whole_pixels():
    # 13 mm at 150 dpi are 77 px, and 0.7 mm of gap 4 px: 3 · 77 + 2 · 4 rows
    assert mosaic(samples(), list("abc"), "en").axes[0].images[0].get_array().shape == (239, 320, 3)
    # 28 px fit twice into 77; gap 56 · 0.7 / 13 = 3 px
    small = mosaic(samples(px=28, channels=1), list("abc"), "en").axes[0].images[0].get_array()
    assert small.shape == (3 * 56 + 2 * 3, 4 * 56 + 3 * 3)


def test_a_mosaic_is_one_raster_as_wide_as_the_page_at_most():
    drawn = svg.svg(mosaic(samples(k=10, n=20), ["盒式磁带播放机 cassette player"] * 10, "both"))
    assert drawn.count("<image") == 1
    fig = mosaic(samples(k=10, n=20), ["long name " * 20] * 10, "both")
    assert fig.get_size_inches()[0] * 25.4 <= 165.01
    fig.canvas.draw()
    boxes = [text.get_window_extent() for text in fig.axes[0].texts]
    assert min(box.xmin for box in boxes) >= 0
    assert not any(a.overlaps(b) for a, b in itertools.pairwise(boxes))


def test_drawing_twice_gives_the_same_bytes():
    first, second = (svg.svg(mosaic(samples(), ["a", "$b$", "<script>"], "en")) for _ in range(2))
    assert first == second


def test_what_is_not_an_image_is_an_error_that_says_so():
    with pytest.raises(ValueError, match="float64"):
        mosaic(samples() / 255, list("abc"), "en")
    with pytest.raises(ValueError, match="3 rows of samples need 3 class labels, got 2"):
        mosaic(samples(), ["a", "b"], "en")
    with pytest.raises(ValueError, match=r"U\+1F98A"):
        mosaic(samples(), ["a", "b", "🦊"], "en")


def test_a_hundred_classes_stand_in_columns_with_fewer_samples_each():
    fig = mosaic(samples(k=100, n=8, px=16), [f"n{k:08}" for k in range(100)], "en", cell_mm=8.8)
    shown = samples_shown(100, 8)
    assert 1 <= shown < 8
    assert samples_shown(10, 8) == 8
    assert [len(ax.texts) for ax in fig.axes] == [25] * 4
    sheet = np.asarray(fig.axes[1].images[0].get_array())
    high, wide = sheet.shape[0] / 25, sheet.shape[1] / shown
    assert (sheet[int(0.4 * high), int(0.4 * wide)] == 20 * 25 % 256).all()
    assert fig.get_size_inches()[0] * 25.4 <= 165.01
    assert fig.get_size_inches()[1] * 25.4 <= 220
    svg.svg(fig)
