"""code_in_report = "all" prints the files of the models whole, in an appendix, and "key" prints none of it."""

import re
from html import unescape
from pathlib import Path

import pytest

from experiments.catalog import EXPERIMENTS, IMAGE_MODELS
from report.findings import compute_findings
from report.results import read_results
from report.title_page import TitlePage
from report.verify import verify
from report.write import report_html, write_report
from tests.synthetic import write_results

MODELS = Path(__file__).resolve().parents[3] / "experiments" / "models"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return read_results(write_results(tmp_path_factory.mktemp("results"), seeds=1), EXPERIMENTS)


def html(results, code: str, edition: str) -> str:
    return report_html(results, EXPERIMENTS, compute_findings(results), TitlePage(code_in_report=code), "both", edition)


@pytest.mark.parametrize("edition", ["print", "screen"])
def test_every_line_of_the_models_is_printed_and_numbered(results, edition):
    page = html(results, "all", edition)
    listings = re.findall(r'<figure id="lst:code-([\w-]+)".*?<code>(.*?)</code>', page, re.S)
    assert [name for name, _ in listings] == ["softmax-regression", *IMAGE_MODELS]
    for name, listing in listings:
        shown = unescape(re.sub(r"<[^>]+>", "", listing)).strip()
        source = (MODELS / f"{name.replace('-', '_')}.py").read_text(encoding="utf-8")
        assert [line.strip() for line in shown.split("\n")] == [line.strip() for line in source.strip().split("\n")]
    assert 'data-bookmark="A 全部代码 · All code"' in page


def test_otherwise_there_is_no_such_appendix(results):
    page = html(results, "key", "print")
    assert "lst:code-" not in page
    assert "All code" not in page


@pytest.mark.slow
def test_a_report_with_all_code_is_printed_and_verifies(results, tmp_path):
    pdf, page = write_report(results, EXPERIMENTS, TitlePage(code_in_report="all"), tmp_path)
    for path in (pdf, page):
        assert verify(path).holds, verify(path).faults
