"""When a sentence may be called contradicted: only where nothing is left in it that could make it mean something else.

A sentence that the rules read wrongly would be refused although it is true. So a contradiction counts only if every
word of the sentence is known, every number and comparison in it was read, and its number is not that of another
finding that may be meant: another split, measure, class or variant.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from report.words.facts import Facts
from report.words.links import understood
from report.words.numbers import Typed
from report.words.reading import FAMILY, HOMEWORK, Reading
from report.words.values import Kind, Value
from report.words.verdict import Tested

PRECISE = 0.002  # a number typed to that part of itself or finer fits no other finding by chance
_ONLY_NAMED = ("interval", "taken for")  # nobody states these without words of their own
_KINDS = {
    "percent": (Kind.SHARE, Kind.POINTS),
    "points": (Kind.SHARE, Kind.POINTS),
    "seconds": (Kind.SECONDS,),
    "epochs": (Kind.EPOCHS,),
    "params": (Kind.COUNT,),
    "images": (Kind.COUNT,),
    "classes": (Kind.COUNT,),
    "seeds": (Kind.COUNT,),
    "models": (Kind.COUNT,),
    "times": (Kind.RATIO,),
}


def doubted(tested: Sequence[Tested], reading: Reading, facts: Facts) -> list[Tested]:
    """The tests of a sentence with "open" in place of every contradiction that is not certain."""
    whole = understood(reading.lexed, 0, len(reading.lexed.text)) and all(t.state != "open" for t in tested)
    return [
        replace(t, state="open")
        if t.state == "contradicted" and (not whole or _of_something_else(t, reading, facts))
        else t
        for t in tested
    ]


def _of_something_else(tested: Tested, reading: Reading, facts: Facts) -> bool:
    """Whether another finding may be meant: one that the number fits, or one of the classes, of the homework or of a
    measure that the sentence names, where what was tested is not."""
    if tested.number and (tested.number.unit == "fraction" or _fits_another(tested.number, tested, reading, facts)):
        return True  # "one shirt in four": a fraction of what it names
    lexed, name = reading.lexed, tested.name
    about_classes = "class" in name or "taken for" in name
    if lexed.has("CLASS", "CLASSWORD", "NOCLASS") and not about_classes:
        return True
    if lexed.has("HW") and HOMEWORK not in name:
        return True
    measures = [str(token.value) for token in lexed.of("METRIC")]
    return bool(measures) and not tested.number and not any(measure in name for measure in measures)


def _fits_another(typed: Typed, tested: Tested, reading: Reading, facts: Facts) -> bool:
    if typed.unit in ("times", "fraction") and not reading.lexed.has("METRIC"):
        return True  # a ratio of what is not said
    return any(typed.agrees(v.raw) for v in _near(typed, reading, facts) if v.name != tested.name)


def _near(typed: Typed, reading: Reading, facts: Facts) -> Iterator[Value]:
    """The findings that a number of this unit may state, next to the one that it was read as."""
    precise = 0 < typed.step <= PRECISE * abs(typed.value) and not typed.bound
    subjects = _subjects(reading, facts)
    said: dict[str, set[str]] = {"SPLIT": set(), "METRIC": set(), "CLASS": set()}
    for part in (reading, reading.before):
        for token in part.lexed.of(*said) if part else ():
            said[token.kind] |= set(token.value) if token.kind == "CLASS" else {str(token.value)}
    any_class = precise and reading.lexed.has("CLASSWORD")
    kinds = _KINDS.get(typed.unit, (Kind.SHARE, Kind.LOSS, Kind.SETTING, Kind.COUNT, Kind.RATIO))
    for v in facts.values.values():
        if v.kind not in kinds or (v.subject and v.subject not in subjects) or v.metric.startswith(_ONLY_NAMED):
            continue
        if v.cls and v.cls not in said["CLASS"] and not any_class:
            continue
        if precise:
            yield v
        elif (not said["SPLIT"] or not v.split or v.split in said["SPLIT"]) and (
            not said["METRIC"] or v.metric in said["METRIC"]
        ):
            yield v


def _subjects(reading: Reading, facts: Facts) -> set[str]:
    """Those that the sentence and the one before name; every variant where one of them is named."""
    named = {key for part in (reading, reading.before) if part for key in part.named}
    plain = {key.removeprefix(f"{HOMEWORK}.") for key in named}
    if plain & {FAMILY, *facts.variants}:
        plain |= {FAMILY, *facts.variants}
    if not plain:
        plain = set(facts.models) | set(facts.variants) | {FAMILY}
    return plain | {f"{HOMEWORK}.{key}" for key in plain}
