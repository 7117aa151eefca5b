"""Whether a comparison is true of what stands on its two sides: better, more, risen, equal, undecided, apart."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

from report.words.across import Across
from report.words.comparisons import Comparer
from report.words.lexer import Token
from report.words.sides import SMALLER_IS_BETTER
from report.words.values import Value
from report.words.verdict import Operand, Tested, order

COMPARING = ("CMP", "ADJ", "PASSIVE", "ADVANTAGE")
_ONE_AFTER_OTHER = re.compile(r"名次|次序|顺序|排名|排序|\b(?:order|ranking|rank)\b", re.IGNORECASE)


class Relations(Across):
    """The comparisons of one sentence."""

    def related(self, c: Token) -> Tested | None:
        """The finding that proves a comparison."""
        low, _ = self.clause(c.start)
        asked = [t for t in self.lexed.between(low, c.start, "UND") if re.search("whether$|是否$", self.text[: t.end])]
        if asked and c.kind != "UND":
            return self.related(asked[-1]) and Tested("holds", at=c.start)
        if self.supposed(c.start):
            return None
        match c.kind:
            case "CHANGE":
                found = self._changed(c)
            case "EQ" | "SAME":
                found = self._alike(c)
            case "UND":
                found = self._undecided(c)
            case "DIFF" | "SIG":
                found = self._apart_by(c)
            case _:
                found = self._compared(c)
        return replace(found, at=c.start) if found else None

    def _compared(self, c: Token) -> Tested | None:
        sign, scale = c.value if c.kind in ("CMP", "ADJ") else ("-" if c.kind == "PASSIVE" else "+", "good")
        comparer = Comparer(self.reading, self.facts, self.lang)
        for left, right in self._sides(c, scale):
            larger = (sign == "+") != bool(self._passive(c))
            if scale == "good" and left[0].metric in SMALLER_IS_BETTER:
                larger = not larger
            negated, sig = comparer._negation(c, None)
            if sets := self._every_class(c, left, right, negated):
                return sets if sets.state == "holds" else None
            states = [comparer._state(a, b, larger, negated, sig, c) for a, b in product(left, right) if a != b]
            if states and all(s.state == "holds" for s in states):
                return states[0]
            if self.lexed.has("UND") and not negated and self._figures_say(c, right, left, larger):
                return Tested("holds", f"{left[0].subject}.{left[0].metric}")  # 1 point better, but not significantly
            untested = [order(a, b, self.facts)[0] is None for a, b in product(left, right)]
            if not negated and all(untested) and self._figures_say(c, right, left, larger):
                return Tested(
                    "holds", f"{left[0].subject}.{left[0].metric}"
                )  # 77 % against 96 %, which no test compares
            if negated and self._figures_say(c, left, right, larger):
                return Tested("holds", f"{left[0].subject}.{left[0].metric}")
            if states and any(s.state == "contradicted" for s in states):
                return None
        return None

    def _figures_say(self, c: Token, left: Sequence[Operand], right: Sequence[Operand], larger: bool) -> bool:
        """Not worse (51.7 % against 50.0 %): with both figures given, as they are."""
        if len(left) != 1 or len(right) != 1:
            return False
        a, b = left[0].value(self.facts), right[0].value(self.facts)
        given = [v for v in (a, b) if v and any(n.value.agrees(v.raw) for n in self.numbers)]
        return len(given) == 2 and bool(a and b) and (a.raw < b.raw) == larger  # type: ignore[union-attr]

    def _every_class(
        self, c: Token, left: Sequence[Operand], right: Sequence[Operand], negated: bool | None
    ) -> Tested | None:
        """On every class, on none: held to each class by its verdict, and a denial by the figures."""
        words = [t for t in self.lexed.tokens if t.kind == "NOCLASS" or (t.kind, t.value) == ("METRIC", "class a")]
        if not words or len(left) != 1 or len(right) != 1 or left[0].metric not in ("acc", "error"):
            return None
        sign = c.value[0] if c.value else "+"
        none = any(t.kind == "NOCLASS" for t in words) != bool(negated and words[0].kind == "METRIC")
        classes = [
            v.cls for v in self.facts.values.values() if (v.metric, v.subject) == ("acc", left[0].subject) and v.cls
        ]
        pairs = [(replace(left[0], cls=k), replace(right[0], cls=k)) for k in classes]
        values = [(a.value(self.facts), b.value(self.facts)) for a, b in pairs]
        if not values or any(a is None or b is None for a, b in values):
            return Tested("open")
        ahead = [(a.raw > b.raw) if sign == "+" else (a.raw < b.raw) for a, b in values]  # type: ignore[union-attr]
        if none:
            right_ = not any(ahead)
        else:
            want = "better" if sign == "+" else "worse"
            right_ = all(order(a, b, self.facts)[0] == want or (a.subject.startswith("softmax") and up)
                         for (a, b), up in zip(pairs, ahead, strict=True))  # fmt: skip
        return Tested("holds" if right_ else "open", f"{left[0].subject}.class")

    def _changed(self, c: Token) -> Tested | None:
        low, high = self.clause(c.start)
        if not self.lexed.between(low, high, "NUM"):
            high = self.clause(high)[1]  # lowers the loss, from 1.7 to 0.5
        bound = next((n for n in self.numbers if n.value.bound and 0 <= n.start - c.end <= 2), None)
        if bound:  # falls below 65 %
            return Tested("holds") if self.of_number(bound) else None
        times = next((n for n in self.numbers if n.value.unit == "times" and 0 <= n.start - c.end <= 8), None)
        if times:  # costs fifty times the time of
            return Tested("holds") if self.of_number(times) else None
        if self.lexed.has("NOCLASS"):
            sides = next(iter(self.pairs(c)), [])
            pair = [list(p) for p in sides[:1]]
            if (
                pair
                and pair[0][1].subject.startswith("softmax")
                and self._before(pair[0][0].subject, pair[0][1].subject)
            ):
                pair[0].reverse()
            found = self._every_class(c, pair[0][:1], pair[0][1:], False) if pair else None
            return found if found and found.state == "holds" else None
        values = [(n, v) for n in self.numbers if low <= n.start < high and (v := self.value_of(n))]
        from_ = self.lexed.between(low, values[0][0].start, "FROM") if values else []
        if len(values) >= 2 and (self._comes_from(values[0][0]) or (from_ and values[0][0].end <= c.start)):
            (_, a), (_, b) = values[0], values[1]
            verdict, name, *_ = order(self._operand(b), self._operand(a), self.facts)
            want = "better" if c.value == "+" else "worse"
            if (verdict or ("better" if b.raw > a.raw else "worse")) == want:
                return Tested("holds", name or b.name)
            return None
        deltas = [n for n in self.numbers if low <= n.start < high and self._difference(n)]
        later = [n for n in deltas if n.start >= c.end] or deltas
        for pairs in self.pairs(later[0]) if later else ():
            if all(self._differs(later[0].value, a, b) for a, b in pairs) and len(pairs) == 1:
                verdict, name, *_ = order(*self._later_first(c, *pairs[0]), self.facts)
                rises = (c.value == "+") != self.lexed.has("BUG")
                return Tested("holds", name) if verdict == ("better" if rises else "worse") else None
        if len(values) == 1 and 0 <= values[0][0].start - c.end <= 4 and values[0][1].metric in ("loss", "acc"):
            v = values[0][1]
            if (v.metric == "loss") == (c.value == "-") and (v.split == "train" or v.subject in self.facts.models):
                return Tested("holds", v.name)  # in training, the loss falls to this
        if len(values) == 1 and values[0][0].start >= c.end and values[0][1].subject in self.facts.subjects:
            v = values[0][1]
            base = self.facts.subjects[v.subject].against
            earlier = Operand(base, v.metric, v.split, v.cls) if base else None
            if earlier:
                verdict, name, *_ = order(self._operand(v), earlier, self.facts)
                if verdict == ("better" if c.value == "+" else "worse"):
                    return Tested("holds", name)
        return None

    def _later_first(self, c: Token, a: Operand, b: Operand) -> tuple[Operand, Operand]:
        """Of two things the one that something changes to, or that is compared with the other, first."""
        if a.split != b.split and a.subject == b.subject:
            return b, a  # from the training to the test images
        named = {k for m in self.mentions for k in m.keys}
        if {a.subject, b.subject} <= named and self._before(a.subject, b.subject):
            return b, a
        compared = self.lexed.of("COMPARED")
        if compared and a.subject in self.facts.models:
            low, high = self._other_area(compared[-1], c)
            there = {k for m in self.mentions if low <= m.start < high for k in m.keys}
            return (b, a) if a.subject in there else (a, b)
        return a, b

    def _before(self, a: str, b: str) -> bool:
        return self.facts.subjects[b].against == a if b in self.facts.subjects else False

    def _alike(self, c: Token) -> Tested | None:
        low, high = self.clause(c.start)
        if _ONE_AFTER_OTHER.search(self.text[low:high]):
            splits = list(dict.fromkeys(s.keys[0] for s in self.splits_named)) or ["test"]
            splits += ["test"] if len(splits) == 1 else []
            ranked = [sorted(self.facts.models, key=lambda k: -self._raw(k, s)) for s in splits[:2]]
            return Tested("holds", f"{ranked[0][0]}.test_acc") if ranked[0] == ranked[-1] else None
        if self.lexed.between(low, c.start, "NEG"):
            return None
        if found := self._alike_in_classes(c):
            return found
        numbers = [n for n in self.numbers if low <= n.start < high and n.start > c.start]
        keys = [k for m in self.mentions if low <= m.start < high for k in m.keys]
        keys = list(dict.fromkeys(keys or [k for m in self.mentions for k in m.keys]))
        if c.kind == "SAME" and len(keys) < 2:
            keys = list(dict.fromkeys(k for m in self.mentions for k in m.keys))
            keys += [k for k in (self.reading.before.topic if self.reading.before else ()) if k not in keys]
            numbers = self.numbers
        splits = list(dict.fromkeys(s.keys[0] for s in self.splits_named))
        if len(keys) == 1 and len(splits) == 2:  # about the same as its test accuracy
            a, b = (self._raw(keys[0], s) for s in splits)
            return Tested("holds", f"{keys[0]}.{splits[0]}_acc") if abs(a - b) <= 0.01 else None
        if len(keys) < 2:
            return None
        if all(self.facts.verdicts.get(pair) == "equivalent" for pair in combinations(keys, 2)):
            return Tested("holds", keys[0])
        values = [v for n in numbers[:1] for k in keys if (v := self._stated(n, k))]
        if len(values) == len(keys):
            return Tested("holds", values[0].name)
        return None

    def _alike_in_classes(self, c: Token) -> Tested | None:
        """Two classes that tie, or a class that stays as it was."""
        low, high = self.clause(c.start)
        row = next((r for r in self.rows(self.classes_named) if len(r) > 1), [])
        for keys in self.subjects(c)[:1] if row else ():
            raws = {self._raw(k, "", cls=self.class_of(m.keys, keys)) for m in row for k in keys[:1]}
            if len(raws) == 1:
                return Tested("holds", f"{keys[0]}.class")
        rows = [m for m in self.classes_named if low <= m.start < c.start]
        if rows and c.kind == "EQ" and not self.lexed.between(low, high, "NUM"):
            for pairs in self.pairs(c):
                values = [(a.value(self.facts), b.value(self.facts)) for a, b in pairs]
                if pairs[0][0].cls and all(a and b and a.raw == b.raw for a, b in values):
                    return Tested("holds", f"{pairs[0][0].subject}.class")
        return None

    def of_number(self, t: Token) -> Tested | None:
        """The finding that proves a number."""
        return self.proved(t)

    def _stated(self, n: Token, key: str) -> Value | None:
        """The value of this subject that a number is."""
        options = product(self.metrics(n), self.splits(n), self.classes(n, [key]))
        return next((v for m, s, c in options if (v := self._all(n.value, m, [key], s, c))), None)

    def _raw(self, key: str, split: str, metric: str = "acc", cls: str = "") -> float:
        value = Operand(key, metric, split, cls).value(self.facts)
        return value.raw if value else float("nan")

    def _undecided(self, c: Token) -> Tested | None:
        low, _ = self.clause(c.start)
        if self.lexed.between(low, c.start, "NEG"):
            return None
        return self._verdict(c, ("undecided", "equivalent"))

    def _verdict(self, c: Token, wanted: Sequence[str]) -> Tested | None:
        """Whether the first pair that the place may be about has one of these verdicts."""
        for pairs in self.pairs(c):
            orders = [order(a, b, self.facts) for a, b in pairs]
            if orders and all(o[0] for o in orders):
                return Tested("holds", orders[0][1]) if all(o[0] in wanted for o in orders) else None
        return None

    def _apart_by(self, c: Token) -> Tested | None:
        """A difference whose size holds, or one that is significant."""
        low, high = self.clause(c.start)
        negated = self.lexed.between(low, c.start, "NEG", "NOEVIDENCE")
        if self.lexed.between(low, high, "SIG"):
            return self._verdict(c, ("undecided", "equivalent") if negated else ("better", "worse"))
        proved = [f for n in self.numbers if low <= n.start < high + 14 and (f := self._difference(n))]
        value = [v for n in self.numbers if low <= n.start < high + 14 and (v := self.value_of(n))]
        if proved and not negated:
            return Tested("holds", proved[0])
        return Tested("holds", value[0].name) if value and value[0].metric in ("gap", "class spread") else None
