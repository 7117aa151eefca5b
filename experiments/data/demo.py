"""Drawn stand-ins for the two data sets, for trying the program where there is neither data nor network.

Deterministic: the same number and seed draw the same images. Shapes are distances in the sense of computer
graphics, negative inside; arrays of them are joined with minimum and cut with maximum.
"""

from collections.abc import Callable, Iterator

import numpy as np

TEXTURES = (
    "bricks", "checkerboard", "cross", "dots", "rings", "spiral", "star", "stripes", "triangle", "waves",
)  # fmt: skip
TEXTURE_PX = 128
GARMENT_PX = 28
_BLOCK = 50  # images drawn at a time: 50 maps of 128 x 128 stay in the processor's cache


def textures(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """n coloured textures and shapes uint8 (n, 128, 128, 3) with labels int64 (n,), which run 0…9, 0…9, …

    Place, size, angle, colours, light and noise vary. A class leans towards a hue, as a class of photographs
    does, so that colour alone helps a little; the form tells the rest.
    """
    labels = np.arange(n) % len(TEXTURES)
    images = np.empty((n, TEXTURE_PX, TEXTURE_PX, 3), np.uint8)
    for label in range(len(TEXTURES)):
        for rows in _blocks(np.flatnonzero(labels == label)):
            images[rows] = _draw_textures(label, len(rows), np.random.default_rng([seed, rows[0], 1]))
    return images, labels


def garments(n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """n silhouettes of clothes uint8 (n, 28, 28, 1) with Fashion-MNIST's labels int64 (n,): 0…9, 0…9, …"""
    labels = np.arange(n) % len(_GARMENTS)
    images = np.empty((n, GARMENT_PX, GARMENT_PX, 1), np.uint8)
    for label, garment in enumerate(_GARMENTS):
        for rows in _blocks(np.flatnonzero(labels == label)):
            images[rows, ..., 0] = _draw_garments(garment, len(rows), np.random.default_rng([seed, rows[0], 2]))
    return images, labels


def _blocks(rows: np.ndarray) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), _BLOCK):
        yield rows[start : start + _BLOCK]


def _grid(px: int) -> tuple[np.ndarray, np.ndarray]:
    """x and y in [-1, 1] at the pixels' centres, (1, px, px) each; y points down."""
    axis = ((np.arange(px) + 0.5) * 2 / px - 1).astype(np.float32)
    return np.broadcast_to(axis, (1, px, px)), np.broadcast_to(axis[:, None], (1, px, px))


class _Draws:
    """Random numbers, one an image, shaped to broadcast over its pixels."""

    def __init__(self, n: int, rng: np.random.Generator):
        self.n, self.rng = n, rng

    def uniform(self, low: float, high: float) -> np.ndarray:
        return self.rng.uniform(low, high, (self.n, 1, 1)).astype(np.float32)

    def normal(self, mean: float, sd: float) -> np.ndarray:
        return self.rng.normal(mean, sd, (self.n, 1, 1)).astype(np.float32)

    def noise(self, px: int, *channels: int) -> np.ndarray:
        return self.rng.standard_normal((self.n, px, px, *channels), np.float32)


# Textures: coordinates (n, H, W) are turned, moved, and in periods or radii; distances have the same unit.


def _bricks(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    row = np.floor(y)
    across = _to_integer(x / 2 + row % 2 / 2) * 2
    return 0.09 - np.minimum(_to_integer(y), across)


def _checkerboard(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sin(np.pi * x) * np.sin(np.pi * y) / np.pi


def _cross(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x, y = np.abs(x), np.abs(y)
    return np.minimum(np.maximum(x - 0.28, y - 1), np.maximum(x - 1, y - 0.28))


def _dots(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.hypot(x - np.round(x), y - np.round(y)) - 0.3


def _rings(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * np.hypot(x, y)) / (2 * np.pi)


def _spiral(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * np.hypot(x, y) + np.arctan2(y, x)) / (2 * np.pi)


def _star(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    r, point = np.hypot(x, y), 2 * np.pi / 5
    angle = np.abs((np.arctan2(x, y) + point / 2) % point - point / 2)  # from the nearest point's axis
    return r * np.cos(angle - 1.04) - np.cos(1.04)  # an edge from the point at radius 1 inwards


def _stripes(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * x) / (2 * np.pi)


def _triangle(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(x) * 0.866 + y / 2, -y) - 0.5


def _waves(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sin(2 * np.pi * (x + 0.35 * np.sin(2.2 * y))) / (2 * np.pi)


def _to_integer(x: np.ndarray) -> np.ndarray:
    return np.abs(x - np.round(x))


_PERIODIC: tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], ...] = (
    _bricks, _checkerboard, _dots, _rings, _spiral, _stripes, _waves,
)  # fmt: skip
_DISTANCES: tuple[Callable[[np.ndarray, np.ndarray], np.ndarray], ...] = (
    _bricks, _checkerboard, _cross, _dots, _rings, _spiral, _star, _stripes, _triangle, _waves,
)  # fmt: skip


def _draw_textures(label: int, n: int, rng: np.random.Generator) -> np.ndarray:
    draw, distance = _Draws(n, rng), _DISTANCES[label]
    x, y = _grid(TEXTURE_PX)
    x, y = x - draw.uniform(-0.4, 0.4), y - draw.uniform(-0.4, 0.4)
    # Half a period to four across the image, or a shape a quarter to three quarters as wide as it.
    size = draw.uniform(0.25, 0.6) if distance in _PERIODIC else draw.uniform(0.25, 0.75)
    turn = draw.uniform(-0.5, 0.5)
    u, v = (np.cos(turn) * x + np.sin(turn) * y) / size, (np.cos(turn) * y - np.sin(turn) * x) / size
    inside = np.clip(0.5 - distance(u, v) * size * TEXTURE_PX / 2, 0, 1)[..., None]  # antialiased over a pixel

    hue = draw.normal(label / len(TEXTURES), 0.15)
    light, dark = draw.uniform(0.6, 1), draw.uniform(0.1, 0.45)
    swap = draw.uniform(0, 1) < 0.3
    front = _rgb(hue, draw.uniform(0.2, 0.9), np.where(swap, dark, light))
    back = _rgb(draw.uniform(0, 1), draw.uniform(0, 0.6), np.where(swap, light, dark))
    shade = 1 + draw.uniform(-0.3, 0.3) * x + draw.uniform(-0.3, 0.3) * y
    image = (back + (front - back) * inside) * shade[..., None]
    image += draw.uniform(0.02, 0.12)[..., None] * draw.noise(TEXTURE_PX, 3)
    return _to_uint8(image)


def _rgb(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """HSV in [0, 1] (n, 1, 1) to RGB (n, 1, 1, 3); the hue goes round."""
    wheel = np.clip(np.abs((hue[..., None] + np.array([0, 2 / 3, 1 / 3])) % 1 * 6 - 3) - 1, 0, 1)
    return (value[..., None] * (1 + saturation[..., None] * (wheel - 1))).astype(np.float32)


# Garments: x, y in [-1, 1]; every measure is drawn afresh for each image.


def _bar(x: np.ndarray, y: np.ndarray, ends: tuple[float | np.ndarray, ...], radius: np.ndarray) -> np.ndarray:
    """A line from (x0, y0) to (x1, y1), as thick as two radii, with round ends."""
    x0, y0, x1, y1 = ends
    dx, dy = x1 - x0, y1 - y0
    along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.hypot(x - x0 - along * dx, y - y0 - along * dy) - radius


def _trunk(
    x: np.ndarray, y: np.ndarray, top: np.ndarray, bottom: np.ndarray, above: np.ndarray, below: np.ndarray
) -> np.ndarray:
    """A trapezium from y = top to bottom, half as wide as `above` and `below` say."""
    half = above + (below - above) * (y - top) / (bottom - top)
    return np.maximum(np.maximum(np.abs(x) - half, top - y), y - bottom)


def _top(x: np.ndarray, y: np.ndarray, draw: _Draws, sleeve: float, bottom: float, front: float) -> np.ndarray:
    """What is worn above the waist: trunk, sleeves of a length in [0, 1], neck, and an opening in front."""
    x = np.abs(x)
    width = draw.normal(0.4, 0.05)
    length = np.clip(sleeve + draw.normal(0, 0.13), 0.15, 1)
    arms = _bar(x, y, (0.36, -0.52, 0.36 + 0.4 * length, -0.52 + 1.1 * length), draw.normal(0.15, 0.02))
    body = _trunk(x, y, draw.normal(-0.7, 0.03), bottom + draw.normal(0, 0.09), width, width + draw.normal(0.02, 0.04))
    whole = np.minimum(body, arms)
    whole = np.maximum(whole, draw.normal(0.18, 0.05) - np.hypot(x, y + 0.75))
    return np.maximum(whole, np.where(draw.uniform(0, 1) < front, 0.03 - x, -1.0))


def _t_shirt(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    return _top(x, y, draw, sleeve=0.3, bottom=0.62, front=0.02)


def _trouser(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    x = np.abs(x)
    legs = _bar(x, y, (0.17, -0.6, 0.17 + 0.1, 0.75), draw.normal(0.15, 0.03))
    return np.minimum(
        legs,
        _trunk(
            x,
            y,
            draw.normal(-0.8, 0.04),
            draw.normal(-0.4, 0.08),
            draw.normal(0.3, 0.03),
            draw.normal(0.33, 0.03),
        ),
    )


def _pullover(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    return _top(x, y, draw, sleeve=0.85, bottom=0.6, front=0.05)


def _dress(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    body = _trunk(
        x, y, draw.normal(-0.8, 0.04), draw.normal(0.82, 0.06), draw.normal(0.2, 0.05), draw.normal(0.42, 0.1)
    )
    return np.maximum(body, draw.normal(0.13, 0.05) - np.hypot(x, y + 0.8))


def _coat(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    return _top(x, y, draw, sleeve=0.9, bottom=0.82, front=0.75)


def _sandal(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    thick = draw.normal(0.07, 0.02)
    sole = _bar(x, y, (-0.75, 0.45, 0.75, 0.3), thick + 0.03)
    straps = np.minimum(_bar(x, y, (-0.6, 0.4, -0.1, -0.05), thick), _bar(x, y, (0.65, 0.3, 0.25, -0.25), thick))
    return np.minimum(sole, np.minimum(straps, _bar(x, y, (0.3, -0.2, 0.75, -0.15), thick)))


def _shirt(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    return _top(x, y, draw, sleeve=0.6, bottom=0.68, front=0.5)


def _sneaker(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    foot = _bar(x, y, (-0.6, 0.35, 0.5, 0.3), draw.normal(0.17, 0.04))
    return np.minimum(foot, _bar(x, y, (0.15, 0.1, 0.6, 0.0), draw.normal(0.17, 0.04)))


def _bag(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    width = draw.normal(0.62, 0.09)
    body = _trunk(x, y, draw.normal(-0.2, 0.09), draw.normal(0.6, 0.08), width - draw.normal(0.05, 0.04), width)
    handle = np.abs(np.hypot(x, y + 0.15) - draw.normal(0.42, 0.07)) - draw.normal(0.06, 0.015)
    return np.minimum(body, handle)


def _ankle_boot(x: np.ndarray, y: np.ndarray, draw: _Draws) -> np.ndarray:
    foot = _bar(x, y, (-0.55, 0.45, 0.5, 0.4), draw.normal(0.17, 0.03))
    shaft = draw.normal(-0.45, 0.18)
    return np.minimum(
        foot,
        _trunk(x - 0.4, y, shaft, draw.normal(0.5, 0.03), draw.normal(0.27, 0.04), draw.normal(0.27, 0.03)),
    )


_GARMENTS: tuple[Callable[[np.ndarray, np.ndarray, _Draws], np.ndarray], ...] = (
    _t_shirt, _trouser, _pullover, _dress, _coat, _sandal, _shirt, _sneaker, _bag, _ankle_boot,
)  # fmt: skip


def _draw_garments(
    garment: Callable[[np.ndarray, np.ndarray, _Draws], np.ndarray], n: int, rng: np.random.Generator
) -> np.ndarray:
    draw = _Draws(n, rng)
    x, y = _grid(GARMENT_PX)
    size = draw.normal(1, 0.05)
    x, y = (x - draw.normal(0, 0.05)) / size, (y - draw.normal(0, 0.05)) / size
    inside = np.clip(0.5 - garment(x + draw.normal(0, 0.06) * y, y, draw) * GARMENT_PX / 2, 0, 1)
    folds = 1 + draw.uniform(0, 0.3) * np.sin(draw.uniform(2, 14) * x + draw.uniform(-6, 6) * y + draw.uniform(0, 6))
    return _to_uint8(inside * (draw.uniform(0.3, 0.95) * folds + 0.07 * draw.noise(GARMENT_PX)))


def _to_uint8(image: np.ndarray) -> np.ndarray:
    return np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)
