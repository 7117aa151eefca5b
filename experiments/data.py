"""The two data sets of the homework, split once and for all, and the choice of real or stand-in data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from rich.console import Console

from experiments import standin
from experiments.dataset import (
    PER_CLASS,
    SMALL_PER_CLASS,
    SPLITS,
    DataError,
    Dataset,
    fingerprint,
    pixel_digests,
    printable,
    seeded_order,
)
from experiments.downloads import DownloadError, fetch_fashion_mnist, fetch_imagenette
from experiments.fashion_mnist import LABELS, read_part
from experiments.image_cache import DecodedImages, decoded_images
from experiments.images import class_folders

__all__ = ["SPLITS", "DataError", "Dataset", "choose_origin", "load_fashion_mnist", "load_imagenet10"]

NUM_CLASSES = 10
TRAIN, VAL, TEST = range(len(SPLITS))


def choose_origin(
    choice: str,
    data_dir: Path,
    *,
    folder: Path | None = None,
    classes: Sequence[str] | None = None,
    console: Console | None = None,
) -> Literal["real", "demo"]:
    """Whether to use the real data or the stand-in, for --data auto|real|demo; downloads what is missing.

    "auto" takes the stand-in, and says so, if a real set is neither there nor to be had. Raises DataError then
    if real data were asked for: by "real", by a folder of images, or by the names of classes.
    """
    if choice == "demo":
        return "demo"
    if choice not in ("auto", "real"):
        raise DataError(f"--data must be auto, real or demo, got {choice!r}")
    console = console or _console()
    try:
        fetch_fashion_mnist(data_dir, console)
        if folder is None:
            fetch_imagenette(data_dir, console)
    except DownloadError as error:
        if choice == "real":
            raise DataError(f"{error}; --data real does not go on with drawn ones, --data demo would") from error
        if folder is not None:
            where = printable(str(folder), 200)
            raise DataError(f"{error}; or leave out --imagenet10 {where}, and all images are drawn ones") from error
        if classes is not None:
            raise DataError(f"{error}; or leave out --classes, and all images are drawn ones") from error
        console.print(f"{error}\ngoing on with demo data, drawn by the program itself", markup=False)
        return "demo"
    return "real"


def load_fashion_mnist(
    data_dir: Path, *, demo: bool = False, images: int | None = None, console: Console | None = None
) -> Dataset:
    """Fashion-MNIST: 50,000 training, 10,000 validation and 10,000 test images, uint8 (70000, 28, 28, 1).

    The published training part is split 5:1 in each class; the test split is the published one. `images`
    keeps only so many of the training part and a sixth as many of the test part, evenly over the classes.
    The stand-in has a tenth of everything. Raises DataError if the files are damaged, or neither there nor
    to be had.
    """
    if images is not None and (images < 60 or images % 60):
        raise DataError(f"images must be a multiple of 60 (10 classes, split 5:1), got {images}")
    if demo:
        parts = {part: standin.garments(n, seed) for seed, (part, n) in enumerate((("train", 6000), ("t10k", 1000)))}
    else:
        raw = fetch_fashion_mnist(data_dir, console or _console())
        parts = {part: read_part(raw, part) for part in ("train", "t10k")}
    available = len(parts["train"][1])
    images = available if images is None else images
    if images > available:
        raise DataError(f"images must be at most {available}, got {images}")

    files, splits = [], []
    for part, (pixels, labels) in parts.items():
        names = [f"{part}/{i:05d}" for i in range(len(labels))]
        split = np.full(len(labels), len(SPLITS), np.uint8)  # beyond the last: left out
        for label in range(NUM_CLASSES):
            members = np.flatnonzero(labels == label)
            members = members[seeded_order([names[i] for i in members])]
            if part == "train":
                split[members[: images // 12]] = TRAIN  # 5/6 of images, over 10 classes
                split[members[images // 12 : images // 10]] = VAL
            else:
                split[members[: images // 60]] = TEST
        chosen = np.flatnonzero(split < len(SPLITS))
        files += [names[i] for i in chosen]
        splits.append((pixels[chosen], labels[chosen], split[chosen]))
    pixels, labels, split = (np.concatenate(arrays) for arrays in zip(*splits, strict=True))
    return Dataset(
        name="fashion-mnist",
        origin="demo" if demo else "fashion-mnist",
        classes=LABELS,
        images=pixels,
        labels=labels,
        split=split,
        files=tuple(files),
        fingerprint=fingerprint(LABELS, files, labels, split, pixel_digests(pixels)),
        found=tuple(np.bincount(labels, minlength=NUM_CLASSES).tolist()),
        skipped=(),
        duplicates=(),
    )


def load_imagenet10(
    data_dir: Path,
    *,
    folder: Path | None = None,
    classes: Sequence[str] | None = None,
    images_per_class: int | None = None,
    demo: bool = False,
    console: Console | None = None,
) -> Dataset:
    """Ten classes of RGB images, uint8 (N, 128, 128, 3), split 3:1:1 in each class, training images first.

    From the class folders in `folder`, of which `classes` picks ten, or else from Imagenette, downloaded if
    it is not in `data_dir`. images_per_class, 600 if not given (100 of the stand-in), are chosen at random,
    always the same. Labels follow the sorted class names. Decoded images are kept in data_dir/cache. Raises
    DataError if there are not ten classes with so many good, distinct images.
    """
    per_class = images_per_class if images_per_class is not None else SMALL_PER_CLASS if demo else PER_CLASS
    if per_class < 5 or per_class % 5:
        raise DataError(f"--images-per-class must be a multiple of 5 (split 3:1:1), at least 5, got {per_class}")
    if demo:
        return _demo_imagenet10(per_class)
    console = console or _console()
    where = fetch_imagenette(data_dir, console) if folder is None else folder
    folders = _pick_classes(where, classes)
    decoded = decoded_images("imagenet10", folders, data_dir / "cache", console)
    _check_counts(decoded, list(folders), per_class)
    n = NUM_CLASSES * per_class  # the first n rows hold per_class of each class, in turns
    return _imagenet10(
        origin="imagenette-160" if folder is None else "folder",
        classes=tuple(folders),
        images=decoded.images[:n],
        labels=decoded.labels[:n],
        files=decoded.files[:n],
        digests=decoded.digests[:n],
        found=decoded.found,
        skipped=decoded.skipped,
        duplicates=decoded.duplicates,
    )


def _demo_imagenet10(per_class: int) -> Dataset:
    images, labels = standin.textures(NUM_CLASSES * per_class)  # labels 0, 1, …, 9, 0, 1, …
    return _imagenet10(
        origin="demo",
        classes=standin.TEXTURES,
        images=images,
        labels=labels,
        files=[f"{standin.TEXTURES[label]}/{i // NUM_CLASSES:04d}" for i, label in enumerate(labels)],
        digests=pixel_digests(images),
        found=(per_class,) * NUM_CLASSES,
        skipped=(),
        duplicates=(),
    )


def _imagenet10(
    *,
    origin: str,
    classes: tuple[str, ...],
    images: np.ndarray,
    labels: np.ndarray,
    files: Sequence[str],
    digests: Sequence[str],
    found: tuple[int, ...],
    skipped: tuple[tuple[str, str], ...],
    duplicates: tuple[tuple[str, str], ...],
) -> Dataset:
    """The data set of images that stand in turns, one of each class: its splits are contiguous, 3:1:1."""
    fifth = len(labels) // 5
    split = np.repeat(np.array([TRAIN, VAL, TEST], np.uint8), [3 * fifth, fifth, fifth])
    return Dataset(
        name="imagenet10",
        origin=origin,
        classes=classes,
        images=images,
        labels=labels,
        split=split,
        files=tuple(files),
        fingerprint=fingerprint(classes, files, labels, split, digests),
        found=found,
        skipped=skipped,
        duplicates=duplicates,
    )


def _pick_classes(folder: Path, classes: Sequence[str] | None) -> dict[str, Path]:
    """The ten class folders, sorted by name. Names from the user are looked up, never joined to a path."""
    folders = class_folders(folder)
    where = printable(str(folder), 200)
    if classes is not None:
        if len(set(classes)) != NUM_CLASSES or len(classes) != NUM_CLASSES:
            raise DataError(f"--classes must name {NUM_CLASSES} different class folders, got {_listed(classes)}")
        if missing := [name for name in classes if name not in folders]:
            raise DataError(f"--classes: {where} has no folder {_listed(missing)}; it has {_listed(list(folders))}")
        return {name: folders[name] for name in sorted(classes)}
    if len(folders) == NUM_CLASSES:
        return folders
    if "train" in folders:
        cure = f"did you mean {printable(str(folder / 'train'), 200)}?"
    elif len(folders) > NUM_CLASSES:
        cure = "pick ten with --classes " + ",".join(printable(name, 20) for name in list(folders)[:2]) + ",…"
    else:
        cure = "it must hold ten folders with the images of one class each"
    raise DataError(f"{where} must hold {NUM_CLASSES} class folders, found {_listed(list(folders))}; {cure}")


def _check_counts(decoded: DecodedImages, classes: Sequence[str], per_class: int) -> None:
    """Raise DataError for the class with the fewest good images if they are too few."""
    counts = np.bincount(decoded.labels, minlength=len(classes))
    label = int(counts.argmin())
    count = int(counts[label])
    if count >= per_class:
        return
    equal = ((file, f"equals {printable(other)}") for file, other in decoded.duplicates)
    bad = [entry for entry in (*decoded.skipped, *equal) if entry[0].partition("/")[0] == classes[label]]
    because = "".join(f"; {printable(file)}: {reason}" for file, reason in bad[:3])
    cure = f"use --images-per-class {lower}" if (lower := count - count % 5) else "put images there"
    raise DataError(
        f"class {printable(classes[label])} has {count} good images of {decoded.found[label]} files, "
        f"{per_class} are wanted{because}{f' (and {len(bad) - 3} more)' if len(bad) > 3 else ''}; {cure}"
    )


def _listed(names: Sequence[str]) -> str:
    """How many names, and the first of them."""
    shown = ", ".join(printable(name, 40) for name in names[:12])
    return f"{len(names)} ({shown}{', …' if len(names) > 12 else ''})" if names else "none"


def _console() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)
