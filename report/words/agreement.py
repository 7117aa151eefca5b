"""Where the author writes the same in two languages: do the numbers agree, whether or not a finding knows them?

Two texts are held against each other sentence by sentence where their passages are of the same kinds and have as many
sentences each. A number disagrees if its sentence has as many of its kind as the other one, and none like it there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from report.words.check import CheckedSentence, Outcome
from report.words.numbers import Typed, chinese_number, find_numbers, normalised
from report.words.units import EN_WORDS
from report.words.values import Lang

_SHARES = ("percent", "fraction")
_MEASURED = (*_SHARES, "points", "seconds", "epochs", "times", "nats")  # every other number is a count
_ZH_NUMERAL = re.compile(r"[零〇一二两三四五六七八九十百千]{1,8}")
_EN_WORD = re.compile(rf"\b(?:{'|'.join(EN_WORDS)})\b", re.IGNORECASE)


class Said(NamedTuple):
    """A sentence in one language. where: file, line and column."""

    where: str
    lang: Lang
    sentence: CheckedSentence


def disagreements(zh: Sequence[Sequence[Said]], en: Sequence[Sequence[Said]]) -> Iterator[str]:
    """One line for each pair of sentences whose numbers disagree. zh, en: the sentences of each passage, in pairs."""
    for ours, theirs in zip_longest(zh, en, fillvalue=()):
        if len(ours) != len(theirs):
            continue  # one language says more than the other
        for a, b in zip(ours, theirs, strict=True):
            if not a.sentence.outcome == b.sentence.outcome == Outcome.HOLDS:  # two true sentences agree
                yield from _disagreement(a, b)


def _disagreement(a: Said, b: Said) -> Iterator[str]:
    text, other = normalised(a.sentence.text), normalised(b.sentence.text)
    mine, theirs = find_numbers(text, a.lang), find_numbers(other, b.lang)
    for kind in dict.fromkeys(map(_kind, mine)):
        of_mine = [n for n in mine if _kind(n) == kind]
        of_theirs = [n for n in theirs if _kind(n) == kind]
        if len(of_mine) != len(of_theirs):
            continue
        lost = [n for n in of_mine if not _stands(n, theirs, other)]
        new = [n for n in of_theirs if not _stands(n, mine, text)]
        if lost and new:
            said, said_there = text[lost[0].start : lost[0].end], other[new[0].start : new[0].end]
            sentences = " / ".join(" ".join(s.sentence.text.split()) for s in (a, b))
            yield f"{a.where}, {b.where}: the languages disagree: {said} against {said_there}: {sentences}"
            return


def _kind(number: Typed) -> str:
    return "share" if number.unit in _SHARES else number.unit if number.unit in _MEASURED else "count"


def _stands(number: Typed, numbers: Sequence[Typed], text: str) -> bool:
    """Whether the other sentence has this number, in digits of any unit or in words."""
    plain = replace(number, bound="")
    if any(plain.agrees(n.value) or replace(n, bound="").agrees(number.value) for n in numbers):
        return True
    words = {chinese_number(m[0]) for m in _ZH_NUMERAL.finditer(text)}
    words |= {float(EN_WORDS[m[0].lower()]) for m in _EN_WORD.finditer(text)}
    return number.value in words
