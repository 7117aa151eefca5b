"""The author's Markdown, a safe part of it, as blocks: paragraphs, lists, tables, code, formulas, pictures, notes.

Raw HTML is refused, comments are left out, nothing is loaded. What Markdown would drop without a word (the cells too
many of a row, a note that nobody refers to) is refused too: what the author wrote is printed whole or not at all.
"""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NoReturn

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit
from markdown_it.token import Token
from mdit_py_plugins.footnote import footnote_plugin

from report.errors import RenderError
from report.words.facts import Facts
from report.words.inline import Piece, Place, drawn, formula_rule, pieces, spoken, tag, value_rule
from report.words.places import WordFile, Words, WordsError


@dataclass(frozen=True)
class Block:
    """A part of a text that stands by itself on the page. src, alt, title: of a picture alone."""

    kind: str  # p, heading, list, quote, table, code, formula, picture, rule or note
    pieces: tuple[Piece, ...]
    src: str = ""
    alt: str = ""


def _display_rule(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """The block rule for $$ … $$: from a line that begins with it to the next that ends with it."""
    rows = [state.src[state.bMarks[first] + state.tShift[first] : state.eMarks[first]].rstrip()]
    if not rows[0].startswith("$$"):
        return False
    if silent:
        return True
    last = first
    while not (rows[-1].endswith("$$") and (last > first or len(rows[0]) > 3)) and last + 1 < end:
        last += 1
        rows.append(state.src[state.bMarks[last] + state.tShift[last] : state.eMarks[last]].rstrip())
    text = "\n".join(rows)
    token = state.push("math_block", "", 0)
    token.map = [first, last + 1]
    token.meta = {"closed": text.endswith("$$") and len(text) > 4}
    token.content = text.removeprefix("$$").removesuffix("$$").strip()
    state.line = last + 1
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable("table")  # html: so that it can be seen, and refused
    parser.use(footnote_plugin, inline=False)
    parser.block.ruler.before("fence", "math_block", _display_rule, {"alt": ["paragraph", "blockquote", "list"]})
    parser.inline.ruler.before("emphasis", "value", value_rule)
    parser.inline.ruler.before("emphasis", "math_inline", formula_rule)
    parser.validateLink = lambda url: True  # type: ignore[method-assign]  # refused by name, not printed as text
    return parser


_MARKDOWN = _parser()


def blocks(file: WordFile, words: Words, facts: Facts | None) -> list[Block]:
    """The blocks of a text, in order. facts: None before there are results.

    Raises WordsError, with file and line, for everything that is not printed.
    """
    place = Place(file, facts)
    env: dict[str, dict[str, dict[str, int]]] = {}
    tokens = _MARKDOWN.parse(file.text, env)
    for label, uses in env.get("footnotes", {}).get("refs", {}).items():
        if uses < 0:
            line = next((n for n, row in enumerate(file.text.split("\n"), 1) if f"[^{label[1:]}]:" in row), 1)
            raise place.fault(
                line, f"no sentence refers to footnote [^{label[1:]:.40}]; write [^{label[1:]:.40}] in one"
            )
    return [_Writer(place, words).block(group) for group in _groups(tokens)]


def _groups(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """The tokens of each block; the notes at the end are a block each."""
    group: list[Token] = []
    depth = 0
    for token in tokens:
        if token.type in ("footnote_block_open", "footnote_block_close"):
            continue
        if token.type == "html_block" and not depth and _is_comment(token.content):
            continue
        depth += token.nesting
        group.append(token)
        if depth == 0:
            yield group
            group = []


_COMMENT = re.compile(r"(?:\s*<!--(?:(?!-->).)*-->)+\s*", re.S)


def _is_comment(content: str) -> bool:
    return _COMMENT.fullmatch(content) is not None


_KINDS = {
    "paragraph_open": "p",
    "heading_open": "heading",
    "bullet_list_open": "list",
    "ordered_list_open": "list",
    "blockquote_open": "quote",
    "table_open": "table",
    "fence": "code",
    "code_block": "code",
    "math_block": "formula",
    "hr": "rule",
    "footnote_open": "note",
    "html_block": "html",
}
_SIMPLE = {
    "bullet_list_open": '<ul class="own-list">',
    "ordered_list_open": '<ul class="own-list ordered">',
    "bullet_list_close": "</ul>",
    "ordered_list_close": "</ul>",
    "blockquote_open": "<blockquote>",
    "blockquote_close": "</blockquote>",
    "table_open": '<div class="scroll" tabindex="0" role="group" aria-label="表 Table"><table>',
    "table_close": "</table></div>",
    "thead_open": "<thead>",
    "thead_close": "</thead>",
    "tbody_open": "<tbody>",
    "tbody_close": "</tbody>",
    "hr": "<hr>",
    "footnote_close": "",
}
_DELIMITERS = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")


class _Writer:
    """Turns the tokens of one block into pieces."""

    def __init__(self, place: Place, words: Words):
        self._place, self._words = place, words
        self._line = 1
        self._heads: list[str] = []  # of the columns of a table, as plain text
        self._column, self._in_head = 0, False
        self._prefix = ""  # the number of a list's item or of a note, which begins its first paragraph

    def block(self, tokens: Sequence[Token]) -> Block:
        first = tokens[0]
        kind = _KINDS.get(first.type, "")
        if not kind:
            self._line = first.map[0] + 1 if first.map else 1
            self._refuse(f"{first.type} cannot be printed; write it otherwise")
        if kind == "p" and (image := self._lone_image(tokens)) is not None:
            return self._picture(image, (tokens[1].map or [0])[0] + 1)
        return Block(kind, tuple(piece for token in tokens for piece in self._pieces(token)))

    def _refuse(self, message: str) -> NoReturn:
        raise self._place.fault(self._line, message)

    def _pieces(self, token: Token) -> list[Piece]:
        if token.map:
            self._line = token.map[0] + 1
        line, kind = self._line, token.type
        if kind == "inline":
            return self._inline(token)
        if kind == "paragraph_open":
            prefix, self._prefix = self._prefix, ""
            return [tag(prefix if token.hidden else f"<p>{prefix}", line)]
        if kind == "paragraph_close":
            return [_end(line)] if token.hidden else [tag("</p>", line), _end(line)]
        if kind in ("heading_open", "heading_close"):
            return self._heading(token)
        if kind == "list_item_open":
            self._prefix = f'<span class="number">{html.escape(token.info)}.</span> ' if token.info.isdecimal() else ""
            return [tag("<li>", line)]
        if kind == "list_item_close":
            return [tag("</li>", line), _end(line)]
        if kind in ("tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close"):
            return self._cell(token)
        if kind in ("fence", "code_block"):
            return self._code(token)
        if kind == "math_block":
            return self._display(token)
        if kind == "html_block":
            if _is_comment(token.content):
                return []
            self._refuse(f"{token.content.strip()!r:.60} is HTML; write Markdown")
        if kind == "footnote_open":
            number = int(token.meta["id"]) + 1
            note = f"note-{self._place.file.place}-{self._place.file.lang}-{number}"
            self._prefix = f'<span class="number">{number}</span> '
            return [tag(f'<div class="own-note" id="{note}">', line)]
        if kind == "footnote_close":
            return [tag("</div>", line), _end(line)]
        if kind == "footnote_anchor":
            return []
        if kind in ("thead_open", "thead_close"):
            self._in_head = kind == "thead_open"
        if kind in _SIMPLE:
            return [tag(_SIMPLE[kind], line)]
        self._refuse(f"{kind} cannot be printed; write it otherwise")

    def _inline(self, token: Token) -> list[Piece]:
        lines = token.content.split("\n")
        for number, row in enumerate(lines[1:], start=self._line + 1):
            if "|" in row and _DELIMITERS.fullmatch(row):
                self._line = number
                above, here = (len(escapedSplit(text.strip().strip("|"))) for text in (lines[number - self._line], row))
                self._refuse(f"a table's columns are {here} here and {above} in the line before; write as many")
        found = pieces(token.children or (), self._line, self._place)
        if self._in_head:
            self._heads.append("".join(piece.plain for piece in found).strip())
        return found

    def _heading(self, token: Token) -> list[Piece]:
        depth = int(token.tag[1:])
        if depth < 3:
            self._refuse(f"a heading of level {depth} belongs to the report itself; write ### or more")
        level = min(6, depth + 1)  # every place stands under an h3
        if token.nesting > 0:
            return [tag(f'<h{level} class="own-heading">', self._line)]
        return [tag(f"</h{level}>", self._line), _end(self._line)]

    def _cell(self, token: Token) -> list[Piece]:
        line = self._line
        if token.type == "tr_open":
            self._column = 0
            if token.map and not self._in_head:
                row = self._place.file.text.split("\n")[token.map[0]]
                cells = len(escapedSplit(re.sub(r"^\s*[>\s]*\|?|\|\s*$", "", row.rstrip())))
                if cells > len(self._heads):
                    self._refuse(f"a row of {cells} cells in a table of {len(self._heads)} columns; write as many")
            return [tag("<tr>", line)]
        if token.type == "tr_close":
            return [tag("</tr>", line), _end(line)]
        if token.nesting < 0:
            return [tag(f"</{token.tag}>", line)]
        align = str(token.attrs.get("style", "")).removeprefix("text-align:")
        style = {"right": ' class="right"', "center": ' class="middle"'}.get(align, "")
        scope = ' scope="col"' if token.tag == "th" else ""
        column, self._column = self._column, self._column + 1
        out = [tag(f"<{token.tag}{scope}{style}>", line)]
        if column:  # a row is read as "CNN, test accuracy 86.3 %"
            head = "" if self._in_head else self._heads[column] + " "
            out.insert(0, Piece("tag", "", f", {head}", line))
        return out

    def _code(self, token: Token) -> list[Piece]:
        out = [tag('<pre lang="zxx"><code>', self._line)]
        for number, row in enumerate(token.content.rstrip("\n").split("\n")):
            line = self._line + number + (token.type == "fence")
            out.append(Piece("atom", f'<span class="line">{html.escape(row, quote=False)}\n</span>', f"{row}\n", line))
        return [*out, tag("</code></pre>", self._line), _end(self._line)]

    def _display(self, token: Token) -> list[Piece]:
        if not token.meta["closed"]:
            self._refuse("$$ has no end; close the formula with a line of $$")
        latex = token.content
        svg = drawn(latex, self._line, self._place, display=True)
        shown = f'<div class="middle" tabindex="0" role="group" aria-label="公式 Formula">{svg}</div>'
        return [Piece("atom", f'<div class="equation">{shown}</div>', spoken(latex), self._line), _end(self._line)]

    def _lone_image(self, tokens: Sequence[Token]) -> Token | None:
        children = tokens[1].children or []
        return children[0] if len(children) == 1 and children[0].type == "image" else None

    def _picture(self, image: Token, line: int) -> Block:
        self._line = line
        src, alt = str(image.attrs.get("src", "")), image.content.strip()
        if not alt:
            self._refuse(
                f"picture {src!r:.80} has no words for those who do not see it; write ![what it shows]({src:.80})"
            )
        try:
            self._words.picture(src)
        except (WordsError, RenderError) as error:
            self._refuse(str(error))
        caption = pieces(image.children or (), line, self._place)
        return Block("picture", (*caption, _end(line)), src, "".join(piece.plain for piece in caption))


def _end(line: int) -> Piece:
    return Piece("break", "", "\n\n", line)
