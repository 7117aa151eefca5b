"""A command line that refuses what it cannot do: unknown options, and options without effect in the chosen mode."""

import argparse
import difflib
import sys
from collections.abc import Sequence
from typing import Literal, NoReturn, TypeVar

Mode = Literal[
    "build", "--skip-train", "--train-only", "--plan", "--watch", "--verify", "--check-words", "--values", "--init",
    "--submit", "--compare", "--doctor", "--only", "--cluster", "--pack-reference",
    "--gradescope",
]  # fmt: skip
BUILD: Mode = "build"  # the whole line: none of the others
SKIP_TRAIN: Mode = "--skip-train"
TRAIN_ONLY: Mode = "--train-only"
PLAN: Mode = "--plan"
WATCH: Mode = "--watch"
VERIFY: Mode = "--verify"
CHECK_WORDS: Mode = "--check-words"
VALUES: Mode = "--values"
INIT: Mode = "--init"
SUBMIT: Mode = "--submit"
COMPARE: Mode = "--compare"
DOCTOR: Mode = "--doctor"
ONLY: Mode = "--only"
CLUSTER: Mode = "--cluster"
PACK_REFERENCE: Mode = "--pack-reference"
GRADESCOPE: Mode = "--gradescope"
MODES: tuple[Mode, ...] = (
    BUILD, SKIP_TRAIN, TRAIN_ONLY, PLAN, WATCH, VERIFY, CHECK_WORDS, VALUES, INIT, SUBMIT, COMPARE, DOCTOR, ONLY,
    CLUSTER, PACK_REFERENCE, GRADESCOPE,
)  # fmt: skip


class Parsed(argparse.Namespace):
    """Options by name, and how they were given."""

    argv: list[str]
    given: frozenset[str]  # the options that were named
    mode: Mode


P = TypeVar("P", bound=Parsed)


class _Brief(argparse.Action):
    """Shows the program's description, which names what it is most often used for, and ends it."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        """As argparse's own action for --help does."""
        assert isinstance(parser, CommandLine)
        parser.brief = True
        parser.print_help()
        parser.exit()


class CommandLine(argparse.ArgumentParser):
    """An ArgumentParser with one-line errors and a help page at most 80 columns wide.

    effect: option → the modes in which it has one; an option that is not in it has one in every mode.
    conflicts: option with its value → the options that cannot stand next to it.
    """

    def __init__(self, prog: str, description: str | None):
        super().__init__(
            prog=prog,
            usage="%(prog)s [options]",
            description=description,
            formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(prog, max_help_position=27, width=80),
            allow_abbrev=False,
            add_help=False,
        )
        self.add_argument("-h", "--help", action=_Brief, nargs=0, help="show the most important ones")
        self.add_argument("--help-all", action="help", help="show this list")
        self.brief = False
        self.effect: dict[str, frozenset[Mode]] = {}
        self.conflicts: dict[str, tuple[str, ...]] = {}

    def format_help(self) -> str:
        """All options, or the description alone."""
        return f"{self.format_usage()}\n{self.description}" if self.brief else super().format_help()

    def parse(self, argv: Sequence[str] | None, options: P) -> P:
        """Fill in the options. Ends with a usage error for unknown ones, and for those without effect in the mode."""
        options.argv = sys.argv[1:] if argv is None else list(argv)
        _, unknown = self.parse_known_args(options.argv, options)
        if unknown:
            self.error(self._unknown(unknown[0]))
        named = {argument.partition("=")[0] for argument in options.argv}
        options.given = frozenset(named & self._option_string_actions.keys())
        options.mode = next((mode for mode in MODES if mode in options.given), BUILD)
        for option in sorted(options.given & self.effect.keys()):
            if options.mode not in self.effect[option]:
                self.error(f"{option} has no effect with {options.mode}; leave it out")
        for setting, others in self.conflicts.items():
            option, value = setting.split()
            if str(getattr(options, option.lstrip("-").replace("-", "_"))) == value:
                for other in sorted(options.given.intersection(others)):
                    self.error(f"{other} has no effect with {setting}; leave out one of them")
        return options

    def error(self, message: str) -> NoReturn:
        """End with exit code 2 and one line."""
        self.exit(2, f"error: {message}\n{self.format_usage().strip()}; --help-all lists the options\n")

    def _unknown(self, argument: str) -> str:
        name = argument.partition("=")[0]
        plain = {option.lstrip("-"): option for option in self._option_string_actions}
        near = difflib.get_close_matches(name.lstrip("-"), plain, n=1)
        return f"unknown option {argument!r:.80}" + (f"; did you mean {plain[near[0]]}?" if near else "")
