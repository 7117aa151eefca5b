import io
import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from figures.glyphs import join_letters
from figures.style import RC, register_fonts

SVG = "{http://www.w3.org/2000/svg}"


def drawn(*texts: str, **options) -> str:
    """An SVG as matplotlib writes it, a text on each line."""
    register_fonts()
    with matplotlib.rc_context(RC):
        figure = Figure(figsize=(4, 2))
        FigureCanvasAgg(figure)
        for place, text in enumerate(texts, start=1):
            figure.text(0.05, place / (len(texts) + 1), text, **options)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()[buffer.getvalue().index("<svg") :]


def points(svg: str) -> np.ndarray:
    """Every corner of every letter in px, (n, 2), in the order in which they are drawn."""
    root = ElementTree.fromstring(svg)
    letters = {path.get("id"): path for path in root.iter(f"{SVG}path") if path.get("id")}
    found = []

    def walk(element, transform):
        transform = transform @ matrix(element.get("transform"))
        if element.tag == f"{SVG}defs":
            return
        if element.tag == f"{SVG}use":
            element = letters[element.get("{http://www.w3.org/1999/xlink}href")[1:]]
            transform = transform @ matrix(element.get("transform"))
        if element.tag == f"{SVG}path" and (numbers := re.findall(r"-?[\d.]+(?:e-?\d+)?", element.get("d") or "")):
            corners = np.array(numbers, float).reshape(-1, 2)
            found.append(np.c_[corners, np.ones(len(corners))] @ transform[:2].T)
        for child in element:
            walk(child, transform)

    walk(root, np.eye(3))
    return np.concatenate(found)


def matrix(transform: str | None) -> np.ndarray:
    whole = np.eye(3)
    for name, arguments in re.findall(r"(\w+)\(([^)]*)\)", transform or ""):
        values = [float(value) for value in arguments.replace(",", " ").split()]
        one = np.eye(3)
        if name == "translate":
            one[:2, 2] = values
        elif name == "scale":
            one[0, 0], one[1, 1] = values[0], values[-1]
        elif name == "rotate":
            angle = np.radians(values[0])
            one[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        whole = whole @ one
    return whole


@pytest.mark.parametrize("options", [{}, {"rotation": 90}, {"size": 7}])
def test_every_letter_stays_where_it_was(options):
    before = drawn("Accuracy 86.4 %", "准确率 of the CNN", "a", **options)
    after = join_letters(before)
    assert "<use" in before
    assert "<use" not in after
    np.testing.assert_allclose(points(after), points(before), atol=1e-3)


def test_a_line_of_text_is_one_path():
    assert join_letters(drawn("Accuracy 86.4 %")).count("<path") == 1 + 1  # and the figure's ground


def test_blanks_leave_nothing():
    assert join_letters(drawn("   ")).count("<path") == 1


def test_marks_and_formulas_stay_as_they_are():
    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot([0, 1], marker="o")
    axes.set_title(r"$\frac{1}{2}x^2$")
    buffer = io.StringIO()
    with matplotlib.rc_context(RC):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    before = buffer.getvalue()[buffer.getvalue().index("<svg") :]
    after = join_letters(before)
    assert 0 < after.count("<use") < before.count("<use")
    assert set(re.findall(r'href="#([^"]+)"', after)) <= set(re.findall(r'id="([^"]+)"', after))
    np.testing.assert_allclose(np.sort(points(after), axis=0), np.sort(points(before), axis=0), atol=1e-3)


def test_prefixes_that_another_library_registered_do_not_come_in():
    before = drawn("a")
    ElementTree.register_namespace("", "http://www.w3.org/1998/Math/MathML")
    after = join_letters(before)
    assert after.startswith("<svg")
    assert "ns0" not in after
