"""The author's words, each sentence held to the findings: what `--check-words` prints and what the page marks."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from experiments.errors import UserError
from report.words.agreement import Said, disagreements
from report.words.check import CheckedSentence, Outcome, check_text
from report.words.facts import Facts
from report.words.inline import Piece
from report.words.markdown import Block, blocks
from report.words.places import LANGS, NO_WORDS, WordFile, Words
from report.words.sentences import split

MOST_SHOWN = 20  # contradicted sentences in one message


class ContradictedError(UserError):
    """Sentences contradict the results or each other; the message lists them with what is right."""


@dataclass(frozen=True)
class Marked:
    """A sentence with its outcome, and from where to where it stands in the plain text of its file."""

    start: int
    end: int
    sentence: CheckedSentence


@dataclass(frozen=True)
class HeldText:
    """One file: its blocks, and its sentences in order."""

    file: WordFile
    blocks: tuple[Block, ...]
    sentences: tuple[Marked, ...]

    @property
    def findings(self) -> set[str]:
        """The findings that its sentences hold to, a comparison by its two sides in either order."""
        names = (mark.sentence.finding for mark in self.sentences if mark.sentence.outcome is Outcome.HOLDS)
        return {" vs. ".join(sorted(name.split(" vs. "))) for names_ in names if names_ for name in names_.split("; ")}


@dataclass(frozen=True)
class Held:
    """All words of a report with their outcomes. disagreements: where two languages have other numbers, a line each."""

    words: Words = NO_WORDS
    texts: tuple[HeldText, ...] = ()
    disagreements: tuple[str, ...] = ()

    def of(self, place: str) -> dict[str, HeldText]:
        return {text.file.lang: text for text in self.texts if text.file.place == place}

    @property
    def places(self) -> set[str]:
        return {text.file.place for text in self.texts}

    def sentences(self) -> Iterator[tuple[WordFile, CheckedSentence]]:
        for text in self.texts:
            for mark in text.sentences:
                yield text.file, mark.sentence

    @cached_property
    def counts(self) -> dict[str, int]:
        """Outcome → number of sentences."""
        counted = Counter(sentence.outcome for _, sentence in self.sentences())
        return {str(outcome): counted[outcome] for outcome in Outcome}

    @property
    def contradicted(self) -> bool:
        return self.counts[Outcome.CONTRADICTED] > 0

    @property
    def wrong(self) -> bool:
        """Whether it may be printed as a draft only."""
        return self.contradicted or bool(self.disagreements)

    def one_sided(self) -> list[str]:
        """Where a place says in one language what it does not say in the other: one line each."""
        lines = []
        for place in dict.fromkeys(text.file.place for text in self.texts):
            texts = self.of(place)
            for one, other in (("zh", "en"), ("en", "zh")):
                if one in texts and other in texts:
                    missing = sorted(texts[one].findings - texts[other].findings)
                    lines += [
                        f"{texts[other].file.shown}: does not say what {texts[one].file.shown} says of {name}"
                        for name in missing
                    ]
        return lines

    def open_lines(self) -> list[str]:
        """The sentences that could not be matched, one line each."""
        return [line(file, s) for file, s in self.sentences() if s.outcome is Outcome.UNMATCHED]

    def stop_if_wrong(self) -> None:
        """Raise ContradictedError with every sentence that the results contradict, and what is right.

        And with every pair of sentences in which the two languages disagree.
        """
        if not self.wrong:
            return
        lines = [line(file, s) for file, s in self.sentences() if s.outcome is Outcome.CONTRADICTED]
        said = {0: "", 1: "a sentence contradicts the results"}.get(
            len(lines), f"{len(lines)} sentences contradict the results"
        )
        places = {0: "", 1: "the two languages disagree in a place"}.get(
            len(self.disagreements), f"the two languages disagree in {len(self.disagreements)} places"
        )
        lines += self.disagreements
        shown = lines[:MOST_SHOWN] + ([f"and {len(lines) - MOST_SHOWN} more"] if len(lines) > MOST_SHOWN else [])
        raise ContradictedError(
            f"{', and '.join(filter(None, (said, places)))}; correct what is written, or see it on the page with "
            "--draft\n  " + "\n  ".join(shown)
        )


NOTHING_HELD = Held()


def hold(words: Words, facts: Facts) -> Held:
    """Every sentence of the words held to the facts. Raises WordsError for what cannot be printed."""
    texts = [_held(file, blocks(file, words, facts), facts) for file in words.files]
    held = Held(words, tuple(text for text in texts if text.blocks))
    return replace(held, disagreements=tuple(_disagreements(held)))


def _disagreements(held: Held) -> Iterator[str]:
    for place in dict.fromkeys(text.file.place for text in held.texts):
        texts = held.of(place)
        if len(texts) == len(LANGS) and same_kinds(*(texts[lang].blocks for lang in LANGS)):
            yield from disagreements(*(_by_passage(texts[lang]) for lang in LANGS))


def same_kinds(one: Sequence[Block], other: Sequence[Block]) -> bool:
    """Whether two languages are written passage by passage."""
    return [(block.kind, block.src) for block in one] == [(block.kind, block.src) for block in other]


def _by_passage(text: HeldText) -> list[list[Said]]:
    ends = list(accumulate(sum(len(piece.plain) for piece in block.pieces) for block in text.blocks))
    passages: list[list[Said]] = [[] for _ in ends]
    for mark in text.sentences:
        passages[bisect_right(ends, mark.start)].append(
            Said(where(text.file, mark.sentence), text.file.lang, mark.sentence)
        )
    return passages


def plain_text(of: Sequence[Block]) -> str:
    """What is read of the blocks: words without markup, an empty line after each passage."""
    return "".join(piece.plain for block in of for piece in block.pieces)


def _held(file: WordFile, found: list[Block], facts: Facts) -> HeldText:
    pieces = [piece for block in found for piece in block.pieces]
    starts = [0, *accumulate(len(piece.plain) for piece in pieces)]
    text = plain_text(found)
    marks: list[Marked] = []
    place, lines = 0, file.text.split("\n")
    for (typed, start, _), sentence in zip(split(text, file.lang), check_text(text, file.lang, facts), strict=True):
        while starts[place + 1] <= start:
            place += 1
        piece, before = pieces[place], marks[-1].sentence if marks else None
        after = before.column if before and before.line == piece.line else 0
        column = _column(lines[piece.line - 1], piece, start - starts[place], after)
        marks.append(Marked(start, start + len(typed), replace(sentence, line=piece.line, column=column)))
    return HeldText(file, tuple(found), tuple(marks))


def _column(row: str, piece: Piece, offset: int, after: int) -> int:
    """Where in a line of the file something of a piece stands, from 1, behind another column: markup is left out."""
    if piece.kind == "atom" and not piece.html.startswith(("<code", '<span class="line')):
        found = min((at for at in (row.find("{{", after), row.find("$", after)) if at >= 0), default=-1)
    else:
        typed = piece.plain[offset : offset + 16].rstrip()
        found = next((at for n in range(len(typed), 0, -1) if (at := row.find(typed[:n], after)) >= 0), -1)
    return (found if found >= 0 else len(row) - len(row.lstrip())) + 1


def where(file: WordFile, sentence: CheckedSentence) -> str:
    """File, line and column, as editors know them."""
    return f"{file.shown}:{sentence.line}:{sentence.column}"


def line(file: WordFile, sentence: CheckedSentence) -> str:
    """words/reflection.zh.md:3:1: contradicted: the sentence → the finding: the right value."""
    found = f" → {sentence.finding}" if sentence.finding else ""
    right = f": {sentence.value}" if sentence.value else ""
    return f"{where(file, sentence)}: {sentence.outcome}: {' '.join(sentence.text.split())}{found}{right}"


def as_object(file: WordFile, sentence: CheckedSentence) -> dict[str, object]:
    """A sentence as --json prints it and as a report carries it."""
    return {
        "file": file.shown,
        "line": sentence.line,
        "column": sentence.column,
        "sentence": sentence.text,
        "outcome": str(sentence.outcome),
        "finding": sentence.finding,
        "value": sentence.value,
    }
