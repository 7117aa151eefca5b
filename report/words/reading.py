"""Who a sentence speaks of: its subjects in runs ("the MLP and the CNN"), its clauses, and what pronouns refer to."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Optional

from report.words.facts import Facts
from report.words.lexer import Lexed, Token
from report.words.values import Lang

FAMILY, HOMEWORK = "softmax", "homework"  # keys of the softmax regression as a whole, of the homework's figures
_CONNECTED = re.compile(
    r"\(?(?: ?(?:、|,|，|和|与|及|以及|跟|同|或|还是|and|or|nor|,and|,or|>|&|/|vs\.?|versus)){1,2} ?"
    r"(?:the |both |nor |either |`)?(?:我们的|our )?$",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\([^()]{0,40}\)")
_BREAK = re.compile(
    r"[，；;:。!?！？]|——|--| - |, |\b(?:but|while|whereas)\b|而(?!且)|但是?|不过|然而|并且",
    re.IGNORECASE,
)
_OURS = re.compile(r"ours\b|我们的?(?:是|为|则|只|达|有|却|达到)", re.IGNORECASE)
_CONTRAST = re.compile(r"\b(?:but|however|yet|in fact|actually)\b|可是|但|然而|不过|其实|实际上|结果", re.IGNORECASE)
_DOMAIN_BEHIND = re.compile(r"(?:之)?(?:中|里|内|当中)")
_ALL_OF = re.compile(r"\b(?:none|all|each|any|neither|both|either) of (?:the |our |these )?$", re.IGNORECASE)
_DOMAIN_BEFORE = re.compile(r"\b(?:of|among|amongst|out of|from|in) (?:the |all |all the )?$", re.IGNORECASE)


@dataclass(frozen=True)
class Run:
    """Subjects that stand together. weak: a pronoun, or nothing, of which the sentence before says who is meant."""

    keys: tuple[str, ...]
    start: int
    end: int
    weak: bool = False
    several: bool = False  # a group word: its order says nothing


@dataclass(frozen=True)
class Reading:
    """A sentence read. topic: what it speaks of first, for a pronoun in the next one; named: all its subjects."""

    lexed: Lexed
    runs: tuple[Run, ...]
    breaks: tuple[int, ...]
    before: Optional["Reading"]

    @property
    def topic(self) -> tuple[str, ...]:
        if self.runs:
            return self.runs[0].keys
        return self.before.topic if self.before and not self.lexed.has("NUM") else ()

    @property
    def named(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(key for run in self.runs for key in run.keys))

    def clause(self, place: int) -> tuple[int, int]:
        """The bounds of the clause around a place."""
        at = bisect_right(self.breaks, place)
        end = self.breaks[at] if at < len(self.breaks) else len(self.lexed.text) + 1
        return (self.breaks[at - 1] if at else 0), end

    def run_before(self, place: int) -> Run | None:
        return next((run for run in reversed(self.runs) if run.end <= place), None)

    def run_after(self, place: int) -> Run | None:
        return next((run for run in self.runs if run.start >= place), None)

    def implicit(self, place: int) -> Run | None:
        """The subject of the sentence before, where this one names none."""
        topic = self.before.topic if self.before else ()
        return Run(topic, place, place, weak=True) if topic else None

    def supposed(self, place: int) -> bool:
        """Whether what stands there is only supposed, expected or asked, and no "but" has come since."""
        words = self.lexed.between(0, place, "HYPO")
        return bool(words) and not _CONTRAST.search(self.lexed.text[words[-1].end : place])

    def nearest(self, place: int, *kinds: str, low: int = 0) -> Token | None:
        """The last token of these kinds before a place, not before `low`."""
        found = self.lexed.between(low, place, *kinds)
        return found[-1] if found else None


def read(lexed: Lexed, facts: Facts, lang: Lang, before: Reading | None) -> Reading:
    """A sentence with its subjects; before: the one before it."""
    runs = tuple(_runs(lexed, facts, lang, before))
    inside = [(run.start, run.end) for run in runs]
    numbers = [(t.start, t.end, t.value.unit) for t in lexed.of("NUM")]
    listed = {
        m.start()
        for m in re.finditer(r", |、|，", lexed.text)
        for (_, a, unit), (b, _, other) in pairwise(numbers)
        if unit == other
        and a <= m.start() < b
        and re.fullmatch(r"\)?(?: ?(?:, and|,and|,|、|，|and|和|与|及)){1,2} ?(?:约|about )?", lexed.text[a:b])
    }
    breaks = tuple(
        m.end()
        for m in _BREAK.finditer(lexed.text)
        if m.start() not in listed and not any(a < m.end() <= b for a, b in inside)
    )
    return Reading(lexed, runs, breaks, before)


def _runs(lexed: Lexed, facts: Facts, lang: Lang, before: Reading | None) -> Iterator[Run]:
    open_: list[Token] = []
    keys: list[str] = []
    homework = False
    seen: list[str] = []
    tokens = lexed.of("SUBJ", "OTHERS", "ALL", "DENSE", "PRON", "PRONS", "FORMER", "LATTER", "HW", "OUR", "FAMILY")
    pending: Token | None = None  # the homework, of which no model is named yet

    def closed() -> Iterator[Run]:
        if open_:
            yield Run(tuple(keys), open_[0].start, open_[-1].end)
            open_.clear()
            keys.clear()

    for token in tokens:
        if token.kind == "SUBJ":
            joined = open_ and _joined(lexed, open_[-1], token)
            if not joined:
                yield from closed()
            key = f"{HOMEWORK}.{token.value}" if homework and token.value in facts.models else token.value
            if pending and not homework:
                pending = None
            if pending and token.start - pending.end > (14 if lang == "en" else 10):
                yield from closed()
                yield Run((HOMEWORK,), pending.start, pending.end)
                key = token.value
                homework = False
            pending = None
            open_.append(token)
            keys.append(key)
            seen.append(key)
            continue
        if token.kind in ("HW", "OUR"):
            if pending:
                yield from closed()
                yield Run((HOMEWORK,), pending.start, pending.end)
            base = [key.removeprefix(f"{HOMEWORK}.") for key in seen[-1:]]
            if token.kind == "OUR" and base and _OURS.match(lexed.text, token.start):
                yield from closed()
                yield Run(tuple(base), token.start, token.end)
                homework, pending = False, None
                continue
            if token.kind == "OUR" and open_ and not _apart(lexed, open_[-1].end, token.start):
                homework = False
                pending = None
                continue
            yield from closed()
            homework, pending = token.kind == "HW", token if token.kind == "HW" else None
            continue
        yield from closed()
        run = _group(token, lexed, facts, before, seen)
        if run:
            seen += run.keys
            yield run
    yield from closed()
    if pending:
        yield Run((HOMEWORK,), pending.start, pending.end)


def _apart(lexed: Lexed, a: int, b: int) -> bool:
    return not _CONNECTED.fullmatch(lexed.text[a:b])


def _joined(lexed: Lexed, a: Token, b: Token) -> bool:
    """Whether two subjects stand in one list; numbers in brackets behind each may stand between them."""
    gap = lexed.text[a.end : b.start]
    if any(0 <= a.start - t.end < 6 for t in lexed.of("COMPARED")) and gap.strip()[:1] in ",，":
        return False  # compared with A, B …
    if len(gap) >= 64 or _CONNECTED.fullmatch(_ASIDE.sub("", gap)) is None or a.value == b.value:
        return False
    return _ASIDE.sub("", gap).strip(" (") not in (",", "，", ", the", ",the") or _is_list(lexed, a)


def _is_list(lexed: Lexed, first: Token) -> bool:
    """Whether subjects joined by commas are a list: a last one with "and", three of them, or brackets around."""
    tokens = [t for t in lexed.of("SUBJ") if t.start >= first.start - 60]
    chain: list[Token] = []
    words = ""
    for token in tokens:
        gap = _ASIDE.sub("", lexed.text[chain[-1].end : token.start]) if chain else ""
        if chain and not _CONNECTED.fullmatch(gap):
            if first in chain:
                break
            chain, words = [], ""
            gap = ""
        chain.append(token)
        words += gap
    ends_in_and = bool(re.search(r"、|和|与|及|and|or", words))
    return first in chain and len({t.value for t in chain}) == len(chain) and (ends_in_and or len(chain) > 2)


def _group(token: Token, lexed: Lexed, facts: Facts, before: Reading | None, seen: list[str]) -> Run | None:
    text, earlier = lexed.text, before.named if before else ()
    keys: tuple[str, ...] = ()
    models = facts.models
    match token.kind:
        case "FAMILY":
            return None if lexed.has("SUBJ") else Run((FAMILY,), token.start, token.end)
        case "ALL":
            outside = _DOMAIN_BEFORE.search(text[: token.start]) and not _ALL_OF.search(text[: token.start])
            if _DOMAIN_BEHIND.match(text, token.end) or outside:
                return None
            keys = models
        case "DENSE":
            keys = facts.groups.get("dense", ())
        case "OTHERS":
            named = {t.value for t in lexed.of("SUBJ")} or set(before.topic if before else ())
            keys = tuple(key for key in models if key not in named)
        case "PRON":
            if seen or not before:
                return None
            return Run(before.topic, token.start, token.end, weak=True) if before.topic else None
        case "PRONS" | "FORMER" | "LATTER":
            pair = tuple(dict.fromkeys(seen)) if len(set(seen)) == 2 else earlier
            if len(pair) != 2:
                return None
            keys = pair if token.kind == "PRONS" else pair[:1] if token.kind == "FORMER" else pair[1:]
            return Run(keys, token.start, token.end, weak=True, several=token.kind == "PRONS")
    return Run(keys, token.start, token.end, several=True) if keys else None
