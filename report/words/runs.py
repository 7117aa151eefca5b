"""Single runs: a sentence that says of which seed it speaks, or that it speaks of one run, is held to that run."""

import re
from collections.abc import Sequence

from report.words.facts import Facts
from report.words.units import ZH_DIGITS
from report.words.values import Value

_SEED = re.compile(r"(?:种子|\bseed(?: (?:number|no\.))?) ?=? ?#?(\d{1,3})(?![\d.]*%)", re.IGNORECASE)
_NTH_SEED = re.compile(r"第([一二三四五六七八九\d])个(?:随机)?种子")
_ONE_RUN = re.compile(
    r"单次|单个种子|某一?次|一次运行|这一?次运行|那一?次运行|其中一次|一个种子|"
    r"\b(?:(?:one|single|this|that|same) (?:\w+ )?(?:run|seed)|one of the (?:\w+ )?(?:runs|seeds))\b",
    re.IGNORECASE,
)


def said_run(text: str) -> int | bool:
    """The seed that a sentence in normal form names; True for a single run of no name, False for none."""
    if seed := _SEED.search(text):
        return int(seed[1])
    if nth := _NTH_SEED.search(text):
        number = nth[1]
        return (int(number) if number.isdecimal() else ZH_DIGITS[number]) - 1  # seeds are counted from 0
    return _ONE_RUN.search(text) is not None


def of_runs(facts: Facts, key: str, run: int | bool) -> Sequence[Value]:
    """The test accuracy of one seed; of every seed where it is not said which (True, False)."""
    if isinstance(run, bool):
        return [v for v in facts.values.values() if v.subject == key and v.metric.startswith("acc of seed ")]
    value = facts.find(f"acc of seed {run}", key, "test")
    return [value] if value else []
