"""Single images with what a model took them for."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from figures import style
from figures.text import fit

COLUMNS = 6
IMAGE = 19.0  # mm
PITCH = style.TEXT_WIDTH / COLUMNS  # mm; a caption may be wider than its image
LINE = 3.6  # mm
CAPTION = PITCH - 1.0  # mm across


@style.with_report_style
def mistakes(images: Sequence[npt.NDArray[np.uint8]], captions: Sequence[Sequence[str]]) -> Figure:
    """Images (side, side, 1 or 3) in rows of COLUMNS, each with its lines of text underneath."""
    if not images or len(images) != len(captions):
        raise ValueError(f"each image needs its caption, at least one; got {len(images)} and {len(captions)}")
    lines = max(map(len, captions))
    pitch = IMAGE + lines * LINE + 3.0
    rows = -(-len(images) // COLUMNS)
    width = min(len(images), COLUMNS) * PITCH
    height = rows * pitch - 1.5
    fig = style.new_figure(width, height)
    for place, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(place, COLUMNS)
        left, bottom = column * PITCH, height - row * pitch - IMAGE
        ax = style.add_axes(fig, left, bottom, IMAGE, IMAGE)
        ax.imshow(image.squeeze(), cmap="gray", vmin=0, vmax=255, interpolation="none")
        ax.set_axis_off()
        for number, text in enumerate(caption):
            y = (bottom - 0.8 - (number + 0.5) * LINE) / height
            fig.text(left / width, y, fit(text, CAPTION), va="center_baseline", ha="left")
    return fig
