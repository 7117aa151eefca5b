"""Images that look alike though their pixels differ: copies that were compressed again, rescaled or mirrored.

A difference hash keeps, of an image reduced to 9 × 9 grey cells, which of two neighbours is brighter. Two images whose
hashes differ in few bits are called near-duplicates. How many altered copies are found stands in benchmarks/README.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

GRID = 9  # cells a side
BITS = 2 * GRID * (GRID - 1)
NEAR = 10  # bits: the closest two different photographs of Imagenette are farther apart
FLAT = 8  # grey levels between the darkest and the brightest cell: with fewer, the bits are noise
EXAMPLES = 20  # pairs that are named
ROWS = 1000  # of the matrix of distances, at a time


@dataclass(frozen=True)
class NearDuplicates:
    """Images of a later split that resemble one of an earlier split.

    images: how many of them; pairs: how many pairs. examples: (file, file it resembles, bits that differ), the closest
    first.
    """

    images: int
    pairs: int
    examples: tuple[tuple[str, str, int], ...]


def near_duplicates(images: np.ndarray, split: np.ndarray, files: Sequence[str]) -> NearDuplicates:
    """Those across splits, as they are or mirrored. images uint8 (N, H, W, C); split (N,), in order of time."""
    grid = np.stack([_cells(image) for image in images])
    kept = np.flatnonzero(np.ptp(grid, axis=(1, 2)) >= FLAT)
    signs, mirrored = (_signs(cells) for cells in (grid[kept], grid[kept][:, :, ::-1]))
    places, later = split[kept], set[int]()
    number, found = 0, list[tuple[int, str, str]]()
    for first in range(0, len(kept), ROWS):
        rows = slice(first, first + ROWS)
        agreement = np.maximum(signs[rows] @ signs.T, signs[rows] @ mirrored.T)  # bits alike minus bits that differ
        close = (agreement >= BITS - 2 * NEAR) & (places[rows, None] > places[None, :])
        own, other = np.nonzero(close)
        later.update((own + first).tolist())
        number += len(own)
        distance = ((BITS - agreement[own, other]) / 2).astype(int)
        nearest = np.argsort(distance, kind="stable")[:EXAMPLES]
        found += [
            (int(distance[k]), files[kept[own[k] + first]], files[kept[other[k]]])
            for k in nearest.tolist()
        ]  # fmt: skip
    return NearDuplicates(len(later), number, tuple((a, b, bits) for bits, a, b in sorted(found)[:EXAMPLES]))


def _cells(image: np.ndarray) -> np.ndarray:
    """Mean grey levels int16 (GRID, GRID) of an image uint8 (H, W, C)."""
    picture = Image.fromarray(image[:, :, 0] if image.shape[2] == 1 else image).convert("L")
    return np.asarray(picture.resize((GRID, GRID), Image.Resampling.BOX), dtype=np.int16)


def _signs(cells: np.ndarray) -> np.ndarray:
    """Grey cells (N, GRID, GRID) to hashes float32 (N, BITS) of ±1, of which a product counts the bits alike."""
    across, down = cells[:, :, 1:] > cells[:, :, :-1], cells[:, 1:] > cells[:, :-1]
    bits = np.concatenate([across.reshape(-1, BITS // 2), down.reshape(-1, BITS // 2)], axis=1)
    return np.where(bits, np.float32(1), np.float32(-1))
