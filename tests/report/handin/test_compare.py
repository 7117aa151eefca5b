"""Two reports side by side: only what differs is said, and it is told whether chance explains it."""

from dataclasses import replace

import pytest

import build
from experiments.catalog import EXPERIMENTS
from experiments.store.runs import RunId
from report.findings import compute_findings
from report.handin.compare import DIFFERENT, SAME, TROUBLE, differences
from report.handin.sides import Side
from report.pdf.attachments import facts
from report.results import read_results
from report.title_page import TitlePage
from tests.synthetic import write_results


def side_of(folder, **changes):
    results = read_results(write_results(folder, **changes), EXPERIMENTS)
    return Side(folder, results, facts(compute_findings(results)), TitlePage(name="张三"), "p" * 64, "both")


@pytest.fixture(scope="module")
def a(tmp_path_factory):
    return side_of(tmp_path_factory.mktemp("a"))


def rows(listings, heading):
    return {row[0]: row[1:] for listing in listings if listing.heading.en == heading for row in listing.rows}


def headings(listings):
    return [listing.heading.en for listing in listings]


def altered(side, variant, change):
    """The side with the records of one variant changed."""
    records = {
        run: change(record) if run.variant == variant else record for run, record in side.results.records.items()
    }
    return replace(side, results=replace(side.results, records=records))


def test_a_run_does_not_differ_from_itself(a, tmp_path):
    assert differences(a, a) == []
    assert differences(a, side_of(tmp_path)) == []  # stored twice


def test_what_became_better_is_paired_image_by_image(a, tmp_path):
    found = differences(a, side_of(tmp_path, accuracy={"mlp": 0.6}))
    assert headings(found)[:2] == ["Test accuracy", "Test images gained and lost"]
    (accuracy,) = rows(found, "Test accuracy").values()
    assert accuracy[:3] == ("50.00%", "60.00%", "10.00")
    assert accuracy[-1] == "B is better"
    images = next(listing for listing in found if listing.heading.en == "Test images gained and lost").rows
    # 200 test images, a tenth of them more: 20, in either seed; none is lost, as the same ones are the last to be right
    assert [row[:5] for row in images] == [
        ("imagenet10/mlp", "0", "20", "0", "0"),
        ("imagenet10/mlp", "1", "20", "0", "0"),
    ]
    assert all(row[0].startswith("images.") for listing in found[2:] for row in listing.rows)


def test_a_change_that_chance_explains_is_undecided(a, tmp_path):
    for accuracy, verdict in ((0.505, "equivalent"), (0.51, "equivalent"), (0.52, "B is better")):
        found = differences(a, side_of(tmp_path / str(accuracy), accuracy={"mlp": accuracy}))
        assert rows(found, "Test accuracy")["imagenet10/mlp"][-1] == verdict


def test_a_verdict_that_turned_is_said_with_both(a, tmp_path):
    found = differences(a, side_of(tmp_path, accuracy={"mlp": 0.85}))
    assert rows(found, "Verdicts that turned")["images.comparisons[cnn, mlp].verdict"] == ("supported", "equivalent")


def test_a_setting_is_named_with_both_values(a):
    def change(record):
        return {**record, "config": {**record["config"], "lr": 9.0}}

    found = differences(a, altered(a, "cnn", change))
    assert headings(found) == ["Settings"]
    assert rows(found, "Settings")["imagenet10/cnn: lr"][1] == "9"


@pytest.mark.parametrize(
    ("change", "heading", "row"),
    [
        (lambda r: {**r, "code": "f" * 64}, "Code", "imagenet10/cnn"),
        (lambda r: {**r, "versions": {**r["versions"], "torch": "3.0"}}, "Versions, machine and time", "version.torch"),
        (
            lambda r: {**r, "seconds": {**r["seconds"], "train": 99.0}},
            "Versions, machine and time",
            "imagenet10/cnn: seconds a run",
        ),
    ],
)
def test_code_versions_and_time_are_each_named(a, change, heading, row):
    found = differences(a, altered(a, "cnn", change))
    assert headings(found) == [heading]
    assert list(rows(found, heading)) == [row]


def test_other_data_are_named_and_their_images_not_paired(a, tmp_path):
    found = differences(a, side_of(tmp_path, per_class=50))
    assert "imagenet10: fingerprint" in rows(found, "Data")
    assert "Test images gained and lost" not in headings(found)
    assert {row[-1] for row in rows(found, "Test accuracy").values()} == {"other test images"}


def test_fewer_seeds_are_a_difference(a, tmp_path):
    found = rows(differences(a, side_of(tmp_path, seeds=1)), "Settings")
    assert found["imagenet10/cnn: seeds"] == ("0–1", "0")


def test_another_author_is_a_difference(a):
    found = differences(a, replace(a, fields=TitlePage(name="李四")))
    assert [listing.rows for listing in found] == [(("name", "张三", "李四"),)]


def test_a_run_that_diverged_pairs_with_nothing(a, tmp_path):
    found = differences(a, side_of(tmp_path, diverged=[("mlp", 0), ("mlp", 1)]))
    assert "imagenet10/mlp" not in rows(found, "Test accuracy")
    assert RunId("imagenet10", "mlp", 0) in a.results.records


def test_two_reports_of_one_run_and_its_results_do_not_differ(finished, tmp_path, capsys):
    assert build.main(["--compare", str(finished.pdf), str(finished.results), "--out", str(tmp_path)]) == SAME
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"A {finished.pdf}: 深度学习 · HW1-DL · 张三")
    assert second == f"B {finished.results}: results of 16 runs"
    assert last == "no difference"
    assert list(tmp_path.iterdir()) == []


def test_what_differs_is_said_and_written(finished, tmp_path, capsys):
    other = write_results(tmp_path / "r", accuracy={"cnn": 0.5})
    out = tmp_path / "out"
    assert build.main(["--compare", str(finished.pdf), str(other), "--out", str(out)]) == DIFFERENT
    said = capsys.readouterr().out
    page = (out / "compare.html").read_text(encoding="utf-8")
    assert f"written: {out / 'compare.html'}" in said
    for text in ("85.00%", "50.00%", "A is better", "images.comparisons[cnn, mlp].verdict"):
        assert text in said
        assert text in page


@pytest.mark.parametrize("name", ["absent.pdf", "empty"])
def test_what_cannot_be_compared_is_one_line_and_another_code(finished, tmp_path, capsys, name):
    (tmp_path / "empty").mkdir()
    assert build.main(["--compare", str(finished.pdf), str(tmp_path / name)]) == TROUBLE
    said = capsys.readouterr()
    assert len(said.err.strip().splitlines()) == 1
    assert name in said.err
