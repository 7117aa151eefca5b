"""Counts and ratios: images, classes, seeds, three classes above 90 %, half of another figure."""

import re
from collections.abc import Iterator
from dataclasses import replace

from report.words.about import About
from report.words.lexer import Token
from report.words.links import understood
from report.words.reading import HOMEWORK
from report.words.runs import said_run
from report.words.values import Kind, Value
from report.words.verdict import OPEN, Tested, look_up

_ABOUT = re.compile(r"约|左右|差不多|接近|近|\b(?:about|roughly|around|nearly|almost|approximately)\b", re.IGNORECASE)
_BOUND_ZH = re.compile(r"(?:不到|不足|低于|超过|多于)了?$")
_OF_ALL = re.compile(r"\bof (?:the |all )?$")
_OF_ALL_ZH = re.compile(r"(?:测试|验证|训练)?(?:图像|样本|集)?[中里]")
_COMPARED = ("params", "time", "loss", "error", "acc", "epochs")
_SPLIT_WORDS = (("test", "test"), ("validation", "val"), ("training", "train"))


class Counts(About):
    """The counted numbers of one sentence."""

    def _count(self, t: Token) -> Iterator[Tested]:
        unit, typed = t.value.unit, replace(t.value, bound="")  # over three seeds
        bounds = [n for n in self.numbers if n.value.bound and n.value.unit == "percent" and n.start > t.start]
        run = self.reading.run_before(bounds[0].start) if bounds else None
        if unit == "classes" and run and len(run.keys) == 1 and t is self._last_of("classes"):
            yield self._classes_beyond(t, bounds[0], run.keys[0])
            return
        if unit == "classes" and any(len(row) == round(typed.value) for row in self._rows(self.lexed.of("CLASS"))):
            return  # the two hardest classes, which are named
        if unit in ("variants", "models") and len(self.reading.named) == round(typed.value):
            return  # the two variants, which are named
        known = [v for v in self.facts.values.values() if v.metric == unit and not (unit == "seeds" and v.subject)]
        if any(typed.agrees(v.raw) for v in known):
            yield Tested("holds", known[0].name)
        elif known and (typed.value > max(v.raw for v in known) or (unit == "seeds" and len(known) == 1)):
            yield Tested("contradicted", known[0].name, known[0].format(self.lang), typed)
        else:
            yield OPEN  # of some of them, or 11 of the 30 seeds of softmax regression

    def _classes_beyond(self, t: Token, bound: Token, key: str) -> Tested:
        """Three classes are above 90 %."""
        own = [v for v in self.facts.values.values() if (v.metric, v.subject) == ("acc", key) and v.cls]
        self.used.add(bound.start)
        if not own or self.lexed.has("NEG", "HYPO"):
            return OPEN
        beyond = sum(bound.value.agrees(v.raw) for v in own)
        name = f"{key}.class"
        return Tested("holds", name) if t.value.agrees(beyond) else Tested("contradicted", name, str(beyond))

    def _images(self, t: Token) -> Tested:
        typed, facts = t.value, self.facts
        start, end = self.reading.clause(t.start)
        keys = [k for run in self.reading.runs for k in run.keys if k in facts.models]
        right = [m for m in self.lexed.of("METRIC") if m.value in ("correct", "mistakes")]
        close = [m for m in right if 0 <= t.start - m.end <= 4]
        close += [m for m in right if 0 <= m.start - t.end <= 10 and not self.lexed.between(t.end, m.start, "SUBJ")]
        said = self.text[t.start : t.end].lower()
        splits = [s for word, s in _SPLIT_WORDS if word in said] or [
            s.value for s in self.lexed.between(start, end, "SPLIT")
        ]
        row = next((row for row in self._rows(self.numbers) if t in row and len(row) > 1), [])
        splits += [s.value for s in self.lexed.of("SPLIT")] if row else []
        of_all = _OF_ALL.search(self.text, max(0, t.start - 12), t.start) or _OF_ALL_ZH.match(self.text, t.end)
        if of_all:
            right = close = []  # of the 1200 test images: as many as there are
        a_class = any(m.value == "class a" for m in self.lexed.between(start, end, "METRIC"))
        metric = "images a class" if a_class else "images"
        several = len([n for n in self.lexed.of("NUM") if n.value.unit == "images"]) > 1
        data = [v for v in facts.values.values() if v.metric == metric and (not splits or v.split in splits)]
        if several and metric == "images" and not self.lexed.between(start, t.start, "SPLIT"):
            data += [v for v in facts.values.values() if v.metric == "images" and not v.split]
        counted: list[Value] = []
        of_a_run = said_run(self.text) is not False
        for m in close or right:
            run = self._subject(t)
            for key in run[0].keys if run else keys:
                shown, mean = (facts.find(f"{of}{m.value}", key, "test") for of in ("", "mean "))
                if shown and mean and not of_a_run and typed.agrees(shown.raw) and not typed.agrees(round(mean.raw)):
                    return Tested("open", mean.name, mean.format(self.lang))  # one seed's count, typed as the mean
                counted += [v for v in (shown if of_a_run else mean,) if v]
        candidates = counted if close else [*data, *counted]
        for value in candidates:
            if typed.agrees(round(value.raw)):
                return Tested("holds", value.name)
        if not candidates or not (splits or counted) or self.lexed.has("CONFUSE", "CLASS"):
            return OPEN
        if self.lexed.between(start, end, "BI", "THAN"):
            return OPEN  # 401 more than
        value = counted[0] if counted else data[0]
        before = self.reading.run_before(t.start)
        if not understood(self.lexed, max(before.end if before else 0, start), t.start):
            return OPEN
        return Tested("contradicted", value.name, value.format(self.lang), typed)

    def _several(self) -> bool:
        return len([k for k in self.reading.named if k != HOMEWORK]) > 1

    def _of_another(self, t: Token) -> bool:
        """Whether a fraction is one of another figure: half of the MLP's, 残差 MLP 的一半."""
        before, after = self.reading.run_before(t.start), self.reading.run_after(t.end)
        of_before = before and re.fullmatch(r"的(?:约|大约)?", self.text[before.end : t.start])
        of_after = after and re.fullmatch(r" (?:of |that of |of that of )?(?:the )?", self.text[t.end : after.start])
        return bool(self._several() and (of_before or of_after))

    def _ratio(self, t: Token) -> Tested:
        typed, keys = t.value, [k for k in self.reading.named if k != HOMEWORK]
        metric, split = self._metric(t)[0] or "acc", self._split(t)[0]
        metric = self._compared_metric() or metric
        if any(m.value == "lr" for m in self.lexed.of("METRIC")):
            value = self.facts.values.get("softmax.lr_factor")
            return Tested("holds", value.name) if value and typed.agrees(value.raw) else OPEN
        if len(keys) != 2:
            return OPEN
        a, b = (look_up(self.facts, metric, k, split)[0] for k in keys)
        if a is None or b is None or not b.raw:
            return OPEN
        ratio = Value(f"{a.name} / {b.name}", a.raw / b.raw, Kind.RATIO, "ratio")
        start, _ = self.reading.clause(t.start)
        between = self.reading.run_before(t.start)
        if between and not typed.bound and (m := _BOUND_ZH.search(self.text[: between.start])):
            typed = replace(typed, bound="lt" if m[0].startswith(("不", "低")) else "gt")  # 不到残差 MLP 的一半
        if _ABOUT.search(self.text[start : t.start]):
            typed = replace(typed, approx=True)
        if typed.agrees(ratio.raw):
            return Tested("holds", ratio.name)
        return Tested("contradicted", ratio.name, ratio.format(self.lang), typed)

    def _compared_metric(self) -> str:
        words = [
            m.value for m in self.lexed.of("METRIC") if m.value in ("params", "time", "loss", "error", "acc", "epochs")
        ]
        return str(words[0]) if words else ""
