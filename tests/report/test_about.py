"""A verdict names what it judges, and only the author's own full runs on real data read like a finished report."""

from dataclasses import replace

import pytest

from experiments.catalog import EXPERIMENTS
from experiments.store import reference
from report.about import about, kind, short_kind
from report.pdf.attachments import Source
from report.results import read_results
from report.title_page import TitlePage
from tests.synthetic import pack_as_reference, write_results

FIELDS = TitlePage(title="作业一", course="深度学习", name="张三", student_number="20231234", date="2026-01-05")


def source(folder, **changes):
    quick = changes.get("quick", False)
    experiments = [experiment.quick() if quick else experiment for experiment in EXPERIMENTS]
    return Source(read_results(write_results(folder, **changes), experiments), FIELDS, "both", "")


def test_a_full_report_is_named_by_all_that_the_title_page_says(tmp_path):
    said = about(source(tmp_path))
    assert said == ["深度学习", "作业一", "张三", "20231234", "2026-01-05", "full run", "2 seeds", "Test CPU"]
    assert kind(source(tmp_path)) == ""


def test_several_authors_stand_on_one_line(tmp_path):
    several = replace(source(tmp_path), fields=replace(FIELDS, name="张三\n李四"))
    assert about(several)[2] == "张三, 李四"


@pytest.mark.parametrize(
    ("changes", "named", "short"),
    [
        ({"origin": "demo"}, "demo data: not a finished report", "demo"),
        ({"quick": True}, "quick run: not a finished report", "quick"),
        ({"quick": True, "origin": "demo"}, "quick run on demo data: not a finished report", "demo"),
    ],
)
def test_a_lesser_report_says_so(tmp_path, changes, named, short):
    lesser = source(tmp_path, **changes)
    assert kind(lesser) == named
    assert short_kind(lesser) == short
    assert named in about(lesser)
    assert "full run" not in about(lesser)


def test_the_reference_run_is_nobodys_own(tmp_path, monkeypatch):
    taken = source(tmp_path / "r", day=1)
    assert short_kind(taken) == "full"
    pack_as_reference(tmp_path / "r", tmp_path / "reference")
    monkeypatch.setattr(reference, "REFERENCE", tmp_path / "reference")
    assert short_kind(source(tmp_path / "own", day=9)) == "full"  # the same settings, trained another day
    assert short_kind(taken) == "reference"
    assert "full run" not in about(taken)
