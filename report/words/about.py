"""What a typed number is about: its metric, its subject, its split and its class."""

import re
from collections.abc import Iterator, Sequence

from report.words.facts import Facts
from report.words.lexer import Token
from report.words.reading import FAMILY, HOMEWORK, Reading, Run
from report.words.values import Lang

# Which metrics a unit can stand for; "" is a plain number, "?" a measure that is not known here.
_METRICS = {
    "percent": ("acc", "error", "confidence", "ece", "interval", "sd", "correct", "mistakes", "dropout", "?"),
    "fraction": ("acc", "error", "correct", "mistakes", "gradient ratio"),
    "": ("acc", "error", "loss", "cross-entropy", "params", "epochs", "batch_size", "lr", "dropout", "sd", "floor",
         "ceiling", "chance", "correct", "mistakes", "gradient ratio", "confidence", "ece", "weight_decay",
         "label_smoothing", "hidden_dim", "p", "gradient", "top probability", "?"),
    "nats": ("loss", "cross-entropy", "floor", "ceiling", "chance"),
    "seconds": ("time", "time an epoch"),
    "points": ("sd",),
    "epochs": ("epochs", "?"),
    "params": ("params",),
}  # fmt: skip
_DEFAULT = {"percent": "acc", "fraction": "acc", "seconds": "time", "epochs": "epochs", "params": "params"}
THEORY = ("floor", "ceiling", "chance", "gradient ratio")
_ATTACHED = re.compile(r"[)）]? ?(?:\(|for|by|of|from|with|in)(?: the| all| our)? ?$|^\($", re.IGNORECASE)
_CLASS_ATTACHED = re.compile(r" ?(?:of|on|for|in)(?: the| all| all the)? ?$", re.IGNORECASE)
_AGAINST = re.compile(r"对|against|versus|vs")
_LIST = re.compile(r"(?: ?(?:对|against|versus|vs\.?|、|,|，|和|与|及|以及|and|,and|or|/) ?){1,2}$")


class About:
    """The numbers of one sentence. used: places of those that a comparison has tested already."""

    def __init__(self, reading: Reading, facts: Facts, lang: Lang, used: set[int]):
        self.reading, self.facts, self.lang, self.used = reading, facts, lang, used
        self.lexed = reading.lexed
        self.text = self.lexed.text
        self.numbers = [t for t in self.lexed.of("NUM") if t.start not in used]
        self.of_a_part = False  # whether a number of epochs is less than a whole training
        self.last = ""  # metric of the number before
        self.lists = dict(self._lists())

    def _metric(self, t: Token) -> tuple[str, bool]:
        """The metric, and whether the sentence names it."""
        unit = t.value.unit
        allowed = _METRICS.get(unit, ())
        start, end = self.reading.clause(t.start)
        words = [(m, str(m.value)) for m in self.lexed.of("METRIC") if m.value in allowed]
        theory = [name for m, name in words if name in THEORY]
        before = [(m, name) for m, name in words if m.end <= t.start]
        behind = [(m, name) for m, name in words if t.end <= m.start < end]
        metric = ""
        if unit == "seconds" and any(name == "time an epoch" and start <= m.start < end for m, name in words):
            metric = "time an epoch"
        elif theory and unit in ("", "nats", "fraction"):
            own = [name for m, name in words if name in THEORY and start <= m.start < end]
            bracket = [
                name for m, name in words if name in THEORY and re.fullmatch(r" ?\(", self.text[t.end : m.start])
            ]
            metric = (bracket or own or theory)[0]
        elif any(name == "interval" for _, name in words) and unit == "percent" and not t.value.sd:
            metric = "interval"
        elif behind and self._of_it(t, behind[0][0]):
            metric = behind[0][1]
        elif unit == "" and not before and any(c.value[1] == "params" for c in self.lexed.between(0, t.start, "CMP")):
            metric = "params"
        elif before:
            metric = before[-1][1]
            numbers = [n for n in self.lexed.of("NUM") if before[-1][0].end <= n.start < t.start]
            if behind and numbers and start <= behind[0][0].start and before[-1][0].start < start:
                metric = behind[0][1]
        elif self.last in allowed:
            metric = self.last
        elif behind:
            metric = behind[0][1]
        elif t.value.step < 1 and (later := [name for m, name in words if m.start >= t.end]):
            metric = later[0]
        if unit == "" and self.last in ("params", "epochs") and not before:
            metric = self.last
        named = bool(metric)
        metric = (
            {"correct": "acc", "mistakes": "error"}.get(metric, metric) if unit in ("percent", "fraction") else metric
        )
        return metric or _DEFAULT.get(unit, ""), named

    def _of_it(self, t: Token, m: Token) -> bool:
        """Whether a metric stands right behind its number: 50.6% 的准确率, 52% accuracy, batch size of 256 aside."""
        return bool(
            re.fullmatch(r"的(?:测试|验证)?| ?(?:test |validation |training )?| of ", self.text[t.end : m.start])
        )

    def _split(self, t: Token) -> list[str]:
        """The splits that may be meant, the likeliest first."""
        start, end = self.reading.clause(t.start)
        before = self.lexed.between(0, t.start, "SPLIT")
        near = [s for s in before if s.start >= start]
        behind = self.lexed.between(t.end, end, "SPLIT")
        own_metric = self.lexed.between(start, t.start, "METRIC")
        if behind and re.fullmatch(r" ?(?:on|of|in) (?:the )?", self.text[t.end : behind[0].start]):
            return [str(behind[0].value)]
        if near:
            return [str(near[-1].value)]
        if before and not own_metric:
            return [str(before[-1].value)]
        if behind:
            return [str(behind[0].value)] if not before else [str(behind[0].value), str(before[-1].value)]
        numbers = self.lexed.between(0, t.start, "NUM")
        if before and not numbers:
            return [str(before[-1].value)]
        return ["", str(before[-1].value)] if before else [""]

    def _classes(self, t: Token, run: Run) -> list[str]:
        """The class that may be meant, and none where the clause has a measure of its own."""
        start, end = self.reading.clause(t.start)
        tokens = self.lexed.of("CLASS")
        behind = [c for c in tokens if c.start >= t.end]
        before = [c for c in tokens if c.end <= t.start]
        if t in self.lists and isinstance(self.lists[t], Token):
            return [self._class(self.lists[t], run)]  # type: ignore[arg-type]
        if behind and _CLASS_ATTACHED.fullmatch(self.text[t.end : behind[0].start]):
            return [self._class(behind[0], run)]
        if before:
            apart = self.lexed.between(before[-1].end, t.start, "NUM")
            own = before[-1].start < start and apart and self.lexed.between(start, t.start, "METRIC")
            return [self._class(before[-1], run), *([""] if own else [])]
        inside = [c for c in behind if c.start < end]
        return [self._class(inside[0], run)] if inside else [""]

    def _class(self, token: Token, run: Run) -> str:
        for cls in token.value:
            if any(self.facts.find("acc", key, "test", cls) for key in run.keys):
                return str(cls)
        return str(token.value[0])

    def _subject(self, t: Token) -> tuple[Run, bool] | None:
        """The subjects of a number, and whether the sentence is plain about it."""
        reading = self.reading
        listed = self.lists.get(t)
        if isinstance(listed, Run):
            return listed, True
        inner = next((run for run in reading.runs if run.start < t.start < run.end), None)
        if inner:  # the MLP (52 %) and the 2-layer NN (50 %)
            place = len(self.lexed.between(inner.start, t.start, "SUBJ")) - 1
            return Run(inner.keys[place : place + 1], inner.start, inner.end), True
        after, before = reading.run_after(t.end), reading.run_before(t.start)
        if before and len(before.keys) > 1 and self.text[t.start - 1] == "(" and t.start - before.end <= 2:
            return Run(before.keys[-1:], before.start, before.end), True
        if after and _ATTACHED.fullmatch(self.text[t.end : after.start]):
            if before and before.keys == (HOMEWORK,) and before.start >= reading.clause(t.start)[0]:
                keys = tuple(f"{HOMEWORK}.{key}" for key in after.keys)  # the homework reports 77.5 % for the CNN
                return Run(keys, after.start, after.end), True
            if after.keys != (HOMEWORK,):
                return after, True
            before = after  # the 77.5 % in the homework
        start, end = reading.clause(t.start)
        if before and before.keys == (HOMEWORK,):
            base = (
                next((r for r in reversed(reading.runs) if r.end <= before.start), None) or after or reading.implicit(0)
            )
            keys = tuple(f"{HOMEWORK}.{k}" for k in (base.keys if base else ()) if k in self.facts.models)
            return (Run(keys, before.start, before.end), True) if keys else None
        run = before or after or reading.implicit(t.start)
        if run is None or run.keys == (HOMEWORK,):
            return None
        run = self._narrowed(run)
        in_clause = [r for r in reading.runs if start <= r.start < end]
        return run, len(in_clause) <= 1 and not run.weak and (before is not None or len(reading.runs) == 1)

    def _narrowed(self, run: Run) -> Run:
        """With ten times the rate, the wrong version …: of the two that are named, the changed one."""
        named = self.reading.named
        for key in named:
            subject = self.facts.subjects.get(key)
            changed = self.lexed.has("CHANGE", "TO")
            if subject and subject.against and run.keys == (subject.against,) and changed and key.endswith("lr10"):
                return Run((key,), run.start, run.end)
        if run.keys == (FAMILY,):
            return Run(self.facts.variants[:1], run.start, run.end)
        return run

    def _lists(self) -> Iterator[tuple[Token, Run | Token]]:
        """Numbers in a row that belong one by one to subjects, splits or classes in a row."""
        for numbers in self._rows(self.numbers):
            n = len(numbers)
            if n < 2 or len({t.value.unit for t in numbers}) != 1:
                continue
            runs = [r for r in self.reading.runs if len(r.keys) == n and not r.several]
            if len(runs) == 1:
                for token, key in zip(numbers, runs[0].keys, strict=True):
                    yield token, Run((key,), runs[0].start, runs[0].end)
                continue
            single = [r for r in self.reading.runs if len(r.keys) == 1 and r.end <= numbers[0].start]
            if _AGAINST.search(self.text[numbers[0].end : numbers[-1].start]) and len(single) == n:
                yield from zip(numbers, single, strict=True)  # A is better than B (85 % against 52 %)
                continue
            classes = self._rows(self.lexed.of("CLASS"))
            row = next((row for row in classes if len(row) == n), None)
            apart = [c for c in self.lexed.of("CLASS") if c.end <= numbers[0].start]
            if row or (self.lexed.has("RESP") and len(apart) == n):
                yield from zip(numbers, row or apart, strict=True)

    def _rows(self, tokens: Sequence[Token]) -> list[list[Token]]:
        rows: list[list[Token]] = []
        for token in tokens:
            if rows and _LIST.fullmatch(self.text[rows[-1][-1].end : token.start]):
                rows[-1].append(token)
            else:
                rows.append([token])
        return rows

    def _theory(self) -> bool:
        return any(m.value in THEORY for m in self.lexed.of("METRIC"))

    def _last_of(self, unit: str) -> Token:
        return [n for n in self.numbers if n.value.unit == unit][-1]
