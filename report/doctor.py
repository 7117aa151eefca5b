"""What this machine has and lacks: training's side from experiments/doctor.py, the report's here, as one list."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from experiments.checks import Check, look
from experiments.folders import check_folder
from report.options import Options
from report.page.fonts import check_fonts
from report.preflight import ROOM, check_characters, check_title_page
from report.title_page import TitlePage


def examine(options: Options, say: Callable[[str], None], training: Iterable[Check]) -> int:
    """Say what was found, a line a thing as soon as it is known, or as JSON; 1 if anything is lacking.

    training: what was found for the training side, which the report does not know.
    """
    checks = []
    for check in chain(training, _report_side(options)):
        checks.append(check)
        if not options.json:
            say(_line(check))
    if options.json:
        say(json.dumps([asdict(check) | {"ok": check.ok} for check in checks], ensure_ascii=False, indent=1))
    elif lacking := [check.thing for check in checks if not check.ok]:
        say(f"lacking: {', '.join(lacking)}")
    return 0 if all(check.ok for check in checks) else 1


def _line(check: Check) -> str:
    return f"{'ok   ' if check.ok else 'FAULT'} {check.thing}: {check.found}" + (
        f"; {check.cure}" if check.cure else ""
    )


def _report_side(options: Options) -> Iterator[Check]:
    """Fonts and libraries, on an empty title page; then the author's own words, and the folder of the report."""
    yield look("fonts", _fonts)
    libraries = look("PDF libraries", _libraries)
    yield libraries
    if libraries.ok:  # else nothing can be printed
        yield look("title page", lambda: _title_page(options))
        yield look("own words", lambda: _words(options))
    yield look("report", lambda: _out(options))


def _fonts() -> str:
    check_fonts()
    return "the bundled ones are whole"


def _libraries() -> str:
    check_title_page(TitlePage(), Path())
    return f"WeasyPrint {version('weasyprint')} and Pango print a page"


def _title_page(options: Options) -> str:
    page = options.title_page()
    check_title_page(page, options.fields, options.lang)
    empty = [name for name in ("name", "student_number", "date") if not getattr(page, name)]
    return f"{options.fields}: can be printed" + (f", still empty: {', '.join(empty)}" if empty else "")


def _words(options: Options) -> str:
    words = options.own_words()
    check_characters(words)
    return f"{options.words_folder}: {len(words.files)} files, can be printed" if words.files else "none"


def _out(options: Options) -> str:
    check_folder(options.out, "--out", ROOM)
    return f"{options.out}: can be written to"
