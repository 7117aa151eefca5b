"""A sentence to the words that matter: subjects, metrics, numbers, comparisons; everything else is passed over."""

import re
from dataclasses import dataclass, field
from typing import Any

from report.words import lexicon_en, lexicon_zh
from report.words.facts import Facts
from report.words.numbers import find_numbers, normalised
from report.words.values import Lang

_COUNTS = {"zh": "零一两三四五六七八九", "en": "zero one two three four five six seven eight nine".split()}
_BARE_VARIANT = re.compile(
    r"(?:has|have|had|is|was|reaches|reached|gets|ends|and|with|achieves|scores|beats|outperforms|at|but|by)\b|"
    r"'s\b|\(|$|[.,;]"
)
_BEFORE_VARIANT = re.compile(
    r"(?:^|\b(?:for|of|than|and|or|with|variant|between|above|below|beats|to|by|run)|,) ?(?:the )?$"
)
_PREFIX = 5  # letters by which the words are looked up
_MISTAKEN = re.compile(r"(?:\b(?:is|are|images|it|them|gets|got|ones|was|were)|\d) $")
_AFTER_SHORT_CLASS = (
    "上类这的、和与,，(:"  # what follows a class whose name is one character, which is also part of words
)


@dataclass(frozen=True)
class Token:
    """kind and value as in the lexicons; SUBJ: a key; CLASS: a tuple of keys; NUM: a Typed."""

    kind: str
    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class Lexed:
    """A sentence in normal form with its tokens, in order."""

    text: str
    tokens: list[Token] = field(default_factory=list)

    def of(self, *kinds: str) -> list[Token]:
        return [token for token in self.tokens if token.kind in kinds]

    def has(self, *kinds: str) -> bool:
        return any(token.kind in kinds for token in self.tokens)

    def between(self, a: int, b: int, *kinds: str) -> list[Token]:
        """The tokens of these kinds that begin in a … b."""
        return [token for token in self.tokens if a <= token.start < b and token.kind in kinds]


class Lexer:
    """The words of one language and of one set of facts, found at any place of a text by their first character."""

    def __init__(self, facts: Facts, lang: Lang):
        self.facts, self.lang = facts, lang
        self.words: dict[str, list[tuple[str, list[tuple[str, Any]]]]] = {}
        phrases: dict[str, list[tuple[str, Any]]] = {}
        n = len(facts.models)
        counts = {"n": _COUNTS[lang][min(n, 9)], "m": _COUNTS[lang][max(0, min(n - 1, 9))]}
        lexicon, mark = (lexicon_zh.WORDS, None) if lang == "zh" else (lexicon_en.WORDS, "|")
        for kinds, words in lexicon.items():
            meant = [_meaning(kind) for kind in kinds.split(" + ")] if "CMP" not in kinds else [_meaning(kinds)]
            meant = [_meaning(kinds)] if kinds.split()[0] in ("CMP", "ADJ", "SUP", "CHANGE", "ORDER") else meant
            for word in words.split(mark):
                if not word or ("{m}" in word and n < 3):
                    continue
                phrases[_lower(normalised(word.format(**counts).replace("~", " ")))] = meant
        for subject in facts.subjects.values():
            for name in (*subject.zh, *subject.en) if lang == "zh" else subject.en:
                spelled = _lower(normalised(name))
                if subject.kind == "class":
                    keys = [k for kind, ks in phrases.get(spelled, []) if kind == "CLASS" for k in ks]
                    phrases[spelled] = [("CLASS", (*keys, subject.key))]
                elif spelled:
                    phrases[spelled] = [("SUBJ", subject.key)]
        for phrase in sorted(phrases, key=len, reverse=True):
            self.words.setdefault(phrase[:_PREFIX], []).append((phrase, phrases[phrase]))

    def lex(self, sentence: str) -> Lexed:
        text = normalised(sentence)
        low = _lower(text)
        numbers = {typed.start: typed for typed in find_numbers(text, self.lang)}
        tokens: list[Token] = []
        i = 0
        while i < len(low):
            phrase, meant = self._at(low, i)
            typed = numbers.get(i)
            if typed and typed.end - i >= len(phrase):
                tokens.append(Token("NUM", typed, i, typed.end))
                i = max(typed.end, i + 1)
            elif phrase:
                tokens += [Token(kind, value, i, i + len(phrase)) for kind, value in meant]
                i += len(phrase)
            else:
                i += 1
        tokens = self._mended(tokens, text)
        lexed = Lexed(text, tokens)
        return Lexed(text, [self._or_mistakes(t, text) for t in tokens if self._counts(t, lexed)])

    def _at(self, low: str, i: int) -> tuple[str, list[tuple[str, Any]]]:
        for size in range(_PREFIX, 0, -1):
            for phrase, meant in self.words.get(low[i : i + size], ()) if i + size <= len(low) else ():
                if self._stands(low, i, phrase, size):
                    return phrase, meant
        return "", []

    def _stands(self, low: str, i: int, phrase: str, size: int) -> bool:
        """Whether a phrase stands there, found by its first letters or, if it is so short, by all of them."""
        if len(phrase) < size or (size < _PREFIX and len(phrase) != size):
            return False
        if not low.startswith(phrase, i) or not _whole(low, i, i + len(phrase)):
            return False
        return not (
            phrase.endswith("two") and low[i + len(phrase) : i + len(phrase) + 1] == "-"
        )  # the two-layer network

    def _or_mistakes(self, token: Token, text: str) -> Token:
        """175 images wrong: no variant."""
        wrong = token.kind == "SUBJ" and self.lang == "en" and text[token.start : token.end].lower() == "wrong"
        if wrong and _MISTAKEN.search(text[: token.start]):
            return Token("METRIC", "mistakes", token.start, token.end)
        return token

    def _mended(self, tokens: list[Token], text: str) -> list[Token]:
        """Words that mean another thing next to their neighbours."""
        out: list[Token] = []
        for token, behind in zip(tokens, [*tokens[1:], None], strict=False):
            tested = re.search("显著|明显|signific|clear", text[token.start : token.end])
            models = round(token.value.value) if token.kind == "NUM" and token.value.unit == "models" else 0
            adjoins = behind and behind.kind in ("CMP", "CHANGE") and behind.start - token.end < 3
            if token.kind == "UND" and tested and adjoins:
                # 并不显著优于, "not significantly better": a negated comparison
                out += [Token("NEG", "", token.start, token.end), Token("SIG", "", token.start, token.end)]
            elif models == len(self.facts.models):
                out.append(Token("ALL", "", token.start, token.end))
            elif models == 2:
                out.append(Token("PRONS", "", token.start, token.end))
            else:
                out.append(token)
        return out

    def _counts(self, token: Token, lexed: Lexed) -> bool:
        """Whether a token is what it seems: wrong and corrected are words of every day too."""
        text = lexed.text
        if token.kind in ("IGN", "NOTHW"):
            return False
        if token.kind == "CLASS" and token.end - token.start == 1:
            return text[token.end : token.end + 1] in _AFTER_SHORT_CLASS
        word = text[token.start : token.end].lower()
        if self.lang == "en" and token.kind == "SUBJ" and word == token.value[8:] and word.isalpha():
            others = {t.value for t in lexed.of("SUBJ") if t.value.startswith("softmax.")} - {token.value}
            before, behind = text[: token.start], text[token.end :].lstrip(" ")
            if text[token.start : token.end].lower() == "wrong" and _MISTAKEN.search(before):
                return True  # becomes a word for mistakes
            return bool(others) or bool(_BARE_VARIANT.match(behind) and _BEFORE_VARIANT.search(before.lower()))
        return True


def lexer(facts: Facts, lang: Lang) -> Lexer:
    """The lexer of these facts, made once."""
    made: dict[str, Lexer] = facts.__dict__.setdefault("_lexers", {})
    if lang not in made:
        made[lang] = Lexer(facts, lang)
    return made[lang]


def _meaning(kinds: str) -> tuple[str, Any]:
    kind, *values = kinds.split(maxsplit=1) if kinds.startswith("METRIC") else kinds.split()
    return kind, tuple(values) if len(values) > 1 else values[0] if values else ""


def _lower(text: str) -> str:
    """Lower case, character by character, so that places stay the same."""
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _whole(low: str, start: int, end: int) -> bool:
    """Whether a Latin word is found whole, not as a part of another."""
    return not (_joined(low[start - 1 : start]) and _joined(low[start]) if start else False) and not (
        _joined(low[end - 1]) and _joined(low[end : end + 1])
    )


def _joined(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")
