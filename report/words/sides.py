"""The two sides of a comparison: of whom it speaks, with whom it compares, in which measure."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from report.words.facts import Facts
from report.words.lexer import Token
from report.words.reading import HOMEWORK, Reading, Run
from report.words.values import Lang
from report.words.verdict import EXACT, Operand

COMPARED_METRICS = ("acc", "error", "loss", "cross-entropy", *EXACT)
SMALLER_IS_BETTER = ("loss", "error", "cross-entropy", "time", "time an epoch", "ece")
METRICS_OF_UNITS = {"params": "params", "epochs": "epochs", "seconds": "time"}
_NO_MEASURE = ("correct", "mistakes", "interval", "class a", "sd")
NEED_A_MEASURE = frozenset("more less fewer greater 更多 更少 更大 更小 多于 少于 大于 小于 多 少 大 小".split())
_BY = re.compile(r"\bby (?:about |roughly |around |only |some )?$")


class Sides:
    """What stands left and right of the comparisons of one sentence."""

    def __init__(self, reading: Reading, facts: Facts, lang: Lang):
        self.reading, self.facts, self.lang = reading, facts, lang
        self.lexed = reading.lexed
        self.text = self.lexed.text
        self.rights: list[Run] = []  # subjects that a comparison has had on its right side
        self.last_left: Run | None = None

    def _bi(self, c: Token) -> Token | None:
        start, _ = self.reading.clause(c.start)
        return self.reading.nearest(c.start, "BI", low=start)

    def _explicit(self, c: Token) -> bool:
        return bool(self._bi(c) or self._right_of(c))

    def _right_of(self, c: Token) -> Run | None:
        """The run that a comparison is followed by: than the CNN, above the CNN, 优于 CNN."""
        end = c.end
        _, clause_end = self.reading.clause(c.start)
        than = self.lexed.between(c.end, clause_end + 12, "THAN")
        if than and not self.lexed.between(c.end, than[0].start, "CMP"):
            end = than[0].end
            run = self.reading.run_after(end)
            return run if run and run.start - end < 40 and not self._own_measure(end, run.start) else None
        run = self.reading.run_after(end)
        if run is None or run.start >= clause_end:
            return None
        gap = self.text[end : run.start]
        limit = 60 if c.kind == "ADVANTAGE" else 34 if self.lang == "en" else 12
        of_it = self.lexed.has("NUM") and not self._own_measure(end, run.start)  # below the 84 % of the CNN
        numbers = self.lexed.between(end, run.start, "NUM")
        blocked = self.lexed.between(end, run.start, "METRIC") or (numbers and not of_it)
        if len(gap) > limit or (blocked and c.kind != "ADVANTAGE"):
            return None
        if (
            self.lang == "en"
            and c.value
            and c.kind == "CMP"
            and re.search(r"(?:er|re|ss)$", self.text[c.start : c.end])
        ):
            return None  # lower, more, less: nothing without "than"
        return run

    def _own_measure(self, start: int, end: int) -> bool:
        """Whether a number stands before the subject that is not its own: than 48 %, … but than the 48 % of the MLP."""
        numbers = self.lexed.between(start, end, "NUM")
        return bool(numbers) and not re.fullmatch(r" (?:of|for|in|from) (?:the )?", self.text[numbers[-1].end : end])

    def _sides(self, c: Token) -> tuple[Run | None, Run | None]:
        """Left and right subjects."""
        reading = self.reading
        bi = self._bi(c)
        if bi:
            right = reading.run_after(bi.end)
            right = right if right and right.start < c.start else None
            return reading.run_before(bi.start) or reading.implicit(0), right
        right = self._right_of(c)
        left = reading.run_before(c.start)
        compared = self.lexed.of("COMPARED")
        if not right and compared and (found := self._compared(compared[0], c)):
            return found
        if left is None:
            left = reading.implicit(c.start)
        elif (
            left in self.rights
            and self.last_left
            and not re.search(r"\bwhich\b|后者|其中", self.text[left.end : c.start])
        ):
            left = self.last_left  # A beats B and also beats C
        return left, right

    def _compared(self, word: Token, c: Token) -> tuple[Run | None, Run | None] | None:
        """与 B 相比 A …; compared with B, A …: what is compared, and with what."""
        before, after = self.reading.run_before(word.start), self.reading.run_after(word.end)
        if after and after.start - word.end < 6 and not (before and 0 <= word.start - before.end <= 4):
            others = [run for run in self.reading.runs if run is not after and not set(run.keys) & set(after.keys)]
            return (others[0] if others else self.reading.implicit(0)), after
        if before and 0 <= word.start - before.end <= 4 and not before.weak:
            if len(before.keys) == 2:  # A 与 B 相比
                return replace(before, keys=before.keys[:1]), replace(before, keys=before.keys[1:])
            others = [run for run in self.reading.runs if run is not before]
            return (others[0] if others else self.reading.implicit(0)), before
        return None

    def _metric(self, c: Token, scale: str) -> tuple[str, str]:
        """Metric and split of a comparison."""
        start, end = self.reading.clause(c.start)
        words = [t for t in self.lexed.of("METRIC") if t.value not in _NO_MEASURE]
        before = [t for t in words if start <= t.start < c.start]
        behind = [t for t in words if c.start <= t.start < end]
        earlier = [t for t in words if t.start < start and t.value in COMPARED_METRICS]
        numbers = [t for t in self.lexed.of("NUM") if t.start < c.start and t.value.unit in METRICS_OF_UNITS]
        split = next((t.value for t in reversed(self.lexed.between(start, c.start, "SPLIT"))), "")
        split = split or next((t.value for t in self.lexed.between(c.end, end, "SPLIT")), "")
        split = split or next((t.value for t in reversed(self.lexed.between(0, start, "SPLIT"))), "")
        said = (before or earlier)[-1:]
        if scale == "params" and said and said[0].value in ("batch_size", "lr", "loss", "error", "epochs", "time"):
            return str(said[0].value), ""  # a batch size that is smaller
        if scale in ("acc", "time", "params"):
            return scale, split if scale == "acc" else ""
        near = before or behind or earlier
        if near:
            metric = (near[0] if near is behind else near[-1]).value
            if metric not in COMPARED_METRICS:
                return "", ""
        elif self.text[c.start : c.end].lower() in NEED_A_MEASURE and not numbers:
            return "", ""
        else:
            metric = METRICS_OF_UNITS[numbers[-1].value.unit] if numbers and scale == "mag" else "acc"
        if scale == "good" and metric not in ("acc", "error", "loss", "cross-entropy"):
            metric = "acc"
        return str(metric), split if metric in ("acc", "error", "loss", "cross-entropy") else ""

    def _operands(
        self, c: Token, left: Run, right: Run | None, metric: str, split: str
    ) -> list[tuple[Operand, Operand]] | None:
        bi = self._bi(c)
        _, end = self.reading.clause(c.start)
        middle = bi.start if bi else c.start
        classes = self.lexed.between(0, end, "CLASS")
        low = [t for t in classes if t.start < middle]
        high = [t for t in classes if t.start > middle and (not bi or t.start < c.start)]
        cls_left = self._cls(low[-1], left.keys) if low else ""
        cls_right = self._cls(high[0], left.keys) if high else ""
        if right is None and cls_left and cls_right:
            return [(Operand(k, metric, split, cls_left), Operand(k, metric, split, cls_right)) for k in left.keys]
        if right is None:
            return self._same_subject(c, left, metric, split, bi)
        if len(classes) > 1:
            return None
        cls = cls_left or cls_right
        pairs = []
        for a, b in product(left.keys, right.keys):
            a, b = (f"{HOMEWORK}.{b}" if a == HOMEWORK else a), (f"{HOMEWORK}.{a}" if b == HOMEWORK else b)
            pairs.append((Operand(a, metric, split, cls), Operand(b, metric, split, cls)))
        return pairs

    def _cls(self, token: Token, keys: Sequence[str]) -> str:
        """The class that is meant: of the dataset that the subject is trained on."""
        for cls in token.value:
            if any(self.facts.find("acc", key, "test", cls) for key in keys):
                return str(cls)
        return str(token.value[0])

    def _same_subject(
        self, c: Token, left: Run, metric: str, split: str, bi: Token | None
    ) -> list[tuple[Operand, Operand]] | None:
        """Training accuracy above test accuracy, confidence below accuracy: one subject, two measures."""
        area = (bi.end, c.start) if bi else (c.end, c.end + 40)
        than = self.lexed.between(c.end, c.end + 50, "THAN")
        if than and not bi:
            area = (than[0].end, than[0].end + 40)  # a higher accuracy in training than in testing
        named = self.lexed.between(*area, "METRIC", "SPLIT")
        if bi is None and not than and self.lexed.between(c.end, c.end + 40, "NUM"):
            number = self.lexed.between(c.end, c.end + 40, "NUM")[0]
            named = [t for t in named if t.start < number.start]
        edge = bi.start if bi else than[0].start if than else c.start
        earlier = self.lexed.between(0, edge, "METRIC", "SPLIT")
        if not named or not earlier:
            return self._other_subject(c, left, metric, split)
        first_metric = next((t.value for t in reversed(earlier) if t.kind == "METRIC"), "acc")
        first_split = next((t.value for t in reversed(earlier) if t.kind == "SPLIT"), "")
        second_metric = next((t.value for t in named if t.kind == "METRIC"), first_metric if than else "acc")
        second_split = next((t.value for t in named if t.kind == "SPLIT"), "test")
        if (first_metric, first_split) == (second_metric, second_split):
            return self._other_subject(c, left, metric, split)
        return [
            (Operand(k, str(first_metric), first_split), Operand(k, str(second_metric), second_split))
            for k in left.keys
        ]

    def _other_subject(self, c: Token, left: Run, metric: str, split: str) -> list[tuple[Operand, Operand]] | None:
        """Nothing is said of the other side: it is the one other subject around, if there is one."""
        named = {k for run in self.reading.runs for k in run.keys if run.start < c.start} - {HOMEWORK}
        if self.reading.before and len(named) < 2:
            named |= set(self.reading.before.topic)
        others = named - set(left.keys)
        if len(others) != 1 or len(left.keys) != 1:
            return None
        return [(Operand(left.keys[0], metric, split), Operand(others.pop(), metric, split))]

    def _delta(self, c: Token, right: Run | None) -> Token | None:
        """The number that says by how much."""
        for t in self.lexed.of("NUM"):
            typed = t.value
            gap_behind, gap_before = self.text[c.end : t.start], self.text[t.end : c.start]
            behind = t.start >= c.end and len(gap_behind) <= 3 and not re.search(r"[,，(]", gap_behind)
            before = t.end <= c.start and gap_before in (" ", " more ")
            by = t.start >= c.end and bool(_BY.search(self.text[: t.start])) and t.start - c.end < 60
            over = c.kind == "ADVANTAGE" and t.value.unit == "points"
            if typed.sd or typed.unit not in ("points", "", "percent", "times", "seconds", "params", "epochs"):
                continue
            after_right = right and 0 <= t.start - right.end <= 2 and t.start > c.end and typed.unit == "points"
            threshold = typed.unit == "percent" and self.text[c.end - 1] == "于"  # above 80 %
            if self.lang == "zh" and (behind or over or after_right) and not threshold:
                return t
            if self.lang == "en" and (before or by or over) and not (typed.bound and typed.unit == "percent"):
                return t
        return None
