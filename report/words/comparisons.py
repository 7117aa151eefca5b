"""Comparisons of a sentence held to the verdicts: better and worse, equal, undecided, rises and falls.

What is not understood is open, never true: a sentence with two negations, an "if", a side that cannot be found.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

from report.words.differences import Differences
from report.words.facts import Facts
from report.words.lexer import Token
from report.words.links import understood
from report.words.reading import HOMEWORK, Reading, Run
from report.words.sides import METRICS_OF_UNITS, SMALLER_IS_BETTER
from report.words.values import Kind, Lang, Value, Verdict
from report.words.verdict import LOOSE, OPEN, Operand, Tested, at, order, said

SLIGHT_POINTS, MUCH_POINTS = 0.10, 0.05  # a "slight" difference of accuracies is at most that, a "large" one at least
SLIGHT_RATIO, MUCH_RATIO = 1.5, 1.3  # the same for other figures
_LEAST = re.compile(
    r"至少|最多|不止|超过|以上|不到|\b(?:at least|at most|more than|over|up to|less than)\b", re.IGNORECASE
)
_FIGURES_ALIKE = re.compile(r"the same|same|identical|equal|tie|相同|一样|一致|持平|等于", re.IGNORECASE)
_SOMETHING_ALIKE = re.compile(
    r"(?:the same|similar|comparable|identical|equal|相同|一样|一致|几乎一样|完全相同)$", re.IGNORECASE
)
_OF_RESULTS = re.compile(
    r"结果|表现|效果|性能|水平|好|results?\b|performance|perform|well\b|good\b|scores?\b|equivalent", re.IGNORECASE
)


class Comparer(Differences):
    """The comparisons of one sentence; `used` holds the numbers that they have taken with them."""

    def __init__(self, reading: Reading, facts: Facts, lang: Lang):
        super().__init__(reading, facts, lang)
        self.count = 0  # of comparisons tested

    def tested(self) -> Iterator[Tested]:
        undecided = self.lexed.has("UND")
        for token in self.lexed.of("CMP", "ADJ", "PASSIVE", "ADVANTAGE", "CHANGE", "DIFF", "EQ", "UND"):
            if token.kind == "ADJ" and not self._bi(token):
                continue
            match token.kind:
                case "CMP" | "ADJ" | "PASSIVE" | "ADVANTAGE":
                    if undecided and (token.kind == "ADVANTAGE" or not self._explicit(token)):
                        continue
                    yield from at(token.start, self._comparison(token))
                case "CHANGE":
                    yield from at(token.start, self._change(token))
                case "DIFF":
                    yield from at(token.start, self._difference(token))
                case _:
                    yield from at(token.start, self._equality(token))
        words = len(self.lexed.of("BI", "THAN"))
        loose = words or (self.lexed.has("SIG") and not self.lexed.has("OVERFIT", "OVERCONFIDENT"))
        if self.reading.runs and ((not self.understood and loose) or words > max(self.count, 1)):
            yield Tested("open", at=LOOSE)
        vague = self.lexed.has("VAGUE") or (self.lexed.has("CLOSE") and not self.lexed.has("NUM"))
        if vague and self.reading.runs:
            yield OPEN

    # Comparatives

    def _comparison(self, c: Token) -> Iterator[Tested]:
        sign, scale = c.value if c.kind in ("CMP", "ADJ") else ("-" if c.kind == "PASSIVE" else "+", "mag")
        scale = "good" if c.kind == "PASSIVE" else scale
        if c.kind == "PASSIVE" and self.lang == "zh":
            return
        left, right = self._sides(c)
        if c.kind == "ADVANTAGE":
            runs = [run for run in self.reading.runs if run.end <= c.start]
            behind = [run for run in self.reading.runs if run.start >= c.end]
            if len(behind) >= 2 and re.match(r" of\b", self.text[c.end :]):
                left, right = behind[0], behind[1]  # the lead of A over B
            elif right is None and len(runs) >= 2:
                left, right = runs[-2], runs[-1]
            elif right is None and len(self.lexed.of("CMP", "ADJ")) > 0:
                return
        if left is None:
            yield from self._loose(c)
            return
        if right is not None and right.start < left.start and right.keys == left.keys:
            yield OPEN
            return
        metric, split = self._metric(c, scale)
        delta = self._delta(c, right)
        if delta and delta.value.unit in METRICS_OF_UNITS and scale == "mag":
            metric, split = METRICS_OF_UNITS[delta.value.unit], ""  # 20 epochs more
        if not metric:
            yield from self._loose(c)
            return
        pairs = self._operands(c, left, right, metric, split)
        if pairs is None:
            yield from self._loose(c)
            return
        if metric in SMALLER_IS_BETTER and scale == "good":
            sign = "-" if sign == "+" else "+"
        if delta and len(pairs) > 1 and self.lexed.has("RESP"):
            self.used |= {t.start for t in self.lexed.of("NUM") if t.value.unit == delta.value.unit}
            yield OPEN  # by 1, 2 and 3 points, respectively
            return
        negated, tested = self._negation(c, left)
        self.understood, self.last_left = True, left
        self.count += 1
        self.rights += [right] if right else []
        for a, b in pairs:
            state = self._state(a, b, sign == "+", negated, tested, c)
            if delta:
                self.used.add(delta.start)
                by = self._delta_state(a, b, delta)
                doubtful = negated is not False or (by.state == "contradicted" and self._least(c))
                yield replace(by, state="open", at=delta.start) if doubtful else replace(by, at=delta.start)
            yield state

    def _loose(self, c: Token) -> Iterator[Tested]:
        """A comparison without its sides: of results only where the sentence has something to do with them."""
        measured = any(t.value != "?" for t in self.lexed.of("METRIC"))
        if self.reading.runs or measured or self.lexed.has("CLASS", "SPLIT", "SIG", "ALL", "PRONS"):
            yield OPEN

    def _negation(self, c: Token, left: Run | None) -> tuple[bool | None, bool]:
        """Whether it is negated (None: not understood), and whether it is the test's word, not the figure's."""
        start, end = self.reading.clause(c.start)
        if left and not left.weak and left.end > start:
            start = min(start, left.start)
        words = [t for t in self.lexed.between(0, c.start, "NEG") if t.start >= start]
        count = len([t for t in words if self.text[t.start : t.end].lower() != "nor"])
        evidence = self.lexed.between(0, c.start, "NOEVIDENCE")
        sig = bool(self.lexed.between(start, c.start, "SIG")) or bool(self.lexed.between(c.end, end, "SIG"))
        if self.reading.supposed(c.start) or self.lexed.has("EXCEPT") or count + len(evidence) > 1:
            return None, False
        if evidence:
            return True, True
        return count == 1, sig

    def _least(self, c: Token) -> bool:
        """Whether a word says that the number is a bound, which is not read."""
        return bool(_LEAST.search(self.text[max(0, c.start - 40) : c.end + 8]))

    def _state(self, a: Operand, b: Operand, larger: bool, negated: bool | None, sig: bool, c: Token) -> Tested:
        verdict, name, va, vb = order(a, b, self.facts)
        if verdict is None or negated is None:
            return OPEN
        want: Verdict = "better" if larger else "worse"
        if negated:
            if verdict == want:
                return self._refuted(name, said(verdict, self.lang, va, vb), c)
            return OPEN if verdict == "undecided" and not sig else Tested("holds", name)
        if verdict != want:
            figures = [v for v in (va, vb) if v and any(t.value.agrees(v.raw) for t in self.lexed.of("NUM"))]
            leads = bool(va and vb) and (va.raw > vb.raw) == larger and va.raw != vb.raw  # type: ignore[union-attr]
            by = any(n.value.unit == "points" for n in self.lexed.of("NUM"))
            if verdict == "undecided" and leads and not sig:
                if self.lexed.has("UND") and c.value[1:] == ("mag",):
                    return Tested("holds", name)  # 1.4 points above, but not significantly
                if len(figures) == 2 or by:
                    return OPEN  # 46 % is higher than 42 %: true of the figures, undecided of what they stand for
            return self._refuted(name, said(verdict, self.lang, va, vb), c)
        return Tested("holds", name) if self._degree(c, va, vb) else OPEN

    def _refuted(self, name: str, right: str, c: Token) -> Tested:
        """Contradicted, but open where a word around the comparison is not known."""
        start, _ = self.reading.clause(c.start)
        before, after = self.reading.run_before(c.start), self._right_of(c)
        first = before.end if before and before.end >= start else start
        last = after.start if after else c.end
        return Tested("contradicted", name, right) if understood(self.lexed, first, last) else OPEN

    def _degree(self, c: Token, va: Value | None, vb: Value | None) -> bool:
        """Whether "slightly" and "far" suit the figures."""
        near = self.lexed.between(c.start - 14, c.start, "MUCH", "SLIGHT")
        kinds = {t.kind for t in near}
        word = self.text[c.start : c.end]
        kinds |= {"MUCH"} if "得多" in word or word.lower().startswith("far") else set()
        kinds |= {"SLIGHT"} if word.startswith("略") else set()
        if not kinds or va is None or vb is None:
            return True
        if va.kind is Kind.SHARE:
            size, slight, much = abs(va.raw - vb.raw), SLIGHT_POINTS, MUCH_POINTS
        else:
            size, slight, much = max(va.raw, vb.raw) / max(min(va.raw, vb.raw), 1e-12), SLIGHT_RATIO, MUCH_RATIO
        return not ("SLIGHT" in kinds and size > slight) and not ("MUCH" in kinds and size < much)

    # Rises and falls, differences

    def _change(self, c: Token) -> Iterator[Tested]:
        subjects = self.facts.subjects
        named = [k for run in self.reading.runs for k in run.keys if not k.startswith(HOMEWORK)]
        pairs = [(k, subjects[k].against) for k in named if k in subjects and subjects[k].against]
        chosen = next((p for p in pairs if p[1] in named), pairs[0] if pairs else None)
        compared = self.lexed.of("COMPARED")
        sides = self._compared(compared[0], c) if compared else None
        if sides and sides[0] and sides[1] and len(sides[0].keys) == len(sides[1].keys) == 1:
            chosen = (sides[0].keys[0], sides[1].keys[0])
        start, end = self.reading.clause(c.start)
        numbers = [t for t in self.lexed.between(start, end + 14, "NUM") if t.value.unit == "percent" or t.start < end]
        if chosen is None:
            if self.lexed.has("METRIC") and (named or numbers or self.lexed.has("SIG")):
                yield OPEN
            return
        metric, split = self._metric(c, "mag")
        if not metric:
            yield OPEN
            return
        self.understood = True
        if metric not in ("acc", "error") and not sides:
            if not numbers:
                yield OPEN
            return  # a loss that falls to 1.7 does so in training
        a, b = Operand(chosen[0], metric, split), Operand(chosen[1], metric, split)
        negated, sig = self._negation(c, None)
        yield self._state(a, b, c.value == "+", negated, sig, c)
        for number in numbers:
            word = self.reading.nearest(number.start, "FROM", "TO", "CHANGE", low=number.start - 6)
            if number.value.unit == "points" and number.start >= c.end:
                self.used.add(number.start)
                yield self._delta_state(a, b, number)
            elif number.value.unit == "percent" and word:
                text = self.text[word.start : word.end]
                goal = b if word.kind == "FROM" else a if word.kind == "TO" or text.endswith(("到", "至")) else None
                if goal:
                    self.used.add(number.start)
                    yield self._figure(goal, number)

    # Equality

    def _equality(self, c: Token) -> Iterator[Tested]:
        start, end = self.reading.clause(c.start)
        near = [run for run in self.reading.runs if start <= run.start < end]
        keys = list(dict.fromkeys(k for run in near for k in run.keys))
        if len(keys) < 2:
            keys = [k for k in self.reading.named if k != HOMEWORK]
        if HOMEWORK in keys:
            keys = [k for k in keys if k != HOMEWORK]
            keys += [f"{HOMEWORK}.{k}" for k in keys]
        if len(keys) < 2:
            classes = [t for t in self.lexed.of("CLASS")]
            if len(keys) == 1 and len(classes) >= 2:
                operands = [Operand(keys[0], cls=self._cls(t, keys)) for t in classes[:2]]
                yield from self._equal(c, operands)
            elif not (c.kind == "EQ" and self.lexed.has("NUM")):
                yield from self._loose(c)
            return
        metric, split = self._metric(c, "mag")
        alike = c.kind == "EQ" and _SOMETHING_ALIKE.fullmatch(self.text[c.start : c.end])
        if not metric or (alike and not self.lexed.has("METRIC") and not _OF_RESULTS.search(self.text)):
            yield OPEN  # the same optimiser
            return
        self.understood = True
        cls = [t for t in self.lexed.of("CLASS")]
        part = self._cls(cls[0], keys) if len(cls) == 1 else ""
        yield from self._equal(c, [Operand(k, metric, split, part) for k in keys])

    def _equal(self, c: Token, operands: Sequence[Operand]) -> Iterator[Tested]:
        negated, _ = self._negation(c, None)
        if c.kind == "UND" and self.reading.supposed(c.start):
            negated = bool(self.lexed.between(c.start - 6, c.start, "NEG"))
        for a, b in combinations(operands, 2):
            verdict, name, va, vb = order(a, b, self.facts)
            if verdict is None or negated is None or (negated and c.kind == "UND"):
                yield OPEN
                continue
            allowed = ("equivalent", "undecided") if c.kind == "UND" else ("equivalent",)
            if negated:
                fits = verdict in ("better", "worse")
                yield Tested("holds", name) if fits else OPEN
            elif verdict in allowed:
                yield Tested("holds", name)
            elif not understood(self.lexed, *self._around(c)):
                yield OPEN
            elif va and vb and va.raw == vb.raw and _FIGURES_ALIKE.fullmatch(self.text[c.start : c.end]):
                # The same figure, which is less than an equal model: it holds where the figure is given.
                yield Tested("holds", name) if self.lexed.has("NUM") else OPEN
            else:
                yield Tested("contradicted", name, said(verdict, self.lang, va, vb))
