from functools import partial

import matplotlib
import numpy as np
import pandas as pd
import pytest

from figures import curves, svg

softmax_curves = partial(curves.softmax_curves, percent="{:.1%}".format, number="{:.4f}".format)
learning_curves = partial(curves.learning_curves, percent="{:.1%}".format, number="{:.3f}".format)
FLOOR, CHANCE = 1.4612, 2.3026  # log(1 + 9/e) and ln 10
COLUMNS = ["experiment", "variant", "seed", "epoch", "split", "metric", "value"]


def table(experiment, variants, seeds=3, epochs=4):
    """Loss 2 − epoch/4 + seed/100, accuracy 0.1 + epoch/10 + seed/100, gradient norm 1/(1 + epoch)."""
    rows = [
        (experiment, variant, seed, epoch, split, metric, value)
        for variant in variants
        for seed in range(seeds)
        for epoch in range(epochs + 1)
        for split in ("train", "val")
        for metric, value in (
            ("loss", 2 - epoch / 4 + seed / 100),
            ("acc", 0.1 + epoch / 10 + seed / 100),
            ("grad_norm", 1 / (1 + epoch)),
        )
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def softmax(**kwargs):
    return table("softmax", ("wrong", "double", "corrected", "reference"), **kwargs)


def size(fig):
    return fig.get_size_inches() * 25.4


def line(ax, variant):
    return next(artist for artist in ax.lines if artist.get_label() == variant)


def words(fig):
    return [text.get_text() for text in fig.findobj(matplotlib.text.Text)]


def assert_nothing_overlaps_or_leaves(fig):
    """Legend and titles lie above the axes, no text leaves the figure."""
    fig.canvas.draw()
    tops = [ax.bbox.ymax for ax in fig.axes]
    for text in fig.texts:
        assert text.get_window_extent().ymin > max(tops)
    for text in fig.findobj(matplotlib.text.Text):
        if text.get_visible() and text.get_text():
            box = text.get_window_extent()
            assert box.xmin >= -1, text.get_text()
            assert box.xmax <= fig.bbox.width + 1, text.get_text()
            assert box.ymax <= fig.bbox.height + 1, text.get_text()


def test_softmax_curves_draw_the_mean_over_seeds_and_a_band_from_lowest_to_highest():
    fig = softmax_curves(softmax(), FLOOR, CHANCE, "both")
    train, val, acc = fig.axes
    # seeds add 0, 0.01, 0.02: their mean adds 0.01
    assert line(train, "wrong").get_ydata() == pytest.approx([2.01, 1.76, 1.51, 1.26, 1.01])
    assert line(acc, "reference").get_ydata() == pytest.approx([0.11, 0.21, 0.31, 0.41, 0.51])
    band = acc.collections[0].get_paths()[0].vertices
    at_end = band[band[:, 0] == 4][:, 1]
    assert (at_end.min(), at_end.max()) == pytest.approx((0.5, 0.52))
    assert train.get_ylim() == val.get_ylim()
    assert acc.get_ylim() == (0, 1)


def test_the_floor_and_the_chance_line_are_drawn_and_labelled():
    fig = softmax_curves(softmax(), FLOOR, CHANCE, "en", number="{:.2f}".format)
    levels = [artist.get_ydata()[0] for artist in fig.axes[1].lines if len(set(artist.get_ydata())) == 1]
    assert levels == [FLOOR, CHANCE]
    assert {"1.46", "2.30", "floor of a double softmax", "uniform prediction"} <= set(words(fig))
    low, high = fig.axes[1].get_ylim()
    assert low < FLOOR < CHANCE < high


def test_of_coinciding_variants_the_thin_dark_line_runs_on_top_of_the_wide_pale_one():
    ax = softmax_curves(softmax(), FLOOR, CHANCE, "en").axes[0]
    for thin, wide in (("wrong", "double"), ("corrected", "reference")):
        assert line(ax, thin).get_zorder() > line(ax, wide).get_zorder()
        assert line(ax, wide).get_linewidth() > 3 * line(ax, thin).get_linewidth()
        assert line(ax, thin).get_linestyle() != "-"


@pytest.mark.parametrize("lang", ["both", "zh", "en"])
def test_every_figure_speaks_the_languages_asked_for(lang):
    p = np.linspace(0, 1, 11)
    figures = [
        softmax_curves(softmax(), FLOOR, CHANCE, lang),
        curves.gradients(p, 1 - p, p * (1 - p), softmax(), lang, number="{:.2f}".format, logits="o"),
        learning_curves(table("imagenet10", ["cnn"]), "cnn", lang),
    ]
    for fig in figures:
        # formulas and "softmax" are in both; a Chinese label has Han characters, an English one a known word
        joined = " ".join(words(fig))
        assert any("一" <= character <= "鿿" for character in joined) == (lang != "en")
        assert any(word in joined for word in ("gradient", "loss")) == (lang != "zh")
        assert_nothing_overlaps_or_leaves(fig)
        assert svg.svg(fig) == svg.svg(fig)


def test_sizes_are_those_of_the_page():
    assert size(softmax_curves(softmax(), FLOOR, CHANCE, "en"))[0] == pytest.approx(165)
    assert size(learning_curves(table("imagenet10", ["mlp"]), "mlp", "en"))[0] == pytest.approx(165)
    assert size(gradients(softmax()))[0] == pytest.approx(165)


def test_drawing_twice_gives_the_same_bytes():
    first, second = (svg.svg(softmax_curves(softmax(), FLOOR, CHANCE, "both")) for _ in range(2))
    assert first == second


def test_one_seed_has_no_band():
    for ax in softmax_curves(softmax(seeds=1), FLOOR, CHANCE, "en").axes:
        assert not ax.collections


def test_a_missing_variant_is_left_out():
    some = table("softmax", ("wrong", "wrong-lr10"))
    fig = softmax_curves(some, FLOOR, CHANCE, "en")
    assert "corrected" not in words(fig)
    assert line(fig.axes[0], "wrong-lr10").get_ydata()[0] == pytest.approx(2.01)


def test_a_run_that_never_had_a_finite_value_still_gives_a_figure():
    rows = table("imagenet10", ["cnn"])
    rows["value"] = np.nan
    assert "<svg" in svg.svg(learning_curves(rows, "cnn", "both"))
    rows = softmax()
    rows["value"] = np.nan
    assert "<svg" in svg.svg(softmax_curves(rows, FLOOR, CHANCE, "both"))
    assert "<svg" in svg.svg(gradients(rows))


def test_a_loss_that_explodes_leaves_the_others_readable():
    rows = table("imagenet10", ["cnn"])
    rows.loc[(rows["metric"] == "loss") & (rows["epoch"] == 4), "value"] = 1e8
    ax = learning_curves(rows, "cnn", "en").axes[0]
    low, high = (ax.transAxes.inverted().transform(ax.transData.transform((0, y)))[1] for y in (1, 2))
    assert high - low > 0.03  # of the height; on a linear axis it would be 1e-8


def test_exactly_0_and_exactly_1_are_drawn_whole():
    rows = table("imagenet10", ["cnn"], seeds=1)
    rows.loc[rows["metric"] == "acc", "value"] = 1.0
    rows.loc[(rows["metric"] == "acc") & (rows["split"] == "train"), "value"] = 0.0
    acc = learning_curves(rows, "cnn", "en").axes[1]
    assert acc.get_ylim() == (0, 1)
    assert not any(artist.get_clip_on() for artist in acc.lines if artist.get_label() == "cnn")


def test_end_labels_use_the_formatter_and_keep_apart():
    rows = table("imagenet10", ["cnn"], seeds=1)
    rows.loc[rows["split"] == "train", "value"] += 0.001
    fig = learning_curves(rows, "cnn", "en", percent=lambda x: f"{x:.3f} of 1")
    fig.canvas.draw()
    boxes = [t.get_window_extent() for t in fig.axes[1].texts if t.get_text() in ("0.500 of 1", "0.501 of 1")]
    assert len(boxes) == 2
    assert not boxes[0].overlaps(boxes[1])


def gradients(rows):
    p = np.linspace(0, 1, 101)
    return curves.gradients(p, 1 - p, p * (1 - p), rows, "both", number="{:.2f}".format, logits="o")


def test_measured_gradient_norms_stand_on_a_logarithmic_axis():
    _, ax = gradients(softmax()).axes
    assert ax.get_yscale() == "log"
    # 1/(1 + epoch)
    assert line(ax, "wrong").get_ydata() == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5])
    zero = softmax()
    zero["value"] = 0.0
    assert "<svg" in svg.svg(gradients(zero))


def test_the_gradient_before_training_is_marked_on_both_curves():
    fig = gradients(softmax())
    marks = [artist for artist in fig.axes[0].lines if len(artist.get_xdata()) == 1]
    # 1 − 0.1 = 0.9 and 0.1 · 0.9 = 0.09
    assert [artist.get_ydata()[0] for artist in marks] == pytest.approx([0.9, 0.09])
    assert {"0.90", "0.09"} <= set(words(fig))
    p = np.linspace(0, 1, 101)
    with pytest.raises(ValueError, match=r"\(101,\), \(101,\), \(3,\)"):
        curves.gradients(p, p, [1, 2, 3], softmax(), "en", number=str, logits="o")


def test_a_table_without_the_rows_says_what_is_missing():
    with pytest.raises(ValueError, match="variant 'cnn'"):
        learning_curves(table("imagenet10", ["mlp"]), "cnn", "en")


def test_a_run_that_is_in_the_table_twice_is_an_error():
    rows = table("imagenet10", ["mlp"])
    with pytest.raises(ValueError, match="seed 0 has epoch 0 twice"):
        learning_curves(pd.concat([rows, rows]), "mlp", "en")
