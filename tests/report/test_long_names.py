"""Reports about classes with the longest and least breakable names that folders may have."""

import re
import subprocess

import pytest

from experiments.catalog import EXPERIMENTS
from report.results import read_results
from report.title_page import TitlePage
from report.verify import verify
from report.write import write_report
from tests.synthetic import LONG_NAMES, write_results

NAMES = {
    "mixed": LONG_NAMES,
    "wide": ["W" * 254 + str(k) for k in range(10)],
    "han": ["植物叶片病害图像" * 10 + "一二三四五六七八九十"[k] for k in range(10)],
    "alike": [f"leaf_disease_dataset_v2_2024_tomato_stage_{'i' * k}" for k in range(1, 11)],
}


# The mixed ones, of every kind, in all editions; the others in those whose columns are narrowest for them.
CASES = [("mixed", "both"), ("mixed", "zh"), ("mixed", "en"), ("wide", "both"), ("wide", "en"), ("han", "both")]
CASES += [("han", "zh"), ("alike", "both")]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "lang"), CASES)
def test_a_report_of_long_names_is_printed_verified_and_copied_whole(tmp_path, kind, lang):
    results = read_results(write_results(tmp_path / "results", seeds=1, classes=NAMES[kind]), EXPERIMENTS)
    pdf, _ = write_report(results, EXPERIMENTS, TitlePage(title="深度学习" * 40), tmp_path / "out", lang)
    assert verify(pdf).faults == []
    raw = subprocess.run(["pdftotext", "-raw", pdf, "-"], capture_output=True, check=True).stdout.decode()
    text = re.sub(r"\s", "", raw)  # the ends of lines
    assert all(name in text for name in NAMES[kind] if name.isprintable())
