"""What is done in place of the whole line and needs no report, mode by mode; build.py looks here for it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from experiments.catalog import EXPERIMENTS
from experiments.command_line import ONLY, PLAN, Mode
from experiments.options import DEFAULT_SEEDS, check_data
from experiments.progress import counted, duration

if TYPE_CHECKING:
    from experiments.options import TrainingOptions
    from experiments.progress import Progress

# Imports are late: each mode loads what it needs, and no more.


def plan(options: "TrainingOptions", progress: "Progress") -> int:
    """Print which runs would be trained, why, and how long that takes; store the plan for --only."""
    from experiments.cluster.planning import plan

    check_data(options)
    print(*plan(options, EXPERIMENTS, progress.console), sep="\n")
    return 0


def only(options: "TrainingOptions", progress: "Progress") -> int:
    """Train one group of runs, as a plan says."""
    from experiments.cluster.task import train_only

    check_data(options)
    train_only(options, EXPERIMENTS, progress)
    return 0


def how_long(options: "TrainingOptions") -> str:
    """What training all of it takes on this machine, measured by a few steps of every model."""
    from experiments.training.device import choose_device
    from experiments.training.estimate import seconds_of_all

    device = choose_device(options.device, options.precision, options.threads)
    seeds = options.seeds or DEFAULT_SEEDS
    seconds = seconds_of_all(options.trained(EXPERIMENTS), seeds, device)
    return f"{counted(seeds, 'seed')} take about {duration(seconds)} of training on {device.name}"


COMMANDS: dict[Mode, Callable[["TrainingOptions", "Progress"], int]] = {PLAN: plan, ONLY: only}
