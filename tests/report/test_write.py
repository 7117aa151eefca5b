"""What the templates are given, where it depends on how the runs were made."""

import re

import pytest

from experiments.catalog import EXPERIMENTS
from report import toolchain, write
from report.findings import compute_findings
from report.page.illustrations import _figures, read_samples
from report.page.values import report_values
from report.results import read_results
from report.title_page import TitlePage
from tests.synthetic import write_results


def read(folder, **changes):
    experiments = [experiment.quick() for experiment in EXPERIMENTS] if changes.get("quick") else EXPERIMENTS
    results = read_results(write_results(folder, **changes), experiments)
    return results, compute_findings(results), experiments


def values(folder, **changes):
    results, findings, experiments = read(folder, **changes)
    return report_values(results, experiments, findings, TitlePage())


def text(folder, lang="en", **changes):
    results, findings, experiments = read(folder, **changes)
    html = write.report_html(results, experiments, findings, TitlePage(), lang, "print")
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({"origin": "imagenette-160", "per_class": 600}, "build.py --seeds 1 --softmax-seeds 1;"),
        ({"origin": "imagenette-160", "per_class": 50}, "build.py --seeds 1 --softmax-seeds 1 --images-per-class 50;"),
        (
            {"per_class": 600},
            "build.py --seeds 1 --softmax-seeds 1 --imagenet10 DIR (DIR holds the class folders of Table 3);",
        ),
        ({"origin": "demo"}, "build.py --seeds 1 --data demo;"),
        ({"origin": "demo", "per_class": 20}, "build.py --seeds 1 --data demo --images-per-class 20;"),
        ({"origin": "imagenette-160", "quick": True}, "build.py --seeds 1 --quick;"),
    ],
    ids=str,
)
def test_the_command_that_makes_the_report_again_is_told(tmp_path, changes, command):
    said = text(tmp_path, seeds=1, **changes)
    assert command in said
    assert f"build.py --skip-train{' --quick' if changes.get('quick') else ''} only typesets" in said


def test_images_that_no_batch_takes_are_told(tmp_path):
    full = values(tmp_path / "full", seeds=1, per_class=600)
    assert full["left_over"] == {}  # 3,600: no remainder for any model
    some = values(tmp_path / "some", seeds=1, per_class=350)
    assert some["left_over"] == {"layer2nn": 2100 % 600, "mlp": 2100 % 600}
    assert values(tmp_path / "few", seeds=1, per_class=50)["left_over"] == {}  # all in one batch


@pytest.mark.parametrize(
    ("origin", "per_class", "tuned"),
    [("imagenette-160", 600, True), ("imagenette-160", 50, False), ("folder", 600, False)],
)
def test_only_on_the_images_that_the_settings_were_chosen_on_are_they_called_so(tmp_path, origin, per_class, tuned):
    said = text(tmp_path, seeds=1, origin=origin, per_class=per_class)
    assert ("not tuned again for these data" in said) != tuned


def test_as_many_samples_are_described_as_are_shown(tmp_path):
    results, *_ = read(tmp_path, seeds=1, per_class=10)
    assert read_samples(results).shape[1] == 6
    assert "6 training images of each class" in write.report_html(*_report(results), "en", "print")


def _report(results):
    return results, EXPERIMENTS, compute_findings(results), TitlePage()


def test_a_run_that_diverged_is_in_no_curve(tmp_path):
    results, findings, _ = read(tmp_path, seeds=3, diverged=[("cnn", 1), ("wrong-lr10", 2)])
    figures = _figures(results, findings, "en")
    for name in ("curves-cnn", "curves-mlp", "softmax-curves", "gradients"):
        drawn = figures[name]()
        for line in (line for ax in drawn.axes for line in ax.lines if line.get_label()[0] != "_"):
            assert all(y == y for y in line.get_ydata()), f"{name}, {line.get_label()}: the line stops"


def test_a_report_by_other_templates_is_known_as_such(tmp_path, monkeypatch):
    for folder in (*toolchain.CODE, "templates"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "templates" / "x.html").write_text("before")
    monkeypatch.setattr(toolchain, "ROOT", tmp_path)
    toolchain.toolchain.cache_clear()
    try:
        pieces, before = toolchain.toolchain(), write.program()
        (tmp_path / "templates" / "x.html").write_text("after")
        toolchain.toolchain.cache_clear()
        assert write.program() != before
        assert toolchain.toolchain() == pieces  # pieces of a report are found again all the same
    finally:
        toolchain.toolchain.cache_clear()
