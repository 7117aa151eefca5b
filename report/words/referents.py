"""What a number, or one side of a comparison, may be about: whatever of its kind stands nearest, in a few steps.

A number belongs to the subject that it is glued to ("CNN (85 %)", "52 % for the MLP"), else to the nearest one before
it in its clause, else to what the sentence speaks of. The same goes for classes, measures and splits. What a clause
leaves out is taken over from the clause before.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from report.words.facts import Facts
from report.words.lexer import Token
from report.words.reading import FAMILY, HOMEWORK, Reading
from report.words.values import Lang

PAIR = ("softmax.wrong", "softmax.corrected")  # before and after the correction
_GLUED = re.compile(
    r"'s? ?|的|(?:的|'s)?[ :：(（]{0,2}"
    r"(?:(?:only|just|about|roughly|with|at|on|is|has|约|只有|有|是|为|仅) ?){0,2}\(?"
)
_BEHIND = re.compile(
    r"[ )）]{0,2}(?:\(|（|的|(?:for|by|of|with|from|in|on|under|per)(?: both| each)?(?: of)? |/)?"
    r"(?:(?:the|our|its|a|one|that of|those of|all|all of|single)(?: the)? ?){0,2}",
    re.IGNORECASE,
)
_JOINED = re.compile(
    r"[ )）]{0,2}(?:、|,|，|/|和|与|及|以及|对|而|then|and|or|and in|against|versus|vs\.?|to|至|到|–|~|but|;|；){1,2} ?"
    r"(?:for |on |in |by )?(?:(?:the|a|both|about|约|only|then|its|是|为) ?){0,2}\+?",
    re.IGNORECASE,
)
_PERHAPS = re.compile(
    r"would|perhaps|probably|maybe|might|may|could|should|likely|possibly|in theory|"
    r"理论上|也许|或许|可能|应该|有望|吗|猜测|觉得",
    re.IGNORECASE,
)
_CONTRAST = re.compile(r"\b(?:but|however|yet|in fact|actually)\b|可是|但|然而|不过|其实|实际上|结果", re.IGNORECASE)
_RIGHT_SIDE = ("BI", "THAN", "COMPARED", "CMP", "PASSIVE", "ADVANTAGE")


@dataclass(frozen=True)
class Mention:
    """Subjects, classes or splits named at a place; all of them are meant."""

    keys: tuple[str, ...]
    start: int
    end: int
    right: bool = False  # stands on the right side of a comparison: than the CNN


class Referents:
    """The mentions of one sentence, and which of them a place may be about."""

    def __init__(self, reading: Reading, facts: Facts, lang: Lang):
        self.reading, self.facts, self.lang = reading, facts, lang
        self.lexed, self.text = reading.lexed, reading.lexed.text
        self.numbers = self.lexed.of("NUM")
        self.mentions = sorted(self._mentions(), key=lambda m: (m.start, m.end))
        self.singles = [m for m in self.mentions if len(m.keys) == 1]
        self.classes_named = [Mention(t.value, t.start, t.end) for t in self.lexed.of("CLASS")]
        self.splits_named = [Mention((t.value,), t.start, t.end) for t in self.lexed.of("SPLIT")]
        self.sources = [s for s in self.lexed.of("HW", "OUR") if s.kind == "HW" or not self._compared_with(s)]

    def _compared_with(self, source: Token) -> bool:
        """Whether "ours" is only what something else is compared with: 比我们低."""
        words = self.lexed.between(source.start - 16, source.start, "BI", "THAN", "CMP")
        return any(source.start - w.end <= 5 for w in words)

    def _mentions(self) -> Iterator[Mention]:
        for run in self.reading.runs:
            if self.text[run.start : run.end].lower() in ("them", "their") and self.lexed.has("CLASS"):
                continue
            keys = tuple(dict.fromkeys(k.removeprefix(f"{HOMEWORK}.") for k in run.keys if k not in (HOMEWORK, FAMILY)))
            if not keys:
                continue
            if self.lexed.has("EXCEPT") and set(keys) == set(self.facts.models):
                keys = tuple(k for k in keys if k not in {t.value for t in self.lexed.of("SUBJ")})
            right = any(0 <= run.start - t.end <= 14 for t in self.lexed.of(*_RIGHT_SIDE))
            right &= not re.search(r"[,，;；。]", self.text[max(0, run.start - 4) : run.start])
            yield Mention(keys, run.start, run.end, right)
            if len(keys) > 1:
                for t in self.lexed.between(run.start, run.end, "SUBJ"):
                    yield Mention((t.value,), t.start, t.end, right)
        variants = any(k.startswith("softmax") for run in self.reading.runs for k in run.keys)
        for t in self.lexed.of("PAIR", "BUG"):
            if t.kind == "PAIR" or not variants:
                yield Mention(PAIR, t.start, t.end)
        for t in self.lexed.of("LASTTWO"):
            named = tuple(dict.fromkeys(s.value for s in self.lexed.of("SUBJ") if s.end <= t.start))
            if len(named) > 2:
                yield Mention(named[-2:], t.start, t.end)
        for t in self.lexed.of("VARIANTS"):
            out = {s.value for s in self.lexed.of("SUBJ")} if self.lexed.has("EXCEPT") else set()
            yield Mention(tuple(k for k in self.facts.variants if k not in out), t.start, t.end)

    def supposed(self, place: int) -> bool:
        """Whether something is only supposed there; "perhaps" says so of its own clause alone."""
        low, _ = self.clause(place)
        words = self.lexed.between(0, place, "HYPO")
        last = [w for w in words if w.start >= low or not _PERHAPS.fullmatch(self.text[w.start : w.end])]
        return bool(last) and not _CONTRAST.search(self.text[last[-1].end : place])

    def clause(self, place: int) -> tuple[int, int]:
        return self.reading.clause(place)

    # Rows

    def rows(self, of: Sequence[Mention] | Sequence[Token]) -> list[list]:
        """What stands in lists: x, y and z."""
        rows: list[list] = []
        for item in of:
            gap = self.text[rows[-1][-1].end : item.start] if rows else ""
            if rows and _JOINED.fullmatch(re.sub(r"\([^()]{0,40}\)", "", gap)):
                rows[-1].append(item)
            else:
                rows.append([item])
        return rows

    def aligned(self, t: Token) -> list[tuple[str, tuple[str, ...]]]:
        """What a number in a row belongs to, by its place: ("subject" | "class" | "split", keys)."""
        row = next((r for r in self.rows(self.numbers) if t in r), [t])
        units = {n.value.unit for n in row}
        n, place = len(row), row.index(t)
        if n < 2 or len(units) > 1 or self._comes_from(row[0]):
            return []
        found: list[tuple[str, tuple[str, ...]]] = []
        for kind, items in (("subject", self.singles), ("class", self.classes_named), ("split", self.splits_named)):
            groups = [r for r in self.rows(items) if len(r) == n and len({m.keys for m in r}) == n]
            before = [r for r in groups if r[-1].end <= row[0].start]
            behind = [r for r in groups if r[0].start >= row[-1].end]
            found += [(kind, row_[place].keys) for row_ in before[-1:] or behind[:1]]
        against = n == 2 and re.search(r"对|against|versus|vs", self.text[row[0].end : row[1].start])
        for kind, items in (("subject", self.singles), ("class", self.classes_named)) if not found else ():
            left, right = ([m for m in items if m.end <= row[0].start], [m for m in items if m.start >= row[-1].end])
            if against and left and right and len({m.keys for m in items}) == n:  # A beats, with x against y, B
                found.append((kind, (left[-1], right[0])[place].keys))
                continue
            apart = [m for m in items if m.end <= row[0].start][-n:]
            apart = apart or [m for m in items if m.start >= row[-1].end][:n]
            if len({m.keys for m in apart}) == n and not found:
                found.append((kind, apart[place].keys))
        if not found:
            group = [m for m in self.mentions if m.keys == PAIR and m.end <= row[0].start]
            if group and n == len(PAIR):
                found.append(("subject", (PAIR[place],)))
        return found

    def _comes_from(self, t: Token) -> bool:
        """From 75 % to 84 %: of the first number, what it is before the change."""
        word = self.reading.nearest(t.start, "FROM", low=max(0, t.start - 6))
        behind = next((n for n in self.numbers if n.start >= t.end), None)
        if word is None or behind is None:
            return False
        to = self.lexed.between(t.end, behind.start, "TO", "CHANGE") or behind.start - t.end < 8
        return bool(to) and not re.search("[,，;；]", self.text[t.end : behind.start])

    # Single places

    def _near(
        self, mentions: Sequence[Mention], a: int, b: int, *, loose: bool = False
    ) -> tuple[list[tuple[str, ...]], bool]:
        """The keys that a place may be about, and whether they stand in its own clause."""
        low, high = self.clause(a)
        before = [m for m in mentions if m.end <= a]
        behind = next((m for m in mentions if m.start >= b), None)
        if before and _GLUED.fullmatch(self.text[before[-1].end : a]):
            return [self._widest(before[-1], mentions).keys], True
        if behind and _BEHIND.fullmatch(self.text[b : behind.start]) and self.text[b : behind.start].strip():
            return [self._widest(behind, mentions).keys], True
        own = [m for m in before if m.start >= low]
        found: list[Mention] = []
        if own:
            found = [own[-1]]
            if own[-1].right:
                left = [m for m in before if not m.right]
                found = [left[-1], left[0]] if left else found
            return [self._widest(m, mentions).keys for m in found], True
        if behind and behind.start < high and not self.lexed.between(b, behind.start, "NUM"):
            found = [behind]
        left = [m for m in before if not m.right] or before
        if left:
            found += [left[-1], left[0]]
        if not found and behind and not self.reading.before:
            found = [behind]
        return [self._widest(m, mentions).keys for m in found], bool(found and found[0] is behind)

    def _widest(self, m: Mention, mentions: Sequence[Mention]) -> Mention:
        """The list that a subject ends: both the MLP and the CNN."""
        return max((o for o in mentions if o.end == m.end), key=lambda o: m.end - o.start if o.end == m.end else 0)

    def subjects(self, t: Token) -> list[tuple[str, ...]]:
        found, own = self._near(self.mentions, t.start, t.end)
        if not own and (topic := self.reading.implicit(t.start)):
            found.append(tuple(k.removeprefix(f"{HOMEWORK}.") for k in topic.keys))
        instead = re.search(
            r"(?:instead of|rather than|而不是|本来(?:能有|是|有)?|原本(?:是|有)?|up from|down from) ?$",
            self.text[: t.start],
        )
        instead = instead or re.match(r" (?:before|previously|earlier)\b", self.text[t.end :])
        instead = instead or re.search(r"(?:之前|原来|此前|原先)的$", self.text[: t.start])
        if instead and found and len(found[0]) == 1 and self._counterpart(found[0][0]):
            found = [(self._counterpart(found[0][0]),)]
        if not own and len(found) == 1 and len(found[0]) == 1 and self._counterpart(found[0][0]):
            last = [m.end for m in self.mentions if m.keys == found[0]]
            if last and self.lexed.between(last[0] - 30, t.start, "NUM"):
                found.append((self._counterpart(found[0][0]),))  # 90 % before the fix, and 93.3 % in the end
        found = found or self._unnamed()
        return list(dict.fromkeys(self._with_source(t, found)))

    def _counterpart(self, key: str) -> str:
        return self.facts.subjects[key].against if key in self.facts.subjects else ""

    def _unnamed(self) -> list[tuple[str, ...]]:
        """Of whom a sentence speaks that names nobody."""
        if self.lexed.has("ALL"):
            return [self.facts.models]
        sizes = [n.value for n in self.numbers if n.value.unit == "params"]
        sized = [
            k for k in self.facts.models if (v := self.facts.find("params", k)) and any(s.agrees(v.raw) for s in sizes)
        ]
        if len(sized) == 1:
            return [(sized[0],)]
        theory = any(m.value in ("floor", "ceiling", "top probability") for m in self.lexed.of("METRIC"))
        return [PAIR[:1]] if theory else []

    def fashion(self) -> bool:
        """Whether it can only speak of the softmax regression, whose classes it names."""
        return bool(self.classes_named) and all(
            all(self.facts.find("acc", PAIR[0], "test", k) for k in m.keys) for m in self.classes_named
        )

    def _with_source(self, t: Token, found: list[tuple[str, ...]], *, ahead: bool = True) -> Iterator[tuple[str, ...]]:
        """Whether the homework's figures are meant."""
        low, high = self.clause(t.start)
        before = [s for s in self.sources if s.end <= t.start]
        behind = next((s for s in self.sources if s.start >= t.end), None) if ahead else None
        glued = behind and _BEHIND.fullmatch(self.text[t.end : behind.start])
        marks = [behind.kind] if behind and glued else [s.kind for s in before[-1:]]
        same = glued or (before and before[-1].start >= low)
        if not marks and behind and behind.start < high:
            marks, same = [behind.kind], False
        for keys in found or [self.facts.models] if marks == ["HW"] and not found else found:
            theirs = tuple(f"{HOMEWORK}.{k}" for k in keys if k in self.facts.models)
            if marks == ["HW"] and theirs:
                yield theirs
                if same:
                    continue
            yield keys

    def classes(self, t: Token, keys: Sequence[str]) -> list[tuple[str, ...]]:
        """The classes that may be meant, all of a list together; none only where a number stands between."""
        found, own = self._near(self.classes_named, t.start, t.end)
        named = []
        for options in found:
            m = next(m for m in self.classes_named if m.keys == options)
            row = next(r for r in self.rows(self.classes_named) if m in r)
            named.append(tuple(self.class_of(o.keys, keys) for o in row))
        named = [n for n in dict.fromkeys(named) if all(n)]
        before = [m for m in self.classes_named if m.end <= t.start]
        apart = not before or bool(self.lexed.between(before[-1].end, t.start, "NUM"))
        return named if named and (own or not apart) else [*named, ("",)]

    def class_of(self, options: Sequence[str], keys: Sequence[str]) -> str:
        """The class that is meant: of the dataset that the subject is trained on; "" if of none."""
        return next((c for c in options if any(self.facts.find("acc", k, "test", c) for k in keys)), "")

    def splits(self, t: Token) -> list[str]:
        """The splits that may be meant; the test images where none is named."""
        low, high = self.clause(t.start)
        before = [s for s in self.splits_named if s.end <= t.start]
        behind = next((s for s in self.splits_named if s.start >= t.end), None)
        if behind and _BEHIND.fullmatch(self.text[t.end : behind.start]):
            return [behind.keys[0]]
        own = [s.keys[0] for s in before if s.start >= low]
        if own:
            return own[-1:]
        if behind and behind.start < high and not self.lexed.between(t.end, behind.start, "NUM"):
            return [behind.keys[0]]
        apart = not before or bool(self.lexed.between(before[-1].end, t.start, "NUM"))
        return list(dict.fromkeys([*(s.keys[0] for s in before), *([""] if apart else [])]))
