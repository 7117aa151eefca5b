import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest

from figures import style

ROOT = Path(__file__).resolve().parents[2]
STYLES = {variant: style.variant_style(variant) for variant in (*style.SOFTMAX, *style.MODELS)}


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
        looks = [style.variant_style(variant) for variant in group]
        for a, b in itertools.combinations(looks, 2):
            if a.marker:  # the wide pale pair is distinguished by what runs inside it
                light = sorted(style.luminance(look.color) + 0.05 for look in (a, b))
                assert light[1] / light[0] > 1.5
                assert a.dash != b.dash
                assert a.marker != b.marker
            for eye in (np.eye(3), PROTAN, DEUTAN):
                assert np.abs(np.sqrt(seen_by(a.color, eye)) - np.sqrt(seen_by(b.color, eye))).max() > 0.15


def test_thin_lines_have_a_contrast_of_3_to_1_on_white():
    for variant, look in STYLES.items():
        if look.width < 3:
            assert 1.05 / (style.luminance(look.color) + 0.05) >= 3, variant


def test_six_models_differ_in_colour_grey_dash_and_marker(six_models):
    for a, b in itertools.combinations([style.variant_style(model) for model in six_models], 2):
        light = sorted(style.luminance(one.color) + 0.05 for one in (a, b))
        assert light[1] / light[0] > 1.25
        assert a.dash != b.dash
        assert a.marker != b.marker
        for eye in (np.eye(3), PROTAN, DEUTAN):
            assert np.abs(np.sqrt(seen_by(a.color, eye)) - np.sqrt(seen_by(b.color, eye))).max() > 0.15
        assert 1.05 / (style.luminance(a.color) + 0.05) >= 3


def test_an_unknown_variant_is_an_error_that_names_it():
    with pytest.raises(ValueError, match=r"'wrong-lr1'.*known are wrong, "):
        style.variant_style("wrong-lr1")
    with pytest.raises(ValueError, match="'alpha'"):
        style.in_order(["cnn", "alpha"])
    assert style.in_order(["cnn", "mlp", "wrong", "cnn"]) == ["wrong", "mlp", "cnn"]


def test_a_model_too_many_is_an_error(six_models, monkeypatch):
    monkeypatch.setitem(style.MODELS, "seventh", ("第七", "seventh"))
    with pytest.raises(ValueError, match=r"6 models .* 'seventh' is one more"):
        style.variant_style("seventh")


def test_the_projects_face_comes_before_a_system_copy_of_the_same_name(tmp_path):
    copy = tmp_path / "NotoSansCJK-Regular.otf"
    shutil.copy(style.FONT_FOLDER / style.FACES[0], copy)
    code = (
        f"from matplotlib import font_manager as f; f.fontManager.addfont({str(copy)!r});"
        "from figures import style; style.register_fonts(); print(f.findfont(style.FAMILIES[0]))"
    )  # in a process of its own: the fonts stay registered
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == str(style.FONT_FOLDER / style.FACES[0])
