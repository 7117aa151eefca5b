"""The rules that runs are judged by: stored with each run, those that the report side follows, told by the report."""

import pytest

from experiments.catalog import EXPERIMENTS
from experiments.rules import RULES, rules_digest
from report.analysis.image_models import CLEAR_RISE, NO_RISE
from report.analysis.statistics import LEVEL
from report.findings import compute_findings
from report.results import read_results
from report.title_page import TitlePage
from report.write import report_html
from tests.synthetic import write_results


def test_the_rules_are_those_that_the_findings_follow():
    levels = {name: rule["level"] for name, rule in RULES.items() if "level" in rule}
    assert set(levels.values()) == {LEVEL}
    assert RULES["validation loss"] == {"no rise, nats": NO_RISE, "clear rise, nats": CLEAR_RISE}


def test_every_number_of_a_rule_counts_and_their_order_does_not():
    changed = {**RULES, "overfitting": {**RULES["overfitting"], "level": 0.1}}
    assert rules_digest(changed) != rules_digest()
    assert rules_digest(dict(reversed(RULES.items()))) == rules_digest()


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (None, "the rules are those of before the first run"),
        ("0" * 64, "of 8 runs 8 store another digest or none: the rules were changed after the runs were trained"),
    ],
)
def test_a_report_says_whether_the_rules_are_those_of_before_the_first_run(tmp_path, rules, said):
    results = read_results(write_results(tmp_path, seeds=1, rules=rules), EXPERIMENTS)
    page = report_html(results, EXPERIMENTS, compute_findings(results), TitlePage(), "en", "print")
    assert said in " ".join(page.replace("</strong>", "").split())
