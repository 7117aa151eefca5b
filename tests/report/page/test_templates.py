"""The words of the report hold no number of their own: whatever can change comes from a value."""

import re
from pathlib import Path

import pytest
from jinja2 import nodes

from report.page.cross_references import Document
from report.page.render import environment

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
TEXTS = sorted([TEMPLATES / "phrases.html", *TEMPLATES.glob("sections/**/*.html")])

# Digits that no result can change: names, and what the homework or a convention fixes. 0 and 1 are mathematics.
NAMES = (
    *(
        "L4_wrong",
        "L4_contrary",
        "d2l",
        "imagenet10",
        "wrong-lr10",
        "2-layer NN",
        "3×3",
        "160 px",
        "3:1:1",
        "95% Wilson",
    ),
    *("步幅为 2 ", "stride 2", "4×4"),
)
_COMMENT = re.compile(r"\{#.*?#\}", re.S)
_MATHEMATICS = re.compile(r"\{\{-? *(?:display_)?(?:equation|formula)\(.*?\}\}|\$[^$\n]+\$", re.S)
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
_JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S)
_NO_TEXT = re.compile(r"`[^`\n]+`|<[^>]*>")
_BARE = re.compile(r"\d[\d.,:]*\d|[2-9]|(?<=[.,])\d")


def bare_numbers(source: str) -> list[str]:
    """The numbers that are typed into a template's text, captions and alternative texts."""
    source = _MATHEMATICS.sub(" ", _COMMENT.sub(" ", source))
    spoken = [  # of the strings inside {{ }}, those that are words: a caption, not "1.2" or "tab:runs"
        literal
        for code in _JINJA.findall(source)
        for literal in _LITERAL.findall(code)
        if re.search(r"[\u4e00-\u9fff]|[A-Za-z]{3,} | [A-Za-z]{3,}", literal)
    ]
    text = _NO_TEXT.sub(" ", "\n".join([_JINJA.sub(" ", source), *spoken]))
    for name in NAMES:
        text = text.replace(name, " ")
    return _BARE.findall(text)


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_no_number_is_typed_into_the_text(path):
    assert bare_numbers(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("准确率为 85.0%。", ["85.0"]),
        ("after 10 epochs", ["10"]),
        ("{{ acc | percent }} after 7 epochs", ["7"]),
        ('{{ caption("共 30 轮。", "after 50 epochs") }}', ["30", "50"]),
        ("with 3 seeds {# 12 #}", ["3"]),
        ("between 0 and 1, $x^{10}$, `f(10)`, L4_wrong, {{ x | percent(1) }}", []),
    ],
)
def test_the_lint_sees_numbers(text, numbers):
    assert bare_numbers(text) == numbers


LONGEST_LINE = 200


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_a_line_can_be_read_in_a_diff(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    # A piece of code cannot be broken.
    assert [line for line in lines if len(line) > LONGEST_LINE and "`python build.py" not in line] == []


_ARITHMETIC = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)


def computations(source: str) -> list[int]:
    """The lines on which a template calculates, compares with a number, or fills a list."""
    found = []
    for node in environment(Document(), None).parse(source).find_all(nodes.Node):
        if isinstance(node, nodes.Compare):
            sides = [node.expr, *(operand.expr for operand in node.ops)]
            if any(isinstance(side, nodes.Const) and isinstance(side.value, int | float) for side in sides):
                found.append(node.lineno)
        fills = isinstance(node, nodes.Getattr) and node.attr in ("append", "insert", "extend", "update")
        if fills or isinstance(node, _ARITHMETIC):
            found.append(node.lineno)
    return found


@pytest.mark.parametrize("path", TEXTS, ids=[path.name for path in TEXTS])
def test_a_template_says_and_does_not_compute(path):
    assert computations(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    ["{% if a > 1 %}x{% endif %}", "{{ a + b }}", "{{ a // 2 }}", "{% set _ = rows.append(a) %}", "{{ -a }}"],
)
def test_the_lint_sees_computations(source):
    assert computations(source) == [1]
    assert computations('{{ a ~ b if c == "d" else e[0] }}') == []
