"""Source code as lines of HTML, coloured by Pygments with classes that style.css gives their colours."""

from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound


def highlighted(code: str, language: str) -> list[tuple[str, Markup]]:
    """Lines of `code` as (kind, markup); kind is added, removed or meta in a diff, else empty.

    In a diff the lines are coloured as Python and keep their leading + or −, so that it reads without colour.
    """
    code = code.strip("\n")
    if language != "diff":
        return [("", line) for line in _lines(code, language)]
    sources = code.split("\n")
    bodies = _lines("\n".join("" if _kind(line) == "meta" else line[1:] for line in sources), "python")
    return [
        (kind, Markup("{}").format(line))
        if (kind := _kind(line)) == "meta"
        else (kind, Markup("{}{}").format(sign, body))
        for line, sign, body in zip(sources, (line[:1] or " " for line in sources), bodies, strict=True)
    ]


def _kind(line: str) -> str:
    if line.startswith(("+++", "---", "@@")):
        return "meta"
    return {"+": "added", "-": "removed"}.get(line[:1], "")


def _lines(code: str, language: str) -> list[Markup]:
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound as error:
        raise ValueError(f"Pygments knows no language {language!r}") from error
    marked = highlight(code, lexer, HtmlFormatter(nowrap=True))
    return [Markup(line) for line in marked.removesuffix("\n").split("\n")]
