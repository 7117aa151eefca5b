"""By how much two things differ, and what a rise comes from and goes to."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from report.words.facts import Facts
from report.words.lexer import Token
from report.words.links import understood
from report.words.reading import HOMEWORK, Reading
from report.words.sides import Sides
from report.words.values import Kind, Lang
from report.words.verdict import OPEN, Operand, Tested, look_up, order, said


class Differences(Sides):
    """The differences of one sentence. used: places of the numbers that they have taken with them."""

    def __init__(self, reading: Reading, facts: Facts, lang: Lang):
        super().__init__(reading, facts, lang)
        self.used: set[int] = set()
        self.understood = False  # whether a comparison was tested

    def _delta_state(self, a: Operand, b: Operand, number: Token) -> Tested:
        typed, va, vb = number.value, a.value(self.facts), b.value(self.facts)
        if va is None or vb is None or va.kind != vb.kind:
            return Tested("open", at=number.start)
        size, name = abs(va.raw - vb.raw), f"{va.name} - {vb.name}"
        if typed.unit in ("percent", "times"):
            ratio = max(va.raw, vb.raw) / max(min(va.raw, vb.raw), 1e-12)
            if typed.unit == "times" and typed.agrees(ratio):
                return Tested("holds", name, at=number.start)
            fits = typed.unit == "percent" and typed.agrees(ratio - 1)
            return Tested("holds" if fits else "open", name if fits else "", at=number.start)
        if typed.unit == "points" and va.kind is not Kind.SHARE:
            return Tested("open", at=number.start)
        digits = max(0, round(-_log10(typed.step)) - (2 if typed.unit == "points" else 0))
        printed = abs(round(va.raw / typed.step) - round(vb.raw / typed.step)) * typed.step
        if typed.agrees(size) or typed.agrees(printed):
            return Tested("holds", name, at=number.start)
        kind = Kind.POINTS if va.kind is Kind.SHARE else va.kind
        right = replace(va, raw=size, kind=kind)
        return Tested("contradicted", name, right.format(self.lang, digits), typed, number.start)

    def _figure(self, operand: Operand, number: Token) -> Tested:
        value, _ = look_up(self.facts, operand.metric, operand.subject, operand.split, operand.cls)
        if value is None:
            return OPEN
        if number.value.agrees(value.raw):
            return Tested("holds", value.name)
        digits = max(0, round(-_log10(number.value.step)) - 2)
        return Tested("contradicted", value.name, value.format(self.lang, digits), number.value, number.start)

    def _difference(self, c: Token) -> Iterator[Tested]:
        start, end = self.reading.clause(c.start)
        near = [t for t in self.lexed.of("NUM") if abs(t.start - c.end) < 12 or 0 <= c.start - t.end < 12]
        near = near or self.lexed.between(start, end, "NUM")
        numbers = [t for t in near if t.value.unit in ("points", "") and t.start not in self.used]
        significant = self.lexed.between(start, end, "SIG") and not self.lexed.has("UND", "CMP", "ADJ")
        if not numbers and not significant:
            return
        metric, split = self._metric(c, "mag")
        pairs = self._apart(c, metric, split) if metric else None
        spread = {t.value[0] for t in self.lexed.of("SUP")} >= {"+", "-"} and self.lexed.has("CLASSWORD")
        run = self.reading.run_before(c.start) or self.reading.run_after(c.end) or self.reading.implicit(c.start)
        self.used |= {t.start for t in numbers[:1]}
        if spread and run and numbers:
            yield self._figure(Operand(run.keys[0], "class spread"), numbers[0])
            return
        if not pairs or self.reading.supposed(c.start) or self.lexed.between(start, c.start, "NEG"):
            yield OPEN
            return
        for a, b in pairs:
            if numbers:
                state = self._delta_state(a, b, numbers[0])
                around = (min(self._around(c)[0], numbers[0].start), max(c.end, numbers[0].start))
                doubtful = self.lexed.has("CLASSWORD") or not understood(self.lexed, *around)
                yield OPEN if state.state == "contradicted" and doubtful else state
                continue
            verdict, name, va, vb = order(a, b, self.facts)
            self.understood = True
            if verdict in ("better", "worse"):
                yield Tested("holds", name)
            else:
                yield Tested("contradicted", name, said(verdict, self.lang, va, vb)) if verdict else OPEN

    def _apart(self, c: Token, metric: str, split: str) -> list[tuple[Operand, Operand]] | None:
        """The two things that a difference lies between."""
        start, end = self.reading.clause(c.start)
        named = [k for k in self.reading.named if k != HOMEWORK]
        splits = {t.value for t in self.lexed.of("SPLIT")}
        if len(named) == 1 and splits >= {"train", "test"}:
            return [(Operand(named[0], metric, "train"), Operand(named[0], metric, "test"))]
        runs = [run for run in self.reading.runs if start <= run.start < end] or list(self.reading.runs)
        classes = self.lexed.between(start, end, "CLASS")
        cls = self._cls(classes[0], named) if len(classes) == 1 else ""
        left: tuple[str, ...]
        right: tuple[str, ...]
        if len(runs) == 1 and len(runs[0].keys) == 2:
            left, right = (runs[0].keys[0],), (runs[0].keys[1],)
        elif len(runs) == 1 and len(named) == 2:
            left, right = (named[0],), (named[1],)
        elif len(runs) == 2:
            left, right = runs[0].keys, runs[1].keys
        else:
            return None
        pairs = []
        for a, b in product(left, right):
            a, b = (f"{HOMEWORK}.{b}" if a == HOMEWORK else a), (f"{HOMEWORK}.{a}" if b == HOMEWORK else b)
            pairs.append((Operand(a, metric, split, cls), Operand(b, metric, split, cls)))
        return pairs

    def _around(self, c: Token) -> tuple[int, int]:
        """From the clause's first subject to the word."""
        start, _ = self.reading.clause(c.start)
        runs = [run for run in self.reading.runs if start <= run.start < c.start]
        return (runs[0].end if runs else start), c.end


def _log10(x: float) -> float:
    return math.log10(x) if x > 0 else 0.0
