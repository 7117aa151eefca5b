"""A finished report of made-up but real-looking results, written once, and the hand-in made of it."""

from pathlib import Path

import pytest

from experiments.catalog import EXPERIMENTS
from report.handin.contents import Edition, collect
from report.handin.naming import Settings
from report.results import read_results
from report.title_page import TitlePage
from report.write import write_report
from tests.synthetic import write_results

PAGE = TitlePage(name="张三", student_number="20231234567")
STEM = "20231234567-张三-HW1-DL"


@pytest.fixture(scope="session")
def stored(tmp_path_factory) -> Path:
    """A folder of complete results on real data."""
    return write_results(tmp_path_factory.mktemp("handin") / "results")


@pytest.fixture(scope="session")
def edition(stored, tmp_path_factory) -> Edition:
    results = read_results(stored, EXPERIMENTS)
    pdf, html = write_report(results, EXPERIMENTS, PAGE, tmp_path_factory.mktemp("edition"))
    return Edition(pdf.read_bytes(), html.read_bytes(), results, PAGE)


@pytest.fixture(scope="session")
def files(edition) -> dict[str, bytes]:
    """The hand-in's files under settings that nobody changed."""
    return collect(edition, Settings(), STEM, {}, anonymous=False)
