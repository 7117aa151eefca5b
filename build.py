#!/usr/bin/env python3
"""Runs a deep-learning homework and writes its report:

data -> train -> results | tables -> findings -> figures -> page -> PDF
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.installed import check_installed

if __name__ == "__main__":
    check_installed()  # outside of .venv nothing below can be imported

from experiments.home import provide_home
from experiments.process import exit_quietly_on_interrupt, finish, let_interrupts_through, prepare_streams, run_command

if __name__ == "__main__":
    exit_quietly_on_interrupt()  # while the libraries load
    prepare_streams()
    provide_home()  # before the libraries that want one are imported

from experiments.catalog import EXPERIMENTS
from experiments.command_line import CLUSTER, COMPARE, DOCTOR, VERIFY, CommandLine
from experiments.commands import COMMANDS as TRAINING
from experiments.commands import how_long
from experiments.options import add_training_options, check_data
from experiments.progress import Progress
from report.commands import COMMANDS as REPORT
from report.commands import show_reference
from report.options import EXAMPLES, Options, add_report_options, check_report
from report.selection import Selection, as_trained, remarks

ROOT = Path(__file__).resolve().parent
# Further imports are late: training needs no PDF library, the report no torch, and a wrong option is refused at once.


def build(options: Options, progress: Progress) -> None:
    """The whole line, left to right."""
    if not options.train_only:
        check_report(options)  # a mistake that can be known now should not cost the training
        if show_reference(options, progress, how_long) and options.skip_train:
            return
    selection = options.selected() if options.skip_train else train(options, progress)
    if not options.train_only:
        report(options, selection, progress)


def train(options: Options, progress: Progress) -> Selection:
    """data -> train -> results: train what is not stored yet; returns what the report is to be about."""
    check_data(options)
    wanted = options.trained(EXPERIMENTS)  # a fault in it is told before torch is missed
    from experiments.training.pipeline import load_and_train

    datasets, seeds, _ = load_and_train(options, wanted, progress)
    return Selection.of(datasets, seeds, options.softmax_seeds)


def report(options: Options, selection: Selection, progress: Progress) -> None:
    """results -> tables -> findings -> figures -> page -> PDF; what follows the tables is report/write.py."""
    from report.results import read_results
    from report.write import write_report

    today = options.scaled(EXPERIMENTS)
    tables = read_results(options.results, today, selection, command=options.training_command())
    for remark in remarks(options.results, today, selection, tables.records):
        progress.warn(remark)
    how = options.out, options.lang, options.screen_first, progress.say, options.own_words(), options.draft
    for path in write_report(tables, as_trained(today, tables.records), options.title_page(), *how):
        progress.say(f"written: {path}")


def doctor(options: Options, progress: Progress) -> int:
    """Say what this machine has and lacks; 1 if something is lacking."""
    from experiments.doctor import check_training
    from report.doctor import examine

    return examine(options, print, check_training(options))


def cluster(options: Options, progress: Progress) -> None:
    """Have a cluster train what is missing; the report, once all is there."""
    from experiments.cluster.attach import attach
    from experiments.cluster.settings import read_scheduler

    check_report(options)
    check_data(options)
    found = attach(options, EXPERIMENTS, read_scheduler(options.cluster_table(), str(options.fields)), progress)
    if found:
        report(options, Selection.of(*found, options.softmax_seeds), progress)


def judge(options: Options, progress: Progress) -> int:
    """Check finished reports against the data that they carry, or compare two; 1 if one fails, or they differ."""
    from experiments.replay import replayer
    from report.verdicts import judge

    return judge(options, print, progress, replayer(options, progress))


def parse_args(argv: Sequence[str] | None = None) -> Options:
    """The command line, to which each side adds its own options; a wrong one ends the program with exit code 2."""
    parser = CommandLine("build.py", f"{__doc__}{EXAMPLES}")
    add_training_options(parser, ROOT)
    add_report_options(parser, ROOT)
    return parser.parse(argv, Options())


def main(argv: Sequence[str] | None = None) -> int:
    """The program; returns its exit code. Errors, Ctrl-C and SIGTERM become one line."""
    options = parse_args(argv)
    own = {DOCTOR: doctor, CLUSTER: cluster, VERIFY: judge, COMPARE: judge}
    command: Callable[[Options, Progress], int | None] = (own | TRAINING | REPORT).get(options.mode, build)
    with Progress() as progress:
        return run_command(lambda: command(options, progress), progress, goes_on=options.goes_on)


if __name__ == "__main__":
    let_interrupts_through()
    finish(main)
