"""The script by which a shell completes the options of build.py and their values."""

import argparse
import sys
from pathlib import Path
from typing import Any, NoReturn

SHELLS = ("bash", "zsh")


class Completion(argparse.Action):
    """Prints the script for a shell and ends the program, as argparse's own action does for --help."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: object, shell: Any, option: Any = None) -> NoReturn:
        """Ends with a usage error where shtab is not installed."""
        try:
            import shtab
        except ImportError:
            parser.error("--completion needs the Python package shtab; run make setup")
        for action in parser._actions:
            if action.type is Path:
                action.complete = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE  # type: ignore[attr-defined]
        sys.stdout.write(shtab.complete(parser, shell))
        parser.exit()
