"""How templates are written: paragraphs in pairs, `code` in backticks, formulas between dollar signs.

    {% both %}损失 $L$ 由 `F.cross_entropy` 算出，见{{ ref("fig:loss") }}。
    {% en %}`F.cross_entropy` computes the loss $L$; see {{ ref("fig:loss") }}.
    {% endboth %}

Notation is read in the template's source only: a value with a dollar sign or a backtick in it stays text.
"""

import html
import re
from typing import Any

from jinja2 import Environment, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser

# Whichever begins first wins, so that a $ inside {{ … }} is left to Jinja and {{ inside a formula to LaTeX.
_NOTATION = re.compile(
    r"(?P<jinja>\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\})"
    r"|\\(?P<escaped>[$`])"
    r"|\$\$(?P<display>[^$]+)\$\$(?:[ \t]*\((?P<id>eq:[\w.-]+)\))?"
    r"|\$(?P<inline>[^$\n]+)\$"
    r"|`(?P<code>[^`\n]+)`",
    re.S,
)
# An option of a command is not broken at its hyphens.
_OPTION, _WHOLE = re.compile(r"--[\w-]+"), r'<span class="n">\g<0></span>'


class Notation(Extension):
    """`{% both %}…{% en %}…{% endboth %}`, and the inline notation, in all templates but the frame."""

    tags = {"both"}  # noqa: RUF012  Jinja's own declaration

    def __init__(self, environment: Environment):
        super().__init__(environment)
        environment.extend(shown=("zh", "en"))

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Turn the inline notation of a template's text into calls; the page's frame is not text."""
        if name in ("base.html", "macros.html"):
            return source
        return _NOTATION.sub(_written_out, source)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Parse one pair; the optional word after `both` is its kind: p (default), li or lead."""
        lineno = next(parser.stream).lineno
        kind = "p"
        if parser.stream.current.type == "name":
            kind = parser.stream.expect("name").value
        if kind not in _KINDS:
            parser.fail(f"{{% both {kind} %}}: the kind must be one of {', '.join(_KINDS)}", lineno)
        bodies = {"zh": parser.parse_statements(("name:en",), drop_needle=True)}
        bodies["en"] = parser.parse_statements(("name:endboth",), drop_needle=True)
        outer, inner = _KINDS[kind]
        shown: Any = self.environment.shown  # type: ignore[attr-defined]
        body: list[nodes.Node] = [_data(f'<{outer} class="pair {kind}">', lineno)]
        for language in shown:
            tag = _LANG_TAGS[language]
            body.append(_data(f'<{inner} class="{language}" lang="{tag}">', lineno))
            # A space at the end of a last line that just fits would have WeasyPrint break the line at its first word.
            trim = nodes.Filter(None, "trim", [], [], None, None)
            body += [nodes.FilterBlock(bodies[language], trim, lineno=lineno), _data(f"</{inner}>", lineno)]
        body.append(_data(f"</{outer}>", lineno))
        return body


_LANG_TAGS = {"zh": "zh-Hans", "en": "en"}
_KINDS = {"p": ("div", "p"), "li": ("li", "div"), "lead": ("div", "p")}


def _data(text: str, lineno: int) -> nodes.Output:
    return nodes.Output([nodes.TemplateData(text)], lineno=lineno)


def _written_out(match: re.Match[str]) -> str:
    if match["jinja"]:
        return match[0]
    if match["escaped"]:
        return match["escaped"]
    if match["code"]:
        # Values inside stay values: `{{ name }}` is code whose text is computed.
        parts = re.split(r"(\{\{.*?\}\})", match["code"])
        text = [p if i % 2 else _OPTION.sub(_WHOLE, html.escape(p, quote=False)) for i, p in enumerate(parts)]
        return f"<code>{''.join(text)}</code>"
    latex = (match["inline"] or match["display"]).strip()
    literal = '"' + latex.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
    if match["inline"]:
        return f"{{{{ formula({literal}) }}}}"
    return f'{{{{ equation("{match["id"] or ""}", {literal}) }}}}'
