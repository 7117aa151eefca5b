"""Time and memory of an epoch when there are more images, more classes or larger images.

python benchmarks/growth.py [--model cnn] [--per-class 120] [--side 64]

The images are noise: what they show changes neither. Each size is measured in a process of its own.
"""

import argparse
import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import numpy as np
import torch

from experiments.catalog import IMAGENET10
from experiments.data.dataset import Dataset
from experiments.training.device import choose_device
from experiments.training.tasks import make_task


def noise(classes: int, per_class: int, side: int) -> Dataset:
    """Images uint8 (classes · per_class, side, side, 3), split 3:1:1."""
    labels = np.tile(np.arange(classes), per_class)
    n = len(labels)
    images = np.random.default_rng(0).integers(0, 256, (n, side, side, 3), dtype=np.uint8)
    split = np.repeat(np.array([0, 1, 2], np.uint8), [n - 2 * (n // 5), n // 5, n // 5])
    return Dataset(
        name="imagenet10", origin="demo", classes=tuple(map(str, range(classes))), images=images, labels=labels,
        split=split, files=("",) * n, fingerprint="", found=(per_class,) * classes, skipped=(), duplicates=(),
    )  # fmt: skip


def measured(model: str, classes: int, per_class: int, side: int) -> tuple[float, float, float]:
    """(seconds of the faster of two epochs, GiB before the data, GiB at the peak); images and views have one side."""
    device = choose_device()
    before = _peak_memory()
    config = replace(IMAGENET10.variants[model], epochs=2, sizes=((1, side),), eval_size=side)
    task = make_task([(config, 0)], noise(classes, per_class, side), device)
    seconds = []
    for epoch in (1, 2):
        start = time.perf_counter()
        task.train_epoch(epoch)
        seconds.append(time.perf_counter() - start)
    task.runs[0].measure()
    return min(seconds), before, _peak_memory()


def _peak_memory() -> float:
    unit = 1 if sys.platform == "darwin" else 1024  # bytes; others count in KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", choices=IMAGENET10.variants, default="cnn")
    parser.add_argument("--per-class", type=int, default=120)
    parser.add_argument("--side", type=int, default=64)
    args = parser.parse_args()
    base = (10, args.per_class, args.side)
    sizes = {
        "as given": base,
        "images of a class × 2": (10, 2 * args.per_class, args.side),
        "images of a class × 4": (10, 4 * args.per_class, args.side),
        "classes × 2": (20, args.per_class, args.side),
        "side × 2": (10, args.per_class, 2 * args.side),
    }
    print(f"{args.model}, torch {torch.__version__}\n")
    print("| | classes | a class | side | pixels | s an epoch | × | peak GiB | before the data |")
    print("|---|---|---|---|---|---|---|---|---|")
    spawn = multiprocessing.get_context("spawn")
    first = None
    for name, (classes, per_class, side) in sizes.items():
        with ProcessPoolExecutor(1, mp_context=spawn) as pool:
            seconds, before, peak = pool.submit(measured, args.model, classes, per_class, side).result()
        first = first or seconds
        pixels = classes * per_class * side**2 / (base[0] * base[1] * base[2] ** 2)
        print(
            f"| {name} | {classes} | {per_class} | {side} | × {pixels:.0f} | {seconds:.2f} | {seconds / first:.2f} "
            f"| {peak:.2f} | {before:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
