"""Achieved FLOP/s of the CNN's training step against the machine's own matrix product, and peak memory.

python benchmarks/flops.py [--model cnn] [--data-dir data]

A step counts as three forward passes, as is usual (arXiv:2204.02311, appendix B): what the views, the
optimizers and the normalisation compute is left out, so that the share is a lower bound.
"""

import argparse
import resource
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import torch

from experiments.catalog import IMAGENET10
from experiments.config import ImageConfig
from experiments.data.dataset import Dataset
from experiments.data.load import load_imagenet10
from experiments.training import model_summary
from experiments.training.device import Device, choose_device
from experiments.training.image_trainer import side_at
from experiments.training.tasks import make_task


def product_peak(device: Device, side: int = 2048, repeats: int = 10) -> float:
    """FLOP/s of the fastest of some products of two square matrices, in the precision of training."""
    a, b = (torch.randn(side, side, device=device.torch_device, dtype=device.dtype) for _ in range(2))
    fastest = min(_seconds(lambda: (a @ b).sum().item()) for _ in range(repeats))
    return 2 * side**3 / fastest


def training_rate(config: ImageConfig, side: int, dataset: Dataset, device: Device) -> tuple[float, float]:
    """(seconds, FLOP/s) of the faster of two epochs of training views of a side."""
    config = replace(config, epochs=2, sizes=((1, side),), eval_size=side)
    task = make_task([(config, 0)], dataset, device)
    forward = model_summary.flops(task.runs[0].model, task.runs[0].example())
    images = int((dataset.split == 0).sum()) // config.batch_size * config.batch_size
    seconds = min(_seconds(lambda epoch=epoch: task.train_epoch(epoch)) for epoch in (1, 2))
    return seconds, 3 * forward * images / seconds


def _seconds(function) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def row(name: str, seconds: float, rate: float, peak: float) -> str:
    return f"| {name} | {seconds:.2f} | {rate / 1e9:.0f} | {rate / peak:.0%} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", choices=IMAGENET10.variants, default="cnn")
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    args = parser.parse_args()
    device, config = choose_device(), IMAGENET10.variants[args.model]
    dataset = load_imagenet10(args.data_dir)
    peak = product_peak(device)
    print(f"{device.name}, {device.threads} threads, {device.dtype_name}, torch {torch.__version__}")
    print(f"matrix product 2048 × 2048: {peak / 1e9:.0f} GFLOP/s\n")
    print(f"| {args.model}, side | s an epoch | GFLOP/s | of the product |\n|---|---|---|---|")
    time_of_all = work_of_all = 0.0
    for side, epochs in Counter(side_at(config, epoch) for epoch in range(1, config.epochs + 1)).items():
        seconds, rate = training_rate(config, side, dataset, device)
        time_of_all += epochs * seconds
        work_of_all += epochs * seconds * rate
        print(row(str(side), seconds, rate, peak), flush=True)
    print(row(f"all {config.epochs} epochs, mean", time_of_all / config.epochs, work_of_all / time_of_all, peak))
    unit = 1 if sys.platform == "darwin" else 1024  # bytes; others count in KiB
    peak_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(f"\npeak memory of the process, all images loaded: {peak_memory / 2**30:.2f} GiB")
    if device.kind == "cuda":
        print(f"peak memory on the GPU: {torch.cuda.max_memory_allocated() / 2**30:.2f} GiB")


if __name__ == "__main__":
    main()
