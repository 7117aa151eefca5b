"""What stands in one line of the author's Markdown: text, emphasis, code, links, formulas, and findings by name.

Nothing of a text is ever evaluated: {{ name }} is looked up among the findings, by exactly that name, or refused.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from report.errors import RenderError
from report.page.formula import display_formula, formula
from report.title_page import described, is_han, unprintable
from report.words.facts import Facts
from report.words.places import WordFile, WordsError

LONGEST_FORMULA = 500  # characters of LaTeX: longer ones take minutes, and no line has room for them
SCHEMES = ("http", "https", "mailto")


class Piece(NamedTuple):
    """A stretch of a text. html: as it is printed; plain: as it is held to the findings, "" for what says nothing.

    kind: "text" can be cut anywhere, an "atom" (a formula, a computed value) cannot, a "tag" is no text, and a "break"
    ends what is read as one passage. line: in the file, from 1.
    """

    kind: Literal["text", "atom", "tag", "break"]
    html: str
    plain: str
    line: int


class Place(NamedTuple):
    """Where a text stands. facts: None before there are results, when names of findings cannot be looked up yet."""

    file: WordFile
    facts: Facts | None

    def fault(self, line: int, message: str) -> WordsError:
        return WordsError(f"{self.file.shown}:{line}: {message}")


def tag(markup: str, line: int) -> Piece:
    return Piece("tag", markup, "", line)


def value_rule(state: StateInline, silent: bool) -> bool:
    """The inline rule for {{ name }}: whatever stands between the braces becomes one token."""
    if not state.src.startswith("{{", state.pos):
        return False
    end = state.src.find("}}", state.pos)
    if not silent:
        token = state.push("value", "", 0)
        token.content = state.src[state.pos + 2 : end if end >= 0 else state.posMax].strip()
        token.meta = {"closed": end >= 0}
    state.pos = end + 2 if end >= 0 else state.posMax
    return True


_MATH = re.compile(r"\$(?![\s$])([^$\n]*[^$\s])\$(?!\d)")  # 5$ and 6$ are money


def formula_rule(state: StateInline, silent: bool) -> bool:
    """The inline rule for $…$, as in the templates; linear in the text, which the usual plugin is not."""
    if state.src[state.pos] != "$":
        return False
    match = _MATH.match(state.src, state.pos)
    if not silent:
        token = state.push("math_inline" if match else "text", "", 0)
        token.content = match[1] if match else "$"
    state.pos = match.end() if match else state.pos + 1
    return True


@dataclass
class _Line:
    """Where in an inline token one is."""

    number: int
    auto: bool = False  # within a link whose text is its address


def pieces(children: Sequence[Token], line: int, place: Place) -> list[Piece]:
    """The pieces of an inline token's children; line: that of the first. Raises WordsError for what is not allowed."""
    at = _Line(line)
    out: list[Piece] = []
    for index, token in enumerate(children):
        out += _pieces_of(token, at, place, children[index + 1 :][:1], out)
    return out


_TAGS = {
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "em_open": "<em>",
    "em_close": "</em>",
    "link_close": "</a>",
}
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]")


def _pieces_of(token: Token, at: _Line, place: Place, after: Sequence[Token], before: list[Piece]) -> list[Piece]:
    match token.type:
        case "text":
            return _text(token.content, at, place)
        case "softbreak" | "hardbreak":
            at.number += 1
            hard = token.type == "hardbreak"
            closed_up = not hard and _between_han(before, after)
            return [
                Piece("text" if not hard else "atom", "<br>" if hard else "\n", "" if closed_up else " ", at.number)
            ]
        case "code_inline":
            return [Piece("atom", f"<code>{html.escape(token.content, quote=False)}</code>", token.content, at.number)]
        case "link_open":
            at.auto = token.info == "auto"
            return [tag(_link(str(token.attrs.get("href", "")), at.number, place), at.number)]
        case "link_close":
            at.auto = False
            return [tag("</a>", at.number)]
        case "math_inline":
            return [_formula(token.content, at.number, place)]
        case "footnote_ref":
            number = int(token.meta["id"]) + 1
            note = f"note-{place.file.place}-{place.file.lang}-{number}"
            return [tag(f'<sup class="note"><a href="#{note}">{number}</a></sup>', at.number)]
        case "value":
            return [_value(token, at.number, place)]
        case "html_inline":
            if token.content.startswith("<!--"):
                return []
            raise place.fault(
                at.number, f"{token.content!r:.60} is HTML; write Markdown, or `{token.content:.20}` as code"
            )
        case "image":
            raise place.fault(at.number, "a picture stands in a paragraph of its own; leave an empty line around it")
        case "footnote_anchor":
            return []
        case kind if kind in _TAGS:
            return [tag(_TAGS[kind], at.number)]
    raise place.fault(at.number, f"{token.type} cannot be printed here; write it otherwise")


def _text(content: str, at: _Line, place: Place) -> list[Piece]:
    if not content:
        return []
    for char in content:  # also what an entity such as &#8203; stands for
        if char != "\t" and (why := unprintable(char)):
            raise place.fault(at.number, f"{described(char)} {why}")
    if note := _FOOTNOTE.search(content):
        raise place.fault(at.number, f"footnote {note[0]:.40} is not there; write a line {note[0]:.40}: with its text")
    return [Piece("text", content, "" if at.auto else content, at.number)]


def _between_han(before: Sequence[Piece], after: Sequence[Token]) -> bool:
    """Whether a line of Chinese is only broken: what is read has no blank there."""
    left = next((piece.plain[-1] for piece in reversed(before) if piece.plain), "")
    right = after[0].content[:1] if after else ""
    return bool(left and right) and all(is_han(char) or char in "，。、；：？！（）“”" for char in (left, right))


def _link(href: str, line: int, place: Place) -> str:
    scheme = href.partition(":")[0].lower()
    if scheme not in SCHEMES or len(href) > 2000:
        raise place.fault(line, f"link {href!r:.80}: links lead to {', '.join(SCHEMES)} addresses only")
    return f'<a class="out" href="{html.escape(href)}" rel="noopener noreferrer">'


def _formula(latex: str, line: int, place: Place) -> Piece:
    return Piece("atom", drawn(latex, line, place), spoken(latex), line)


def drawn(latex: str, line: int, place: Place, *, display: bool = False) -> str:
    """A formula as SVG."""
    if len(latex) > LONGEST_FORMULA:
        raise place.fault(line, f"a formula of {len(latex)} characters; at most {LONGEST_FORMULA} are drawn")
    try:
        return str(display_formula(latex) if display else formula(latex))
    except RenderError as error:
        raise place.fault(line, str(error)) from None


_SPOKEN = {
    r"\%": "%",
    r"\times": "×",
    r"\approx": "≈",
    r"\pm": "±",
    r"\geq": "≥",
    r"\leq": "≤",
    r"\ge": "≥",
    r"\le": "≤",
}


def spoken(latex: str) -> str:
    """A formula as a sentence would have it, so that a number in it is held to the findings like any other."""
    text = re.sub(r"\\(?:%|[A-Za-z]+|.)", lambda match: _SPOKEN.get(match[0], " "), latex, flags=re.S)
    return re.sub(r"[{}\s]+", " ", text).strip()


_NAME = re.compile(r"[\w.-]+")


def _value(token: Token, line: int, place: Place) -> Piece:
    name = token.content
    if not token.meta["closed"]:
        raise place.fault(line, "{{ has no }} in the same paragraph; write {{ name }}")
    if place.facts is None and _NAME.fullmatch(name):
        return Piece("atom", "0", "", line)
    value = place.facts.values.get(name) if place.facts else None
    if value is None:
        near = place.facts.suggest(name) if place.facts and len(name) < 200 else None
        hint = f"did you mean {near}?" if near else "build.py --values lists the names"
        raise place.fault(line, f"{{{{ {name:.80} }}}}: no finding has that name; {hint}")
    text = value.format(place.file.lang)
    return Piece("atom", f'<span class="computed">{html.escape(text)}</span>', text, line)
