import itertools
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from figures import style

ROOT = Path(__file__).resolve().parent.parent


@style.drawn
def text_figure(*texts):
    fig = style.new_figure(80, 20)
    for place, text in enumerate(texts):
        fig.text(0.1, 0.1 + 0.2 * place, text)
    return fig


@style.drawn
def line_figure():
    """With a marker and a clipped line, whose ids in the SVG are hashes."""
    fig = style.new_figure(80, 40)
    ax = style.add_axes(fig, 12, 10, 60, 25)
    ax.plot([0, 1, 2], [1, 3, 2], "o-")
    style.panel_title(ax, "损失 loss", "a")
    return fig


def seen_by(color, matrix):
    """A colour (linear RGB) as seen without one kind of cone; matrices: Machado et al. 2009, severity 1."""
    rgb = np.array(matplotlib.colors.to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.clip(matrix @ linear, 0, 1)


PROTAN = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])
DEUTAN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])


def test_a_label_names_both_scripts_or_the_one_asked_for():
    assert style.label("损失", "loss", "both", "nats") == "损失 loss (nats)"
    assert style.label("损失", "loss", "zh", "nats") == "损失 (nats)"
    assert style.label("损失", "loss", "en") == "loss"
    assert style.label("CNN", "CNN", "both") == "CNN"
    with pytest.raises(ValueError, match="'fr'"):
        style.label("损失", "loss", "fr")


def test_variants_drawn_together_differ_in_grey_in_dash_and_in_marker():
    for group in (("layer2nn", "mlp", "cnn"), ("wrong", "corrected"), ("double", "reference")):
        looks = [style.look(variant) for variant in group]
        for a, b in itertools.combinations(looks, 2):
            if a.marker:  # the wide pale pair is told apart by what runs inside it
                light = sorted(style.luminance(look.color) + 0.05 for look in (a, b))
                assert light[1] / light[0] > 1.5
                assert a.dash != b.dash
                assert a.marker != b.marker
            for eye in (np.eye(3), PROTAN, DEUTAN):
                assert np.abs(np.sqrt(seen_by(a.color, eye)) - np.sqrt(seen_by(b.color, eye))).max() > 0.15


def test_thin_lines_have_a_contrast_of_3_to_1_on_white():
    for variant, look in style.LOOKS.items():
        if look.width < 3:
            assert 1.05 / (style.luminance(look.color) + 0.05) >= 3, variant


def test_an_unknown_variant_keeps_its_look_and_its_name():
    assert style.look("wrong-lr1") == style.look("wrong-lr1")
    assert style.variant_name("wrong-lr1", "both") == "wrong-lr1"
    assert style.in_order(["zeta", "cnn", "alpha", "mlp", "cnn"]) == ["mlp", "cnn", "alpha", "zeta"]


def test_the_projects_face_comes_before_a_system_copy_of_the_same_name(tmp_path):
    copy = tmp_path / "NotoSansCJK-Regular.otf"
    shutil.copy(style.FONT_FOLDER / style.FACES[0], copy)
    code = (
        f"from matplotlib import font_manager as f; f.fontManager.addfont({str(copy)!r});"
        "from figures import style; style.text_width('a'); print(f.findfont(style.FAMILIES[0]))"
    )  # in a process of its own: the faces stay registered
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(style.FONT_FOLDER / style.FACES[0])


def test_a_character_without_a_glyph_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"'🦊' \(U\+1F98A\).*'gas pump 🦊'"):
        style.svg(text_figure("gas pump 🦊"))
    with pytest.raises(ValueError, match=r"U\+1F98A"):
        style.fit("gas pump 🦊", 20)


def test_both_scripts_and_the_signs_of_numbers_have_glyphs():
    assert "<svg" in style.svg(text_figure("轮次 epoch −1 × 10³ ± 2% → ≤ α", "$5 <script>&amp; _x^2 \\frac"))


def test_data_never_reaches_the_svg_as_text():
    drawn = style.svg(text_figure("<script>alert(1)</script> --> x", "$x$"))
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
        style.svg(fig)


def test_a_warning_that_matplotlib_logs_is_an_error():
    fig = text_figure("a")
    fig.texts[0].set_fontfamily("No Such Face")
    with pytest.raises(ValueError, match="No Such Face"):
        style.svg(fig)


@pytest.mark.parametrize(("x", "y", "side"), [(0.9, 0.5, "right"), (-0.05, 0.5, "left"), (0.5, 0.95, "top")])
def test_what_would_be_cut_off_at_the_edge_is_an_error(x, y, side):
    fig = style.new_figure(80, 20)
    fig.text(x, y, "a long caption")
    with pytest.raises(ValueError, match=f"sticks out of the figure at the {side} by "):
        style.svg(fig)


def test_an_svg_has_its_final_size_and_no_date(tmp_path):
    style.save(text_figure("a"), tmp_path / "a.svg")
    text = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert text.startswith("<?xml")
    assert 'width="226.771' in text  # 80 mm · 72 / 25.4 = 226.7717 pt
    assert "date" not in text.lower()
    with pytest.raises(ValueError, match=r"a\.png"):
        style.save(text_figure("a"), tmp_path / "a.png")


def test_another_process_draws_the_same_bytes_whatever_its_matplotlibrc_says(tmp_path):
    (tmp_path / "matplotlibrc").write_text("axes.facecolor: red\nfont.size: 20\n")
    code = "from tests.test_figures_style import *; print(style.svg(line_figure()))"
    here = style.svg(line_figure())
    changes = {"PYTHONHASHSEED": "7", "MATPLOTLIBRC": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    there = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **changes}, capture_output=True, check=True
    )
    assert there.stdout.decode() == here + "\n"


def test_drawing_leaves_the_settings_of_matplotlib_as_they_were():
    before = dict(matplotlib.rcParams)
    style.svg(text_figure("a"))
    assert dict(matplotlib.rcParams) == before


def test_text_is_shortened_to_the_width_it_may_have():
    assert style.fit("gas pump", 40) == "gas pump"
    short = style.fit("a very long class name " * 9, 30)
    assert short.endswith("...")
    assert 25 < style.text_width(short) <= 30
    lines = style.wrap("盒式磁带播放机 cassette player", 30, 2).splitlines()
    assert lines == ["盒式磁带播放机", "cassette player"]
    assert style.wrap("x" * 200, 20, 3).count("\n") == 0
    assert style.wrap("", 20, 3) == ""


def test_places_are_spread_only_where_they_would_touch():
    # 1 and 2 are pushed to 0.5 and 2.5 around their middle 1.5; 9 stays
    assert style.spread([1, 2, 9], 2) == [0.5, 2.5, 9]
    # three at one place: around it
    assert style.spread([5, 5, 5], 2) == [3, 5, 7]


def test_a_legend_breaks_into_rows_that_fit():
    entries = [({"color": "k"}, "训练损失 training loss")] * 5
    key = style.key(entries, 150)
    assert [len(row) for row in key.rows] == [3, 2]
    last, (_, text) = key.rows[0][-1]
    assert last + style.HANDLE + 1.6 + style.text_width(text) <= 150
    assert key.height > style.key(entries[:2], 165).height
    assert style.key([], 165).height == 0
