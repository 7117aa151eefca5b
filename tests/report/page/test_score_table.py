"""Each class's precision, recall and F1, as a table and as CSV."""

import csv

import pytest

from experiments.bilingual import Bilingual
from experiments.catalog import EXPERIMENTS
from report.findings import compute_findings
from report.page.score_table import MOST_CLASSES, score_table, scores_csv
from report.pdf.attachments import facts
from report.results import read_results
from tests.synthetic import write_results


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    results = write_results(tmp_path_factory.mktemp("results"), by_class={3: 0.2}, seeds=1)
    return compute_findings(read_results(results, EXPERIMENTS))


NAMES = [Bilingual(f"类{n}", f"class {n}") for n in range(10)]


def test_means_come_first_and_each_class_after_them(findings):
    table = score_table(["cnn", "mlp"], findings.images, NAMES, "both")
    assert [row[0].en for row in table.rows[::11]] == [
        "Precision, macro mean",
        "Recall, macro mean",
        "F1, macro mean",
    ]
    assert table.rules == (11, 22)
    assert table.rows[11 + 1 + 3][0] == Bilingual("3 类3", "class 3")
    cnn = findings.images.models["cnn"]
    recall = [float(row[1]) for row in table.rows[12:22]]
    assert recall == pytest.approx([100 * acc for acc in cnn.class_acc], abs=0.005)  # which is the accuracy on it
    assert recall[3] == min(recall)
    assert float(table.rows[11][1]) == pytest.approx(sum(recall) / 10, abs=0.005)


def test_of_many_classes_the_means_alone_are_shown(findings):
    table = score_table(["cnn"], findings.images, NAMES * (MOST_CLASSES // 10 + 1), "en")
    assert len(table.rows) == 3


def test_the_csv_has_each_class_and_the_means(findings):
    content = facts(findings)
    rows = list(csv.DictReader(scores_csv(content, [f"n{n}" for n in range(10)]).decode().splitlines()))
    assert len(rows) == 3 * 11
    last = rows[-1]
    assert (last["model"], last["label"], last["class"]) == ("cnn", "", "macro")
    assert float(last["f1"]) == pytest.approx(content["images"]["models"]["cnn"]["scores"]["macro_f1"])
    assert rows[-2]["class"] == "n9"
