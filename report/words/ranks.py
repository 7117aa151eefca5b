"""Whether a superlative or a rank is true: of models in a measure, of a model's classes, of leads class by class."""

import re
from collections.abc import Mapping, Sequence

from report.words.lexer import Token
from report.words.referents import PAIR, Mention
from report.words.relations import Relations
from report.words.sides import SMALLER_IS_BETTER
from report.words.verdict import Operand, Tested, order

_RANKED = ("acc", "error", "loss", "params", "time", "time an epoch", "epochs", "confidence", "ece", "gap",
           "class spread", "cross-entropy", "correct", "mistakes")  # fmt: skip
_SCALES = {"acc": "acc", "time": "time", "params": "params", "ece": "ece", "spread": "class spread", "gap": "gap"}
_TO_CLASS = re.compile(
    r"[的是为属在 :：(]*(?:仍|仍然|还是|则|就|反倒|莫过于|类别|一类|两类|三类|几类|类|to|is|are|was|on|at|with|in|for|"
    r"class|classes|recognise|the|a|ones?|recognize|,|being|here|when it comes|of all| )*",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"优势|领先|差距|相差|差别|进步|受益|提升|提高|伤害|影响|gap|lead|margin|benefit|gain|improve|difference|advantage|"
    r"profit|hurt|harm|suffer|affect",
    re.IGNORECASE,
)
_COPULA = re.compile(
    r"[是为的属 :：]*(?:反倒是|还是|仍是|则是|当属|模型|网络|的)*|"
    r"[ ,:]*(?:(?:is|are|was|by|to|model|of all|one|the|in|,|of them|of the three|of all three|three|network) ?)*",
    re.IGNORECASE,
)


class Ranks(Relations):
    """The superlatives and ranks of one sentence."""

    def ranked(self, c: Token) -> Tested | None:
        """The finding that proves one."""
        low, _ = self.clause(c.start)
        if self.supposed(c.start) or self.lexed.has("CONFUSE") or self.lexed.between(low, c.start, "NEG"):
            return None
        before = [s.value for s in self.lexed.of("SUP") if s.end <= c.start]
        sign, scale = c.value if c.kind == "SUP" else before[-1] if c.kind == "SECOND" and before else ("+", "good")
        place = int(c.value) if c.kind == "RANK" else 2 if c.kind == "SECOND" else 1
        metric = self._ranked_metric(c, scale)
        if not metric:
            return None
        larger = (sign == "+") != (scale == "good" and metric in SMALLER_IS_BETTER)
        found = self._of_classes(c, metric, larger, place)
        row = self._class_row(c)
        between = [m for m in self.mentions if row and row[-1].end <= m.start and m.end <= c.start]
        if not found and (not row or (between and not self.lexed.has("CLASSWORD", "DIFF"))):
            found = self._of_models(c, metric, larger, place)
        return Tested("holds", found, at=c.start) if found else None

    def _ranked_metric(self, c: Token, scale: str) -> str:
        if scale in _SCALES:
            return _SCALES[scale]
        low, high = self.clause(c.start)
        if self.lexed.has("OVERFIT") and self.text[c.start : c.end] in ("最严重", "最明显", "最重", "most", "worst"):
            return "gap"
        words = [m for m in self.lexed.of("METRIC") if m.value in _RANKED]
        own = [m for m in words if low <= m.start and m.end <= c.start][-1:]
        own = own or [m for m in words if c.end <= m.start < high][:1] or [m for m in words if m.end <= c.start][-1:]
        if not own:  # here the CNN's 0.507 is the lowest
            said = [v for n in self.lexed.between(low, c.start, "NUM") if (v := self.value_of(n))]
            own_measure = said[-1].metric if said else "acc"
        metric = str(own[0].value) if own else own_measure
        metric = {"correct": "acc", "mistakes": "error"}.get(metric, metric)
        if (
            not own
            and scale == "mag"
            and self.text[c.start : c.end].lower() not in ("最高", "最低", "highest", "lowest")
        ):
            units = {n.value.unit for n in self.numbers}
            return "params" if "params" in units else "acc" if self.classes_named and _LEAD.search(self.text) else ""
        return "acc" if scale == "good" and metric not in (*SMALLER_IS_BETTER, "acc", "gap") else metric

    # Classes

    def of_its_own(self, c: Token) -> bool:
        """Whether a superlative is in a measure, or of leads, that no other reading knows."""
        if c.kind == "SECOND":
            return self.text[c.start : c.end].startswith("其次")
        if c.kind != "SUP":
            return False
        words = self.text[c.start : c.end].lower()
        leads = re.search("进步|提升|受益|收益|提高|benefit|gain|improve|profit", words)
        two = len({k for m in self.mentions for k in m.keys}) > 1 and self.lexed.has("DIFF", "ADVANTAGE")
        measure = self._ranked_metric(c, c.value[1]) in ("gap", "class spread", "ece", "confidence")
        return bool(leads or measure or (two and self.lexed.has("CLASS")))

    def _class_row(self, c: Token) -> list[Mention]:
        """The classes that a superlative is said of."""
        rows = self.rows(self.classes_named)
        behind = [r for r in rows if r[0].start >= c.end]
        low, _ = self.clause(c.start)
        before = [r for r in rows if r[-1].end <= c.start]
        if behind and _TO_CLASS.fullmatch(self.text[c.end : behind[0][0].start]):
            return behind[0]
        if before and (before[-1][-1].start >= low or not behind):
            return before[-1]
        return behind[0] if behind and behind[0][0].start < self.clause(c.start)[1] else []

    def _of_classes(self, c: Token, metric: str, larger: bool, place: int) -> str:
        row = self._class_row(c)
        if not row or metric not in ("acc", "error"):
            return ""
        larger = larger != (metric == "error")
        keys = self._subject_keys(c)
        lead = self._lead_keys() if _LEAD.search(self.text) else None
        if lead:
            return self._placed(row, self._lead(*lead), larger, place) and f"{lead[0]}.test_acc - {lead[1]}.test_acc"
        names = [self._placed(row, self._accuracies(k), larger, place) for k in keys]
        return names[0] if names and all(names) else ""

    def _accuracies(self, key: str) -> dict[str, tuple[float, str]]:
        own = (v for v in self.facts.values.values() if (v.metric, v.subject) == ("acc", key) and v.cls)
        return {v.cls: (v.raw, v.name) for v in own}

    def _lead(self, a: str, b: str) -> dict[str, tuple[float, str]]:
        mine, theirs = self._accuracies(a), self._accuracies(b)
        return {cls: (mine[cls][0] - theirs[cls][0], mine[cls][1]) for cls in mine if cls in theirs}

    def _lead_keys(self) -> tuple[str, str] | None:
        """The two whose lead is meant, the better one first."""
        keys = list(dict.fromkeys(k for m in self.mentions for k in m.keys))
        if not keys and self.reading.before:
            keys = list(self.reading.before.named)
        if other := self._against(keys):
            keys.append(other)
        if len(keys) != 2:
            return PAIR[::-1] if not keys and self.lexed.has("BUG") else None
        better = self.facts.verdicts.get((keys[0], keys[1])) == "better"
        return (keys[0], keys[1]) if better else (keys[1], keys[0])

    def _placed(self, row: Sequence[Mention], of: Mapping[str, tuple[float, str]], larger: bool, place: int) -> str:
        """The name of a class's accuracy, if the classes of a row have the first places, or one has the place given."""
        named = [next((c for c in m.keys if c in of), "") for m in row]
        if not all(named) or not named:
            return ""
        sign = 1 if larger else -1
        if place < 0:
            sign, place = -sign, -place
        ordered = sorted((sign * raw for raw, _ in of.values()), reverse=True)
        mine = [sign * of[c][0] for c in named]
        if len(named) > 1 and place == 1:
            right = min(mine) >= ordered[len(named) - 1]
        else:
            right = len(ordered) >= place and len(named) == 1 and mine[0] == ordered[place - 1]
        return of[named[0]][1] if right else ""

    # Models

    def _subject_keys(self, c: Token) -> tuple[str, ...]:
        found = self.subjects(c)
        return found[0] if found else ()

    def _of_models(self, c: Token, metric: str, larger: bool, place: int) -> str:
        low, high = self.clause(c.start)
        of_them = re.match(r" of (?:them|all|the three|all three)", self.text[c.end :])
        behind = next((m for m in self.mentions if c.end <= m.start and (m.start < high or of_them)), None)
        near = [self._widest_from(behind).keys] if behind and self._copula(c.end, behind.start) else []
        rows = [m for m in self.classes_named if low <= m.start < high]
        for keys in [*near, *self.subjects(c)]:
            group = next((g for g in (self.facts.models, self.facts.variants) if keys and set(keys) <= set(g)), ())
            group = tuple(k for k in group if "homework" not in k)
            if len(keys) != 1 or len(group) < 2:
                continue
            if len(rows) > 1:
                continue
            cls = self.class_of(rows[0].keys, keys) if rows else ""
            split = self.splits(c)[0]
            return self._first_of(keys[0], group, metric, split, cls, larger, place)
        return ""

    def _copula(self, a: int, b: int) -> bool:
        return _COPULA.fullmatch(self.text[a:b]) is not None

    def _first_of(
        self, key: str, group: Sequence[str], metric: str, split: str, cls: str, larger: bool, place: int
    ) -> str:
        if _LEAD.search(self.text) and self.lexed.has("HW") and metric == "acc":  # of the leads over the homework
            leads = {k: self._raw(k, split) - self._raw(f"homework.{k}", split) for k in group}
            mine = sorted(leads, key=lambda k: leads[k], reverse=larger)
            return f"{key}.test_acc - homework.{key}.test_acc" if mine[0] == key and place == 1 else ""
        operands = {k: Operand(k, metric, split if metric in ("acc", "error", "loss") else "", cls) for k in group}
        values = {k: v for k, o in operands.items() if (v := o.value(self.facts))}
        if key not in values or len(values) < len(group):
            return ""
        if place != 1:
            ordered = sorted(values, key=lambda k: values[k].raw, reverse=larger)
            at = place - 1 if place > 0 else place
            return values[key].name if -len(ordered) <= at < len(ordered) and ordered[at] == key else ""
        for rival in group:
            if rival == key or self.facts.verdicts.get((key, rival)) == "equivalent":
                continue
            verdict, *_ = order(operands[key], operands[rival], self.facts)
            if verdict is None:
                a, b = values[key].raw, values[rival].raw
                verdict = "better" if a > b else "worse" if a < b else "equivalent"
            if verdict != ("better" if larger else "worse"):
                return ""
        return values[key].name
