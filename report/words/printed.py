"""The author's words as the templates print them: passages side by side, sentences with their marks."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from report.words.check import RULES_VERSION, CheckedSentence, Outcome
from report.words.held import Held, HeldText, Marked, same_kinds
from report.words.inline import Piece
from report.words.markdown import Block
from report.words.places import PLACES, SECTIONS
from report.words.values import Lang

PICTURE = "words-{digest}{suffix}"  # the file among the report's figures


@dataclass(frozen=True)
class Row:
    """What stands side by side, or alone and over the whole width. src, alts: of a picture, which stands once."""

    texts: dict[str, Markup]  # language → passage
    src: str = ""
    alts: tuple[str, ...] = ()


@dataclass(frozen=True)
class PrintedPlace:
    """The words of one place. counts: outcome → number of its sentences."""

    rows: tuple[Row, ...]
    counts: dict[str, int]


def printed(held: Held, shown: Sequence[str]) -> dict[str, object]:
    """Name → value, for the templates. shown: the languages of the edition.

    A place in one language alone is printed in every edition; nothing that the author wrote is left out.
    """
    places = {}
    for place in PLACES:
        texts = held.of(place)
        if texts:
            chosen = [texts[lang] for lang in shown if lang in texts] or list(texts.values())
            places[place] = _place(held, chosen)
    return {
        "own": {place.replace("-", "_"): places.get(place) for place in PLACES},
        "own_sections": [place.replace("-", "_") for place in SECTIONS if place in places],
        "own_counts": held.counts if places else None,
        "own_rules": RULES_VERSION,
    }


def pictures(held: Held) -> dict[str, bytes]:
    """The pictures that the words show, by the names of their files among the report's figures."""
    found = {}
    for text in held.texts:
        for block in text.blocks:
            if block.src and (data := held.words.picture(block.src)) is not None:
                found[_file_name(held, block.src)] = data
    return found


def _file_name(held: Held, src: str) -> str:
    suffix = "." + src.rpartition(".")[2].lower()
    return PICTURE.format(digest=held.words.digest_of(src)[:32], suffix=suffix)


def _place(held: Held, texts: list[HeldText]) -> PrintedPlace:
    counts = {str(outcome): 0 for outcome in Outcome}
    for text in texts:
        for mark in text.sentences:
            counts[mark.sentence.outcome] += 1
    passages = [_passages(text) for text in texts]
    rows: list[Row] = []
    if len(texts) == 2 and _side_by_side(*texts):
        for (a, zh), (b, en) in zip(*passages, strict=True):
            alts = tuple(dict.fromkeys((a.alt, b.alt))) if a.src else ()
            rows.append(Row({"zh": zh, "en": en}, _file_name(held, a.src) if a.src else "", alts))
    else:
        for text, of_text in zip(texts, passages, strict=True):
            for block, markup in of_text:
                src = _file_name(held, block.src) if block.src else ""
                rows.append(Row({text.file.lang: markup}, src, (block.alt,) if src else ()))
    return PrintedPlace(tuple(rows), counts)


_NARROW = ("p", "heading", "list", "quote", "rule", "note", "picture")  # what a column has room for


def _side_by_side(one: HeldText, other: HeldText) -> bool:
    """Whether two languages are written passage by passage, and each fits into a column."""
    a, b = one.blocks, other.blocks
    return same_kinds(a, b) and all(block.kind in _NARROW for block in a)


def _passages(text: HeldText) -> list[tuple[Block, Markup]]:
    """Each block of a text with its markup; the marks of its sentences are in it."""
    out = []
    offset = 0
    for block in text.blocks:
        markup = []
        for piece in block.pieces:
            end = offset + len(piece.plain)
            marks = [mark for mark in text.sentences if mark.start < end and mark.end > offset]
            markup.append(_marked(piece, offset, marks, text.file.lang))
            offset = end
        out.append((block, Markup("".join(markup))))
    return out


def _marked(piece: Piece, offset: int, marks: Sequence[Marked], lang: Lang) -> str:
    """A piece with what is to be seen of the sentences that begin, go on or end in it."""
    end = offset + len(piece.plain)
    noted = [m for m in marks if m.sentence.outcome in (Outcome.UNMATCHED, Outcome.CONTRADICTED)]
    if piece.kind == "break" or not piece.plain or not noted:
        return _escaped(piece)
    if piece.kind != "text":
        begins = "".join(_sign(m.sentence) for m in noted if offset <= m.start < end)
        ends = "".join(_right(m.sentence, lang) for m in noted if offset < m.end <= end)
        body = _escaped(piece)
        if not piece.html:
            return begins + ends  # the head of a column, which is only read
        return (
            body.replace(">", ">" + begins, 1) + ends if body.startswith('<span class="line"') else begins + body + ends
        )
    out, place = [], offset
    for mark in noted:
        start, stop = max(mark.start, offset), min(mark.end, end)
        out.append(_text(piece.plain[place - offset : start - offset]))
        body = _text(piece.plain[start - offset : stop - offset])
        if mark.sentence.outcome is Outcome.CONTRADICTED:
            body = f'<span class="contradicted">{body}</span>'
        begin = _sign(mark.sentence) if mark.start >= offset else ""
        out.append(begin + body + (_right(mark.sentence, lang) if mark.end <= end else ""))
        place = stop
    return "".join([*out, _text(piece.plain[place - offset :])])


def _escaped(piece: Piece) -> str:
    return _text(piece.html) if piece.kind == "text" else piece.html


_MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
_WITH_MARKS = re.compile(rf"[^\W_{_MARKS}]{{0,40}}[^\s{_MARKS}][{_MARKS}]+(?:[^\W_]|[{_MARKS}])*")


def _text(plain: str) -> str:
    """Words as they are printed; those with combining marks in the font that places them."""
    return _WITH_MARKS.sub(r'<span class="marked">\g<0></span>', html.escape(plain, quote=False))


_SIGNS = {Outcome.UNMATCHED: "未能核对 not matched", Outcome.CONTRADICTED: "与结果矛盾 contradicted"}


def _sign(sentence: CheckedSentence) -> str:
    """The mark in the margin, at the line on which a sentence begins."""
    said = _SIGNS[sentence.outcome]
    return f'<i class="sign {sentence.outcome}" role="img" aria-label="{said}" title="{said}"></i>'


def _right(sentence: CheckedSentence, lang: Lang) -> str:
    """What is right, after a contradicted sentence; only a draft shows one."""
    if sentence.outcome is not Outcome.CONTRADICTED:
        return ""
    right = html.escape(sentence.value or "?", quote=False)
    said = f"〔结果：{right}〕" if lang == "zh" else f" [results: {right}]"
    return f'<b class="right-value">{said}</b>'
