"""The options of data and training: declared, and checked before anything is loaded. Free of torch and pandas."""

import argparse
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.catalog import ABLATIONS, EQUAL_TERMS, SOFTMAX, Experiment, ablation
from experiments.command_line import (
    BUILD,
    CHECK_WORDS,
    CLUSTER,
    DOCTOR,
    ONLY,
    PACK_REFERENCE,
    PLAN,
    SKIP_TRAIN,
    SUBMIT,
    TRAIN_ONLY,
    VALUES,
    VERIFY,
    WATCH,
    CommandLine,
    Mode,
    Parsed,
)
from experiments.errors import UserError
from experiments.folders import check_folder

if TYPE_CHECKING:
    from experiments.data.dataset import Dataset

SOFTMAX_SEEDS = 30  # a run takes less than a second, and fewer leave undecided what the second softmax does
DEFAULT_SEEDS, DEMO_SEEDS = 3, 1  # demo data show that every step works; one run of each is enough
MOST_SEEDS = 1000
CLASSES = 10
IMAGES_STEP = 5  # the images of a class are split 3:1:1

_TRAINS = frozenset({BUILD, TRAIN_ONLY, PLAN, ONLY, CLUSTER})
_ALL_RUNS = _TRAINS | {SKIP_TRAIN, WATCH, CHECK_WORDS, VALUES, SUBMIT}
_REPLAYS = frozenset({VERIFY})  # with --replay
_LOOKS = frozenset({DOCTOR})
EFFECT: Mapping[str, frozenset[Mode]] = {  # option → the modes in which it changes something
    "--data": _ALL_RUNS | _LOOKS,  # with stored results, too: whether those of real or of demo data are meant
    "--data-dir": _TRAINS | _REPLAYS | _LOOKS,
    "--imagenet10": _TRAINS | _REPLAYS | _LOOKS,
    "--classes": _TRAINS | _REPLAYS,
    "--images-per-class": _TRAINS | _REPLAYS,
    "--seeds": _ALL_RUNS | _LOOKS,
    "--softmax-seeds": _ALL_RUNS,
    "--series": _ALL_RUNS,
    "--device": _TRAINS | _REPLAYS | _LOOKS,
    "--precision": _TRAINS | _REPLAYS,
    "--threads": _TRAINS | _REPLAYS,
    "--plan-digest": frozenset({ONLY}),
    "--wait": frozenset({CLUSTER}),
    "--cancel": frozenset({CLUSTER}),
    "--retry": frozenset({CLUSTER}),
    "--ablation": _TRAINS,
    "--quick": _ALL_RUNS,
    "--results": _ALL_RUNS | _LOOKS | {PACK_REFERENCE},
}


class TrainingOptions(Parsed):
    """What the command line says of data and training."""

    data: str
    data_dir: Path
    imagenet10: Path | None
    classes: list[str] | None
    images_per_class: int | None
    seeds: int | None  # None: seeds_for decides
    softmax_seeds: int | None  # None: counted decides
    series: str | None
    device: str
    precision: str
    threads: int | None  # None: as many as the machine has, or a plan's recipes want
    only: str | None
    plan_digest: str | None
    wait: bool
    cancel: bool
    retry: bool
    json: bool
    ablation: str | None
    quick: bool
    results: Path

    def scaled(self, experiments: Iterable[Experiment]) -> list[Experiment]:
        """The experiments at the scale asked for, with the seeds asked for."""
        drawn = [experiment.drawn_from(self.seed_series()) for experiment in experiments]
        return [experiment.quick() if self.quick else experiment for experiment in drawn]

    def seed_series(self) -> str:
        """What seeds are drawn from; empty for the seeds 0, 1, 2 …"""
        return self.series or ""

    def trained(self, experiments: Sequence[Experiment]) -> list[Experiment]:
        """All that is to be trained for a report on these experiments, at the scale asked for."""
        return self.scaled([*experiments, EQUAL_TERMS, *([ablation(self.ablation)] if self.ablation else [])])

    def seeds_for(self, datasets: Mapping[str, "Dataset"]) -> int:
        """Runs of each variant."""
        return self.seeds or (DEMO_SEEDS if any(dataset.demo for dataset in datasets.values()) else DEFAULT_SEEDS)

    def counted(self, experiments: Iterable[Experiment], datasets: Mapping[str, "Dataset"]) -> list[Experiment]:
        """The experiments with the number of runs of softmax regression: at least as many as of the others."""
        small = self.quick or any(dataset.demo for dataset in datasets.values())
        seeds = max(self.seeds_for(datasets), self.softmax_seeds or (1 if small else SOFTMAX_SEEDS))
        return [replace(e, seeds=seeds) if e.name == SOFTMAX.name else e for e in experiments]


def add_training_options(parser: CommandLine, root: Path) -> None:
    """Declare what chooses the data and the runs."""
    parser.effect |= EFFECT
    parser.conflicts["--data demo"] = ("--imagenet10", "--classes")
    data = parser.add_argument_group("data")
    data.add_argument(
        "--data",
        choices=("auto", "real", "demo"),
        default="auto",
        help="auto (default): real data, or demo data drawn by the program if those cannot be had and none were named",
    )
    data.add_argument(
        "--data-dir",
        type=Path,
        default=root / "data",
        metavar="DIR",
        help="where torchvision keeps and downloads the data (default: data)",
    )
    data.add_argument(
        "--imagenet10", type=Path, metavar="DIR", help="a folder of class folders to use instead of Imagenette"
    )
    data.add_argument(
        "--classes", type=_ten_names, metavar="A,B,...", help="ten of its class folders, separated by commas"
    )
    data.add_argument(
        "--images-per-class",
        type=_images,
        metavar="N",
        help=f"images of each class, a multiple of {IMAGES_STEP} (default: 600)",
    )
    train = parser.add_argument_group("training")
    train.add_argument(
        "--seeds", type=_seeds, metavar="N", help=f"runs of each model, seeds 0 to N-1 (default: {DEFAULT_SEEDS})"
    )
    train.add_argument(
        "--softmax-seeds",
        type=_seeds,
        metavar="N",
        help=f"runs of softmax regression, if more (default: {SOFTMAX_SEEDS}; with --quick or demo data, no more)",
    )
    train.add_argument(
        "--series",
        type=_series,
        metavar="WORD",
        help="draw the seeds from this word, which a report of personal seeds names",
    )
    train.add_argument(
        "--device", default="auto", choices=("auto", "cuda", "mps", "cpu"), help="where to train (default: auto)"
    )
    train.add_argument(
        "--precision",
        default="auto",
        choices=("auto", "float32", "bfloat16"),
        help="of matrix products (default: auto, what is faster here and right)",
    )
    train.add_argument("--threads", type=_positive, metavar="N", help="CPU threads of a run, at most")
    train.add_argument(
        "--ablation",
        nargs="?",
        const="all",
        choices=ABLATIONS,
        metavar="PART",
        help=f"also train without each ingredient of a recipe: {', '.join(ABLATIONS)} (default: all)",
    )
    train.add_argument("--quick", action="store_true", help="every step on a small part, marked as such in the report")
    train.add_argument(
        "--results",
        type=Path,
        default=root / "results",
        metavar="DIR",
        help="where trained runs are kept (default: results)",
    )


def add_distribution_options(parser: CommandLine) -> None:
    """Declare what goes with --only and --cluster."""
    cluster = parser.add_argument_group("on a cluster ([cluster] in homework.toml names the scheduler's commands)")
    cluster.add_argument(
        "--plan-digest", metavar="D", help="with --only: refuse, with exit code 3, what is not plan D's (see --plan)"
    )
    cluster.add_argument("--wait", action="store_true", help="with --cluster: stay until all runs are there")
    cluster.add_argument("--cancel", action="store_true", help="with --cluster: end all that waits or runs")
    cluster.add_argument("--retry", action="store_true", help="with --cluster: try again what has failed")


def check_folders(folders: Mapping[str, Path]) -> None:
    """Raise UserError for an option → folder that is something else; what is not there will be made."""
    for option, folder in folders.items():
        if _exists(option, folder) and not folder.is_dir():
            raise UserError(f"{option} {folder}: not a folder; name a folder")


def check_data(options: TrainingOptions) -> None:
    """Raise UserError for folders of data or results that cannot be what they are named as."""
    check_folders({"--results": options.results, "--data-dir": options.data_dir})
    if options.mode != PLAN:  # which goes on where nothing can be written
        check_folder(options.results, "--results")
    folder = options.imagenet10
    if folder is None:
        return
    if not _exists("--imagenet10", folder):
        raise UserError(f"--imagenet10 {folder}: does not exist; name the folder that holds the class folders")
    check_folders({"--imagenet10": folder})


def _exists(option: str, path: Path) -> bool:
    """Whether a path leads to something. Raises UserError if that cannot be known."""
    try:
        path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            raise UserError(f"{option} {path}: a link to nowhere; name a folder") from None
        return False
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UserError(f"{option} {path}: cannot be opened ({reason}); name a folder") from None
    return True


def _ten_names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) != CLASSES or len(set(names)) != CLASSES:
        different = len(set(names))
        repeated = f", {len(names) - different} of them repeated" if different < len(names) else ""
        raise argparse.ArgumentTypeError(f"must name {CLASSES} different class folders, got {len(names)}{repeated}")
    return names


def _seeds(text: str) -> int:
    if (seeds := _positive(text)) > MOST_SEEDS:
        raise argparse.ArgumentTypeError(f"must be at most {MOST_SEEDS}, got {text}")
    return seeds


def _series(text: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z-]{1,64}", text):
        raise argparse.ArgumentTypeError(f"must be up to 64 Latin letters, digits and hyphens, got {text[:40]!r}")
    return text


def _images(text: str) -> int:
    images = _positive(text)
    if images % IMAGES_STEP:
        raise argparse.ArgumentTypeError(f"must be a multiple of {IMAGES_STEP} (split 3:1:1), got {text}")
    return images


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text[:40]!r}")
    return int(text)
