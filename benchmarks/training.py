"""Seconds an epoch beside a plain pipeline, the way a course notebook does the same work.

python benchmarks/training.py [--models softmax layer2nn mlp cnn] [--epochs 2] [--data-dir data]

The plain pipeline opens every image by PIL, as torchvision's ImageFolder and FashionMNIST do, transforms it by
torchvision in the workers of a DataLoader, one for each core, and trains the same model in float32 with the same loss,
optimizers and schedule. Its workers stay alive between epochs, for which a notebook would pay too. With --decoded it
gets ImageNet-10 as pixels, without reading JPEG files: the rest of the difference.
"""

import argparse
import math
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from rich.console import Console
from torch.utils.data import DataLoader
from torchvision import transforms

from experiments.augment import cut_mix
from experiments.catalog import IMAGENET10, SOFTMAX
from experiments.config import Config, ImageConfig, SoftmaxConfig
from experiments.data import load_fashion_mnist, load_imagenet10
from experiments.dataset import Dataset
from experiments.device import Device, choose_device
from experiments.downloads import fetch_imagenette
from experiments.imagenet10 import ImageTask, side_at
from experiments.rng import generator
from experiments.softmax import SoftmaxTask
from experiments.train import Task, make_task

MODELS = ("softmax", *IMAGENET10.variants)
PLAIN = Device("cpu", "plain", torch.get_num_threads(), torch.float32, "as in a notebook")


class PerImage(torch.utils.data.Dataset):
    """The training images one at a time: PIL, from their files if there is a folder of them, then a transform."""

    def __init__(self, dataset: Dataset, transform: transforms.Compose, folder: Path | None):
        self.chosen = np.flatnonzero(dataset.split == 0)
        self.dataset, self.transform, self.folder = dataset, transform, folder

    def __len__(self) -> int:
        return len(self.chosen)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        row = self.chosen[index]
        return self.transform(self._image(row)), int(self.dataset.labels[row])

    def _image(self, row: int) -> Image.Image:
        if self.folder is None:
            return Image.fromarray(self.dataset.images[row].squeeze())
        with Image.open(self.folder / self.dataset.files[row]) as image:
            return image.convert("RGB")


def plain_loader(
    dataset: Dataset, config: Config, transform: transforms.Compose, folder: Path | None = None
) -> DataLoader:
    workers = os.cpu_count() or 1
    batches = {"batch_size": config.batch_size, "shuffle": True, "drop_last": isinstance(config, ImageConfig)}
    return DataLoader(PerImage(dataset, transform, folder), num_workers=workers, persistent_workers=True, **batches)


class PlainSoftmax(SoftmaxTask):
    """Softmax regression from a DataLoader."""

    def __init__(self, config: SoftmaxConfig, dataset: Dataset, seed: int):
        super().__init__(config, dataset, seed, PLAIN)
        self.loader = plain_loader(dataset, config, transforms.ToTensor())

    def train_epoch(self, epoch: int) -> None:
        for images, labels in self.loader:
            loss = self.model.loss(self.model(images), labels)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()


class PlainImages(ImageTask):
    """An image model from a DataLoader, with torchvision's transforms in place of the batched views."""

    def __init__(self, config: ImageConfig, dataset: Dataset, seed: int, folder: Path | None = None):
        super().__init__(config, dataset, seed, PLAIN)
        jitter = config.colour_jitter
        mean, std = (x.flatten() / 255 for x in (self._mean, self._std))
        side, ratio = side_at(config, 1), config.crop_ratio
        erasing = [transforms.RandomErasing(1.0, (config.cutout**2,) * 2, (1, 1))] if config.cutout else []
        steps = [
            transforms.RandomResizedCrop(side, config.crop_area, (1 / ratio, ratio)),
            transforms.RandomHorizontalFlip(),
            *([transforms.ColorJitter(jitter / 2, jitter, jitter / 2)] if jitter else []),
            transforms.ToTensor(),
            transforms.Normalize(mean.tolist(), std.tolist()),
            *erasing,
        ]
        self.loader = plain_loader(dataset, config, transforms.Compose(steps), folder)

    def train_epoch(self, epoch: int) -> None:
        self.model.train()
        draw = generator(self.seed, "views", epoch)
        for number, (views, labels) in enumerate(self.loader):
            self._set_lr((epoch - 1) * self.batches + number)
            targets = F.one_hot(labels, self.num_classes).float()
            if self.config.cutmix:
                views, targets = cut_mix(views, targets, self.config.cutmix, draw)
            loss = F.cross_entropy(self.model(views), targets, label_smoothing=self.config.label_smoothing)
            for optimizer in self.optimizers:
                optimizer.zero_grad()
            loss.backward()
            for optimizer in self.optimizers:
                optimizer.step()


def comparable(config: Config, epochs: int) -> Config:
    """The same training for a few epochs: at the size of the middle epoch, and without a weight average."""
    if not isinstance(config, ImageConfig):
        return replace(config, epochs=epochs)
    side = side_at(config, config.epochs // 2)
    return replace(config, epochs=epochs, sizes=((1, side),), unmixed_epochs=0, ema=0.0)


def plain_task(config: Config, dataset: Dataset, seed: int, folder: Path | None = None) -> Task:
    torch.manual_seed(seed)
    if isinstance(config, SoftmaxConfig):
        return PlainSoftmax(config, dataset, seed)
    assert isinstance(config, ImageConfig)
    return PlainImages(config, dataset, seed, folder)


def trained(task: Task, epochs: int) -> tuple[float, float]:
    """(seconds of the fastest epoch, validation accuracy after the last)."""
    seconds = []
    for epoch in range(1, epochs + 1):
        start = time.perf_counter()
        task.train_epoch(epoch)
        seconds.append(time.perf_counter() - start)
    measured = {(split, metric): value for split, metric, value in task.measure()}
    return min(seconds), measured["val", "acc"]


def row(name: str, dataset: Dataset, ours: tuple[float, float], plain: tuple[float, float]) -> str:
    images = int((dataset.split == 1).sum())
    noise = 1.96 * math.sqrt(sum(acc * (1 - acc) / images for _, acc in (ours, plain)))
    return (
        f"| {name} | {ours[0]:.3f} | {plain[0]:.3f} | {plain[0] / ours[0]:.1f} "
        f"| {ours[1]:.1%} | {plain[1]:.1%} | {noise:.1%} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--decoded", action="store_true", help="spare the plain pipeline the JPEG files")
    args = parser.parse_args()
    chosen = {}
    for name in args.models:
        if name == "softmax":
            chosen[name] = SOFTMAX.variants["corrected"], load_fashion_mnist(args.data_dir)
        else:
            chosen[name] = IMAGENET10.variants[name], load_imagenet10(args.data_dir)
    # All plain ones first: choose_device changes how the process keeps its memory.
    plain = {}
    spared = args.decoded or args.models == ["softmax"]
    files = None if spared else fetch_imagenette(args.data_dir, Console(stderr=True))
    for name, (config, dataset) in chosen.items():
        plain[name] = trained(plain_task(comparable(config, args.epochs), dataset, 0, files), args.epochs)
    device = choose_device()
    print(
        f"{device.name}, {device.threads} threads, ours in {device.dtype_name}, torch {torch.__version__}; seconds of"
    )
    print(f"the fastest of {args.epochs} epochs, validation accuracy after the last, 95 % of chance differences\n")
    print("| model | ours, s | plain, s | ratio | ours, acc. | plain, acc. | noise ± |\n|---|---|---|---|---|---|---|")
    for name, (config, dataset) in chosen.items():
        task = make_task(comparable(config, args.epochs), dataset, 0, device)
        print(row(name, dataset, trained(task, args.epochs), plain[name]), flush=True)


if __name__ == "__main__":
    main()
