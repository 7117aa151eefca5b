"""Sample images as a grid: one row a class, or any rows with labels."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

from figures import style
from figures.room import IMAGE_GAP, SMALL, blocks_of, samples_shown
from figures.style import MM_PER_INCH, Lang
from figures.text import fit_all, text_width

DPI = 150  # of the printed pictures; more doubles the file and shows nothing new


@style.with_report_style
def mosaic(
    samples: npt.NDArray[np.uint8],
    class_labels: Sequence[str],
    lang: Lang,
    *,
    label_mm: float = 32.0,
    cell_mm: float = 13.0,
) -> Figure:
    """n sample images of each of K classes, one row a class with its label before it.

    samples has shape (K, n, height, width, C) with C = 1 or 3. The images become one raster, at most cell_mm
    wide each. More classes than a page has room for stand in several columns, with the first `samples_shown` images of
    each.
    """
    style.label("", "", lang)  # the same check of lang as everywhere; the labels come in their language
    if samples.dtype != np.uint8 or samples.ndim != 5 or samples.shape[-1] not in (1, 3) or 0 in samples.shape:
        raise ValueError(
            f"samples must be uint8 (K, n, height, width, 1 or 3), got {samples.dtype} {samples.shape}; "
            "pixels in [0, 1] need * 255"
        )
    rows, columns, px_high, px_wide, _ = samples.shape
    if len(class_labels) != rows:
        raise ValueError(f"{rows} rows of samples need {rows} class labels, got {len(class_labels)}")
    width = min(cell_mm, (style.TEXT_WIDTH - label_mm + IMAGE_GAP) / columns - IMAGE_GAP)
    blocks = blocks_of(rows, width * px_high / px_wide)
    if blocks > 1:
        columns = samples_shown(rows, columns)
        samples, width = samples[:, :columns], min(SMALL, SMALL * px_wide / px_high)
        label_mm = style.TEXT_WIDTH / blocks - columns * (width + IMAGE_GAP) - 2.0
    height = width * px_high / px_wide
    pitch = height + IMAGE_GAP
    labels = fit_all(class_labels, label_mm - 2.6, max(1, int(pitch / 3.9)))
    left = 2.6 + max(text_width(line) for text in labels for line in text.splitlines() or [""])

    each = math.ceil(rows / blocks)
    block_mm = style.TEXT_WIDTH / blocks
    sheet_width = columns * (width + IMAGE_GAP) - IMAGE_GAP
    fig = style.new_figure((blocks - 1) * block_mm + left + sheet_width, each * pitch - IMAGE_GAP)
    for block in range(blocks):
        own = slice(block * each, (block + 1) * each)
        sheet_mm = (sheet_width, len(labels[own]) * pitch - IMAGE_GAP)
        bottom = each * pitch - IMAGE_GAP - sheet_mm[1]
        ax = style.add_axes(fig, block * block_mm + left, bottom, *sheet_mm)
        sheet = _sheet(samples[own], width)
        ax.imshow(sheet, cmap="gray", vmin=0, vmax=255, interpolation="none", aspect="auto", extent=(0, *sheet_mm, 0))
        ax.set_axis_off()
        for row, text in enumerate(labels[own]):
            middle = row * pitch + height / 2
            ax.text(-2.0, middle, text, ha="right", va="center", linespacing=1.25)
    return fig


def _sheet(samples: npt.NDArray[np.uint8], width: float) -> npt.NDArray[np.uint8]:
    """(K, n, H, W, C) to one raster (h, w) or (h, w, 3): large images reduced, small ones in whole pixels."""
    rows, columns, px_high, px_wide, channels = samples.shape
    wanted = max(1, round(width / MM_PER_INCH * DPI))  # px across one image
    if px_wide > wanted:
        size = (wanted, max(1, round(wanted * px_high / px_wide)))
        flat = samples.reshape(-1, px_high, px_wide, channels)
        images = [Image.fromarray(np.squeeze(image, 2) if channels == 1 else image) for image in flat]
        small = [np.asarray(image.resize(size, Image.Resampling.LANCZOS)) for image in images]
        samples = np.stack(small).reshape(rows, columns, size[1], size[0], channels)
    else:
        times = max(1, wanted // px_wide)  # a viewer that smooths pictures then leaves the pixels recognisable
        samples = samples.repeat(times, axis=2).repeat(times, axis=3)
    high, wide = samples.shape[2:4]
    gap = max(1, round(wide * IMAGE_GAP / width))
    sheet = np.full((rows, high + gap, columns, wide + gap, channels), 255, np.uint8)
    sheet[:, :high, :, :wide] = samples.transpose(0, 2, 1, 3, 4)
    whole = sheet.reshape(rows * (high + gap), columns * (wide + gap), channels)[:-gap, :-gap]
    return whole[..., 0] if channels == 1 else whole
