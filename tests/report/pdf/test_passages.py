"""The text of a PDF against the passages of the report: what differs is named, and nothing else."""

import pytest

from report.pdf.passages import Passages, compare
from report.pdf.text import squeezed

PAIR = '<main><ul><li><div class="zh">损失的 CNN 下限。</div><div class="en">Certain nets learn.</div></li></ul>'


@pytest.mark.parametrize(
    ("pages", "faults"),
    [
        (["损失的CNN下限。Certainnetslearn."], 0),
        (["损失的Certain", "CNN下限。netslearn."], 0),  # what goes on with the other language's first letter
        (["损失的CNN下限。Certain", "netslearn."], 0),
        (["损失的Certain", "CNN上限。netslearn."], 3),  # not there; left on either page
        (["损失的Certain", "netslearn."], 2),
    ],
)
def test_a_pair_that_runs_over_a_page_is_found_in_both_languages(pages, faults):
    assert len(compare(Passages(PAIR), pages)[1]) == faults


LONG = "The test accuracy of the residual MLP is 45.10% after twenty epochs, and that of the CNN is 86.33% after forty."


@pytest.mark.parametrize(
    ("given", "shown", "message"),
    [
        ("86.33%", "96.33%", "96.33%, the data give 86.33%"),
        ("45.10%", "5.10%", "5.10%, the data give 45.10%"),
        ("residual", "residuak", "residuak, the data give residual"),
        ("and that of ", "", "nothing, the data give and that of"),
        ("the CNN", "the old CNN", "old, the data give nothing"),
    ],
)
def test_what_differs_is_named_with_its_page_and_nothing_else_is(given, shown, message):
    other = "An untouched passage stands before it."
    pages = ["", squeezed(other + LONG.replace(given, shown))]
    (fault,) = compare(Passages(f"<p>{other}</p><p>{LONG}</p>"), pages)[1]
    assert fault.page == 2
    assert fault.message.partition(" (in: ")[0] == message


def test_a_difference_is_shown_with_the_words_around_it():
    (fault,) = compare(Passages(f"<p>{LONG}</p>"), [squeezed(LONG.replace("86.33", "96.33"))])[1]
    assert fault.message.endswith("(in: …pochs, and that of the CNN is […] after forty.)")


def test_text_that_the_data_do_not_give_is_named_with_its_page():
    (fault,) = compare(Passages("<p>One passage.</p>"), ["Onepassage.", "12Anotherone."])[1]
    assert (fault.page, fault.message) == (2, "the data do not give the text 12Anotherone.")


def test_a_passage_that_is_nowhere_is_named():
    (fault,) = compare(Passages("<p>One passage.</p><p>Something else.</p>"), ["Onepassage."])[1]
    assert (fault.page, fault.message) == (None, "not in the text, but the data give: Something else.")


def test_words_that_a_heading_has_too_are_found_in_their_own_place():
    html = "<h3>3.1 心得体会</h3><p>一段话。</p><h4>体会</h4><p>又一段。</p>"
    pages = ["3.1心得体会", "3.1心得体会一段话。体会又一段。"]  # the contents first
    assert compare(Passages(html), pages)[1] == []
