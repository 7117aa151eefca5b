"""Trains the experiments without writing a report, and prints what they reach:

python -m experiments                 all of them
python -m experiments softmax         one of them: softmax, imagenet10
python -m experiments --quick         every step on a small part, in about a minute

Runs are stored in trained/, their measurements as tables in trained/*.csv.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.catalog import EXPERIMENTS
from experiments.command_line import CommandLine
from experiments.options import TrainingOptions, add_training_options, check_data
from experiments.process import finish, let_interrupts_through, prepare_streams, run_command
from experiments.progress import Progress
from experiments.store.tables import accuracies, write_tables

ROOT = Path(__file__).resolve().parent.parent


class Options(TrainingOptions):
    experiments: list[str]


def main(argv: Sequence[str] | None = None) -> int:
    """The program; returns its exit code. Errors and stops become one line."""
    parser = CommandLine("python -m experiments", __doc__)
    names = [experiment.name for experiment in EXPERIMENTS]
    parser.add_argument(
        "experiments", nargs="*", choices=[*names, []], metavar="EXPERIMENT", help=f"{', '.join(names)} (default: all)"
    )
    add_training_options(parser, ROOT)
    parser.set_defaults(results=ROOT / "trained")
    options = parser.parse(argv, Options())
    with Progress() as progress:
        return run_command(lambda: train(options, progress), progress, goes_on="the same command goes on")


def train(options: Options, progress: Progress) -> None:
    """Train, write the tables, and print each variant's test accuracy."""
    check_data(options)
    from experiments.training.pipeline import load_and_train  # late: a wrong option is refused at once

    chosen = [e for e in EXPERIMENTS if not options.experiments or e.name in options.experiments]
    _, _, runs = load_and_train(options, options.scaled(chosen), progress)
    write_tables(options.results, runs)
    for variant, values in accuracies(runs).items():
        mean = sum(values) / len(values)
        print(f"{variant}: test accuracy {mean:.2%} ({', '.join(f'{value:.2%}' for value in values)})")


if __name__ == "__main__":
    prepare_streams()
    let_interrupts_through()
    finish(lambda: main(sys.argv[1:]))
