"""What a typed number may measure: by its unit, by the words around it, as a value or as a difference."""

import re
from dataclasses import replace

from report.words.lexer import Token
from report.words.referents import Referents

_SHARES = ("acc", "error", "confidence", "ece", "correct", "mistakes", "dropout", "sd", "gap", "class spread")
# What a number of a unit may measure, and what it measures where nothing is said.
METRICS: dict[str, tuple[str, ...]] = {
    "percent": (*_SHARES, "guess", "top probability", "level"),
    "fraction": ("acc", "error", "correct", "mistakes", "confidence", "gradient ratio"),
    "points": ("ece", "gap", "val gap", "class spread", "sd"),
    "": (
        "loss", "cross-entropy", "params", "epochs", "batch_size", "lr", "dropout", "acc", "error", "ece", "confidence",
        "correct", "mistakes", "floor", "ceiling", "chance", "gradient ratio", "weight_decay", "label_smoothing",
        "hidden_dim", "top probability", "gradient",
    ),
    "nats": ("loss", "cross-entropy", "floor", "ceiling", "chance"),
    "seconds": ("time", "time an epoch"),
    "epochs": ("epochs",),
    "params": ("params",),
    "images": ("correct", "mistakes"),
    "times": ("gradient ratio",),
}  # fmt: skip  # fmt: skip
DEFAULT = {"percent": "acc", "fraction": "acc", "seconds": "time", "epochs": "epochs", "params": "params"}
OF_NOBODY = ("guess", "floor", "ceiling", "chance", "gradient ratio", "top probability")
OF_SHARES = {"correct": "acc", "mistakes": "error"}
DIFFERENCES = ("acc", "error", "loss", "cross-entropy", "params", "epochs", "time", "correct", "mistakes", "ece", "gap",
               "batch_size", "lr", "confidence")  # fmt: skip
_THAN = re.compile(r"(?:er|more|less|above|below|ahead|behind|short)$", re.IGNORECASE)
_REACHED = re.compile(r"(?:\b(?:reach(?:es|ed)?|gets? to|attains?|hits?|comes? to|makes? it to) |达到|到|够到)$")


class Measures(Referents):
    """The numbers of one sentence, as far as their own words say what they are."""

    def metrics(self, t: Token) -> list[str]:
        """What a number may measure, the likeliest first."""
        allowed = METRICS.get(t.value.unit, ())
        low, high = self.clause(t.start)
        words = self.lexed.of("METRIC")
        behind = [m for m in words if m.start >= t.end]
        if behind and re.fullmatch(r"的(?:测试|验证|训练)?| (?:of )?(?:the )?(?:test |validation |training )?",
                                   self.text[t.end : behind[0].start]):  # fmt: skip
            return [str(behind[0].value)] if behind[0].value in allowed else []
        own = [m for m in words if low <= m.start and m.end <= t.start and m.value != "class a"]
        own = own or [m for m in behind[:1] if m.start < high and m.value != "class a"]
        if own and own[-1].value not in allowed and t.value.unit == "fraction":
            return []
        own = own if own and (own[-1].value in allowed or own[-1].value == "?") else []
        if own and own[-1].value == "?":
            return []
        earlier = [str(m.value) for m in words if m.value in allowed and m.start < low]
        later = [str(m.value) for m in behind if m.value in allowed]
        default = [DEFAULT[t.value.unit]] if t.value.unit in DEFAULT else []
        nearest = [m for m in words if m.end <= t.start and m.value != "class a"]
        if t.value.unit == "fraction" and nearest and nearest[-1].value not in allowed:
            return []
        named = [str(own[-1].value)] if own else [*earlier[-1:], *earlier[:1], *(later[:1] if not earlier else [])]
        low = max(0, t.start - 14)
        if re.search(r"起步|起点|一开始|出发|初始|\b(?:start|starts|begins?|initial)\b", self.text[low : t.end + 6]):
            named = ["first loss", *named] if t.value.unit == "" else named
        if extreme := self._extreme(t):
            return [extreme]
        if t.value.unit == "" and t.value.step < 1 and any(n in ("floor", "ceiling") for n in named):
            named = [*named, "loss"]
        if t.value.unit == "" and t.value.step < 1:
            named = named or ["loss"]
        if t.value.unit == "seconds":
            named = named or ["time", "time an epoch"]
        return list(dict.fromkeys([*named, *([] if own else default)]))

    def _extreme(self, t: Token) -> str:
        """Even its worst class: of a number said of the best or the worst class without its name."""
        if not self.lexed.has("CLASSWORD") or self.lexed.has("CLASS"):
            return ""
        signs = [s.value[0] for s in self.lexed.of("SUP") if s.start < t.start and self._of_class(s)]
        both = {s.value[0] for s in self.lexed.of("SUP")} >= {"+", "-"}
        if both and t.value.unit == "points":
            return "class spread"
        return {"+": "best class", "-": "worst class"}[signs[-1]] if signs and t.value.unit == "percent" else ""

    def _of_class(self, sup: Token) -> bool:
        """Whether a superlative stands before "class"."""
        return bool(
            re.match(r"的?(?:那)?(?:一)?个?类| (?:of (?:its|the) )?(?:single )?class|[ 的]?\(", self.text[sup.end :])
        )

    def _compared_metric(self, t: Token) -> str:
        """In which measure two things are set against each other."""
        units = {"params": "params", "epochs": "epochs", "seconds": "time", "images": "mean correct"}
        if t.kind == "NUM" and t.value.unit in units:
            return units[t.value.unit]
        low, high = self.clause(t.start)
        words = [m for m in self.lexed.of("METRIC") if m.value in DIFFERENCES]
        own = [m for m in words if low <= m.start and m.end <= t.start][-1:]
        own = own or [m for m in words if t.end <= m.start < high][:1] or [m for m in words if m.start < low][-1:]
        others = [units[n.value.unit] for n in self.numbers if n.value.unit in ("seconds", "params")]
        metric = str(own[0].value) if own else "acc"
        if not own and t.kind == "NUM" and t.value.unit in ("times", "fraction") and others:
            metric = others[0]  # 11 s, nearly twice the 6 s
        metric = OF_SHARES.get(metric, metric)
        if t.kind == "NUM" and t.value.unit == "points" and metric not in ("acc", "error", "ece", "gap"):
            return "acc"
        return metric

    def is_delta(self, t: Token) -> bool:
        """Whether a number stands where a difference does: 20 fewer, 高了 8, by a third."""
        if t.value.unit in ("percent", "points"):
            return False
        behind = [
            w for w in self.lexed.between(t.end, t.end + 2, "CMP", "ADJ") if _THAN.search(self.text[w.start : w.end])
        ]
        before = [
            w
            for w in self.lexed.between(t.start - 6, t.start, "CMP", "ADJ")
            if t.start - w.end <= 1 and w.value[1] != "good"
        ]
        by = self.lang == "en" and re.search(
            r"\bby (?:more than |about |almost |nearly |roughly |only )?$", self.text[: t.start]
        )
        return bool(behind or by or [w for w in before if self.lang == "zh" and self.text[w.end - 1] not in "于过"])

    def _in_unit(self, t: Token, unit: str) -> Token:
        """A number without a unit in that of the number before: 20 points, and 54 for the MLP."""
        base = 0.01 if unit in ("percent", "points") else 1.0
        typed = t.value
        value, step, rough = (x * base for x in (typed.value, typed.step, typed.rough))
        return replace(t, value=replace(typed, value=value, step=step, rough=rough, unit=unit))

    def _in_range(self, t: Token) -> Token:
        """Between 1.7 and 2.2 million: the first is a lower bound, the second an upper one."""
        row = next((r for r in self.rows(self.numbers) if t in r), [t])
        words = {m.value for m in self.lexed.of("METRIC")}
        if len(row) == 2 and not t.value.bound and not words & {"interval", *OF_NOBODY}:
            before, behind = self.text[: row[0].start][-14:], self.text[row[1].end :][:4]
            if re.search(r"之间|以内", behind) or re.search(r"\bbetween (?:about |roughly )?$", before):
                return replace(t, value=replace(t.value, bound="ge" if row[0] is t else "le"))
        return t

    def _bound_turned(self, t: Token) -> Token:
        """With a negation before it: does not exceed 80 % is at most 80 %."""
        low, _ = self.clause(t.start)
        words = self.lexed.between(low, t.start, "NEG")
        turned = {"gt": "le", "ge": "lt", "lt": "ge", "le": "gt"}
        if len(words) == 1 and t.value.bound in turned:
            return replace(t, value=replace(t.value, bound=turned[t.value.bound]))
        reached = len(words) == 1 and _REACHED.search(self.text[words[0].end : t.start])
        if reached and not t.value.bound and not re.search(r"\b(?:and|but)\b|,", self.text[words[0].end : t.start]):
            return replace(t, value=replace(t.value, bound="lt"))
        near = [n for n in words if t.start - n.end <= (3 if self.lang == "zh" else 8)]
        return replace(t, value=replace(t.value, unit="?")) if near or (t.value.bound and words) else t
