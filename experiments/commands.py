"""What is done in place of the whole line and needs no report, mode by mode; build.py looks here for it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from experiments.catalog import EXPERIMENTS
from experiments.command_line import ONLY, PLAN, Mode
from experiments.options import check_data

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


COMMANDS: dict[Mode, Callable[["TrainingOptions", "Progress"], int]] = {PLAN: plan, ONLY: only}
