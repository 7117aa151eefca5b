"""What a typesetter does: gaps between Han and Latin, curly quotes, no stray spaces in Chinese."""

import re
from collections.abc import Iterator
from typing import NamedTuple

# A gap is padding (class g in style.css): no character is added, so the text that is copied or searched is
# the text that was written. WeasyPrint knows no text-autospace, and breaks no line next to an empty element.

_HAN = "\u2e80-\u2fdf\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_FULL_WIDTH = "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff60\u2018\u2019\u201c\u201d\u2014\u2026"
_LATIN_START = "A-Za-z0-9\u00c0-\u024f\u0370-\u03ff\u2212\u2248\u2264\u2265+±<>=~%√×(\\["
_LATIN_END = "A-Za-z0-9\u00c0-\u024f\u0370-\u03ff%‰°\u2212\u2248\u2264\u2265+±=×)\\]"

_TAG = re.compile(r"""<!--.*?-->|<!(?:[^>]*)>|<(/?)([a-zA-Z][^\s/>]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>""", re.S)
_LANG = re.compile(r"""\slang=["']?([\w-]+)""")
_VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())
# Their text is left as it is; in a bdi stands what the author typed. What stands for a word in the line (a formula, a
# piece of code) also gets gaps.
_VERBATIM = frozenset("script style pre code svg bdi textarea title head".split())
_WORDLIKE = frozenset(("code", "svg"))
_INLINE = frozenset("a abbr b bdi bdo cite code em i kbd mark q s small span strong sub sup svg u var".split())


class Token(NamedTuple):
    """A tag or a stretch of text, with the language it stands in and whether it must stay as it is."""

    text: str
    tag: str  # lower-case name; "" for text and comments
    closing: bool
    lang: str
    verbatim: bool
    inside: str  # the innermost element that is open
    names_language: bool = False  # the tag opens or closes an element with a lang of its own


def tokens(html: str, lang: str = "zh-Hans") -> Iterator[Token]:
    """Cut `html` into tags and text; joined again they are `html`."""
    stack: list[tuple[str, str, bool]] = []
    end = 0

    def state() -> tuple[str, bool, str]:
        verbatim = any(name in _VERBATIM for name, _, _ in stack)
        return (stack[-1][1] if stack else lang), verbatim, (stack[-1][0] if stack else "")

    position = 0
    while match := _TAG.search(html, position):
        if match.start() > end:
            yield Token(html[end : match.start()], "", False, *state())
        end = position = match.end()
        tag = (match[2] or "").lower()
        if match[1]:  # closing
            yield Token(match[0], tag, True, *state(), bool(stack) and stack[-1][0] == tag and stack[-1][2])
            while stack and stack.pop()[0] != tag:
                pass
        elif tag and tag not in _VOID and not match[3].endswith("/"):
            own = _LANG.search(match[3])
            stack.append((tag, own[1] if own else state()[0], own is not None))
            yield Token(match[0], tag, False, *state(), own is not None)
            if tag in ("script", "style"):  # their text holds < and > that open nothing
                position = html.find(f"</{tag}", position)
        else:
            yield Token(match[0], tag, False, *state())
    if end < len(html):
        yield Token(html[end:], "", False, *state())


def typeset(html: str) -> str:
    """Finished typography for a whole page; leaves code, formulas, scripts and attributes alone.

    In Chinese, white space next to a Han character or full-width mark goes (a line break of the source is not
    a space), and a gap comes between Han and Latin, across tags too. In both, straight quotes become curly.
    """
    out: list[str] = []
    lang = ""
    before = ""  # the last visible character of this paragraph; "" at its start
    last = 0  # where in `out` it stands
    double_open = False
    held = False  # an element is open that keeps a citation on the line of the word before it
    closed = -1  # where in `out` the last such element was closed
    for token in tokens(html):
        if token.lang != lang or token.names_language or (token.tag and token.tag not in _INLINE):
            before, double_open, lang = "", False, token.lang
        chinese = lang.startswith("zh")
        text = token.text
        if token.tag:
            if token.tag in _WORDLIKE:
                if chinese and not token.closing and _is(before, _HAN):
                    _open_gap(out, last)
                before = "x"
                if token.tag == "svg" and not token.closing:
                    last = len(out)
            elif text.startswith('<a class="cite"') and last == len(out) - 1:
                out[last], held = _hold_last_word(out[last])
                before = ""  # flush with what it follows, Han or Latin
            elif token.tag == "a" and held:
                text, held, closed = f"{text}</span>", False, len(out)
        elif text.startswith("<!"):
            pass
        elif token.verbatim:
            if token.inside in ("code", "span", "bdi"):  # a part of code that is not to be broken stands in a span
                last = len(out)
            if token.inside == "bdi":
                before = text[-1]
        else:
            text, double_open = _curl(text, before, double_open, lang)
            if chinese:
                text = _close_up(text, before, out, last)
                if text and _border(before, text):
                    _open_gap(out, last)
                first = text[:1]
                text = _GAP_PLACES.sub(r'<span class="g">\g<0></span>', text)
                text = _QUOTE_BREAKS.sub(_BREAK, text)
                if first == "\u201c" and _is(before, _HAN + _FULL_WIDTH):
                    text = _BREAK + text
            if closed == len(out) - 1 and _CLINGS.match(text):
                # WeasyPrint ends the line before the whole element rather than between it and its full stop.
                out[closed] = out[closed].removesuffix("</span>") + text[0] + "</span>"
                before, text = text[0], text[1:]
            if text and out and out[-1] == "</svg>" and last < len(out) - 1 and _CLINGS.match(text):
                # A browser may end the line between a formula and its full stop.
                out[last] = '<span class="n">' + out[last]
                text = f"{text[0]}</span>{text[1:]}"
            if text:
                before, last = text[-1], len(out)
        out.append(text)
    return _break_long_words("".join(out))


# Where a name made of several words may be broken: after a mark that joins them (but not in 0.05), at a hump.
_LONG_WORD = re.compile(f"[^\\s<>{_HAN}{_FULL_WIDTH}]{{16,}}")
_JOINTS = re.compile(r"(?<=[_/-])(?=[^\W_])|(?<=\.)(?=[^\W\d_])|(?<=[a-z])(?=[A-Z])")
_CHARACTER = r"(?:&#?\w+;|[^&])[\u0300-\u036f]*"  # a letter keeps its accents
_UNBROKEN = re.compile(f"(?:{_CHARACTER}){{21,}}")  # no word is that long
_CHARACTERS = re.compile(f"(?:{_CHARACTER}){{1,10}}|&")


def _break_long_words(html: str) -> str:
    """The page, its long words given places where a line may end, so that names of folders fit into columns."""
    out = []
    for token in tokens(html):
        keep = token.tag or token.verbatim or len(token.text) < 16 or token.text.startswith("<!")
        out.append(token.text if keep else _LONG_WORD.sub(_with_breaks, token.text))
    return "".join(out)


def _with_breaks(word: re.Match[str]) -> str:
    parts = _JOINTS.sub("\0", word[0]).split("\0")
    parts = [piece for part in parts for piece in (_CHARACTERS.findall(part) if _UNBROKEN.match(part) else [part])]
    return _BREAK.join(parts)


def _is(char: str, characters: str) -> bool:
    return bool(char) and re.match(f"[{characters}]", char) is not None


def _border(before: str, text: str) -> bool:
    """Whether `before` and the beginning of `text` need a gap between them."""
    if _is(before, _HAN):
        return re.match(_LATIN_FOLLOWS, text) is not None
    return _is(before, _LATIN_END) and _is(text[0], _HAN)


# What carries a gap is the Han character or the whole word on its left: a gap that starts a line would look
# like an indent, and a word cut in two would be read aloud in two.
_LATIN_FOLLOWS = f"(?:[{_LATIN_START}]|&[lg]t;)"
_WORD = f"[^\\s<>{_HAN}{_FULL_WIDTH}]*[{_LATIN_END}]"
_GAP_PLACES = re.compile(f"[{_HAN}](?={_LATIN_FOLLOWS})|{_WORD}(?=[{_HAN}])")
_LAST_WORD = re.compile(f"(?:[{_HAN}]|[^\\s<>{_HAN}{_FULL_WIDTH}]+)$")
_SPACE_IN_CHINESE = re.compile(f"(?<=[{_HAN}{_FULL_WIDTH}])[ \\t\\n]+|[ \\t\\n]+(?=[{_HAN}{_FULL_WIDTH}])")


# Line breaking by Unicode takes curly quotes for Latin ones and forbids a break on either side of them. An
# empty inline block is a place where a line may end; like a gap, it adds no character.
_BREAK = '<i class="b"></i>'
_QUOTE_BREAKS = re.compile(f"(?<=[{_HAN}，。、；：？！）》])(?=\u201c)|(?<=\u201d)(?=[{_HAN}（《\u201c])")


def _hold_last_word(text: str) -> tuple[str, bool]:
    """The text before a citation, an element opened before its last word, so that no line begins with the citation;
    and whether there was such a word.

    A no-break space would do in a browser; WeasyPrint then ends the line after the first word of the text.
    """
    spoken = text.rstrip(" ")
    if not spoken or spoken[-1] in ">;":  # a tag, or a character reference
        return text, False
    word = _LAST_WORD.search(spoken)
    start = word.start() if word else len(spoken) - 1
    return f'{text[:start]}<span class="n">{text[start:]}', True


_CLINGS = re.compile(r"[.,;:!?)\]，。、；：？！）》”’%]")


def _open_gap(out: list[str], last: int) -> None:
    """Open a gap after what stands in `out[last]`: text, or a formula."""
    if out[last].startswith("<svg"):
        out[last] = out[last].replace('class="', 'class="g ', 1)
    else:
        out[last] = _LAST_WORD.sub(r'<span class="g">\g<0></span>', out[last], count=1)


def _close_up(text: str, before: str, out: list[str], last: int) -> str:
    """Drop white space next to Han characters, also when a tag stands between the two."""
    text = _SPACE_IN_CHINESE.sub("", text)
    if _is(before, _HAN + _FULL_WIDTH):
        return text.lstrip(" \t\n")
    if before.isspace() and text and _is(text[0], _HAN + _FULL_WIDTH):
        out[last] = out[last].rstrip(" \t\n")
    return text


_QUOTE = re.compile(r"&#34;|&quot;|&#39;|[\"']")
_OPENS_AFTER = re.compile(r"[\s(\[{\u2014\u2013/\u201c\u2018]$")


def _curl(text: str, before: str, double_open: bool, lang: str) -> tuple[str, bool]:
    """Curly quotes; `double_open` tells, for Chinese, whether the next double quote closes."""
    if not _QUOTE.search(text):
        return text, double_open
    result: list[str] = []
    end = 0
    for match in _QUOTE.finditer(text):
        result.append(text[end : match.start()])
        end = match.end()
        left = "".join(result)[-1:] or before
        opening = not left or _OPENS_AFTER.search(left) is not None
        if match[0] in ("'", "&#39;"):
            result.append("\u2018" if opening and not lang.startswith("zh") else "\u2019")
        else:
            if lang.startswith("zh"):
                opening = not double_open
            result.append("\u201c" if opening else "\u201d")
            double_open = opening
    return "".join([*result, text[end:]]), double_open
