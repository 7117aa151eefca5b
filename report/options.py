"""The options of the report and of single steps: declared, and checked before anything is loaded."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from experiments.catalog import IMAGE_MODELS
from experiments.command_line import (
    BUILD,
    CHECK_WORDS,
    CLUSTER,
    COMPARE,
    DOCTOR,
    GRADESCOPE,
    INIT,
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
)
from experiments.options import TrainingOptions, add_distribution_options, check_folders
from report.completion import SHELLS, Completion
from report.personal_seeds import read_series
from report.selection import Selection
from report.title_page import TitlePage, read_title_page, read_toml
from report.words.places import Words, read_words

EXAMPLES = """
python build.py                all of it: trains what is not stored yet
python build.py --quick        every step on a small part, in about a minute
python build.py --doctor       what this machine has and lacks, with cures
python build.py --plan         what would be trained, why, and how long it takes
python build.py --skip-train   the report again, from stored results
python build.py --watch        again after every save, shown in a browser
python build.py --init         homework.toml, and examples of your own words
python build.py --check-words  holds your own words to the results
python build.py --submit       makes the hand-in
python build.py --verify FILE  checks reports, hand-ins, or folders of them
python build.py --compare A B  what differs between two reports
python build.py --gradescope   an autograder that verifies hand-ins
python build.py --cluster      has a cluster's scheduler train

--seeds N  --lang both|zh|en  --data demo  --imagenet10 DIR  --device cpu
--help-all lists every option.
"""

PARTS = ("softmax", *IMAGE_MODELS, "all")  # what --replay can train again
_RENDERS = frozenset({BUILD, SKIP_TRAIN, WATCH, CLUSTER})
EFFECT: Mapping[str, frozenset[Mode]] = {  # option → the modes in which it changes something
    "--out": _RENDERS | {SUBMIT, COMPARE, VERIFY, DOCTOR, GRADESCOPE},
    "--lang": _RENDERS | {SUBMIT, DOCTOR},
    "--fields": _RENDERS | {TRAIN_ONLY, PLAN, CHECK_WORDS, VALUES, INIT, SUBMIT, DOCTOR},
    "--replay": frozenset({VERIFY}),
    "--screen-first": _RENDERS - {WATCH},  # which always does so
    "--words": _RENDERS | {CHECK_WORDS, INIT, SUBMIT, DOCTOR},
    "--draft": _RENDERS,
    "--json": frozenset({CHECK_WORDS, PLAN, DOCTOR}),
    "--dry": frozenset({SUBMIT}),
    "--anonymous": frozenset({SUBMIT}),
    "--ascii-names": frozenset({SUBMIT}),
}


class Options(TrainingOptions):
    """Everything that the command line says."""

    out: Path
    lang: Literal["both", "zh", "en"]
    fields: Path
    screen_first: bool
    skip_train: bool
    train_only: bool
    plan: bool
    watch: bool
    verify: list[Path] | None
    compare: list[Path] | None  # two
    replay: str | None
    submit: bool
    dry: bool
    anonymous: bool
    ascii_names: bool
    words: Path | None
    draft: bool
    cluster: bool
    pack_reference: Path | None

    @property
    def words_folder(self) -> Path:
        """Where the author's own words are: next to homework.toml, unless they were named."""
        return self.words or self.fields.parent / "words"

    @property
    def goes_on(self) -> str:
        """How to go on after a stop; empty if there is nothing to go on with."""
        if self.mode == CLUSTER:
            return "what is submitted goes on; the same command shows how it stands"
        trains = self.mode in (BUILD, TRAIN_ONLY, ONLY)
        return "the same command goes on, with training from its last checkpoint" if trains else ""

    def title_page(self) -> TitlePage:
        """What stands on the title page. A file that was named must be there."""
        return read_title_page(self.fields, required="--fields" in self.given)

    def selected(self) -> Selection:
        """Which of the stored results a report is to be about."""
        return Selection(seeds=self.seeds, softmax_seeds=self.softmax_seeds, origin=self.data)

    def seed_series(self) -> str:
        """What seeds are drawn from: --series, else as homework.toml says."""
        return self.series or read_series(self.fields, required="--fields" in self.given)

    def own_words(self) -> Words:
        """What the author wrote. A folder that was named must be there."""
        return read_words(self.words_folder, self.fields, named=self.words is not None)

    def cluster_table(self) -> object:
        """The table [cluster] of homework.toml, empty where there is none."""
        return read_toml(self.fields).get("cluster", {})

    def watched(self, root: Path) -> tuple[list[str], list[Path]]:
        """The command that renders for --watch, and what a rendering is made of next to the results."""
        program = [root / name for name in ("templates", "report", "figures", "experiments")]
        return self.render_command(root / "build.py"), [*program, self.fields, self.words_folder]

    def training_command(self) -> str:
        """The command with the same options that trains first."""
        others = (option for option, modes in EFFECT.items() if modes <= {SUBMIT, CHECK_WORDS})
        modes = (SKIP_TRAIN, WATCH, CHECK_WORDS, VALUES, SUBMIT)
        return shlex.join(["build.py", *self._without(*modes, "--screen-first", *others)])

    def render_command(self, program: Path) -> list[str]:
        """The command that renders once as --watch does again and again."""
        return [sys.executable, str(program), *self._without(WATCH), SKIP_TRAIN, "--screen-first"]

    def _without(self, *options: str) -> list[str]:
        return [argument for argument in self.argv if argument not in options]


def add_report_options(parser: CommandLine, root: Path) -> None:
    """Declare what chooses the report, and the modes."""
    parser.effect |= EFFECT
    report = parser.add_argument_group("report")
    report.add_argument(
        "--out", type=Path, default=root / "out", metavar="DIR", help="where the report is written (default: out)"
    )
    report.add_argument(
        "--lang", choices=("both", "zh", "en"), default="both", help="languages of the report (default: both)"
    )
    report.add_argument(
        "--fields",
        type=Path,
        default=root / "homework.toml",
        metavar="FILE",
        help="what stands on the title page, and whose seeds (default: homework.toml)",
    )
    report.add_argument(
        "--words",
        type=Path,
        metavar="DIR",
        help="your own words, a Markdown file a place and language (default: words next to homework.toml)",
    )
    report.add_argument(
        "--draft", action="store_true", help="print sentences that the results contradict, marked, instead of stopping"
    )
    report.add_argument(
        "--json", action="store_true", help="--check-words or --doctor as a list of objects, --plan as one"
    )
    report.add_argument(
        "--completion", action=Completion, choices=SHELLS, help="print what makes a shell complete these options"
    )
    _add_modes(parser, root)
    add_distribution_options(parser)
    report.add_argument(
        "--replay",
        nargs="?",
        const="all",
        choices=PARTS,
        metavar="PART",
        help=f"with --verify: train these runs again and compare: {', '.join(PARTS)} (default: all)",
    )
    report.add_argument(
        "--screen-first",
        action="store_true",
        help="write the HTML edition without waiting for the PDF to pass (--watch does)",
    )


def _add_modes(parser: CommandLine, root: Path) -> None:
    """Declare what is done in place of the whole line."""
    steps = parser.add_argument_group("instead of everything (one of these)").add_mutually_exclusive_group()
    steps.add_argument("--skip-train", action="store_true", help="render from stored results; needs no torch")
    steps.add_argument(
        "--watch",
        action="store_true",
        help="--skip-train again whenever a template, a style or the code is saved, shown in a browser",
    )
    steps.add_argument(
        "--submit", action="store_true", help="make the hand-in from stored results, or say all that is wrong with it"
    )
    steps.add_argument("--train-only", action="store_true", help="train and store; needs no PDF libraries")
    steps.add_argument(
        DOCTOR, action="store_true", help="what this machine has and lacks, what cures it, and how long training takes"
    )
    steps.add_argument("--plan", action="store_true", help="say what would be trained, why and how long it takes")
    steps.add_argument(
        ONLY, metavar="RUN", help="train one run, or the group it is trained in, such as imagenet10/cnn/seed-2"
    )
    steps.add_argument(
        CLUSTER, action="store_true", help="have a cluster's scheduler train; run again: how the runs stand, the report"
    )
    steps.add_argument(
        CHECK_WORDS, action="store_true", help="hold each of your sentences to the results; 1 if one is contradicted"
    )
    steps.add_argument(VALUES, action="store_true", help="the names that {{ name }} prints in your words, with values")
    steps.add_argument(INIT, action="store_true", help="write homework.toml and examples of words, none over another")
    steps.add_argument(
        "--verify",
        type=Path,
        nargs="+",
        action="extend",
        metavar="FILE",
        help="check finished reports, hand-ins or a folder of them against the data in them; needs no results",
    )
    steps.add_argument(
        COMPARE,
        type=Path,
        nargs=2,
        metavar=("A", "B"),
        help="what differs between two reports, or folders of results; 0 if nothing does, 1 if something, 2 if "
        "one cannot be read",
    )
    steps.add_argument(
        PACK_REFERENCE,
        type=Path,
        nargs="?",
        const=root / "reference",
        metavar="DIR",
        help="make the reference run of finished results (default: reference, which comes with the program)",
    )
    steps.add_argument(
        GRADESCOPE, action="store_true", help="write an autograder for Gradescope that verifies hand-ins"
    )
    handin = parser.add_argument_group("the hand-in (with --submit; its settings are [submit] in homework.toml)")
    handin.add_argument("--dry", action="store_true", help="only list what would be in it and what is wrong")
    handin.add_argument("--anonymous", action="store_true", help="without name and number, for peer review")
    handin.add_argument("--ascii-names", action="store_true", help="name the file in Latin letters")


def check_report(options: Options) -> None:
    """Raise UserError for what would stop the report in the end and can be known at the start."""
    check_folders({"--out": options.out})
    title_page, words = options.title_page(), options.own_words()
    if words.files or words.required:
        from report.words.commands import check_written  # late: loads the findings

        check_written(words, options)
    if options.mode == BUILD:
        from report.preflight import preflight  # late: loads the PDF libraries

        preflight(title_page, options.fields, options.out, options.lang, words)
