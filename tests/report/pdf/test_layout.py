import pytest
import weasyprint

from report.pdf.layout import layout_faults

# WeasyPrint 70 leaves the colour profile's file to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014:ResourceWarning")

STYLE = """
  @page { size: 100mm 80mm; margin: 10mm; @top-left { content: string(head); white-space: nowrap; font: 8pt serif }
          @top-right { content: "right"; width: 20mm; font: 8pt serif } }
  body { margin: 0; font: 10pt/15pt serif; string-set: head attr(data-head) }
  p, table { margin: 0 } td { padding: 0 2mm }
  .two { display: table; table-layout: fixed; width: 80mm } .two > p { display: table-cell; width: 40mm }
  .flex { display: flex } .flex > p { width: 40mm; flex: none }
  .grid { display: grid; grid-template-columns: 40mm 40mm }
  .fixed { table-layout: fixed; width: 80mm }
"""
LONG = "Tomato___Tomato_Yellow_Leaf_Curl_Virus"  # 38 characters of 10 pt take about 65 mm


def faults(body, head=""):
    top = f"<html lang=en><head><title>t</title><style>{STYLE}</style></head>"
    html = f"{top}<body data-head='{head}'>{body}</body></html>"
    return list(layout_faults(weasyprint.HTML(string=html).render().pages))


@pytest.mark.parametrize(
    "body",
    [
        "<p>text</p>",
        "<div class=two><p>some words that are wrapped in their column<p>and some more of them next to it</div>",
        "<table><tr><td>cell<td>cell</table>",
        "<p style='padding-left: 10mm; text-indent: -10mm'>a hanging indent, begun at the left of its column</p>",
        "<p>a formula <span style='display: inline-block'>x + y</span> in a line</p>",
        "<p style='text-align: right'>text with spaces at the end of lines, as many as there are words in it</p>",
        "<p>sub<sub>script</sub> and super<sup>script</sup></p>" * 3,
    ],
)
def test_text_in_its_place_has_no_faults(body):
    assert faults(body, head="a head") == []


@pytest.mark.parametrize(
    ("frame", "what"),
    [
        ("<div class=two><p>{}<p>English</div>", "its column"),
        ("<div class=flex><p>{}<p>English</div>", "its column"),
        ("<div class=grid><p>{}</p><p>English</p></div>", "its column"),
        ("<table class=fixed><tr><td>{}<td>English</table>", "its cell"),
        ("<table class=fixed><tr><td><div><span>{}</span></div><td>English</table>", "its column"),
    ],
)
def test_text_that_leaves_its_own_column_for_the_next_is_named_with_page_and_mm(frame, what):
    found = faults(frame.format(LONG))
    assert len(found) == 2  # it sticks out, and lies on the next
    assert found[0].startswith(f"page 1: '{LONG}' sticks out of {what} at the right by ")
    assert 20 < float(found[0].split()[-2]) < 45  # 65 mm - 40 mm, or - 36 mm in a cell
    assert f"'{LONG}' lies on 'English' by " in found[1]
    assert faults(frame.format("Tomato")) == []


def test_text_in_a_wider_block_is_held_to_what_holds_the_block():
    (fault,) = faults("<div style='width: 20mm'><p style='width: 79mm'>some words that stand in one line</div>")
    assert "sticks out of its column at the right by " in fault
    assert faults("<div style='width: 79mm'><p style='width: 79mm'>some words that stand in one line</div>") == []


def test_text_and_pictures_that_leave_the_text_area_are_named():
    (wide,) = faults("<pre>" + "x" * 300 + "</pre>")
    assert wide.startswith("page 1: 'xxx")
    assert "at the right" in wide
    (moved,) = faults('<p style="position: relative; left: -40mm">word</p>')
    assert "'word' sticks out of its column at the left by 40.0 mm" in moved
    (tall,) = faults('<p style="position: relative; top: 70mm">word</p>')
    assert "'word' sticks out of the text area at the bottom by" in tall
    picture = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='90mm' height='5mm'/>"
    (drawn,) = faults(f'<img alt="x" src="{picture}">')
    assert "figure data:" in drawn
    assert "at the right by 10.0 mm" in drawn  # 90 mm - 80 mm


def test_the_page_of_a_fault_is_named():
    assert faults(f"<p>one<p style='break-before: page; width: 20mm'>{LONG}")[0].startswith("page 2: ")


def test_a_running_head_too_long_for_its_place_is_a_fault():
    assert any("its place in the margin" in fault or "lies on 'right'" in fault for fault in faults("<p>x", "y" * 200))


def test_lines_moved_onto_each_other_are_a_fault():
    (fault,) = faults("<p>upper words<p style='margin-top: -12pt'>lower words")
    assert fault.startswith("page 1: 'upper words' lies on 'lower words' by ")
