"""Whether a typed number is the value of a finding that the sentence names.

What is found here is only ever that a number holds. What could be meant is a handful of findings, all of them named
by the sentence; a number that is none of them stays open.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, product

from report.words.lexer import Token
from report.words.measures import OF_NOBODY, OF_SHARES, Measures
from report.words.numbers import Typed
from report.words.reading import HOMEWORK
from report.words.referents import PAIR, Mention
from report.words.values import Kind, Value
from report.words.verdict import look_up

_WHOLE = {"correct": "mean correct", "mistakes": "mean mistakes"}
_SPLIT_WORDS = tuple(
    zip(("train", "训练", "valid", "验证", "test", "测试"), "train train val val test test".split(), strict=True)
)
_CONFUSED = re.compile(
    r"\b(?:mistak|tak|took|confus|misclassif|classif|end up)\w*\b|"
    r"当成|认成|看成|误判|判成|误认|混淆|当作",
    re.IGNORECASE,
)


class Figures(Measures):
    """The numbers of one sentence that are values."""

    def value_of(self, t: Token) -> Value | None:
        """The value that a number is, if it is one."""
        return None if t.value.unit == "?" else self._value(t)

    def _value(self, t: Token) -> Value | None:
        if self.confused(t):
            return self._confusion(t)
        if t.value.sd:
            metrics = ["sd"]
        else:
            metrics = self.metrics(t)
        level = self.facts.values.get("level")
        if (
            level
            and t.value.agrees(level.raw)
            and any(m.value in ("interval", "confidence") for m in self.lexed.of("METRIC"))
        ):
            return level
        for metric in metrics:
            if metric in OF_NOBODY:
                value = self.facts.find(metric) or self.facts.values.get("images.guess")
                if value and replace(t.value, bound="").agrees(value.raw):
                    return value
                continue
            ends = {"ge": "floor", "le": "ceiling"}
            end = self.facts.find(ends[t.value.bound]) if metric == "loss" and t.value.bound in ends else None
            if end and any(k in PAIR[:1] for m in self.mentions for k in m.keys):
                t = replace(t, value=replace(t.value, bound=""))  # never below 1.7: what it comes to
            if end and replace(t.value, bound="").agrees(end.raw):
                return end
            if value := self._in_any_order(t, metric):
                return value
            for keys, split, cls in self._combinations(t):
                if value := self._all(t.value, metric, keys, split, cls):
                    return value
            if value := self._of_extreme_model(t, metric):
                return value
        return None

    def _in_any_order(self, t: Token, metric: str) -> Value | None:
        """As many numbers in a row as there are models, and nobody named: theirs, in whatever order."""
        row = next((r for r in self.rows(self.numbers) if t in r), [t])
        n = len(row)
        groups = [
            m.keys for m in self.mentions if len(m.keys) == n and m.end <= row[0].start and not self._singles_in(m)
        ]
        if not self.mentions and n > 1:
            groups = [tuple(g) for g in combinations(self.facts.models, n)]
        if n < 2 or self.aligned(t) or metric not in ("acc", "error", "loss"):
            return None
        for keys in self._with_source(t, groups):
            values = [v for k in keys if (v := look_up(self.facts, metric, k, self.splits(t)[0])[0])]
            values.sort(key=lambda v: v.raw)
            typed = sorted(row, key=lambda n: n.value.value)
            if len(values) == len(row) and all(n.value.agrees(v.raw) for n, v in zip(typed, values, strict=True)):
                return values[typed.index(t)]
        return None

    def _singles_in(self, m: Mention) -> bool:
        """Whether a mention is a list of names, whose order counts."""
        return any(m.start <= o.start and o.end <= m.end for o in self.singles)

    def _of_extreme_model(self, t: Token, metric: str) -> Value | None:
        """The weakest of ours is right 50.6 % of the time: of the model that is not named."""
        low, high = self.clause(t.start)
        sups = [s for s in self.lexed.between(low, t.start, "SUP") if s.value[1] == "good"]
        if not sups or self.lexed.has("CLASS", "CLASSWORD") or any(low <= m.start < high for m in self.mentions):
            return None
        values = [v for k in self.facts.models if (v := self.facts.find("acc", k, "test"))]
        best = (max if sups[-1].value[0] == "+" else min)(values, key=lambda v: v.raw, default=None)
        return self._all(t.value, metric, [best.subject], self.splits(t)[0], ("",)) if best else None

    def _combinations(self, t: Token) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
        """Subject, split and class that a number may be about."""
        aligned = dict(self.aligned(t))
        subjects = list(self._with_source(t, [aligned["subject"]])) if "subject" in aligned else self.subjects(t)
        if self.lexed.has("HW") and len(next(r for r in [*self.rows(self.numbers), [t]] if t in r)) == 2:
            subjects += [k for keys in subjects for k in [tuple(key.removeprefix(f"{HOMEWORK}.") for key in keys)]]
            subjects += [tuple(f"{HOMEWORK}.{key}" for key in keys if key in self.facts.models) for keys in subjects]
        if "subject" not in aligned and self._comes_from(t):
            before = [self._counterpart(keys[0]) for keys in subjects if len(keys) == 1]
            subjects = [(key,) for key in before if key] or subjects
        for keys in subjects:
            cls = self.class_of(aligned["class"], keys) if "class" in aligned else None
            classes = [(cls,)] if cls else self.classes(t, keys)
            splits = list(aligned["split"]) if "split" in aligned else self.splits(t)
            yield from ((keys, s, c) for s, c in product(splits, classes))

    def _all(self, typed: Typed, metric: str, keys: Sequence[str], split: str, classes: Sequence[str]) -> Value | None:
        """The value that a number states of each of these."""
        values = []
        for key, cls in product(keys, classes):
            value = self._of(typed, metric, key, split, cls)
            if value is None or not typed.agrees(round(value.raw) if typed.unit == "images" else value.raw):
                return None
            values.append(value)
        return values[0] if values else None

    def _of(self, typed: Typed, metric: str, key: str, split: str, cls: str) -> Value | None:
        if typed.unit in ("percent", "fraction"):
            metric = OF_SHARES.get(metric, metric)
        else:
            metric = _WHOLE.get(metric, metric)
        if (
            typed.unit == ""
            and typed.step >= 1
            and typed.value
            and metric in ("acc", "error", "loss", "cross-entropy", "ece")
        ):
            return None
        if cls and metric not in ("acc", "error"):
            return None
        value = look_up(self.facts, metric, key, split, cls)[0] or self.facts.find(metric, key, "", cls)
        if value and split and value.split not in ("", split) and metric in ("acc", "error", "loss"):
            return None
        fits = {"points": (Kind.POINTS, Kind.SHARE), "percent": (Kind.SHARE, Kind.POINTS, Kind.SETTING)}
        return value if value and value.kind in fits.get(typed.unit, tuple(Kind)) else None

    def confused(self, t: Token) -> bool:
        """Whether a number says how many images of one class are taken for another."""
        shares = t.value.unit in ("percent", "fraction")
        return shares and len(self.classes_named) > 1 and bool(_CONFUSED.search(self.text))

    def _confusion(self, t: Token) -> Value | None:
        """17 % of the gas pumps are taken for golf balls."""
        rows = [m for m in self.classes_named]
        if not self.confused(t):
            return None
        for keys in self.subjects(t):
            for a, b in product(rows[0].keys, rows[1].keys):
                value = self.facts.find(f"taken for {b}", keys[0], "test", a)
                if len(keys) == 1 and value and t.value.agrees(value.raw):
                    return value
        return None

    def _images(self, t: Token) -> str:
        """How many images there are, of a split, of each class."""
        if t.value.unit not in ("images", "") or t.value.step < 1 or t.value.bound:
            return ""
        low, high = self.clause(t.start)
        each = any(m.value == "class a" for m in self.lexed.of("METRIC"))
        behind = self.text[t.start : t.end + 14]
        said = {s for word, s in _SPLIT_WORDS if re.match(rf".{{0,{t.end - t.start + 8}}}{word}", behind)}
        said = said or {s.keys[0] for s in self.splits_named if low <= s.start < high}
        for v in self.facts.values.values():
            if v.metric in (("images a class", "images") if each else ("images",)) and t.value.agrees(v.raw):
                if v.split in said or (v.split and not said) or (not v.split and not said):
                    return v.name
        return ""
