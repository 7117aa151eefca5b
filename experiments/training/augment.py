"""Random views of a whole batch at once: crop, resize, flip, contrast and CutMix as a few matrix products."""

import math

import torch
from torch import Tensor


def resampling(low: Tensor, length: Tensor, source: int, side: int) -> Tensor:
    """Rows (B, side, source) that resample the interval [low, low + length) of each image to `side` pixels.

    low, length: (B,) in source pixels; a negative length mirrors. The filter is a triangle as wide as the
    scale, as Pillow's BILINEAR, so that shrinking does not alias.
    """
    scale = length / side
    pixels = torch.arange(side, device=low.device) + 0.5
    centre = low[:, None] + pixels * scale[:, None]  # (B, side)
    places = torch.arange(source, device=low.device) + 0.5
    distance = (places - centre[:, :, None]) / scale.abs().clamp_min(1.0)[:, None, None]
    weights = distance.abs_().neg_().add_(1.0).clamp_min_(0.0)
    return weights.div_(weights.sum(2, keepdim=True).clamp_min_(1e-6))


def resample(images: Tensor, rows: Tensor, columns: Tensor, dtype: torch.dtype) -> Tensor:
    """uint8 images (B, C, H, W); rows (B, h, H), columns (B, w, W) → (B, C, h, w), computed in a precision.

    bfloat16 holds the pixels exactly; the views are then right to about two of 255 steps.
    """
    batch, channels, height, width = images.shape
    pixels, rows, columns = images.to(dtype), rows.to(dtype), columns.to(dtype)
    x = torch.bmm(pixels.view(batch, channels * height, width), columns.transpose(1, 2))  # (B, C·H, w)
    x = torch.bmm(rows.repeat_interleave(channels, 0), x.view(batch * channels, height, -1))  # (B·C, h, w)
    return x.view(batch, channels, *x.shape[1:])


def central_view(images: Tensor, side: int, crop: float = 1.0, dtype: torch.dtype = torch.float32) -> Tensor:
    """uint8 images (B, C, H, H) → (B, C, side, side) in [0, 255]: the central square, as it is evaluated.

    crop: its side as a share of the image's. Below 1 it makes things as large as they are in random crops,
    which are larger than in the whole image (arXiv:1906.06423).
    """
    source = images.shape[2]
    if side == source and crop == 1:
        return images.to(dtype)
    low = torch.full((1,), (1 - crop) / 2 * source, device=images.device)
    weights = resampling(low, torch.full_like(low, crop * source), source, side).expand(len(images), -1, -1)
    return resample(images, weights, weights, dtype)


def random_views(
    images: Tensor,
    side: int,
    draw: torch.Generator,
    area: tuple[float, float],
    ratio: float,
    jitter: float = 0.0,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """uint8 images (B, C, H, H) → (B, C, side, side) in [0, 255]: one random view of each, computed in a precision.

    area: smallest and largest share of the image in the crop; ratio: largest aspect ratio, drawn
    log-uniformly (arXiv:1409.4842, section 6). Half of the views are mirrored. jitter: half range of the
    log contrast; channels are scaled by up to half as much.
    """
    batch, channels, source, _ = images.shape

    def uniform(low: float, high: float, count: int = batch) -> Tensor:
        return torch.rand(count, generator=draw) * (high - low) + low

    shares, aspect = uniform(*area), torch.exp(uniform(-0.5, 0.5) * math.log(ratio))
    height = (shares.sqrt() * aspect).clamp(max=1) * source
    width = (shares.sqrt() / aspect).clamp(max=1) * source
    top = uniform(0, 1) * (source - height)
    left = uniform(0, 1) * (source - width)
    mirrored = uniform(0, 1) < 0.5
    left, width = torch.where(mirrored, left + width, left), torch.where(mirrored, -width, width)
    contrast = torch.exp(uniform(-jitter, jitter)).view(batch, 1, 1, 1)
    colour = 1 + uniform(-jitter / 2, jitter / 2, batch * channels).view(batch, channels, 1, 1)
    # Drawn on the CPU, so that a seed gives the same views on every device.
    top, height, left, width, contrast, colour = (
        x.to(images.device, non_blocking=True) for x in (top, height, left, width, contrast, colour)
    )
    rows, columns = resampling(top, height, source, side), resampling(left, width, source, side)
    views = resample(images, rows, columns, dtype)
    if jitter:  # ((views - mean) · contrast + mean) · colour
        mean = views.mean((1, 2, 3), keepdim=True, dtype=torch.float32)
        views = views.mul_((contrast * colour).to(dtype)).add_(((1 - contrast) * mean * colour).to(dtype))
    return views


def cut_mix(views: Tensor, targets: Tensor, probability: float, draw: torch.Generator) -> tuple[Tensor, Tensor]:
    """Paste into some views (B, C, S, S) a square of another one, and mix the targets (B, K) by area.

    The square's area is uniform in (0, 1) before what lies outside the view is lost. arXiv:1905.04899.
    """
    shares = torch.rand(len(views), generator=draw).sqrt()
    shares = torch.where(torch.rand(len(views), generator=draw) < probability, shares, 0.0)
    mask = _squares(shares, views.shape[2], draw, views.device)
    pasted = mask.float().mean((1, 2, 3))[:, None]  # (B, 1)
    # The order of a batch is random, so that its mirror image pairs random views.
    return torch.where(mask, views.flip(0), views), targets.lerp(targets.flip(0), pasted)


def _squares(shares: Tensor, side: int, draw: torch.Generator, device: torch.device) -> Tensor:
    """Masks (B, 1, side, side) on a device, true in a square of side shares · side (B,) that is centred anywhere."""
    places = torch.arange(side) + 0.5
    y, x = (torch.rand(2, len(shares), generator=draw) * side).unbind()
    half = shares[:, None] * side / 2
    # Sent as rows and columns: for a whole mask the host would wait until the GPU has done all before it.
    rows, columns = (((places - centre[:, None]).abs() < half).to(device) for centre in (y, x))
    return rows[:, None, :, None] & columns[:, None, None, :]
