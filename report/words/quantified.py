"""Whether what is said of every class, of none, of all but some or of so many of them is true of each."""

from collections.abc import Sequence
from dataclasses import replace

from report.words.lexer import Token
from report.words.ranks import Ranks
from report.words.values import Value
from report.words.verdict import Tested


class Quantified(Ranks):
    """The thresholds of one sentence that its classes, or its models, are held against."""

    def quantified(self, t: Token) -> bool:
        """Whether a number is a threshold for several classes, or counts those beyond one."""
        if t.value.unit == "classes":
            return any(n.value.bound and n.value.unit == "percent" for n in self.numbers if n is not t)
        several = t.value.bound or not self.classes_named
        return t.value.unit in ("percent", "fraction") and bool(several and self._quantifiers(t))

    def _quantifiers(self, t: Token) -> list[Token]:
        low, high = self.clause(t.start)
        words = [m for m in self.lexed.tokens if m.kind == "NOCLASS" or (m.kind, m.value) == ("METRIC", "class a")]
        words += [n for n in self.lexed.of("NUM") if n.value.unit == "classes" and t.value.bound]
        return [m for m in words if m.start < high and not self.lexed.between(m.end, min(t.start, low), "NUM")]

    def of_number(self, t: Token) -> Tested | None:
        """The finding that proves a number."""
        return self.of_classes(t) if self.quantified(t) else self.proved(t)

    def of_classes(self, t: Token) -> Tested | None:
        """The finding that proves it."""
        bound = t
        if t.value.unit == "classes":
            bound = next(n for n in self.numbers if n is not t and n.value.bound)
        words = self._quantifiers(bound)
        none = [m for m in words if m.kind == "NOCLASS"]
        if not bound.value.bound or not words or self.supposed(t.start):
            return None
        number = self._bound_turned(bound) if not none else bound
        if number.value.unit == "?":
            return None
        subjects = [m.keys for m in self.mentions if m.start < bound.end + 40] or self.subjects(bound)
        keys = subjects[0] if subjects else self.facts.models
        counted = [n for n in words if n.kind == "NUM"]
        counted = [n for n in counted if n.value.value != len(self._class_values(keys[0]))] or counted
        for key in keys:
            values = self._class_values(key)
            fits = {v.cls for v in values if number.value.agrees(v.raw)}
            if not values or not self._right(key, values, fits, bool(none), counted):
                return None
        return Tested("holds", f"{keys[0]}.worst_class_acc", at=t.start)

    def _right(self, key: str, values: Sequence[Value], fits: set[str], none: bool, counted: Sequence[Token]) -> bool:
        named = {c for m in self.classes_named if (c := self.class_of(m.keys, [key]))}
        every = {v.cls for v in values}
        if self.lexed.has("EXCEPT") and not counted:
            return fits.isdisjoint(every - named) if none else every - named <= fits
        if none:
            return not fits
        if counted:
            number = replace(counted[0].value, bound="")
            return number.agrees(len(fits)) and (not named or named == fits or self.lexed.has("ONLY"))
        return every <= fits

    def _class_values(self, key: str) -> list[Value]:
        return [v for v in self.facts.values.values() if (v.metric, v.subject) == ("acc", key) and v.cls]
