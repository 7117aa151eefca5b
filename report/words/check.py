"""The author's sentences held to the findings."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from report.words.certainty import doubted
from report.words.comparisons import Comparer
from report.words.facts import Facts
from report.words.frames import elsewhere
from report.words.lexer import lexer
from report.words.links import understood
from report.words.proofs import Proofs, settled
from report.words.reading import Reading, read
from report.words.sentences import Sentence, split
from report.words.ties import Ties
from report.words.traits import Traits
from report.words.values import Lang
from report.words.verdict import LOOSE, OPEN, Tested

RULES_VERSION = "3"  # changes with every rule that can turn an outcome
LONGEST = 2000  # characters of a sentence: a longer one is not read
_PARAGRAPH = re.compile(r"\n[ \t]*\n")


class Outcome(StrEnum):
    """What a sentence is, next to the results."""

    HOLDS = "holds"  # every number and comparison in it is that of a finding
    FREE = "free"  # states nothing about results
    UNMATCHED = "unmatched"  # has a number or a comparison that could not be tied to a finding
    CONTRADICTED = "contradicted"


@dataclass(frozen=True)
class CheckedSentence:
    """A sentence and its outcome. line, column: of its first character, both from 1.

    finding: the names of the findings or verdicts tested, separated by "; ". value: for a contradicted one, what is
    right, in the sentence's language; for an unmatched one, what the finding says that it was read as, if it was.
    """

    text: str
    line: int
    column: int
    outcome: Outcome
    finding: str | None = None
    value: str | None = None


def check_text(text: str, lang: Lang, facts: Facts) -> list[CheckedSentence]:
    """Every sentence of a text of plain words, in order. Never raises, whatever the text."""
    words = lexer(facts, lang)
    checked: list[CheckedSentence] = []
    before: Reading | None = None
    end, aside = 0, False  # aside: the paragraph has come to speak of something else than the report's runs
    for sentence in split(text, lang):
        aside &= _PARAGRAPH.search(text, end, sentence.start) is None
        end = sentence.start + len(sentence.text)
        if len(sentence.text) > LONGEST:
            checked.append(_checked(sentence, text, [OPEN]))
            before = None
            continue
        reading = read(words.lex(sentence.text), facts, lang, before)
        found = tests(reading, facts, lang)
        aside |= elsewhere(reading.lexed, lang)
        if aside:
            found = [OPEN if t.state == "contradicted" else t for t in found]
        checked.append(_checked(sentence, text, doubted(found, reading, facts)))
        before = Reading(reading.lexed, reading.runs, reading.breaks, None) if reading.runs else _kept(before)
    return checked


def _kept(before: Reading | None) -> Reading | None:
    """A sentence without subjects passes on those of the one before it, once."""
    return None if before is None or before.before is not None else Reading(before.lexed, before.runs, (), before)


def tests(reading: Reading, facts: Facts, lang: Lang) -> list[Tested]:
    """What every comparison, claim and number of a sentence comes to."""
    comparer = Comparer(reading, facts, lang)
    found = [*comparer.tested(), *Traits(reading, facts, lang).tested()]
    ties = Ties(reading, facts, lang, comparer.used)
    found += ties.tested()
    if not comparer.understood and _unread_comparison(reading) and not any(" / " in t.name for t in found):
        found.append(Tested("open", at=LOOSE))
    if not found and not (reading.runs and reading.lexed.has("RANK")):
        return []
    if ties.of_a_part or elsewhere(reading.lexed, lang):
        return [OPEN]
    return settled(found, Proofs(reading, facts, lang))


def _unread_comparison(reading: Reading) -> bool:
    """Whether a word that is not known stands between two subjects: it may compare them."""
    runs = [run for run in reading.runs if not run.weak]
    return any(
        a.keys != b.keys and b.start < reading.clause(a.start)[1] and not understood(reading.lexed, a.end, b.start)
        for a, b in pairwise(runs)
    )


def _checked(sentence: Sentence, text: str, tested: list[Tested]) -> CheckedSentence:
    """The outcome of a sentence of a text: the worst of its tests decides, and names the findings that are named."""
    column = sentence.start - text.rfind("\n", 0, sentence.start)
    wrong, open_ = ([t for t in tested if t.state == state] for state in ("contradicted", "open"))
    decided = wrong or [t for t in open_ if t.value] or tested
    finding = "; ".join(dict.fromkeys(t.name for t in decided if t.name)) or None
    value = "; ".join(dict.fromkeys(t.value for t in decided if t.value)) or None
    if wrong:
        outcome = Outcome.CONTRADICTED
    elif open_:
        outcome = Outcome.UNMATCHED
    else:
        outcome = Outcome.HOLDS if tested else Outcome.FREE
    return CheckedSentence(sentence.text, sentence.line, column, outcome, finding, value)
