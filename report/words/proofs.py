"""What a sentence says is proved claim by claim: one that two readings see holds where either of them finds it true."""

import re
from collections.abc import Sequence
from dataclasses import replace

from report.words.gaps import MORE
from report.words.lexer import Token
from report.words.quantified import Quantified
from report.words.relations import COMPARING
from report.words.verdict import LOOSE, Tested

_RELATED = (*COMPARING, "CHANGE", "EQ", "SAME", "UND", "DIFF", "SIG")
_BY = re.compile("[了出 ]?")
_AHEAD = re.compile(r"(?:far |well )?ahead|leads|in front|leading|领先|胜出|占优|压倒性领先", re.IGNORECASE)
_EXPECTED = re.compile(
    r"would|could|would have|本想|expected|hoped|thought|believed|原以为|本以为|以为|预期|希望|期望", re.IGNORECASE
)
_WITH_SIG = ("CMP", "ADJ", "PASSIVE", "EQ", "UND", "OVERFIT", "OVERCONFIDENT")


class Proofs(Quantified):
    """Every kind of claim that can be proved."""

    def prove(self, token: Token) -> Tested | None:
        if token.kind == "NUM":
            return self.of_number(token)
        if token.kind == "SUP" and self.lexed.has("CONFUSE"):
            return self._confused_most(token)
        if token.kind in ("SUP", "RANK", "SECOND"):
            if token.kind == "SUP" and self.lexed.has("NUM"):
                proved = [
                    p
                    for n in self.numbers
                    if n.start > token.end and self._of_class(token) and self._extreme(n) and (p := self.proved(n))
                ]
                proved = proved or [
                    p
                    for n in self.numbers
                    if any(self._of_extreme_model(n, m) for m in self.metrics(n)) and (p := self.proved(n))
                ]
                if proved:
                    return replace(proved[0], at=token.start)  # its worst class has 73 %
            return self.ranked(token)
        if token.kind == "CONFUSE":
            return next(
                (Tested("holds", v.name, at=token.start) for n in self.numbers if (v := self._confusion(n))), None
            )
        if token.kind not in _RELATED:
            return None
        return self.related(token) or self._leads(token)

    def _confused_most(self, token: Token) -> Tested | None:
        """Whether a class is taken for another more often than any for any."""
        rows = self.classes_named
        for keys in self.subjects(token)[:1] if len(rows) == 2 else ():
            pairs = self.facts.confusions.get(keys[0], ())
            if any((a, b) in pairs for a in rows[0].keys for b in rows[1].keys):
                return Tested("holds", f"{keys[0]}.confusion", at=token.start)
        return None

    def _leads(self, token: Token) -> Tested | None:
        """Is far ahead, of nobody in particular: of all."""
        low, high = self.clause(token.start)
        named = [m for m in self.mentions if low <= m.start < high]
        words = self.lexed.between(low, high, "BI", "THAN", "COMPARED", "NEG")
        if not _AHEAD.fullmatch(self.text[token.start : token.end]):
            return None
        if token.kind != "CMP" or token.value != ("+", "good") or words or any(m.start >= token.end for m in named):
            return None
        return self.ranked(replace(token, kind="SUP"))

    def unread(self) -> list[Token]:
        """The words that claim something and that no other reading tests."""
        words = [t for t in self.lexed.of("RANK", "SAME", "SIG", "EQ") if t.kind != "SIG" or self._alone(t)]
        words = [t for t in words if self.text[t.start : t.end].lower() not in ("also", "likewise")]
        sizes = [t for t in self.lexed.of("ADJ") if self.text[t.start : t.end] in "高低多少大小快慢"]
        starts = [n.start for n in self.numbers]
        return words + [t for t in sizes if any(t.end <= at and _BY.fullmatch(self.text, t.end, at) for at in starts)]

    def _alone(self, sig: Token) -> bool:
        return not self.lexed.between(*self.clause(sig.start), *_WITH_SIG)

    def _of_another_measure(self, t: Token) -> bool:
        """Whether a ratio is of a measure that no other reading compares."""
        words = [m for m in self.lexed.of("METRIC") if m.end <= t.start and m.value != "class a"]
        shares = ("acc", "error", "correct", "mistakes", "params", "time", "time an epoch", "epochs")
        by = t.value.unit == "fraction" and self.is_delta(t)
        other = bool(words) and words[-1].value not in shares
        return t.value.unit in ("fraction", "times") and (other or by)

    def only_expected(self, token: Token) -> bool:
        """Whether the sentence says that somebody had expected it, and then what came of it."""
        words = self.lexed.between(0, token.start, "HYPO")
        return any(_EXPECTED.fullmatch(self.text[w.start : w.end]) for w in words) and self.supposed(token.start)

    def strict(self, token: Token) -> bool:
        """Whether no other reading is trusted with it."""
        if token.kind == "NUM":
            return (self.quantified(token) or self.confused(token) or self.is_delta(token) or self.of_another(token)
                    or self._of_another_measure(token))  # fmt: skip
        if token.kind == "CMP" and self._passive(token):
            return True
        return self.of_its_own(token) or (token.kind == "SUP" and self.lexed.has("CONFUSE"))


def settled(found: Sequence[Tested], proofs: Proofs) -> list[Tested]:
    """The tests, with a proof in place of those of a claim that is proved."""
    tokens = {t.start: t for t in reversed(proofs.lexed.tokens)} | {t.start: t for t in proofs.numbers}
    places = dict.fromkeys([*(t.at for t in found), *(t.start for t in proofs.unread())])
    out: list[Tested] = []
    for place in places:
        here = [t for t in found if t.at == place]
        token = tokens.get(place)
        if token is None:
            out += here
            continue
        if token.kind in _RELATED and proofs.only_expected(token):
            out += [replace(t, state="expected") for t in here]
            continue
        strict = proofs.strict(token) or not here
        proof = proofs.prove(token) if strict or any(t.state != "holds" for t in here) else None
        if proof:
            out.append(proof)
        elif strict:
            sure = token.kind == "NUM" and not proofs.lexed.has("EXCEPT", "NOCLASS")
            out += [t if t.state == "contradicted" and sure else replace(t, state="open")
                    for t in here or [Tested("open", at=place)]]  # fmt: skip
        else:
            out += here
    expected = [t for t in out if t.state == "expected"]
    rest = [t for t in out if t.state != "expected"]
    out = rest if any(t.state == "holds" for t in rest) else rest + [replace(t, state="open") for t in expected]
    return _without_loose(out, tokens, proofs)


def _compares(token: Token, text: str) -> bool:
    """Whether a claim is a comparison; a number is where it is a bound, or says that there are more."""
    number = token.kind == "NUM" and (token.value.bound or MORE.search(text[token.start : token.end]))
    return token.kind in _RELATED or bool(number)


def _without_loose(out: list[Tested], tokens: dict[int, Token], proofs: Proofs) -> list[Tested]:
    """A "than" is taken by a comparison that holds, and where each number holds, so does what stands between them."""
    held = [t for t in out if t.state == "holds" and t.at in tokens]
    comparing = [t for t in held if _compares(tokens[t.at], proofs.text)]
    needed = len(proofs.lexed.of("BI", "THAN"))
    taken = (
        len({t.at for t in comparing}) >= needed
        if needed
        else any(tokens[t.at].kind in ("NUM", *_RELATED) for t in held)
    )
    return [t for t in out if t.at != LOOSE] if taken else out
