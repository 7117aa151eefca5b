import re

import pytest

from report.errors import RenderError
from report.page.formula import display_formula, formula


def number(svg: str, attribute: str) -> float:
    found = re.search(rf"{attribute}[=:]\"?(-?[\d.]+)em", svg)
    assert found is not None
    return float(found[1])


def test_a_formula_carries_its_latex_as_alternative_text():
    assert "<title>a&lt;b</title>" in formula("a<b")
    assert "<title>a is less than b</title>" in formula("a<b", alt="a is less than b")


def test_a_letter_without_descender_sits_on_the_baseline():
    # x has no depth: only the margin of 0.4 px at 20 px to 1.09 em hangs below, 0.4 / 20 · 1.09 = 0.022 em.
    assert number(formula(r"\mathrm{x}"), "vertical-align") == pytest.approx(-0.022, abs=0.002)
    assert number(formula("p"), "vertical-align") < -0.2  # the descender of p


def test_a_displayed_sum_is_taller_than_an_inline_one():
    assert number(display_formula(r"\sum_i x_i"), "height") > number(formula(r"\sum_i x_i"), "height")


def test_formulas_take_the_colour_of_the_text_and_share_no_ids():
    svg = formula(r"\frac{a}{b} + \sqrt{x}")
    assert "black" not in svg
    assert "id=" not in svg


# The last four made ziamath and latex2mathml raise ParseError, StopIteration, ValueError and IndexError.
@pytest.mark.parametrize("latex", [r"\frac{a", r"\left( x", "x^{", "", "&", r"\color", r"\genfrac1x", r"\text{}a"])
def test_malformed_latex_is_one_clear_error(latex):
    with pytest.raises(RenderError, match="cannot be typeset"):
        formula(latex)


def test_an_unknown_command_is_not_spelled_out():
    with pytest.raises(RenderError, match=r"\\foo"):
        formula(r"\foo x")


def test_a_character_without_a_glyph_is_named():
    with pytest.raises(RenderError, match=r"'中' \(U\+4E2D\)"):
        formula(r"\text{中}")
