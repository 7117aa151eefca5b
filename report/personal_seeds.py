"""Seeds of a student's own: seeds = "personal" in homework.toml.

The series of a student is "student-" and the first 16 hex digits of SHA-256 over "hw1-dl seeds" and the student
number, several sorted, a line each; the seed of run n is drawn from the series and n (experiments.config). Two students
never share a seed, so that equal predictions are one training handed in twice.
"""

from pathlib import Path

from experiments.disk.files import sha256
from report.title_page import SEEDS, WITHHELD, TitlePageError, read_title_page, read_toml

COMMON, PERSONAL = "common", "personal"


def series_of(student_number: str) -> str:
    """The series of a student number, or of several, a line each, in any order."""
    numbers = sorted(number.casefold() for number in student_number.split("\n"))
    return f"student-{sha256(chr(10).join(['hw1-dl seeds', *numbers]).encode())[:16]}"


def read_series(fields: Path, *, required: bool = False) -> str:
    """The series that homework.toml asks for; empty for the seeds 0, 1, 2 …, which is what it asks for by itself.

    Raises TitlePageError for another word than "common" and "personal", and for personal seeds without a number.
    """
    chosen = read_toml(fields, required=required).get(SEEDS, COMMON)
    if chosen not in (COMMON, PERSONAL):
        raise TitlePageError(
            f'{fields}: {SEEDS} must be "{COMMON}" (0, 1, 2 …) or "{PERSONAL}" (drawn from the student number), '
            f"got {chosen!r:.60}"
        )
    if chosen == COMMON:
        return ""
    number = read_title_page(fields).student_number
    if not number:
        raise TitlePageError(
            f'{fields}: {SEEDS} = "{PERSONAL}" draws the seeds from the student number, which is empty; '
            "fill in student_number"
        )
    return series_of(number)


def series_fault(series: tuple[str, ...], student_number: str) -> str:
    """What is wrong with the series of a report's runs next to the number on its title page; empty if nothing is."""
    if series == ("",) or student_number in ("", WITHHELD):
        return ""
    if len(series) > 1:
        return "the seeds of its runs are drawn from several series"
    if series[0] != series_of(student_number):
        return f"its seeds are drawn from {series[0]}, and not from the student number on its title page"
    return ""
