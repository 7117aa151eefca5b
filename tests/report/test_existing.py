import itertools
import json
from types import SimpleNamespace

import pikepdf
import pytest

from report import write
from report.existing import read_existing, report_name
from report.title_page import TitlePage

FULL3, FULL1, QUICK3, QUICK1 = itertools.product((False, True), (3, 1))


def results(quick: bool, seeds: int, demo: bool = False, reference: bool = False):
    return SimpleNamespace(quick=quick, seeds=seeds, demo=demo, reference=reference)


def put(path, quick: bool, seeds: int) -> None:
    """A PDF that carries the records of that many runs, as a report does."""
    records = {
        f"mlp/seed-{n}": {"config": {"quick": quick}, "seed": n, "finished": f"2026-01-0{n + 1}T00:00:00"}
        for n in range(seeds)
    }
    with pikepdf.new() as pdf:
        pdf.attachments["runs.json"] = pikepdf.AttachedFileSpec(pdf, json.dumps(records).encode())
        pdf.save(path)


@pytest.mark.parametrize(
    ("there", "new", "name"),
    [
        (None, FULL3, "HW1-DL"),
        (None, QUICK1, "HW1-DL"),  # nothing fuller is there
        (FULL3, FULL3, "HW1-DL"),
        (FULL1, FULL3, "HW1-DL"),
        (FULL3, FULL1, "HW1-DL-1-seed"),
        (FULL3, QUICK3, "HW1-DL-quick"),
        (FULL1, QUICK3, "HW1-DL-quick"),  # more seeds do not make up for a small part
        (QUICK3, FULL1, "HW1-DL"),
        (QUICK3, QUICK1, "HW1-DL-quick"),
        (QUICK1, QUICK3, "HW1-DL"),
    ],
)
def test_a_lesser_report_never_takes_the_name_of_a_fuller_one(tmp_path, there, new, name):
    if there:
        put(tmp_path / "HW1-DL.pdf", *there)
    assert report_name(results(*new), "both", tmp_path) == name


def test_a_fuller_quick_report_is_kept_too(tmp_path):
    put(tmp_path / "HW1-DL.pdf", *FULL3)
    put(tmp_path / "HW1-DL-quick.pdf", *QUICK3)
    assert report_name(results(*QUICK1), "both", tmp_path) == "HW1-DL-quick-1-seed"
    put(tmp_path / "HW1-DL-quick-1-seed.pdf", *QUICK1)
    assert report_name(results(*QUICK1), "both", tmp_path) == "HW1-DL-quick-1-seed"


def test_each_language_and_demo_data_have_names_of_their_own(tmp_path):
    put(tmp_path / "HW1-DL.pdf", *FULL3)
    assert report_name(results(*QUICK1), "en", tmp_path) == "HW1-DL-en"
    assert report_name(results(*QUICK1, demo=True), "both", tmp_path) == "HW1-DL-demo"
    put(tmp_path / "HW1-DL-demo-zh.pdf", *FULL3)
    assert report_name(results(*QUICK1, demo=True), "zh", tmp_path) == "HW1-DL-demo-quick-zh"


def test_the_reference_run_has_one_name_whatever_else_is_there(tmp_path):
    shown = results(*FULL3, reference=True)
    assert report_name(shown, "both") == report_name(shown, "both", tmp_path) == "HW1-DL-reference"
    put(tmp_path / "HW1-DL-reference-zh.pdf", False, 10)
    assert report_name(shown, "zh", tmp_path) == "HW1-DL-reference-zh"


def test_an_earlier_report_says_what_it_was(tmp_path):
    put(tmp_path / "a.pdf", *FULL3)
    put(tmp_path / "b.pdf", *QUICK1)
    assert str(read_existing(tmp_path / "a.pdf")) == "of 2026-01-03, 3 seeds"
    assert str(read_existing(tmp_path / "b.pdf")) == "of 2026-01-01, quick, 1 seed"


@pytest.mark.parametrize("content", [b"", b"old", b"%PDF-1.7\n", None, {}, [], {"a": 1}, {"a": {"config": {}}}])
def test_what_is_no_report_is_none(tmp_path, content):
    path = tmp_path / "x.pdf"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        with pikepdf.new() as pdf:
            pdf.attachments["runs.json"] = pikepdf.AttachedFileSpec(pdf, json.dumps(content).encode())
            pdf.save(path)
    assert read_existing(path) is None


def test_a_report_is_written_next_to_a_fuller_one_and_what_is_kept_or_replaced_is_said(tmp_path, monkeypatch):
    """Everything around the names, with nothing drawn or printed."""
    for name in ("check_fonts", "compute_findings", "Source"):
        monkeypatch.setattr(write, name, lambda *_: None)

    def report(quick: bool, seeds: int) -> tuple[list[str], list[str]]:
        said = []
        put(tmp_path / "finished", quick, seeds)
        finished = (tmp_path / "finished").read_bytes()
        monkeypatch.setattr(write, "pack", lambda *_: {"runs.json": finished})
        monkeypatch.setattr(write, "_print", lambda *_: (finished, "page"))
        records = {n: {"finished": "2026-01-01"} for n in range(seeds)}
        made = SimpleNamespace(**vars(results(quick, seeds)), stale=(), records=records)
        paths = write.write_report(made, (), TitlePage(), tmp_path, say=said.append)
        return [path.name for path in paths], said[1:]

    assert report(*FULL1) == (["HW1-DL.pdf", "HW1-DL.html"], [])
    before = (tmp_path / "HW1-DL.pdf").read_bytes()
    kept = f"kept: {tmp_path / 'HW1-DL.pdf'}, which is fuller"
    assert report(*QUICK1) == (["HW1-DL-quick.pdf", "HW1-DL-quick.html"], [kept])
    assert (tmp_path / "HW1-DL.pdf").read_bytes() == before
    replaced = f"replaced: {tmp_path / 'HW1-DL.pdf'} (was of 2026-01-01, 1 seed)"
    assert report(*FULL3) == (["HW1-DL.pdf", "HW1-DL.html"], [replaced])
