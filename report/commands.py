"""What is done in place of the whole line and needs no training side, mode by mode; build.py looks here for it."""

from collections.abc import Callable
from pathlib import Path

from experiments.command_line import CHECK_WORDS, GRADESCOPE, INIT, PACK_REFERENCE, SUBMIT, VALUES, WATCH, Mode
from experiments.errors import UserError
from experiments.options import check_data, check_folders
from experiments.progress import Progress
from report.options import Options, check_report

ROOT = Path(__file__).resolve().parent.parent
# Imports are late: each mode loads what it needs, and no more.


def watch(options: Options, progress: Progress) -> int:
    """Render now and after every change, until Ctrl-C."""
    from report.watch import watch

    check_report(options)
    watch(*options.watched(ROOT), options.out, progress.say, results=options.results)
    return 0


def words(options: Options, progress: Progress) -> int:
    """The author's own words: check them, list what they can name, or write examples; 1 if one is contradicted."""
    from report.words.commands import run_words_command

    return run_words_command(options, print, progress.warn)


def submit(options: Options, progress: Progress) -> int:
    """Make the hand-in from stored results, or say all that is wrong with it; 1 then."""
    from report.handin.submit import submit

    return submit(options, print, progress.warn)


def show_reference(options: Options, progress: Progress, how_long: Callable[[Options], str]) -> bool:
    """Render the reference run where there are no results yet, and say what training takes; whether it was wanted."""
    from report.reference import is_wanted, show

    if not is_wanted(options):
        return False
    if options.skip_train:
        show(options, progress)
        return True
    check_data(options)  # a mistake that can be known now comes first
    try:
        show(options, progress)
    except UserError as error:
        progress.warn(f"{error}; training goes on")
    progress.say("now your own: measuring a few steps of every model")
    progress.say(how_long(options))
    return True


def pack_reference(options: Options, progress: Progress) -> int:
    """Make the reference run of finished results."""
    from report.reference import pack

    check_folders({"--results": options.results})
    pack(options.results, options.pack_reference or ROOT / "reference", progress)
    return 0


def gradescope(options: Options, progress: Progress) -> int:
    """Write the archive that checks hand-ins on Gradescope."""
    from report.handin.gradescope import write_autograder

    return write_autograder(options.out, print)


COMMANDS: dict[Mode, Callable[[Options, Progress], int]] = {
    WATCH: watch,
    CHECK_WORDS: words,
    VALUES: words,
    INIT: words,
    SUBMIT: submit,
    PACK_REFERENCE: pack_reference,
    GRADESCOPE: gradescope,
}
