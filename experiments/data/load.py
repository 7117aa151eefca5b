"""The two data sets of the homework, split once and for all, and the choice of real or stand-in data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from rich.console import Console

from experiments.data.class_folders import NUM_CLASSES, list_images, pick_classes
from experiments.data.dataset import (
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
from experiments.data.demo import TEXTURES, garments, textures
from experiments.data.downloads import DownloadError, fetch_fashion_mnist, fetch_imagenette, require_on_disk
from experiments.data.fashion_mnist import LABELS, read_part
from experiments.data.image_cache import DecodedImages, decoded_images
from experiments.data.images import MemoryShortError

if TYPE_CHECKING:  # the options know the catalogue, which the data do not
    from experiments.options import TrainingOptions

__all__ = [
    "SPLITS",
    "DataError",
    "Dataset",
    "choose_origin",
    "load_datasets",
    "load_fashion_mnist",
    "load_imagenet10",
]

TRAIN, VAL, TEST = range(len(SPLITS))
AT_MOST = 1500  # files of a class to look into, if that gives enough: more than any class of ImageNet has
QUICK_FASHION_MNIST = 6000  # images, for --quick


def load_datasets(options: "TrainingOptions", console: Console, *, download: bool = True) -> dict[str, Dataset]:
    """Both datasets, real or drawn, by name. Without download, data that are not on the disk are an error."""
    if not download and options.data != "demo":
        require_on_disk(options.data_dir, imagenette=options.imagenet10 is None)
    origin = choose_origin(
        options.data, options.data_dir, folder=options.imagenet10, classes=options.classes, console=console
    )
    demo = origin == "demo"
    imagenet10 = load_imagenet10(  # first: most of what can be wrong is about it
        options.data_dir,
        folder=options.imagenet10,
        classes=options.classes,
        images_per_class=options.images_per_class or (SMALL_PER_CLASS if options.quick else None),
        demo=demo,
        console=console,
        spare_cache=options.results / ".cache",
    )
    fashion_mnist = load_fashion_mnist(
        options.data_dir, demo=demo, images=QUICK_FASHION_MNIST if options.quick else None, console=console
    )
    return {dataset.name: dataset for dataset in (fashion_mnist, imagenet10)}


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
    keeps only that number of the training part and a sixth as many of the test part, evenly over the classes.
    The stand-in has a tenth of everything. Raises DataError if the files are damaged, or neither there nor
    to be had.
    """
    if images is not None and (images < 60 or images % 60):
        raise DataError(f"images must be a multiple of 60 (10 classes, split 5:1), got {images}")
    if demo:
        parts = {part: garments(n, seed) for seed, (part, n) in enumerate((("train", 6000), ("t10k", 1000)))}
    else:
        raw_files = fetch_fashion_mnist(data_dir, console or _console())
        parts = {part: read_part(raw_files, part) for part in ("train", "t10k")}
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
    spare_cache: Path | None = None,
) -> Dataset:
    """Ten classes of RGB images, uint8 (N, 128, 128, 3), split 3:1:1 in each class, training images first.

    From the class folders in `folder`, of which `classes` picks ten, or else from Imagenette, downloaded if
    it is not in `data_dir`. images_per_class, 600 if not given (100 of the stand-in), are chosen at random,
    always the same. Labels follow the sorted class names. Decoded images are kept in data_dir/cache or, where that
    may not be written, in spare_cache. Raises DataError if there are not ten classes with that number of good, distinct
    images.
    """
    per_class = images_per_class if images_per_class is not None else SMALL_PER_CLASS if demo else PER_CLASS
    if per_class < 5 or per_class % 5:
        raise DataError(f"--images-per-class must be a multiple of 5 (split 3:1:1), at least 5, got {per_class}")
    if demo:
        return _demo_imagenet10(per_class)
    console = console or _console()
    where = fetch_imagenette(data_dir, console) if folder is None else folder
    folders = pick_classes(where, classes)
    decoded = _decoded_enough(folders, data_dir / "cache", per_class, console, spare_cache)
    _check_counts(decoded, list(folders), per_class)
    n = NUM_CLASSES * per_class  # the first n rows hold per_class of each class, in turns
    return _imagenet10(
        origin="imagenette-160" if folder is None else "folder",
        classes=tuple(folders),
        images=decoded.images[:n],
        labels=decoded.labels[:n],
        files=decoded.files[:n],
        digests=decoded.digests[:n],
        found=_files(folders, decoded),
        skipped=decoded.skipped,
        duplicates=decoded.duplicates,
    )


def _decoded_enough(
    folders: Mapping[str, Path], cache: Path, per_class: int, console: Console, spare: Path | None
) -> DecodedImages:
    """The images of the class folders, of as many files as give each class `per_class` good ones, if it has.

    Folders of many thousand files are not decoded whole for a few hundred images.
    """
    at_most = max(AT_MOST, 2 * per_class)
    while True:
        try:
            decoded = decoded_images("imagenet10", folders, cache, console, spare, at_most)
        except MemoryShortError as error:
            if at_most > 2 * AT_MOST and at_most == 2 * per_class:
                hint = f"use a smaller --images-per-class than {per_class}"
            else:
                hint = "close other programs, or leave fewer files in the class folders"
            raise DataError(f"{error}; {hint}") from error
        good = np.bincount(decoded.labels, minlength=NUM_CLASSES)
        if all(n >= per_class or files < at_most for n, files in zip(good, decoded.found, strict=True)):
            return decoded
        at_most *= 4


def _files(folders: Mapping[str, Path], decoded: DecodedImages) -> tuple[int, ...]:
    """The number of files of each class, those that were not looked into included."""
    if max(decoded.found) < AT_MOST:
        return decoded.found
    candidates, unreachable = list_images(folders)
    names = [*(candidate.file for candidate in candidates), *(file for file, _ in unreachable)]
    counts = Counter(file.partition("/")[0] for file in names)
    return tuple(counts[name] for name in folders)


def _demo_imagenet10(per_class: int) -> Dataset:
    images, labels = textures(NUM_CLASSES * per_class)  # labels 0, 1, …, 9, 0, 1, …
    return _imagenet10(
        origin="demo",
        classes=TEXTURES,
        images=images,
        labels=labels,
        files=[f"{TEXTURES[label]}/{i // NUM_CLASSES:04d}" for i, label in enumerate(labels)],
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
    hint = f"use --images-per-class {lower}" if (lower := count - count % 5) else "put images there"
    raise DataError(
        f"class {printable(classes[label])} has {count} good images of {decoded.found[label]} files, "
        f"{per_class} are wanted{because}{f' (and {len(bad) - 3} more)' if len(bad) > 3 else ''}; {hint}"
    )


def _console() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True)
