"""Whether a typed number is a difference or a ratio of two findings that the sentence sets against each other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

from report.words.figures import Figures
from report.words.lexer import Token
from report.words.measures import OF_NOBODY
from report.words.numbers import Typed
from report.words.reading import HOMEWORK
from report.words.referents import PAIR
from report.words.runs import said_run
from report.words.values import Kind
from report.words.verdict import Operand, Tested

_BOUND = re.compile(r"不到|不足|低于|超过|多于|\b(?:less than|fewer than|more than|over|below|under)\b", re.IGNORECASE)
MORE = re.compile(r"\b(more|fewer|less)\b", re.IGNORECASE)


class Gaps(Figures):
    """The numbers of one sentence: values, differences, ratios."""

    def proved(self, t: Token) -> Tested | None:
        """The finding that a number states, if it is one of those that it may state."""
        said = {m.value for m in self.lexed.of("METRIC")}
        theory = bool(said & set(OF_NOBODY)) or ("loss" in said and bool(t.value.bound))
        if said_run(self.text) is not False and t.value.unit in ("percent", "fraction", "images"):
            return None  # of one seed, not of all
        if t.value.unit == "?" or (self.supposed(t.start) and not theory):
            return None
        t = self._bound_turned(self._in_range(t))
        found = self._found(t)
        if not found and t.value.unit == "" and t.value.step >= 0.01:
            last = next((n.value.unit for n in reversed(self.numbers) if n.end <= t.start and n.value.unit), "")
            last = last or next((n.value.unit for n in self.numbers if n.start >= t.end and n.value.unit), "")
            found = (
                self._found(self._in_unit(t, last))
                if last in ("percent", "points", "epochs", "seconds", "params")
                else ""
            )
        return Tested("holds", found, at=t.start) if found else None

    def _found(self, t: Token) -> str:
        """The name of the finding that a number states."""
        value = None if self.is_delta(t) or self.of_another(t) else self._value(t)
        if value:
            return value.name
        return self._difference(t) or self._ratio(t) or self._of_a_test(t) or self._images(t)

    def of_another(self, t: Token) -> bool:
        """Whether a share is one of what another model has: 只有残差 MLP 的三成."""
        low, _ = self.clause(t.start)
        own = [m for m in self.mentions if low <= m.start and m.end <= t.start]
        tenths = t.value.unit == "percent" and "成" in self.text[t.start : t.end]
        glued = bool(own) and re.fullmatch("的(?:约|近|大约)?", self.text[own[-1].end : t.start])
        if any(m.value == "gradient ratio" for m in self.lexed.of("METRIC")):
            return False
        return bool((tenths or t.value.unit == "fraction") and glued and any(m.keys != own[-1].keys for m in own))

    def pairs(self, t: Token) -> Iterator[list[tuple[Operand, Operand]]]:
        """The pairs of things that something at a place may set against each other; of each list, all of them."""
        metric, low, high = self._compared_metric(t), *self.clause(t.start)
        own = self._apart([m for m in self.mentions if low <= m.start < high])
        earlier = self._apart([m for m in self.mentions if m.start < low])
        earlier = earlier or self._apart([m for m in self.mentions if m.start >= high])
        topic = self.reading.implicit(0)
        options: list[tuple[Sequence[str], Sequence[str]]] = []
        if not own and not earlier and self.fashion():
            options.append((PAIR[1:], PAIR[:1]))
        if len(own) >= 2:
            options.append((own[0].keys, own[-1].keys))
        elif own:
            k = own[0].keys
            options += [(k[:1], k[1:])] if len(k) == 2 else []
            options += [(m.keys, k) for m in earlier[-1:] + earlier[:1] if m.keys != k]
            options += [(k, topic.keys)] if topic and topic.keys != k else []
            options += [(k, [other])] if (other := self._against(k)) else []
        else:
            options += [(earlier[-2].keys, earlier[-1].keys)] if len(earlier) > 1 else []
            options += [(earlier[0].keys, earlier[-1].keys)] if len(earlier) > 2 else []
            k = earlier[-1].keys if earlier else topic.keys if topic else ()
            options += [(k[:1], k[1:])] if len(k) == 2 else []
            options += [(k, [other])] if (other := self._against(k)) else []
        part = re.search(r" of the $|里的?$", self.text[: t.start]) or re.match("里的|中的|里面的", self.text[t.end :])
        if (part and any(k.startswith("softmax") for m in self.mentions for k in m.keys)) or not (
            self.mentions or topic
        ):
            options.append((PAIR[1:], PAIR[:1]))
        if "softmax.wrong-lr10" in (named := [k for m in self.mentions for k in m.keys]) and "softmax.wrong" in named:
            options.append((["softmax.wrong-lr10"], ["softmax.corrected"]))
        splits = list(dict.fromkeys(s.keys[0] for s in self.splits_named))
        glued = [keys for kind, keys in self.aligned(t) if kind == "subject"] if t.kind == "NUM" else []
        glued = glued or self._near(self.mentions, t.start, t.end)[0]
        single = [*glued[:1], *(m.keys for m in [*own[:1], *earlier[-1:], *earlier[:1]])] or (
            [topic.keys] if topic else []
        )
        if any(s.kind == "HW" for s in self.sources):
            for keys in single:
                yield [(Operand(k, metric, "test"), Operand(f"{HOMEWORK}.{k}", metric, "test")) for k in keys]
        for keys in single:
            rows = self.classes_named
            for low_, high_ in [(rows[-2], rows[-1])] if len(rows) > 1 else []:
                a, b = self.class_of(low_.keys, keys), self.class_of(high_.keys, keys)
                if len(keys) == 1 and a and b:
                    yield [(Operand(keys[0], metric, "test", a), Operand(keys[0], metric, "test", b))]
            if len(splits) == 2:
                yield [(Operand(k, metric, splits[0]), Operand(k, metric, splits[1])) for k in keys]
        for left, right in options:
            for classes in self.classes(t, [*left, *right]):
                for split in self.splits(t):
                    yield [(Operand(a, metric, split, cls), Operand(b, metric, split, cls))
                           for a, b, cls in product(left, right, classes) if a != b]  # fmt: skip

    def _apart(self, mentions: Sequence) -> list:
        """The mentions that are no part of a list."""
        wide = [m for m in mentions if not any(o is not m and o.start <= m.start and m.end <= o.end for o in mentions)]
        return [m for i, m in enumerate(wide) if all(m.keys != o.keys for o in wide[:i])]

    def _against(self, keys: Sequence[str]) -> str:
        return self._counterpart(keys[0]) if len(keys) == 1 else ""

    def _difference(self, t: Token) -> str:
        typed = t.value
        word = self.reading.nearest(t.start, "CMP", "ADJ", low=max(0, t.start - 6))
        if word and not typed.bound and re.search(r"(?:至少|at least )(?:都|要)?$", self.text[: word.start]):
            typed = replace(typed, bound="ge")  # 至少高 33 个百分点
        if typed.unit not in ("points", "", "params", "epochs", "seconds", "images", "percent"):
            return ""
        if typed.bound and typed.unit != "points" and not self.is_delta(t):
            return ""
        if typed.unit == "percent" and not self._by(t):
            return ""
        if typed.unit == "" and typed.step >= 1 and typed.value < 100:
            return ""
        for pairs in self.pairs(t):
            names = [self._differs(typed, a, b) for a, b in pairs]
            if names and all(names):
                return names[0] if all(self._right_way(t, a, b) for a, b in pairs) else ""
        return ""

    def _right_way(self, t: Token, a: Operand, b: Operand) -> bool:
        """401 more images: whether it is a that has more."""
        more = MORE.search(self.text[t.start : t.end])
        va, vb = a.value(self.facts), b.value(self.facts)
        if self.reading.nearest(t.start, "PASSIVE", low=self.clause(t.start)[0]) and self.lang == "zh":
            return bool(va and vb and va.raw < vb.raw)  # 被残差 MLP 超过了
        return not more or not va or not vb or (va.raw > vb.raw) == (more[1].lower() == "more")

    def _by(self, t: Token) -> bool:
        """Whether a share stands where a difference would: 8 % higher, 提高了 8%."""
        near = self.lexed.between(t.start - 8, t.start, "CMP", "ADJ", "CHANGE", "DIFF")
        return bool(near) or bool(self.lexed.between(t.end, t.end + 3, "CMP", "ADJ"))

    def _differs(self, typed: Typed, a: Operand, b: Operand) -> str:
        va, vb = a.value(self.facts), b.value(self.facts)
        if va is None or vb is None or va.kind != vb.kind:
            return ""
        shares = va.kind in (Kind.SHARE, Kind.POINTS)
        if (typed.unit == "points" and not shares) or (typed.unit == "" and shares):
            return ""
        size = abs(va.raw - vb.raw)
        printed = abs(round(va.raw / typed.step) - round(vb.raw / typed.step)) * typed.step
        if typed.unit == "percent":
            size = printed = size / vb.raw if vb.raw else -1.0
        fits = typed.agrees(size) or (not typed.bound and typed.agrees(printed))
        return f"{va.name} - {vb.name}" if fits else ""

    def _of_a_test(self, t: Token) -> str:
        """The p of a comparison, and the ends of the interval of a lead."""
        typed = t.value
        row = next((r for r in self.rows(self.numbers) if t in r), [t])
        words = [m for m in self.lexed.of("METRIC") if m.end <= t.start]
        if words and words[-1].value == "p" and typed.unit == "":
            ends = {"p against": "p against"}
        elif len(row) == 2 and row[1].value.unit == "points":
            ends = {"least gain over": "greatest gain over", "greatest gain over": "least gain over"}
            ends = {end: other for i, (end, other) in enumerate(ends.items()) if row[i] is t}
        else:
            return ""
        for pairs in self.pairs(t):
            for a, b in pairs[:1]:
                for end, other in ends.items():
                    there, back = (
                        self.facts.find(f"{e} {k.subject}", j.subject) for e, j, k in ((end, a, b), (other, b, a))
                    )
                    sign = 1 if end == other else -1
                    if (there and typed.agrees(there.raw)) or (back and typed.agrees(sign * back.raw)):
                        return (there or back).name  # type: ignore[union-attr]
        return ""

    def _ratio(self, t: Token) -> str:
        if t.value.unit not in ("times", "fraction", "percent"):
            return ""
        if (
            t.value.unit == "percent"
            and not self.of_another(t)
            and not re.match(r" of that|% of the (?!\w+ ?images)", self.text[t.end - 1 :])
        ):
            return ""
        typed = t.value
        low, _ = self.clause(t.start)
        by = typed.unit == "fraction" and self.is_delta(t)
        far = _BOUND.findall(self.text[low : t.start])
        if far and not typed.bound:  # 不到残差 MLP 的三分之一
            below = far[-1].lower().startswith(("不", "低", "less", "below", "under", "fewer"))
            typed = replace(typed, bound="lt" if below else "gt")
        if re.search(r"约|近|左右|\b(?:about|roughly|almost|nearly|around)\b", self.text[low : t.start]):
            typed = replace(typed, approx=True)
        guess = self.facts.values.get("images.guess")
        if guess and any(m.value == "guess" for m in self.lexed.of("METRIC")):
            accuracies = [v for k in self.subjects(t)[:1] if (v := self.facts.find("acc", k[0], "test"))]
            if any(typed.agrees(v.raw / guess.raw) for v in accuracies):
                return accuracies[0].name
        for pairs in self.pairs(t):
            for a, b in pairs[:1] if len(pairs) == 1 else []:
                va, vb = a.value(self.facts), b.value(self.facts)
                if by and va and vb and va.kind == vb.kind:
                    base = (
                        max(va.raw, vb.raw)
                        if any(c.value == "-" for c in self.lexed.of("CHANGE"))
                        else min(va.raw, vb.raw)
                    )
                    if base and typed.agrees(abs(va.raw - vb.raw) / base):
                        return f"{va.name} / {vb.name}"
                    continue
                if va and vb and va.kind == vb.kind and vb.raw and typed.agrees(va.raw / vb.raw):
                    return f"{va.name} / {vb.name}"
        return ""
