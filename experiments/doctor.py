"""What this machine has and lacks for training: one line a thing, with what to do where it is lacking.

Nothing is downloaded, and nothing stays behind on the disk.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.catalog import IMAGE_MODELS
from experiments.checks import Check, look
from experiments.data.downloads import require_on_disk
from experiments.disk.locks import locked
from experiments.errors import UserError
from experiments.folders import check_folder, check_temporary_folder
from experiments.limits import available_memory, usable_cores
from experiments.options import DEFAULT_SEEDS, check_data
from experiments.progress import duration

if TYPE_CHECKING:
    from experiments.options import TrainingOptions

ROOT = Path(__file__).resolve().parent.parent
LEAST_MEMORY = 3 << 30  # bytes: the largest process of a build takes 2.9 GiB
RESULTS_ROOM = 256 << 20  # bytes: three seeds with their checkpoints take less than 100 MiB


def check_training(options: "TrainingOptions") -> Iterator[Check]:
    """Python, clock, cores, memory, folders, data, then torch: its device, and a step of each model on it."""
    yield Check("Python", f"{sys.version.split()[0]} in {sys.prefix}")
    yield look("clock", _clock)
    yield look("cores and memory", _resources)
    yield look("temporary files", _temporary)
    yield look("results", lambda: _results(options))
    yield look("data", lambda: _data(options))
    yield from _torch(options)


def _clock() -> str:
    now, newest = time.time(), max(path.stat().st_mtime for path in ROOT.glob("*.py"))
    shown = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d %H:%M UTC")
    if now < newest - 86400:
        raise UserError(
            f"{shown} is before this program was written; set the clock: runs and the report are dated by it"
        )
    return shown


def _resources() -> str:
    cores, memory = usable_cores(), available_memory()
    shown = f"{cores} core{'' if cores == 1 else 's'}, {memory / 2**30:.1f} GiB of memory free"
    if memory < LEAST_MEMORY:
        needed = LEAST_MEMORY >> 30
        raise UserError(
            f"{shown}, about {needed} GiB are needed; end other programs, or give the container more memory"
        )
    return shown


def _temporary() -> str:
    check_temporary_folder()
    return f"{tempfile.gettempdir()} can be written to"


def _results(options: "TrainingOptions") -> str:
    check_data(options)
    check_folder(options.results, "--results", RESULTS_ROOM)
    there = next(folder for folder in (options.results, *options.results.absolute().parents) if folder.is_dir())
    remarks: list[str] = []
    with tempfile.TemporaryDirectory(dir=there) as folder, locked(Path(folder, "lock"), warn=remarks.append):
        pass
    locks = "no file locks: do not run two builds at once" if remarks else "file locks work"
    return f"{options.results}: {shutil.disk_usage(there).free >> 30} GiB free, {locks}"


def _data(options: "TrainingOptions") -> str:
    if options.data == "demo":
        return "drawn by the program"
    try:
        require_on_disk(options.data_dir, imagenette=options.imagenet10 is None)
    except UserError as error:
        if options.data == "real":
            raise
        return f"{str(error).partition('; ')[0]}: a build downloads it, or goes on with demo data"
    return f"{options.imagenet10 or options.data_dir}: there"


def _torch(options: "TrainingOptions") -> Iterator[Check]:
    try:
        import torch
        import torchvision
    except (ImportError, OSError) as error:
        yield Check("torch", f"cannot be imported: {str(error).splitlines()[0]}", "run: make setup")
        return
    yield Check("torch", f"{torch.__version__}, torchvision {torchvision.__version__}")
    from experiments.training.device import choose_device
    from experiments.training.estimate import seconds_of_run

    try:
        device = choose_device(options.device)
    except UserError as error:
        yield Check.failed("device", error)
        return
    yield Check(
        "device", f"{device.kind}: {device.name}, {device.threads} threads, {device.dtype_name} ({device.reason})"
    )
    total = 0.0
    for name, config in IMAGE_MODELS.items():
        try:
            seconds = seconds_of_run(config, device)
        except (RuntimeError, MemoryError) as error:  # of torch: a kernel is missing, or memory
            yield Check(name, f"cannot be trained here: {str(error).splitlines()[0]:.200}", "try --device cpu")
            continue
        total += seconds
        yield Check(name, f"a step works; a run takes about {duration(seconds)}")
    seeds = options.seeds or DEFAULT_SEEDS
    if total:
        yield Check("training", f"about {duration(total * seeds)} for {seeds} seeds of each, beside what runs here now")
