"""What a page has room for in a figure, which the text says too. Free of Matplotlib: it takes half of the time in which
a report that is finished already is found again."""

import math

TEXT_WIDTH = 165.0  # mm, the report's text block
TALLEST = 215.0  # mm, which leaves room for a caption on the page

# Confusion matrices
SMALLEST_CELL = 4.2  # mm; 100 in the numbers' size just fits
WIDEST = 110.0  # mm, of a panel
LONGEST_LABEL = 26.0  # mm
PANEL_GAP = 3.0  # mm between panels

# Sample images
IMAGE_GAP = 0.7  # mm between images
SMALL = 7.0  # mm of an image where the classes stand in several columns


def has_numbers(classes: int, variants: int) -> bool:
    """Whether a confusion matrix's cells have room for numbers on one page, whatever the names; else shades alone."""
    longest = LONGEST_LABEL + 7.0
    for columns in range(1, min(3, variants) + 1):
        side = min((TEXT_WIDTH - longest - PANEL_GAP * (columns - 1)) / columns, 11.0 * classes, WIDEST)
        if side / classes >= SMALLEST_CELL and -(-variants // columns) * (side + 6.5) + longest <= TALLEST:
            return True
    return False


def samples_shown(classes: int, samples: int, cell_mm: float = 8.8) -> int:
    """How many of a class's square images are drawn: fewer where the classes stand in several columns."""
    if (blocks := blocks_of(classes, cell_mm)) == 1:
        return samples
    return max(1, min(samples, int((TEXT_WIDTH / blocks - 18.0) / (SMALL + IMAGE_GAP))))


def blocks_of(classes: int, height: float) -> int:
    """In how many columns of rows, each an image of this height in mm, the classes stand."""
    return 1 if classes * (height + IMAGE_GAP) <= TALLEST else math.ceil(classes * (SMALL + IMAGE_GAP) / TALLEST)
