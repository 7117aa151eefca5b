"""The corpus of sentences: texts whose last sentence is true, false, free of results or beyond them, in batches."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from report.words.check import CheckedSentence, Outcome, check_text
from report.words.facts import Facts

FOLDER = Path(__file__).parent / "corpus"
# "seen" was looked at while the rules were written, "kept" not before they were; the others were written later, each
# after the rules had been mended for what the one before had shown.
BATCHES = (
    "seen", "kept", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    "thirteenth", "plain", "loose", "spoken", "harder", "fourteenth",
)  # fmt: skip
UNSEEN: tuple[str, ...] = ("fourteenth",)  # batches that are measured, and not looked at by whoever writes the rules


class Case(NamedTuple):
    """A line of a file: the sentences before the last one only say who is meant."""

    text: str
    lang: Literal["zh", "en"]
    truth: str  # true, false, free, or beyond what any finding knows
    batch: str


def cases() -> list[Case]:
    """Every text. Of the first files odd lines are the half that was seen, even ones the half that was kept apart."""
    found = []
    for path in sorted(FOLDER.glob("*.txt")):
        lang, *batch, truth = path.stem.split(".")
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            half = "seen" if number % 2 else "kept"
            found.append(Case(text, "zh" if lang == "zh" else "en", truth, batch[0] if batch else half))
    return found


WORST = (Outcome.CONTRADICTED, Outcome.UNMATCHED, Outcome.HOLDS, Outcome.FREE)


def judged(case: Case, facts: Mapping[str, Facts]) -> CheckedSentence:
    """What the last sentence comes to, of its parts between semicolons the worst one.

    facts: "upside-down" for the third batch, "usual" for all others.
    """
    checked = check_text(case.text, case.lang, facts["upside-down" if case.batch == "third" else "usual"])
    last = len(checked) - 1
    while last and checked[last - 1].text.endswith(("；", ";")):
        last -= 1
    return min(checked[last:], key=lambda sentence: WORST.index(sentence.outcome))


def counts(
    facts: Mapping[str, Facts], chosen: Sequence[Case] | None = None
) -> dict[tuple[str, str, str], Counter[str]]:
    """(batch, language, truth) → outcome → number of texts."""
    table: dict[tuple[str, str, str], Counter[str]] = {}
    for case in cases() if chosen is None else chosen:
        table.setdefault((case.batch, case.lang, case.truth), Counter())[judged(case, facts).outcome.value] += 1
    return table
