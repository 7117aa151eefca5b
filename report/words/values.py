"""A finding as a value that a sentence can state: what it measures, of what, and how it is written."""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from report.page import numbers

Lang = Literal["zh", "en"]
Verdict = Literal["better", "worse", "undecided", "equivalent"]
OPPOSITE: dict[Verdict, Verdict] = {
    "better": "worse",
    "worse": "better",
    "undecided": "undecided",
    "equivalent": "equivalent",
}
VERDICT_WORDS: dict[Verdict, dict[Lang, str]] = {
    "better": {"zh": "更好", "en": "better"},
    "worse": {"zh": "更差", "en": "worse"},
    "undecided": {"zh": "不能断定", "en": "undecided"},
    "equivalent": {"zh": "等价", "en": "equivalent"},
}


class Kind(StrEnum):
    """What a number is, which decides how it is typed and printed."""

    SHARE = "share"  # a fraction in [0, 1], written as a percentage
    POINTS = "points"  # a difference of two shares, written in percentage points
    LOSS = "loss"  # nats an example
    COUNT = "count"
    EPOCHS = "epochs"
    SECONDS = "seconds"
    RATIO = "ratio"
    SETTING = "setting"  # a number of a configuration


@dataclass(frozen=True)
class Value:
    """One finding. subject, cls: keys of Facts.subjects, "" for none; split: train, val, test or "" for none."""

    name: str
    raw: float
    kind: Kind
    metric: str
    subject: str = ""
    split: str = ""
    cls: str = ""

    def format(self, lang: Lang, digits: int | None = None) -> str:
        """As it is printed, by report.numbers; digits: decimals, where a sentence wants others than the usual."""
        match self.kind:
            case Kind.SHARE:
                return numbers.percent(self.raw, 2 if digits is None else digits)
            case Kind.POINTS:
                unit = {"zh": " 个百分点", "en": " percentage points"}[lang]
                return numbers.signed_points(self.raw, 2 if digits is None else digits) + unit
            case Kind.LOSS:
                return numbers.loss(self.raw, 4 if digits is None else digits)
            case Kind.COUNT:
                return numbers.count(round(self.raw))
            case Kind.EPOCHS:
                return f"{round(self.raw)} " + {"zh": "轮", "en": "epochs"}[lang]
            case Kind.SECONDS:
                return numbers.duration(self.raw)
            case Kind.RATIO:
                return numbers.decimal(self.raw, 2 if digits is None else digits) + {"zh": " 倍", "en": "×"}[lang]
        return f"{self.raw:g}" if math.isfinite(self.raw) else numbers.MISSING


@dataclass(frozen=True)
class Subject:
    """Something that sentences are about, with the names that people use for it.

    kind: model, variant (of the softmax regression) or class. against: the variant that it is the counterpart of, where
    a sentence names one alone ("the correction raises the accuracy").
    """

    key: str
    kind: Literal["model", "variant", "class"]
    zh: tuple[str, ...]
    en: tuple[str, ...]
    against: str = ""
