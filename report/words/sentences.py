"""Text to sentences, each with the line on which it begins."""

import re
from typing import NamedTuple

from report.words.values import Lang

# Behind these a full stop ends no sentence.
_ABBREVIATIONS = frozenset(
    "e.g i.e etc. cf vs fig figs eq eqs sec tab ch vol no nos dr mr mrs ms prof al resp ca p pp st inc jr".split()
)
_END = {
    "zh": re.compile(r"[。！？!?；…]+[”’」』）)\"']*|\n[ \t]*\n|\.(?=\s|$)[”’\"')]*"),
    "en": re.compile(r"[.!?。！？]+[”’\"')\]]*(?=\s|$)|\n[ \t]*\n"),
}
_WORD_BEFORE = re.compile(r"[A-Za-z.]{1,12}$")


class Sentence(NamedTuple):
    """A sentence as it is typed, without blanks at its ends. start: its offset; line: that of its first character."""

    text: str
    start: int
    line: int


def split(text: str, lang: Lang) -> list[Sentence]:
    """The sentences of a text, in order."""
    sentences: list[Sentence] = []
    start = 0
    line, counted = 1, 0
    ends = [m.end() for m in _END[lang].finditer(text) if not _is_abbreviation(text, m)]
    for end in [*ends, len(text)]:
        part = text[start:end]
        stripped = part.strip()
        if stripped:
            first = start + len(part) - len(part.lstrip())
            line, counted = line + text.count("\n", counted, first), first
            sentences.append(Sentence(stripped, first, line))
        start = end
    return sentences


def _is_abbreviation(text: str, m: re.Match[str]) -> bool:
    """Whether the full stop belongs to a word: e.g., Fig. 3, an initial; a paragraph's end never does."""
    if not m[0].startswith(".") or m[0].startswith(".."):
        return False
    before = _WORD_BEFORE.search(text, max(0, m.start() - 12), m.start())
    if before is None:
        return False
    word = before[0].rsplit(" ", 1)[-1].lstrip(".").casefold()
    after = text[m.end() : m.end() + 2].strip()
    initial = len(word) == 1 and before[0][-1].isupper() and not after[:1].islower() and word not in "ias"
    if word in ("no", "nos", "p", "pp", "ch", "sec", "tab"):
        return after[:1].isdigit()  # No. 3
    return word in _ABBREVIATIONS or (initial and text[max(0, m.start() - 2) : m.start() - 1] in ("", " ", "."))
