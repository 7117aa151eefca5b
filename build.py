"""Runs the homework and writes its report: config → data → train → results ║ results → findings → figures → PDF.

python build.py               everything
python build.py --skip-train  the report again, from stored results
"""

import argparse
import errno
import os
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

if __name__ == "__main__":  # Ctrl-C while the libraries load is no traceback
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))

from experiments.catalog import ABLATIONS, EQUAL_TERMS, EXPERIMENTS, ablation
from experiments.data import choose_origin, load_fashion_mnist, load_imagenet10
from experiments.dataset import SMALL_PER_CLASS, Dataset
from experiments.errors import UserError
from experiments.progress import Progress
from report.fields import Fields, read_fields
from report.results import read_results, unused_seeds

ROOT = Path(__file__).resolve().parent
FIELDS = ROOT / "homework.toml"
DEFAULT_SEEDS, DEMO_SEEDS = 3, 1  # the stand-in shows that every step works; one run of each is enough
QUICK_FASHION_MNIST = 6000  # images, for --quick


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="build.py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter, allow_abbrev=False
    )
    data = parser.add_argument_group("data")
    data.add_argument(
        "--data",
        choices=("auto", "real", "demo"),
        default="auto",
        help="auto: real data, or if they cannot be had (and no other is named) a stand-in drawn here (default)",
    )
    data.add_argument(
        "--data-dir",
        type=Path,
        default=ROOT / "data",
        metavar="DIR",
        help="where torchvision keeps and downloads the data (default: data)",
    )
    data.add_argument(
        "--imagenet10",
        type=Path,
        metavar="DIR",
        help="a folder of class folders to use instead of Imagenette",
    )
    data.add_argument("--classes", type=_names, metavar="A,B,…", help="ten of its class folders, separated by commas")
    data.add_argument(
        "--images-per-class",
        type=_positive,
        metavar="N",
        help="images of each class, a multiple of 5 (default: 600)",
    )
    train = parser.add_argument_group("training")
    train.add_argument(
        "--seeds",
        type=_seeds,
        metavar="N",
        help=f"runs of each variant, from seeds 0 … N-1 (default: {DEFAULT_SEEDS})",
    )
    train.add_argument(
        "--device",
        default="auto",
        choices=("auto", "cuda", "mps", "cpu"),
        help="where to train (default: auto)",
    )
    train.add_argument(
        "--ablation",
        nargs="?",
        const="all",
        choices=ABLATIONS,
        metavar="PART",
        help=f"also train without each ingredient of a recipe, for the appendix: {', '.join(ABLATIONS)} (default: all)",
    )
    train.add_argument("--quick", action="store_true", help="every step on a small part, marked as such in the report")
    train.add_argument(
        "--results",
        type=Path,
        default=ROOT / "results",
        metavar="DIR",
        help="where trained runs are kept (default: results)",
    )
    steps = parser.add_mutually_exclusive_group()
    steps.add_argument("--skip-train", action="store_true", help="render from stored results; needs no torch")
    steps.add_argument(
        "--watch",
        action="store_true",
        help="--skip-train again whenever a template, a style or the code is saved, shown in a browser",
    )
    steps.add_argument("--train-only", action="store_true", help="train and store; needs no PDF libraries")
    steps.add_argument("--plan", action="store_true", help="say which runs would be trained and why, and stop")
    steps.add_argument(
        "--verify",
        type=Path,
        metavar="FILE.pdf",
        help="recompute a finished report from the data attached to it and compare; needs neither results nor torch",
    )
    report = parser.add_argument_group("report")
    report.add_argument(
        "--out",
        type=Path,
        default=ROOT / "out",
        metavar="DIR",
        help="where the report is written (default: out)",
    )
    report.add_argument(
        "--lang", choices=("both", "zh", "en"), default="both", help="languages of the report (default: both)"
    )
    report.add_argument(
        "--screen-first",
        action="store_true",
        help="write the HTML edition without waiting for the PDF to pass (--watch does)",
    )
    report.add_argument(
        "--fields",
        type=Path,
        metavar="FILE",
        help="what stands on the title page (default: homework.toml)",
    )
    return parser.parse_args(argv)


def _fields(args: argparse.Namespace) -> Fields:
    """What stands on the title page. A file that was named must be there."""
    return read_fields(args.fields or FIELDS, required=args.fields is not None)


def run(args: argparse.Namespace, progress: Progress) -> None:
    """The whole line, left to right."""
    chosen = args.imagenet10 or args.classes or args.images_per_class
    if args.skip_train and chosen:
        raise UserError("--imagenet10, --classes and --images-per-class choose what is trained; leave them out")
    if args.data == "demo" and (args.imagenet10 or args.classes):
        raise UserError("--data demo draws its own images; leave out --imagenet10 and --classes")
    if args.skip_train and args.ablation:
        raise UserError("--ablation trains; leave out --skip-train, or --ablation to show what is stored")
    fields = _fields(args)  # first: a mistake in it should not cost the training
    experiments = [experiment.quick() if args.quick else experiment for experiment in EXPERIMENTS]
    demo = {"auto": None, "real": False, "demo": True}[args.data]
    fingerprints: Mapping[str, str] | None = None
    seeds = args.seeds

    if not args.skip_train:
        from experiments.device import choose_device  # the only road to torch
        from experiments.runs import plan, train_all

        device = choose_device(args.device)
        datasets = load_datasets(args, progress)
        demo = any(dataset.demo for dataset in datasets.values())
        seeds = seeds or (DEMO_SEEDS if demo else DEFAULT_SEEDS)
        beside = [EQUAL_TERMS, *([ablation(args.ablation)] if args.ablation else [])]
        wanted = [*experiments, *(experiment.quick() if args.quick else experiment for experiment in beside)]
        if args.plan:
            for line in plan(wanted, datasets, seeds, args.results):
                print(line)
            return
        progress.say(f"training on {device.name} ({device.kind}, {device.threads} threads, {device.dtype_name})")
        train_all(wanted, datasets, seeds, device, args.results, progress)
        fingerprints = {name: dataset.fingerprint for name, dataset in datasets.items()}
        if args.train_only:
            progress.say(f"results: {args.results}")
            return

    from report.build import write_report  # late: --train-only works where no PDF libraries are

    results = read_results(args.results, experiments, seeds=seeds, demo=demo, fingerprints=fingerprints)
    if seeds is None and (more := unused_seeds(results, args.results, experiments)):
        progress.warn(
            f"the report takes {results.seeds} run{'s' if results.seeds > 1 else ''} of each variant, as many as all "
            f"have; others are left out of {', '.join(more)}"
        )
    for run_id in results.stale:
        progress.warn(f"{run_id}: trained by other code than is here now; the report says so")
    for path in write_report(results, experiments, fields, args.out, args.lang, screen_first=args.screen_first):
        progress.say(f"written: {path}")


def load_datasets(args: argparse.Namespace, progress: Progress) -> dict[str, Dataset]:
    """Both datasets, real or drawn, by name."""
    console = progress.console
    origin = choose_origin(args.data, args.data_dir, folder=args.imagenet10, classes=args.classes, console=console)
    demo = origin == "demo"
    imagenet10 = load_imagenet10(  # first: most of what can be mistaken is about it
        args.data_dir,
        folder=args.imagenet10,
        classes=args.classes,
        images_per_class=args.images_per_class or (SMALL_PER_CLASS if args.quick else None),
        demo=demo,
        console=console,
    )
    fashion_mnist = load_fashion_mnist(
        args.data_dir, demo=demo, images=QUICK_FASHION_MNIST if args.quick else None, console=console
    )
    return {dataset.name: dataset for dataset in (fashion_mnist, imagenet10)}


def main(argv: Sequence[str] | None = None) -> int:
    """The program. Returns the exit code: 0, 1 for an error that is told in one line, 130 or 143 when stopped."""
    args = parse_args(argv)
    previous = signal.signal(signal.SIGTERM, _terminate)
    unraisable, sys.unraisablehook = sys.unraisablehook, _stop_again
    with Progress() as progress:
        try:
            if args.verify:
                return _verify(args.verify)
            if args.watch:
                _watch(sys.argv[1:] if argv is None else argv, args, progress)
            else:
                run(args, progress)
        except UserError as error:
            progress.fail(str(error))
            return 1
        except ModuleNotFoundError as error:
            progress.fail(f"the Python package {error.name} is not installed; run make setup")
            return 1
        except OSError as error:
            if error.filename is None:
                raise  # not about a file: a bug to be seen whole
            progress.fail(f"{error.filename}: {error.strerror}{_CURES.get(error.errno or 0, '')}")
            return 1
        except MemoryError:
            progress.fail("the memory does not suffice; close other programs, or use fewer images (--images-per-class)")
            return 1
        except KeyboardInterrupt:
            progress.stop()
            progress.say(f"stopped; {_HOW_TO_GO_ON}")
            return 130
        except _Terminated:
            progress.stop()
            progress.say(f"terminated; {_HOW_TO_GO_ON}")
            return 143
        finally:
            signal.signal(signal.SIGTERM, previous)
            sys.unraisablehook = unraisable
    return 0


def _verify(path: Path) -> int:
    from report.verify import verify  # late: the report side

    verdicts = verify(path)
    for fault in verdicts.faults:
        print(fault)
    print(verdicts)
    return 1 if verdicts.faults else 0


def _watch(argv: Sequence[str], args: argparse.Namespace, progress: Progress) -> None:
    """Render now and after every change, until Ctrl-C."""
    from report.watch import watch  # late: the report side

    trained = ("imagenet10", "classes", "images_per_class", "ablation")
    if named := [name for name in trained if getattr(args, name)]:
        raise UserError(f"--watch renders what is stored; leave out --{named[0].replace('_', '-')}")
    _fields(args)
    render = [sys.executable, __file__, *(arg for arg in argv if arg != "--watch"), "--skip-train", "--screen-first"]
    sources = [*(ROOT / name for name in ("templates", "report", "figures", "experiments")), args.fields or FIELDS]
    watch(render, sources, args.out, progress.say)


_HOW_TO_GO_ON = "the same command goes on, with training from its last checkpoint"
_ELSEWHERE = "; choose folders that you may write to with --results, --out and --data-dir"
_NO_FOLDER = "; name a folder"
_LOCKS = "; this file system may have no locks: choose a folder on a local disk with --results"
_CURES = {
    errno.EEXIST: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
    errno.ENOSPC: "; make room and run the same command, which goes on from what is complete",
    errno.ENOLCK: _LOCKS,
    errno.ENOTSUP: _LOCKS,
    errno.EROFS: _ELSEWHERE,
    errno.EACCES: _ELSEWHERE,
    errno.EPERM: _ELSEWHERE,
}


class _Terminated(BaseException):
    """SIGTERM, as an exception that leaves every block in order, as Ctrl-C does."""


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise _Terminated


def _stop_again(unraisable: Any) -> None:
    """Repeat a stop that was swallowed: no exception leaves a callback of the garbage collector, not even Ctrl-C."""
    stops = {KeyboardInterrupt: signal.SIGINT, _Terminated: signal.SIGTERM}
    if unraisable.exc_type in stops:
        threading.Timer(0.05, os.kill, (os.getpid(), stops[unraisable.exc_type])).start()
    else:
        sys.__unraisablehook__(unraisable)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _seeds(text: str) -> int:
    if _positive(text) > 1000:
        raise argparse.ArgumentTypeError(f"must be at most 1000, got {text}")
    return int(text)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return int(text)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    exit_code = main()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is done; only Python's own end is left
    sys.exit(exit_code)
