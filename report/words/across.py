"""What stands on the two sides of a comparison: numbers that are findings, or what is named there.

A side may leave out what the other one says: "高于原文的 43.83%", "its training accuracy is below that of the MLP".
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from report.words.gaps import Gaps
from report.words.lexer import Token
from report.words.reading import HOMEWORK
from report.words.referents import Mention
from report.words.sides import NEED_A_MEASURE
from report.words.values import Value
from report.words.verdict import EXACT, Operand

_SCALES = {"acc": "acc", "time": "time", "params": "params"}


class Across(Gaps):
    """The sides of the comparisons of one sentence."""

    def _passive(self, c: Token) -> Token | None:
        """The word that turns a comparison round: 被 CNN 超过."""
        low, _ = self.clause(c.start)
        return self.reading.nearest(c.start, "PASSIVE", low=low) if self.lang == "zh" else None

    def _sides(self, c: Token, scale: str) -> Iterator[tuple[list[Operand], list[Operand]]]:
        """What may stand on the left and on the right, the likeliest first."""
        low, high = self.clause(c.start)
        bi = self._passive(c) or self.reading.nearest(c.start, "BI", low=low)
        than = self.lexed.between(c.end, high + 12, "THAN")
        compared = [t for t in self.lexed.of("COMPARED") if t.start < high]
        if bi:
            area, edge = (bi.end, c.start), bi.start
        elif than:
            area, edge = (than[0].end, self.clause(than[0].end)[1]), c.start
        elif compared and not self._named_in(c.end, high):
            area, edge = self._other_area(compared[-1], c), c.start
        else:
            area, edge = (c.end, high), c.start
        number = self._number_in(*area, first=True)
        number = (
            number if number and (scale != "good" or number.metric in ("acc", "error", "loss", "ece", "gap")) else None
        )
        there = self._named_in(*area)
        lefts = self._left(c, edge, scale, area)
        rows = {m.keys for m in self.classes_named if low <= m.start < high}
        if len(rows) == 1:  # on golf balls
            options = next(iter(rows))
            lefts = [[replace(o, cls=o.cls or self.class_of(options, [o.subject])) for o in left] for left in lefts]
        for left in lefts:
            if number:
                yield left, [self._operand(number)]
            elif there:
                yield left, self._completed(area, left)
            else:
                yield from ((left, others) for others in self._others(c, left))

    def _left(self, c: Token, edge: int, scale: str, area: tuple[int, int]) -> list[list[Operand]]:
        low, _ = self.clause(c.start)
        numbers = [n for n in self.numbers if low <= n.start and n.end <= edge and not area[0] <= n.start < area[1]]
        numbers = [n for n in numbers if not self.is_delta(n)]
        values = [v for n in numbers[-1:] if (v := self.value_of(n)) and v.subject]
        if values and (scale != "good" or values[0].metric in ("acc", "error", "loss", "ece", "gap")):
            return [[self._operand(values[0])]]
        at = replace(c, start=edge, end=c.end)
        near = [n for n in self.numbers if 0 <= c.start - n.end <= 2 or 0 <= n.start - c.end <= 3]
        delta = next((n for n in near if n.value.unit == "points" or self.is_delta(n)), None)
        metric = _SCALES.get(scale) or self._compared_metric(delta or c)
        said = delta or any(low <= m.start < edge or m.start < low for m in self.lexed.of("METRIC"))
        if scale == "mag" and not said and self.text[c.start : c.end].lower() in NEED_A_MEASURE:
            if not any(n.value.unit == "params" for n in self.numbers):
                return []
            metric = "params"
        outside = [m for m in self.mentions if not (area[0] <= m.start < area[1]) and m.start < edge]
        own = [m for m in outside if m.start >= low]
        around = own[-1:] or outside[:1] + outside[-1:]
        if not own:  # recognised better by A than by B
            around = [m for m in self.mentions if c.end <= m.start < area[0]][:1] or around
        around = (
            around or [m for m in self.mentions if m.start >= area[1]][:1]
        )  # although it has fewer weights, the CNN …
        keys = [self._widest(m, self.mentions).keys for m in around]
        if not keys and (topic := self.reading.implicit(0)):
            keys = [tuple(k.removeprefix(f"{HOMEWORK}.") for k in topic.keys)]
        if not keys:
            keys = [m.keys for m in self.mentions if area[0] <= m.start < area[1]]
        split = self.splits(at)[0]
        found = []
        for k in keys:
            k = list(self._with_source(at, [k], ahead=False))[-1 if self._against_homework(edge) else 0]
            rows = [m for m in self.classes_named if m.start < edge and not area[0] <= m.start < area[1]]
            between = [m for m in self.classes_named if c.end <= m.start < area[0]]  # better on A than on B
            rows = rows or between
            cls = self.class_of(rows[-1].keys, k) if rows and rows[-1].start >= low else ""
            found.append([Operand(key, metric, "" if metric in EXACT else split, cls) for key in k])
        return found

    def _against_homework(self, edge: int) -> bool:
        """Whether the homework is only what something is compared with: 和讲义对比, compared with the homework."""
        last = next((s for s in reversed(self.sources) if s.kind == "HW" and s.end <= edge), None)
        return bool(last and self.lexed.between(last.start - 16, last.end + 4, "COMPARED"))

    def _completed(self, area: tuple[int, int], left: Sequence[Operand]) -> list[Operand]:
        """The right side: what it names, and the rest as on the left."""
        a = left[0]
        mention = next((m for m in self.mentions if area[0] <= m.start < area[1]), None)
        keys = self._widest_from(mention).keys if mention else tuple(o.subject for o in left)
        split = next((s.keys[0] for s in self.splits_named if area[0] <= s.start < area[1]), a.split)
        metric = next((str(m.value) for m in self.lexed.between(*area, "METRIC")
                       if m.value in ("acc", "loss", "error", "confidence", "params", "time")), a.metric)  # fmt: skip
        rows = [m for m in self.classes_named if area[0] <= m.start < area[1]]
        cls = self.class_of(rows[0].keys, keys) if rows else a.cls
        homework = self.lexed.between(*area, "HW")
        bare = [k.removeprefix(f"{HOMEWORK}.") for k in keys]
        keys = tuple(f"{HOMEWORK}.{k}" for k in bare) if homework else tuple(bare)
        return [Operand(k, metric, split, cls) for k in keys]

    def _widest_from(self, m: Mention) -> Mention:
        """The list that a subject begins."""
        return max((o for o in self.mentions if o.start == m.start), key=lambda o: o.end)

    def _others(self, c: Token, left: Sequence[Operand]) -> Iterator[list[Operand]]:
        """The other side, where nothing is said of it: the homework's, or what was spoken of before."""
        a = left[0]
        if len(left) > 1:
            return
        if a.subject.startswith(HOMEWORK):
            yield [replace(a, subject=a.subject.removeprefix(f"{HOMEWORK}."))]
            return
        if any(s.kind == "HW" and s.start < c.start for s in self.sources):
            yield [replace(a, subject=f"{HOMEWORK}.{a.subject}")]
            return
        before = [m.keys for m in self.mentions if m.start < c.start and a.subject not in m.keys]
        topic = self.reading.before.named if self.reading.before else ()
        others = [*before[-1:], *([(k,)] if (k := next((t for t in topic if t != a.subject), "")) else [])]
        for keys in others[:1]:
            yield [replace(a, subject=key) for key in keys]

    def _named_in(self, a: int, b: int) -> bool:
        there = any(a <= m.start < b for m in [*self.mentions, *self.classes_named, *self.splits_named])
        return there or bool(self.lexed.between(a, b, "HW", "OUR"))

    def _number_in(self, a: int, b: int, *, first: bool) -> Value | None:
        values = [v for n in self.numbers if a <= n.start and n.end <= b and (v := self.value_of(n)) and v.subject]
        return values[0] if values else None

    def _operand(self, value: Value) -> Operand:
        return Operand(value.subject, value.metric, value.split, value.cls)

    def _other_area(self, word: Token, c: Token) -> tuple[int, int]:
        """Where stands what something is compared with: behind "compared with", before 相比."""
        low, high = self.clause(word.start)
        behind = [m for m in self.mentions if word.end <= m.start < min(high, c.start if c.start > word.end else high)]
        sources = [s for s in self.sources if s.kind == "HW" and low <= s.start < word.start]
        if behind and behind[0].start - word.end < 8:
            return word.end, high
        start = next((m.start for m in self.mentions if low <= m.start < word.start), word.start)
        return min([start, *(s.start for s in sources)]), word.start
