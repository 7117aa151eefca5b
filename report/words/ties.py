"""Typed numbers tied to the findings that they state, and compared with them."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from report.words.about import THEORY
from report.words.counts import Counts
from report.words.lexer import Token
from report.words.links import understood
from report.words.reading import HOMEWORK, Run
from report.words.runs import of_runs, said_run
from report.words.values import Kind, Value
from report.words.verdict import OPEN, Tested, at, look_up

_MISTAKING = re.compile(r"\b(?:tak|took|mistak|confus|classif)\w*\b.{0,60}?\b(?:for|as)\b")
_TRAINED = re.compile(
    r"(?:训练|轮数|共|跑|各|epochs?)[了的是为数:各都]{0,3}$|\bfor (?:the )?$|trained (?:for )?$|"
    r"number of epochs (?:is|was) $"
)
_PART = re.compile(r"^(?:之?后|以后|时|内|之内|左右后|的时候| in\b| later\b)")
_PART_BEFORE = re.compile(r"前|最后|第|\b(?:first|last|after|within|every)\b")
_PEAK = re.compile(
    r"(?:最高|最低|最好|最小|最大|峰值)(?:可|达|到|了|能|为|时|是)*$|\b(?:peaks?|peaked|best epoch)\b[a-z ]*$"
)
_IN_TOTAL = re.compile(
    r"总共|一共|合计|总计|加起来|全部|\b(?:in total|altogether|overall|in all|together|whole)\b", re.IGNORECASE
)
_LINK = re.compile(
    r"[的上在中是为有达到了只仅也约以得取获率能够则却:(,，、\s]*|(?:(?:has|have|had|is|was|at|only|just|reaches|reached|gets|got|with|a|an|the|of|"
    r"achieves|achieved|manages|scores|about|around|to|on|right|even|images|class|an?)?[\s,(:']*){0,8}",
    re.IGNORECASE,
)


class Ties(Counts):
    """The tests of the numbers of one sentence."""

    def tested(self) -> Iterator[Tested]:
        for token in self.numbers:
            if token.start not in self.used:
                yield from at(token.start, self._number(token))

    def _number(self, t: Token) -> Iterator[Tested]:
        unit = t.value.unit
        if unit in ("models", "variants", "seeds", "classes"):
            yield from self._count(t)
        elif unit == "images":
            yield self._images(t)
        elif unit == "times":
            yield self._ratio(t)
        elif unit == "fraction" and self._of_another(t) and not self._theory():
            yield self._ratio(t)
        else:
            yield from self._measured(t)

    def _measured(self, t: Token) -> Iterator[Tested]:
        typed = t.value
        metric, said = self._metric(t)
        coarse = typed.unit == "" and typed.step >= 1 and metric in ("acc", "error", "loss", "cross-entropy", *THEORY)
        if metric in ("", "?", "p", "gradient", "top probability") or typed.unit == "?" or coarse:
            yield OPEN
            return
        self.last = metric
        if metric in THEORY:
            yield self._compare(t, [self.facts.find(metric)], plain=True)
            return
        if self.reading.supposed(t.start):
            yield OPEN
            return
        if metric == "interval":
            yield self._interval(t)
            return
        t = self._denied(t)
        typed = t.value
        if typed.unit == "?":
            yield OPEN
            return
        if any(m.value == "class a" for m in self.lexed.of("METRIC")) and typed.unit == "percent" and metric == "acc":
            yield from self._every_class(t)
            return
        if typed.sd:
            metric = "sd"
        found = self._subject(t)
        if found is None:
            yield OPEN
            return
        run, plain = found
        splits = self._split(t)
        classes = self._classes(t, run)
        confused = self._confused(run)
        for key in run.keys:
            values = [look_up(self.facts, metric, key, s, c)[0] for c in classes for s in splits]
            if confused and typed.unit in ("percent", "fraction"):
                values = [confused]
            if typed.bound in ("le", "ge") and metric == "loss" and key in self.facts.variants:
                values = [self.facts.find({"le": "ceiling", "ge": "floor"}[typed.bound])]
                t = replace(t, value=replace(typed, bound=""))  # a bound is that of the formula, or none
            if metric == "sd" and not typed.sd and typed.unit == "":
                values += [self.facts.find("loss sd", key, "test")]
            start, end = self.reading.clause(t.start)
            several = len([n for n in self.lexed.between(start, end, "NUM") if n.value.unit == "seconds"]) > 1
            if typed.unit == "seconds" and (several or not self._each_epoch(t)):
                values += [look_up(self.facts, m, key)[0] for m in ("time", "time an epoch")]
            of_test = metric == "acc" and splits[0] in ("", "test") and classes == [""] and not confused
            if of_test and (seed := said_run(self.text)) is not False:
                yield self._of_run(t, key, seed)
                continue
            tested = self._compare(t, values, plain=plain and len(run.keys) == 1)
            if of_test and tested.state != "holds" and values[0] and self._fits_a_run(t, key):
                yield Tested(
                    "open", values[0].name, values[0].format(self.lang)
                )  # one seed's figure, typed as the mean
                continue
            if tested.state == "contradicted" and (
                self._about_something_else(t, run, said) or not self._understood(t, run)
            ):
                tested = OPEN
            if tested.state != "holds" and (other := self._topic(t, run, metric, splits, classes)):
                tested = other
            yield tested
        if self._only(t) and typed.bound:
            yield from self._others_fail(t, run, metric, splits)

    def _denied(self, t: Token) -> Token:
        """The number with its bound turned round where it is denied; of the unit "?" where a plain one is."""
        start, _ = self.reading.clause(t.start)
        words = [n for n in self.lexed.between(start, t.start, "NEG") if self.text[n.start : n.end] not in ("nor",)]
        turned = {"gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}
        if t.value.bound and len(words) == 1:
            return replace(t, value=replace(t.value, bound=turned[t.value.bound]))
        near = [n for n in words if t.start - n.end <= (3 if self.lang == "zh" else 8)]
        return replace(t, value=replace(t.value, unit="?")) if near or (t.value.bound and words) else t

    def _every_class(self, t: Token) -> Iterator[Tested]:
        """Above 70 % on every class."""
        found = self._subject(t)
        if found is None or not t.value.bound:
            yield OPEN
            return
        for key in found[0].keys:
            own = [v for v in self.facts.values.values() if (v.metric, v.subject) == ("acc", key) and v.cls]
            wrong = next((v for v in own if not t.value.agrees(v.raw)), None)
            yield (
                Tested("contradicted", wrong.name, wrong.format(self.lang))
                if wrong
                else Tested("holds" if own else "open", f"{key}.worst_class_acc")
            )

    def _each_epoch(self, t: Token) -> bool:
        start, end = self.reading.clause(t.start)
        return any(m.value == "time an epoch" for m in self.lexed.between(start, end, "METRIC"))

    def _understood(self, t: Token, run: Run) -> bool:
        """Whether every word between the subject and its number is, and no other number of its kind stands there."""
        start, end = self.reading.clause(t.start)
        if t in self.lists or run.start > t.end:
            return understood(self.lexed, start, max(t.start, min(run.end, end)))
        first = max(run.end, start) if not run.weak else start
        inner = run.start < t.start < run.end
        others = [
            n for n in self.lexed.between(first, t.start, "NUM") if n.value.unit == t.value.unit and not n.value.sd
        ]
        if any(not self.lexed.between(n.end, t.start, "SPLIT", "METRIC", "CLASS", "SUBJ") for n in others):
            return False
        return inner or understood(self.lexed, first, t.start)

    def _about_something_else(self, t: Token, run: Run, said: bool) -> bool:
        """Whether the number may state what is not known here: of part of a training, of several runs, of a share."""
        unit = t.value.unit
        start, _ = self.reading.clause(t.start)
        before, behind = self.text[start : t.start], self.text[t.end : t.end + 12]
        _, end = self.reading.clause(t.start)
        if unit in ("params", "epochs", "seconds", "", "fraction") and self.lexed.between(
            start, end, "BI", "THAN", "COMPARED", "DIFF"
        ):
            return True
        against = [self.facts.subjects[k].against for k in run.keys if k in self.facts.subjects]
        if unit == "percent" and any(against) and re.search(r"前|后|\b(?:before|after)\b", self.text):
            others = [look_up(self.facts, "acc", k, "test")[0] for k in against if k]
            if any(v and t.value.agrees(v.raw) for v in others):
                return True  # before and after the correction
        if unit == "epochs":
            trained = _TRAINED.search(self.text[max(0, t.start - 24) : t.start])
            self.of_a_part |= bool(_PART.search(behind)) or bool(_PART_BEFORE.search(before[-16:]))
            return not trained or bool(_PART.search(behind)) or bool(_PART_BEFORE.search(before[-16:]))
        if self.lexed.between(t.start - 6, t.start, "FROM") and self.lexed.between(t.end, t.end + 8, "TO", "CHANGE"):
            return True  # from this to that: of two subjects
        if _PEAK.search(before[-24:]):
            return True
        if unit == "seconds":
            return bool(_IN_TOTAL.search(self.text))
        if unit in ("percent", "fraction") and not said:
            last = max((x.end for x in self.lexed.tokens if x.end <= t.start and x.kind != "NUM"), default=0)
            last = max(last, run.end if run.end <= t.start else 0)
            return not _LINK.fullmatch(self.text[last : t.start]) and not run.start > t.end
        return False

    def _of_run(self, t: Token, key: str, seed: int | bool) -> Tested:
        """The accuracy of a single run, where the sentence says that it is one: of that seed, or of any."""
        runs = of_runs(self.facts, key, seed)
        if seed is not True:
            return self._compare(t, runs, plain=True)
        return next((Tested("holds", v.name) for v in runs if t.value.agrees(v.raw)), OPEN)

    def _fits_a_run(self, t: Token, key: str) -> bool:
        return any(t.value.agrees(v.raw) for v in of_runs(self.facts, key, False))

    def _compare(self, t: Token, values: Sequence[Value | None], *, plain: bool) -> Tested:
        """The first value is the one that is meant; another that fits will do, or leaves it open."""
        there = [v for v in values if v is not None]
        typed = t.value
        for value in there:
            if typed.agrees(value.raw):
                return Tested("holds", value.name)
        if not there or (typed.unit == "percent" and there[0].kind not in (Kind.SHARE, Kind.POINTS, Kind.SETTING)):
            return OPEN
        if not plain and self._elsewhere(t):
            return OPEN
        step = typed.step * (100 if typed.unit in ("percent", "points") else 1)
        digits = max(0, round(-math.log10(step))) if step > 0 else None
        return Tested("contradicted", there[0].name, there[0].format(self.lang, digits), typed)

    def _elsewhere(self, t: Token) -> bool:
        """Whether the number is right of something else that the sentence names."""
        named = set(self.reading.named) | {f"{HOMEWORK}.{k}" for k in self.reading.named}
        kinds = {"percent": (Kind.SHARE,), "": (Kind.LOSS, Kind.SETTING, Kind.SHARE), "epochs": (Kind.EPOCHS,)}
        wanted = kinds.get(t.value.unit, ())
        return any(
            v.subject in named and v.kind in wanted and t.value.agrees(v.raw) for v in self.facts.values.values()
        )

    def _topic(self, t: Token, run: Run, metric: str, splits: Sequence[str], classes: Sequence[str]) -> Tested | None:
        """A clause without a subject of its own may go on about the sentence's first one."""
        start, _ = self.reading.clause(t.start)
        first = self.reading.runs[0] if self.reading.runs else None
        if first is None or run.start >= start or first.keys == run.keys or len(first.keys) != 1:
            return None
        values = [look_up(self.facts, metric, first.keys[0], s, c)[0] for c in classes for s in splits]
        fits = next((v for v in values if v and t.value.agrees(v.raw)), None)
        return Tested("holds", fits.name) if fits else None

    def _only(self, t: Token) -> bool:
        for word in self.lexed.of("ONLY"):
            plain = self.text[word.start : word.end].lower() in ("唯一", "the only", "only model")
            run = self.reading.run_after(word.end)
            if plain or (run and run.start - word.end <= 5):
                return True
        return False

    def _others_fail(self, t: Token, run: Run, metric: str, splits: Sequence[str]) -> Iterator[Tested]:
        """Only the CNN exceeds 60 %: the others must not."""
        for key in self.facts.models:
            if key not in run.keys and set(run.keys) <= set(self.facts.models):
                value = look_up(self.facts, metric, key, splits[0])[0]
                if value is None:
                    yield OPEN
                elif t.value.agrees(value.raw):
                    yield Tested("contradicted", value.name, value.format(self.lang))

    def _interval(self, t: Token) -> Tested:
        level = self.facts.values.get("level")
        if level and t.value.agrees(level.raw):
            return Tested("holds", level.name)
        found = self._subject(t)
        if found is None or len(found[0].keys) != 1:
            return OPEN
        key = found[0].keys[0]
        low, high = (self.facts.find(f"interval {end}", key, "test") for end in ("low", "high"))
        first = not any(
            o.value.unit == "percent" and o.start < t.start and not (level and o.value.agrees(level.raw))
            for o in self.lexed.of("NUM")
        )
        return self._compare(t, [low if first else high], plain=True)

    def _confused(self, run: Run) -> Value | None:
        classes = self.lexed.of("CLASS")
        mistaking = self.lexed.has("CONFUSE") or _MISTAKING.search(self.text)
        if len(classes) != 2 or not mistaking or len(run.keys) != 1:
            return None
        for a in classes[0].value:
            for b in classes[1].value:
                if value := self.facts.find(f"taken for {b}", run.keys[0], "test", a):
                    return value
        return None
