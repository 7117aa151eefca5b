"""How many altered copies of a photograph the difference hash finds, and how near two different photographs come.

python benchmarks/near_duplicates.py [--images 600]

Reads Imagenette from data/, which `make report` fills.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from experiments.data.load import load_imagenet10
from experiments.data.near_duplicates import BITS, NEAR, near_duplicates


def compressed(image: Image.Image, quality: int) -> Image.Image:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def cropped(image: Image.Image, share: float) -> Image.Image:
    """Without this share of either side, at the old size."""
    edge = round(image.width * share / 2)
    return image.crop((edge, edge, image.width - edge, image.height - edge)).resize(image.size)


ALTERED: dict[str, Callable[[Image.Image], Image.Image]] = {
    "JPEG, quality 75": lambda image: compressed(image, 75),
    "JPEG, quality 30": lambda image: compressed(image, 30),
    "half the size": lambda image: image.resize((64, 64)).resize(image.size),
    "a fifth darker": lambda image: ImageEnhance.Brightness(image).enhance(0.8),
    "a fifth brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.2),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "mirrored": lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "2 % cut off": lambda image: cropped(image, 0.02),
    "4 % cut off": lambda image: cropped(image, 0.04),
    "10 % cut off": lambda image: cropped(image, 0.10),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--images", type=int, default=600, help="photographs of which copies are made")
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    args = parser.parse_args()
    dataset = load_imagenet10(args.data_dir)
    chosen = np.random.default_rng(0).choice(len(dataset.images), args.images, replace=False)
    print(f"copies whose hash differs in at most {NEAR} of {BITS} bits, of {args.images} photographs\n")
    print("| copy | found |\n|---|---|")
    for name, altered in ALTERED.items():
        pairs = [(dataset.images[i], np.asarray(altered(Image.fromarray(dataset.images[i])))) for i in chosen]
        found = sum(near_duplicates(np.stack(pair), np.array([0, 1], np.uint8), ["", ""]).images for pair in pairs)
        print(f"| {name} | {100 * found / args.images:.1f} % |")
    near = near_duplicates(dataset.images, dataset.split, dataset.files)
    print(
        f"\nin other splits, of {len(dataset.images):,} photographs: {near.images} near-duplicates, {near.pairs} pairs"
    )


if __name__ == "__main__":
    main()
