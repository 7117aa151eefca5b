"""The safe part of Markdown: what is printed, and that everything else is refused with file and line."""

import io
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from experiments.errors import UserError
from report.words.held import plain_text
from report.words.markdown import blocks
from report.words.places import Words, WordsError, word_file


def read(text: str, words: Words | None = None, facts=None, name: str = "reflection.en.md"):
    return blocks(word_file(name, text, name), words or Words(), facts)


def markup(text: str, **how) -> str:
    return "".join(piece.html for block in read(text, **how) for piece in block.pieces)


def fault(text: str, **how) -> str:
    with pytest.raises(WordsError) as error:
        read(text, **how)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith("reflection.en.md:")
    return message.removeprefix("reflection.en.md:")


@pytest.fixture
def with_pictures(tmp_path):
    folder = tmp_path / "words"
    folder.mkdir()
    Image.effect_noise((40, 40), 50).save(folder / "a.png")
    (folder / "cut.png").write_bytes((folder / "a.png").read_bytes()[:800])
    (folder / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    Image.new("RGB", (4, 4)).save(tmp_path / "outside.png")
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    return Words(folder=folder)


def test_paragraphs_emphasis_code_and_links_become_html():
    assert markup("a **b** *c* `d<e>` [f](https://g.org/?a=1&b)") == (
        "<p>a <strong>b</strong> <em>c</em> <code>d&lt;e&gt;</code> "
        '<a class="out" href="https://g.org/?a=1&amp;b" rel="noopener noreferrer">f</a></p>'
    )


def test_lists_carry_their_numbers_as_text():
    assert '<li><span class="number">3.</span> c</li>' in markup("1. a\n2. b\n3. c")
    assert markup("- a\n  - b").count("<ul") == 2


def test_a_table_keeps_its_alignment_and_a_row_is_read_with_the_heads_of_its_columns():
    (table,) = read("| model | test accuracy |\n|:--|--:|\n| CNN | 86.3% |")
    assert '<td class="right">' in "".join(piece.html for piece in table.pieces)
    assert "CNN, test accuracy 86.3%" in plain_text([table])


def test_formulas_are_drawn_and_read_like_a_sentence():
    (block,) = read(r"It reaches $86.3\%$.")
    assert "<svg" in "".join(piece.html for piece in block.pieces)
    assert plain_text([block]).strip() == "It reaches 86.3%."


def test_footnotes_stand_at_the_end_and_their_links_lead_to_them():
    html = markup("a[^x] b\n\n[^x]: the note")
    assert '<a href="#note-reflection-en-1">1</a>' in html
    assert 'id="note-reflection-en-1"><p><span class="number">1</span> the note</p>' in html


def test_comments_leave_no_trace():
    assert not read("<!-- a\n\nb -->")
    assert markup("a <!-- b --> c") == "<p>a  c</p>"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n\n<script>alert(1)</script>", "3: '<script>"),
        ("a\nb <b>c</b>", "2: '<b>'"),
        ("<!-- a --> <img src=x onerror=alert(1)>", "1: "),
        ("<!-- a\n--> b", "1: "),
        ("[a](javascript:alert(1))", "1: link 'javascript:"),
        ("[a](JaVaScRiPt:alert(1))", "1: link"),
        ("[a](data:text/html,x)", "1: link"),
        ("[a](file:///etc/passwd)", "1: link"),
        ("[a](//host/x)", "1: link"),
        ("<javascript:alert(1)>", "1: link"),
        ("[a][b]\n\n[b]: vbscript:x", "1: link"),
        ("[a](#sec:results)", "1: link"),
        ("# a", "1: a heading of level 1"),
        ("a\n===", "1: a heading of level 1"),
        ("a\n\n## b", "3: a heading of level 2"),
        ("| a | b |\n|---|\n| c |", "2: a table's columns"),
        ("| a | b |\n|---|---|\n| c | d | e |", "3: a row of 3 cells"),
        ("a[^b]", "1: footnote [^b] is not there"),
        ("a\n\n[^b]: c", "3: no sentence refers to footnote [^b]"),
        ("$\\foo{$", "1: formula"),
        ("a\n\n$$\nx", "3: $$ has no end"),
        ("&#8203;", "1: U+200B"),
        ("&#0;x\n\n&#57344;", "U+"),
    ],
)
def test_what_is_not_printed_is_refused_with_its_line(text, said):
    assert said in fault(text)


@pytest.mark.parametrize(
    "attack",
    [
        "''.__class__",
        "''.__class__.__mro__[1].__subclasses__()",
        "config",
        "cycler.__init__.__globals__.os.popen('id').read()",
        "7*7",
        "cnn.test_acc | upper",
        "cnn.test_acc.__class__",
        "",
        "x" * 5000,
    ],
)
def test_no_template_is_evaluated(attack, facts):
    message = fault("a\n\n{{ " + attack + " }}", facts=facts)
    assert message.startswith("3: {{ ")
    assert len(message) < 300


@pytest.mark.parametrize("text", ["{% set x = 1 %}{# y #}", "{ { 7*7 } }", "`{{ 7*7 }}`", "\\{{ 7*7 }}"])
def test_what_only_looks_like_a_template_is_text(text, facts):
    assert "49" not in markup(text, facts=facts)


def test_a_finding_is_printed_by_its_name_and_an_unknown_one_gets_the_nearest(facts):
    value = facts.values["cnn.test_acc"].format("en")
    assert f'<span class="computed">{value}</span>' in markup("It is {{ cnn.test_acc }}.", facts=facts)
    assert "did you mean cnn.test_acc?" in fault("{{ cnn.tset_acc }}", facts=facts)
    assert "has no }}" in fault("{{ cnn.test_acc", facts=facts)


def test_pictures_come_from_the_folder_alone_and_are_looked_into(with_pictures):
    (block,) = read("![what it shows](a.png)", with_pictures)
    assert (block.kind, block.src, block.alt) == ("picture", "a.png", "what it shows")
    for src in (
        "cut.png", "a.svg", "link.png", "../outside.png", "http://host/a.png", "file:///etc/passwd", "/etc/passwd",
        "data:image/png;base64,AAAA", "none.png", "a.png%00", "x" * 5000 + ".png", ".", "",
    ):  # fmt: skip
        assert fault(f"![a]({src})", words=with_pictures).startswith("1: ")
    assert "no words" in fault("![](a.png)", words=with_pictures)
    assert "paragraph of its own" in fault("a ![b](a.png)", words=with_pictures)


def test_a_picture_of_a_thousand_million_pixels_is_refused(with_pictures):
    data = io.BytesIO()
    Image.new("1", (60_000, 20_000)).save(data, "PNG")
    (with_pictures.folder / "bomb.png").write_bytes(data.getvalue())
    assert "1: " in fault("![a](bomb.png)", words=with_pictures)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["[", "> ", "*a ", "`", "- ", "![", "{{", "|", "$", "[^", "a\n|-|\n"])
def test_nesting_without_end_takes_no_time_without_end(piece):
    with suppress(UserError):
        read(piece * (20_000 // len(piece)))


_ALPHABET = st.sampled_from(
    [*"ab1 \n#*_`[]()<>|{}!^$\\-=:~&;%.\t你，", "{{ ", " }}", "](", "<!--", "-->", "&#60;", "[^1]"]
)


@given(st.lists(_ALPHABET, max_size=40).map("".join))
def test_whatever_is_written_no_tag_comes_through_but_the_own(text):
    try:
        found = read(text)
    except UserError:
        return  # one line: `fault` looks at that
    html = "".join(piece.html for block in found for piece in block.pieces if piece.kind == "tag")
    assert "<script" not in html
    for piece in (piece for block in found for piece in block.pieces if piece.kind == "text"):
        assert piece.plain in ("", " ") or piece.plain == piece.html
