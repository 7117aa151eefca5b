"""What became of one number or comparison: it holds, it is contradicted, or it could not be tied to a finding."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from report.words.facts import Facts
from report.words.numbers import Typed
from report.words.values import OPPOSITE, VERDICT_WORDS, Kind, Lang, Value, Verdict

State = Literal["holds", "contradicted", "open", "expected"]  # expected: said to have been, no claim
NOWHERE, LOOSE = -1, -2  # LOOSE: of a "than" or a "significantly" that no comparison has taken


@dataclass(frozen=True)
class Tested:
    """name: the finding; value: the right value in the sentence's language, where the sentence has another.

    number: the typed number that was compared, where it was one. at: where in the sentence the number or the word
    stands that was tested; NOWHERE for what is said of no single one.
    """

    state: State
    name: str = ""
    value: str = ""
    number: Typed | None = None
    at: int = NOWHERE


OPEN = Tested("open")


def at(place: int, tested: Iterable[Tested]) -> Iterator[Tested]:
    """These tests, of the number or the word at a place."""
    yield from (replace(t, at=place) if t.at == NOWHERE else t for t in tested)


# Metrics that are counted or set, not estimated from test images: their figures are compared as they are.
EXACT = (
    "params",
    "epochs",
    "time",
    "time an epoch",
    "batch_size",
    "lr",
    "correct",
    "mistakes",
    "confidence",
    "ece",
    "flops",
)


@dataclass(frozen=True)
class Operand:
    """One side of a comparison: what is measured, and of what."""

    subject: str
    metric: str = "acc"
    split: str = ""
    cls: str = ""

    def value(self, facts: Facts) -> Value | None:
        return look_up(facts, self.metric, self.subject, self.split, self.cls)[0]


def look_up(facts: Facts, metric: str, subject: str, split: str = "", cls: str = "") -> tuple[Value | None, bool]:
    """The value that is meant, and whether its split was said; the test images where a sentence names no split."""
    if subject == "softmax":
        subject = facts.variants[0] if facts.variants else subject
    for name in [split] if split else ["test", "train", ""]:
        if found := facts.find(metric, subject, name, cls):
            return found, bool(split)
    return (facts.find(metric, subject, "", cls) if split and metric in EXACT else None), False


def order(a: Operand, b: Operand, facts: Facts) -> tuple[Verdict | None, str, Value | None, Value | None]:
    """Whether a's figure is larger ("better") than b's, with the finding that says so.

    Accuracies on the test images are compared by the tests' verdicts; other figures as they are printed.
    """
    va, vb = a.value(facts), b.value(facts)
    tested = (
        a.metric in ("acc", "error") and b.metric == a.metric and a.split in ("", "test") and b.split in ("", "test")
    )
    if tested:
        verdict = facts.verdicts.get(_pair(a, b))
        if verdict:
            verdict = OPPOSITE[verdict] if a.metric == "error" else verdict
            return verdict, f"{_name(a, va)} vs. {_name(b, vb)}", va, vb
        return None, "", va, vb
    if va is None or vb is None or va.kind != vb.kind:
        return None, "", va, vb
    name = f"{va.name} vs. {vb.name}"
    if va.kind is Kind.SHARE or va.kind is Kind.LOSS:
        if va.format("en") == vb.format("en"):
            return "equivalent", name, va, vb
    elif va.raw == vb.raw:
        return "equivalent", name, va, vb
    return "better" if va.raw > vb.raw else "worse", name, va, vb


def _pair(a: Operand, b: Operand) -> tuple[str, str]:
    if a.cls or b.cls:
        return f"{a.subject}.{a.cls}", f"{b.subject}.{b.cls}"
    return a.subject, b.subject


def _name(operand: Operand, value: Value | None) -> str:
    return value.name if value else operand.subject


def said(verdict: Verdict, lang: Lang, va: Value | None = None, vb: Value | None = None) -> str:
    """A verdict in words, with the two figures where there are."""
    words = VERDICT_WORDS[verdict][lang]
    if va is None or vb is None:
        return words
    figures = f"{va.format(lang)}" + (" 对 " if lang == "zh" else " against ") + vb.format(lang)
    return f"{words}（{figures}）" if lang == "zh" else f"{words} ({figures})"
