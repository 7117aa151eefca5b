"""Seconds a run and epoch against a plain pipeline, the way a course notebook does the same work.

python benchmarks/training.py [--models softmax layer2nn mlp cnn] [--epochs 2] [--data-dir data]
python benchmarks/training.py --whole

The plain pipeline opens every image by PIL, as torchvision's ImageFolder and FashionMNIST do, transforms it by
torchvision in the workers of a DataLoader, one for each core, and trains the same model in float32 with the same loss,
optimizers and schedule, a run after another. Its workers stay alive between epochs, for which a notebook would pay
too. Ours trains as a build does: all softmax runs of three seeds together, small models side by side on all
cores; their time is shared evenly among the runs.

Without --whole both see views of the same size, for a few epochs. With --whole both train all epochs of the
catalogue, the plain pipeline on views of the last size throughout, as a notebook would: --whole measures what growing
views save as well, and the accuracies in the end. With --decoded the plain pipeline gets ImageNet-10 as pixels, without
reading JPEG files.
"""

import argparse
import math
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from rich.console import Console
from torch.utils.data import DataLoader
from torchvision import transforms

from experiments.catalog import IMAGENET10, SOFTMAX
from experiments.config import Config, ImageConfig, SoftmaxConfig
from experiments.data.dataset import Dataset
from experiments.data.downloads import fetch_imagenette
from experiments.data.load import load_fashion_mnist, load_imagenet10
from experiments.jobs import Job
from experiments.models.softmax_regression import VARIANTS
from experiments.store.runs import Key, RunId
from experiments.training.augment import cut_mix
from experiments.training.device import Device, choose_device, on_this_thread
from experiments.training.image_trainer import ImageTask, side_at
from experiments.training.loop import Task
from experiments.training.rng import generator
from experiments.training.tasks import make_task

MODELS = ("softmax", *IMAGENET10.variants)
SEEDS = 3  # as a build has by default
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


class PlainSoftmax:
    """Softmax regression from a DataLoader, as the book trains it."""

    def __init__(self, config: SoftmaxConfig, dataset: Dataset, seed: int):
        self.loader = plain_loader(dataset, config, transforms.ToTensor())
        weights = torch.normal(0, config.sigma, (28 * 28, 10), generator=generator(seed, "weights"))
        self.model = VARIANTS[config.model](28 * 28, 10, weights)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=config.lr)
        chosen = dataset.split == 1
        self.images = torch.from_numpy(dataset.images[chosen]).float() / 255
        self.labels = torch.from_numpy(dataset.labels[chosen])

    def train_epoch(self, epoch: int) -> None:
        for images, labels in self.loader:
            loss = self.model.loss(self.model(images), labels)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()

    @torch.no_grad()
    def accuracy(self) -> float:
        return float(self.model.accuracy(self.model(self.images), self.labels))


class PlainImages(ImageTask):
    """An image model from a DataLoader, with torchvision's transforms in place of the batched views."""

    def __init__(self, config: ImageConfig, dataset: Dataset, seed: int, folder: Path | None = None):
        super().__init__(config, dataset, seed, PLAIN)
        jitter = config.colour_jitter
        mean, std = (x.flatten() / 255 for x in (self._mean, self._std))
        side, ratio = side_at(config, 1), config.crop_ratio
        steps = [
            transforms.RandomResizedCrop(side, config.crop_area, (1 / ratio, ratio)),
            transforms.RandomHorizontalFlip(),
            *([transforms.ColorJitter(jitter / 2, jitter, jitter / 2)] if jitter else []),
            transforms.ToTensor(),
            transforms.Normalize(mean.tolist(), std.tolist()),
        ]
        self.loader = plain_loader(dataset, config, transforms.Compose(steps), folder)

    def train_epoch(self, epoch: int) -> None:
        self.model.train()
        draw = generator(self.seed, "views", epoch)
        for number, (views, labels) in enumerate(self.loader):
            step = (epoch - 1) * self.batches + number
            self._set_lr(step)
            targets = F.one_hot(labels, self.num_classes).float()
            if self.config.cutmix and epoch <= self.config.epochs - self.config.unmixed_epochs:
                views, targets = cut_mix(views, targets, self.config.cutmix, draw)
            loss = F.cross_entropy(self.model(views), targets, label_smoothing=self.config.label_smoothing)
            for optimizer in self.optimizers:
                optimizer.zero_grad()
            loss.backward()
            for optimizer in self.optimizers:
                optimizer.step()
            self._update_average(step)

    def accuracy(self) -> float:
        return accuracy(self)


def comparable(config: Config, epochs: int) -> Config:
    """The same training for a few epochs: at the size of the middle epoch, and without a weight average."""
    if not isinstance(config, ImageConfig):
        return replace(config, epochs=epochs)
    side = side_at(config, config.epochs // 2)
    return replace(config, epochs=epochs, sizes=((1, side),), unmixed_epochs=0, ema=0.0)


def fixed_size(config: Config) -> Config:
    """The whole training on views of the last size."""
    return replace(config, sizes=((1, config.sizes[-1][1]),)) if isinstance(config, ImageConfig) else config


def plain_task(config: Config, dataset: Dataset, seed: int, folder: Path | None = None) -> "PlainSoftmax | PlainImages":
    torch.manual_seed(seed)
    if isinstance(config, SoftmaxConfig):
        return PlainSoftmax(config, dataset, seed)
    assert isinstance(config, ImageConfig)
    return PlainImages(config, dataset, seed, folder)


def accuracy(task: Task) -> float:
    """On the validation images, of the first run."""
    measured = {(split, metric): value for split, metric, value in task.runs[0].measure()}
    return measured["val", "acc"]


def plain(config: Config, dataset: Dataset, folder: Path | None, whole: bool) -> tuple[float, float]:
    """(seconds an epoch, validation accuracy in the end) of the plain pipeline."""
    task = plain_task(config, dataset, 0, folder)
    return epoch_seconds(task.train_epoch, config.epochs, whole), task.accuracy()


def ours(config: Config, dataset: Dataset, device: Device, whole: bool) -> tuple[float, float]:
    """(seconds a run and epoch, validation accuracy in the end), with the cores in use as in a build."""
    job = Job(((RunId("", "", 0), Key(config, 0, "", "")),))
    if isinstance(config, SoftmaxConfig):
        same = {"epochs": config.epochs, "batch_size": config.batch_size}
        variants = [replace(variant, **same) for variant in SOFTMAX.variants.values()]
        members = [(variant, seed) for seed in range(SEEDS) for variant in [config, *variants]]
        tasks = [make_task(list(dict.fromkeys(members)), dataset, device)]
    else:
        beside = min(SEEDS, max(1, device.threads // job.threads)) if device.kind == "cpu" else 1
        tasks = [make_task([(config, seed)], dataset, device) for seed in range(beside)]

    def train_epoch(epoch: int) -> None:
        def work(number: int) -> None:
            with on_this_thread(device, 0, min(job.threads, device.threads)):
                tasks[number].train_epoch(epoch)

        together(len(tasks), work)

    seconds = epoch_seconds(train_epoch, config.epochs, whole)
    return seconds / sum(len(task.runs) for task in tasks), accuracy(tasks[0])


def on_a_thread(function, *args):
    """function(*args) on a thread of its own: OpenMP's helpers end with it, and cost the next one nothing."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function, *args).result()


def together(count: int, work) -> None:
    """work(0) … work(count - 1) at the same time."""
    if count == 1:
        work(0)
        return
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, range(count)))


def epoch_seconds(train_epoch, epochs: int, whole: bool) -> float:
    """Seconds an epoch: the mean of a whole training, the fastest of a few epochs."""
    seconds = []
    for epoch in range(1, epochs + 1):
        start = time.perf_counter()
        train_epoch(epoch)
        seconds.append(time.perf_counter() - start)
    return sum(seconds) / epochs if whole else min(seconds)


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
    parser.add_argument("--whole", action="store_true", help="all epochs; the plain pipeline on views of the last size")
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
    theirs = {}
    spared = args.decoded or args.models == ["softmax"]
    files = None if spared else fetch_imagenette(args.data_dir, Console(stderr=True))
    for name, (config, dataset) in chosen.items():
        config = fixed_size(config) if args.whole else comparable(config, args.epochs)
        theirs[name] = on_a_thread(plain, config, dataset, files, args.whole)
    device = choose_device()
    print(f"{device.name}, {device.threads} threads, ours in {device.dtype_name}, torch {torch.__version__}; seconds a")
    how = "run and epoch, mean of all epochs" if args.whole else f"run, the fastest of {args.epochs} epochs"
    print(f"{how}, validation accuracy after the last, 95 % of chance differences\n")
    print("| model | ours, s | plain, s | ratio | ours, acc. | plain, acc. | noise ± |\n|---|---|---|---|---|---|---|")
    for name, (config, dataset) in chosen.items():
        config = config if args.whole else comparable(config, args.epochs)
        measured = on_a_thread(ours, config, dataset, device, args.whole)
        print(row(name, dataset, measured, theirs[name]), flush=True)


if __name__ == "__main__":
    main()
