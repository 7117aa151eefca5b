"""What a sentence says of one subject: best or worst, overfitting, overconfident, what it confuses, never learned."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from report.words.facts import Facts
from report.words.lexer import Token
from report.words.links import understood
from report.words.reading import HOMEWORK, Reading, Run
from report.words.sides import COMPARED_METRICS, SMALLER_IS_BETTER
from report.words.values import Lang, Verdict
from report.words.verdict import EXACT, NOWHERE, OPEN, Operand, Tested, at, order, said

_CLAIMS = {"OVERFIT": "overfitting", "OVERCONFIDENT": "overconfident", "DIVERGED": "diverged"}
_TO_ITS_CLASS = re.compile(r"\b(?:is|are|was|on|at|with)\b|^ ?(?:accuracy )?$")
_OF_SIZE = ("最大", "最小", "最多", "最少", "largest", "smallest", "most", "fewest", "greatest", "least")
_PEAK = re.compile(r"(?:可达|达到了?|达|能达到|到|仅为|只有|可以达到|是|为|等于)(?:约|近)?\d")
_CONFUSED = re.compile(
    r"\b(?:mistak|tak|took|confus|classif|misclassif)\w*\b.{0,60}?\b(?:for|as|with)\b", re.IGNORECASE
)  # 60 characters at most: no search runs away


class Traits:
    """The superlatives and claims of one sentence."""

    def __init__(self, reading: Reading, facts: Facts, lang: Lang):
        self.reading, self.facts, self.lang = reading, facts, lang
        self.lexed = reading.lexed
        self.text = self.lexed.text

    def tested(self) -> Iterator[Tested]:
        for token in self.lexed.of("SUP", "ORDER", "SECOND", *_CLAIMS, "UNLEARNED"):
            yield from at(token.start, self._test(token))
        confused = self.lexed.of("CONFUSE")
        place = confused[0].start if confused else None
        if self.lang == "en" and (m := _CONFUSED.search(self.text)):
            place = m.start() if len(self.lexed.of("CLASS")) >= 2 else place
        if place is not None and self.lexed.has("CLASS"):
            yield replace(self._confusion(place), at=confused[0].start if confused else NOWHERE)
        elif self.lexed.has("MOST") and self.reading.runs:
            yield OPEN
        claimed = self.lexed.has("NUM", "UNLEARNED", "CMP", "ADJ", "SUP", "CONFUSE", "EQ", "UND")
        if self.lexed.has("CLASS") and self.lexed.has("NEG") and self.reading.runs and not claimed:
            yield OPEN

    def _test(self, token: Token) -> Iterator[Tested]:
        match token.kind:
            case "SUP":
                yield from self._superlative(token)
            case "ORDER":
                yield self._ordered(token)
            case "SECOND":
                yield from self._second(token)
            case "UNLEARNED":
                yield self._unlearned(token)
            case _:
                yield self._claim(token)

    def _negated(self, place: int) -> bool | None:
        start, _ = self.reading.clause(place)
        words = self.lexed.between(start, place, "NEG", "NOEVIDENCE")
        if self.reading.supposed(place):
            return None
        return len(words) == 1 if len(words) < 2 else None

    def _subjects(self, place: int) -> tuple[str, ...]:
        run = self.reading.run_before(place) or self.reading.run_after(place) or self.reading.implicit(place)
        return run.keys if run else ()

    # Superlatives

    def _superlative(self, c: Token) -> Iterator[Tested]:
        sign, scale = c.value
        if scale in ("spread", "ece"):
            yield OPEN
            return
        if not self._metric(c, scale)[0]:
            yield OPEN
            return
        if self.lang == "zh" and _PEAK.match(self.text, c.end):
            yield OPEN  # 最高达到 86%: of all epochs, or of all runs
            return
        others = [t for t in self.lexed.of("SUP") if t is not c]
        if any(t.value[0] != sign for t in others) and self.lexed.has("CLASSWORD", "DIFF"):
            return  # the best and the worst class are apart by …
        metric, split = self._metric(c, scale)
        negated = self._negated(c.start)
        classes = self.lexed.of("CLASS")
        start, _ = self.reading.clause(c.start)
        if classes and metric in ("acc", "error"):
            subjects = self._subjects_of_class(c)
            token = self._nearest(c, classes)
            if not subjects or token is None:
                yield OPEN
                return
            if (
                not self.lexed.has("CLASSWORD")
                and [t for t in classes if start <= t.start < c.start]
                and self.reading.runs
                and (self.reading.runs[-1].start > classes[0].end and self.reading.runs[-1].start < c.start)
            ):
                yield OPEN  # on this class, a model is the best of the models: not tested
                return
            row = [t for t in classes if self._in_row(t, token)]
            if len(row) > 1:
                yield self._extremes(row, subjects, sign, negated)
            else:
                yield from self._extreme_class(token, subjects, sign, scale, negated)
            return
        run = self.reading.run_after(c.end)
        if run is None or not self._copula(c.end, run.start):
            run = self.reading.run_before(c.start) or self.reading.implicit(c.start)
        alike = run and len(run.keys) == 2 and self.facts.verdicts.get((run.keys[0], run.keys[1])) == "equivalent"
        if run is None or (len(run.keys) != 1 and not alike):
            measured = any(t.value != "?" for t in self.lexed.of("METRIC"))
            if self.reading.runs or measured or self.lexed.has("ALL"):
                yield OPEN
            return
        tested = self._extreme(run.keys[0], metric, split, sign, scale, negated)
        edges = sorted((run.start, run.end, c.start, c.end))[1:3]
        known = understood(self.lexed, max(edges[0], start if run.end <= c.start else 0), edges[1])
        yield tested if known or tested.state != "contradicted" else OPEN

    def _in_row(self, a: Token, b: Token) -> bool:
        low, high = sorted((a, b), key=lambda t: t.start)
        return a is b or bool(
            re.fullmatch(r" ?(?:、|和|与|及|and|, and|,) ?(?:the )?", self.text[low.end : high.start])
        )

    def _extremes(self, row: Sequence[Token], subjects: Sequence[str], sign: str, negated: bool | None) -> Tested:
        """The two worst classes are these."""
        if negated is not False or len(subjects) != 1:
            return OPEN
        own = [v for v in self.facts.values.values() if (v.metric, v.subject) == ("acc", subjects[0]) and v.cls]
        ranked = sorted(own, key=lambda v: v.raw, reverse=sign == "+")[: len(row)]
        named = all(any(v.cls in t.value for v in ranked) for t in row)
        shown = ", ".join(self._title(v.cls) for v in ranked)
        return Tested("holds", ranked[0].name) if named else Tested("contradicted", ranked[0].name, shown)

    def _copula(self, a: int, b: int) -> bool:
        gap = self.text[a:b]
        return (
            len(gap) <= 34
            and not re.search(r"[,，;:；]", gap.rstrip(": "))
            and bool(re.search(r"是|为|属|:|\b(?:is|are|was|belongs to|goes to|by)\b", gap) or not gap.strip(" ("))
        )

    def _metric(self, c: Token, scale: str) -> tuple[str, str]:
        start, end = self.reading.clause(c.start)
        if scale in ("acc", "time", "params"):
            return scale, ""
        words = [t for t in self.lexed.of("METRIC") if t.value in COMPARED_METRICS]
        split = next((t.value for t in self.lexed.between(start, end, "SPLIT")), "")
        before = [t for t in words if start <= t.start < c.start]
        behind = [t for t in words if c.start < t.start < end]
        near = before[-1:] or behind[:1] or ([t for t in words if t.start < c.start][-1:])
        metric = str(near[0].value) if near else "acc"
        if not near and self.text[c.start : c.end].lower() in _OF_SIZE:
            metric = "params" if any(n.value.unit == "params" for n in self.lexed.of("NUM")) else ""
        if self.lang == "en" and behind and behind[0].start - c.end < 18:
            metric = str(behind[0].value)  # the lowest test loss
        if scale == "good" and metric not in ("acc", "error", "loss"):
            metric = "acc"
        return metric, split if metric not in EXACT else ""

    def _nearest(self, c: Token, classes: Sequence[Token]) -> Token | None:
        behind = [t for t in classes if t.start >= c.end]
        before = [t for t in classes if t.end <= c.start]
        if behind:
            gap = self.text[c.end : behind[0].start]
            near = self._copula(c.end, behind[0].start) if self.lang == "zh" else _TO_ITS_CLASS.search(gap)
            if (near and "(" not in gap) or (self.lang == "en" and not before):
                return behind[0]
        return before[-1] if before else None

    def _subjects_of_class(self, c: Token) -> tuple[str, ...]:
        run = self.reading.run_before(c.start) or self.reading.run_after(c.end) or self.reading.implicit(c.start)
        return run.keys if run else ()

    def _extreme_class(
        self, token: Token, subjects: Sequence[str], sign: str, scale: str, negated: bool | None
    ) -> Iterator[Tested]:
        """Whether a class has the highest or the lowest accuracy of all, as it is printed."""
        for key in subjects:
            own = {v.cls: v for v in self.facts.values.values() if (v.metric, v.subject) == ("acc", key) and v.cls}
            mine = next((own[cls] for cls in token.value if cls in own), None)
            if mine is None or negated is not False:
                yield OPEN
                continue
            raws = [v.raw for v in own.values()]
            top = max(raws) if sign == "+" else min(raws)
            name = f"{key}.{'best' if sign == '+' else 'worst'}_class_acc"
            if mine.raw == top:
                yield Tested("holds", name)
                continue
            best = [self._title(v.cls) for v in own.values() if v.raw == top]
            yield Tested("contradicted", name, ("、" if self.lang == "zh" else ", ").join(best))

    def _title(self, key: str) -> str:
        subject = self.facts.subjects[key]
        return subject.zh[0] if self.lang == "zh" else subject.en[0]

    def _extreme(self, key: str, metric: str, split: str, sign: str, scale: str, negated: bool | None) -> Tested:
        group = self.facts.models if key in self.facts.models else self.facts.variants
        rivals = [k for k in group if k != key]
        if not rivals or key not in group or negated is None:
            return OPEN
        larger = sign == "+"
        if scale == "good" and metric in SMALLER_IS_BETTER:
            larger = not larger
        want: Verdict = "better" if larger else "worse"
        states = []
        for rival in rivals:
            verdict, name, va, vb = order(Operand(key, metric, split), Operand(rival, metric, split), self.facts)
            if verdict is None:
                return OPEN
            if verdict == "equivalent" and key in self.facts.variants:
                continue  # two spellings of one computation
            states.append((verdict, name, va, vb))
        wrong = next((s for s in states if s[0] not in (want, "undecided")), None)
        wrong = wrong or next((s for s in states if s[0] != want), None)
        if negated:
            return OPEN if wrong and wrong[0] == "undecided" else Tested("holds" if wrong else "contradicted", key)
        if wrong:
            return Tested("contradicted", wrong[1], said(wrong[0], self.lang, wrong[2], wrong[3]))
        return Tested("holds", states[0][1] if states else key)

    # Orders

    def _ranked(self, keys: Sequence[str], larger_first: bool, metric: str, split: str) -> Tested:
        """Whether the figures come in this order."""
        values = [Operand(k, metric, split).value(self.facts) for k in keys]
        raws = [v.raw for v in values if v is not None]
        if len(raws) != len(keys) or len(raws) < 2:
            return OPEN
        name = values[0].name if values[0] else ""
        right = raws == sorted(raws, reverse=larger_first)
        shown = ", ".join(v.format(self.lang) for v in sorted(filter(None, values), key=lambda v: -v.raw))
        return Tested("holds", name) if right else Tested("contradicted", name, shown)

    def _ordered(self, c: Token) -> Tested:
        keys = [t.value for t in self.lexed.of("SUBJ") if t.start > c.start]
        metric, split = self._metric(c, "mag")
        return self._ranked(keys, c.value == "-", metric, split)

    def _second(self, c: Token) -> Iterator[Tested]:
        """Second only to; followed by: the second figure, whatever the tests say of it."""
        classes = self.lexed.of("CLASS")
        subjects = self._subjects(c.start)
        if len(classes) >= 2 and len(subjects) == 1:
            own = {
                v.cls: v for v in self.facts.values.values() if (v.metric, v.subject) == ("acc", subjects[0]) and v.cls
            }
            first, second = sorted(own.values(), key=lambda v: -v.raw)[:2] if len(own) > 1 else (None, None)
            if first and second:
                named = [classes[-2].value, classes[-1].value]  # B, second only to A
                if self.text[c.start : c.end].lower() not in ("仅次于", "second only to"):
                    named.reverse()  # A, followed by B
                right = second.cls in named[0] and first.cls in named[1]
                yield Tested("holds", second.name) if right else OPEN
            return
        before, after = self.reading.run_before(c.start), self.reading.run_after(c.end)
        if after and after.start == c.end and before:  # 第二名残差 MLP
            after, before = after, Run((self._first(c),), 0, 0)
        if before is None or after is None:
            yield OPEN
            return
        metric, split = self._metric(c, "mag")
        ranked = sorted(
            (v for k in self.facts.models if (v := Operand(k, metric, split).value(self.facts))), key=lambda v: -v.raw
        )
        right = [v.subject for v in ranked[:2]] == [before.keys[0], after.keys[0]]
        yield Tested("holds", ranked[1].name) if right and len(ranked) > 1 else OPEN

    def _first(self, c: Token) -> str:
        metric, split = self._metric(c, "mag")
        ranked = [(v.raw, k) for k in self.facts.models if (v := Operand(k, metric, split).value(self.facts))]
        return max(ranked)[1] if ranked else ""

    # Claims

    def _claim(self, c: Token) -> Tested:
        keys = self._subjects(c.start)
        negated = self._negated(c.start)
        if not keys or negated is None:
            return OPEN
        results = []
        for key in keys:
            name = f"{key}.{_CLAIMS[c.kind]}"
            truth = self.facts.claims.get(name)
            if name not in self.facts.claims or (truth is None and not negated):
                return (
                    OPEN
                    if name not in self.facts.claims
                    else Tested("contradicted", name, said("undecided", self.lang))
                )
            if bool(truth) == (not negated):
                results.append(Tested("holds", name))
            else:
                yes, no = ("是", "否") if self.lang == "zh" else ("yes", "no")
                results.append(Tested("contradicted", name, yes if truth else no))
        return next((r for r in results if r.state == "contradicted"), results[0])

    def _unlearned(self, c: Token) -> Tested:
        classes, keys = self.lexed.of("CLASS"), self._subjects(c.start)
        results = []
        for key in keys:
            for token in classes:
                names = [f"{key}.unlearned.{cls}" for cls in token.value]
                name = next((n for n in names if n in self.facts.claims), "")
                if not name or self.facts.claims[name] is None:
                    return OPEN
                no = "学会了" if self.lang == "zh" else "learned"
                results.append(Tested("holds", name) if self.facts.claims[name] else Tested("contradicted", name, no))
        return next((r for r in results if r.state == "contradicted"), results[0]) if results else OPEN

    def _confusion(self, place: int) -> Tested:
        classes = self.lexed.of("CLASS")
        keys = [k for k in self._subjects(place) if not k.startswith(HOMEWORK)]
        if len(keys) != 1 or len(classes) != 2 or self._negated(place) is not False:
            return OPEN
        if self.lexed.of("NUM"):
            return Tested("holds", "")  # its share is tested as a number
        key = keys[0]
        a = next((c for c in classes[0].value if (key, c) in self.facts.row_confusions), "")
        b = next((c for c in classes[1].value if (key, c) in self.facts.row_confusions), "")
        if not a or not b:
            return OPEN
        name = f"{key}.confusion"
        if (a, b) in self.facts.confusions.get(key, ()):
            return Tested("holds", name)
        if self.lexed.has("MOST"):
            pairs = self.facts.confusions.get(key, ())
            arrow = ", ".join(f"{self._title(i)} → {self._title(j)}" for i, j in pairs)
            return Tested("contradicted", name, arrow) if pairs else OPEN
        top = self.facts.row_confusions.get((key, a), ())
        if b in top:
            return Tested("holds", name)
        return Tested("contradicted", name, ", ".join(self._title(k) for k in top)) if self.lexed.has("OFTEN") else OPEN
