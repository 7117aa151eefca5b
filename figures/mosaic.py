"""Sample images as a grid: one row a class, or any rows with labels."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from PIL import Image

from figures import style
from figures.style import MM_PER_INCH, Lang

GAP = 0.7  # mm between images
DPI = 150  # of the printed pictures; more doubles the file and shows nothing new


@style.drawn
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
    wide each.
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
    width = min(cell_mm, (style.TEXT_WIDTH - label_mm + GAP) / columns - GAP)
    height = width * px_high / px_wide
    pitch = height + GAP
    left = min(label_mm, 2.6 + max(_widest(text, label_mm, pitch) for text in class_labels))

    sheet = _sheet(samples, width)
    sheet_mm = (columns * (width + GAP) - GAP, rows * pitch - GAP)
    fig = style.new_figure(left + sheet_mm[0], sheet_mm[1])
    ax = style.add_axes(fig, left, 0, *sheet_mm)
    ax.imshow(sheet, cmap="gray", vmin=0, vmax=255, interpolation="none", aspect="auto", extent=(0, *sheet_mm, 0))
    ax.set_axis_off()
    for row, text in enumerate(class_labels):
        middle = row * pitch + height / 2
        ax.text(-2.0, middle, _wrapped(text, label_mm, pitch), ha="right", va="center", linespacing=1.25)
    return fig


def _wrapped(text: str, label_mm: float, pitch: float) -> str:
    return style.wrap(text, label_mm - 2.6, max(1, int(pitch / 3.9)))


def _widest(text: str, label_mm: float, pitch: float) -> float:
    lines = _wrapped(text, label_mm, pitch).splitlines()
    return max((style.text_width(line) for line in lines), default=0.0)


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
    gap = max(1, round(wide * GAP / width))
    sheet = np.full((rows, high + gap, columns, wide + gap, channels), 255, np.uint8)
    sheet[:, :high, :, :wide] = samples.transpose(0, 2, 1, 3, 4)
    whole = sheet.reshape(rows * (high + gap), columns * (wide + gap), channels)[:-gap, :-gap]
    return whole[..., 0] if channels == 1 else whole
