import os
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from figures import style, svg
from figures.legend import panel_title

ROOT = Path(__file__).resolve().parents[2]


@style.with_report_style
def text_figure(*texts):
    fig = style.new_figure(80, 20)
    for place, text in enumerate(texts):
        fig.text(0.1, 0.1 + 0.2 * place, text)
    return fig


@style.with_report_style
def line_figure():
    """With a marker and a clipped line, whose ids in the SVG are hashes."""
    fig = style.new_figure(80, 40)
    ax = style.add_axes(fig, 12, 10, 60, 25)
    ax.plot([0, 1, 2], [1, 3, 2], "o-")
    panel_title(ax, "损失 loss", "a")
    return fig


def test_a_character_without_a_glyph_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"'🦊' \(U\+1F98A\).*'gas pump 🦊'"):
        svg.svg(text_figure("gas pump 🦊"))


def test_both_scripts_and_the_signs_of_numbers_have_glyphs():
    assert "<svg" in svg.svg(text_figure("轮次 epoch −1 × 10³ ± 2% → ≤ α", "$5 <script>&amp; _x^2 \\frac"))


def test_data_never_reaches_the_svg_as_text():
    drawn = svg.svg(text_figure("<script>alert(1)</script> --> x", "$x$"))
    assert "script" not in drawn
    assert "<!--" not in drawn
    assert drawn.startswith("<svg")


def test_a_warning_while_drawing_is_an_error():
    class Loud(matplotlib.lines.Line2D):
        def draw(self, renderer):
            warnings.warn("something is off", stacklevel=1)

    fig = text_figure("a")
    fig.add_artist(Loud([0, 1], [0, 1]))
    with pytest.raises(ValueError, match="something is off"):
        svg.svg(fig)


def test_a_warning_that_matplotlib_logs_is_an_error():
    fig = text_figure("a")
    fig.texts[0].set_fontfamily("No Such Face")
    with pytest.raises(ValueError, match="No Such Face"):
        svg.svg(fig)


@pytest.mark.parametrize(("x", "y", "side"), [(0.9, 0.5, "right"), (-0.05, 0.5, "left"), (0.5, 0.95, "top")])
def test_what_would_be_cut_off_at_the_edge_is_an_error(x, y, side):
    fig = style.new_figure(80, 20)
    fig.text(x, y, "a long caption")
    with pytest.raises(ValueError, match=f"sticks out of the figure at the {side} by "):
        svg.svg(fig)


def test_an_svg_has_its_final_size_and_no_date(tmp_path):
    svg.save(text_figure("a"), tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert text.startswith("<?xml")
    assert 'width="226.771' in text  # 80 mm · 72 / 25.4 = 226.7717 pt
    assert "date" not in text.lower()
    with pytest.raises(ValueError, match=r"a\.png"):
        svg.save(text_figure("a"), tmp_path / "a.png")


def test_another_process_draws_the_same_bytes_whatever_its_matplotlibrc_says(tmp_path):
    (tmp_path / "matplotlibrc").write_text("axes.facecolor: red\nfont.size: 20\n")
    code = "from tests.figures.test_svg import *; print(svg.svg(line_figure()))"
    here = svg.svg(line_figure())
    changes = {"PYTHONHASHSEED": "7", "MATPLOTLIBRC": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    there = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **changes}, capture_output=True, check=True
    )
    assert there.stdout.decode() == here + "\n"


def test_drawing_leaves_the_settings_of_matplotlib_as_they_were():
    before = dict(matplotlib.rcParams)
    svg.svg(text_figure("a"))
    assert dict(matplotlib.rcParams) == before


@style.with_report_style
def two_panels(*, text="text", x=0.1, tick="a"):
    """Two panels of 30 mm, 10 mm apart, a text in the left one at the part x of its width, and a tick."""
    fig = style.new_figure(80, 40)
    left, right = style.add_axes(fig, 5, 8, 30, 25), style.add_axes(fig, 45, 8, 30, 25)
    left.text(x, 0.5, text, transform=left.transAxes)
    right.set_xticks([0.0, 0.5, 1.0], ["", tick, ""])
    for ax in (left, right):
        ax.set_yticks([])
    left.set_xticks([])
    return fig


def test_text_may_stand_in_its_panel_and_around_it():
    assert "<svg" in svg.svg(two_panels())


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"text": "W" * 20}, "'WWW.*' reaches .* mm into a panel not its own"),  # 20 · 2.5 mm
        ({"x": 2.0}, "'text' lies on|'text' reaches .* mm into a panel not its own"),
        ({"tick": "a label of a tick that is far too long"}, "sticks out|into a panel not its own"),
    ],
)
def test_text_that_leaves_its_panel_for_another_is_an_error(changes, fault):
    with pytest.raises(ValueError, match=fault):
        svg.svg(two_panels(**changes))


def test_text_on_text_is_an_error_that_names_both_and_says_how_deep():
    @style.with_report_style
    def crowded():
        fig = style.new_figure(80, 40)
        ax = style.add_axes(fig, 15, 8, 45, 25)
        ax.set_yticks([])
        ax.set_xticks(np.linspace(0, 1, 5), [f"class number {k}" for k in range(5)])
        return fig

    with pytest.raises(ValueError, match=r"'class number \d' lies on 'class number \d' by \d\.\d mm"):
        svg.svg(crowded())


def test_a_label_that_is_not_seen_lies_on_nothing():
    @style.with_report_style
    def zoomed():
        fig = style.new_figure(80, 40)
        ax = style.add_axes(fig, 10, 8, 60, 25)
        ax.set_xticks([0, 0.5, 5.0, 5.1], ["a", "b", "out of", "sight"])
        ax.set_xlim(0, 1)
        return fig

    assert "<svg" in svg.svg(zoomed())
