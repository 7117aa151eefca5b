"""The receipt, and hand-ins that somebody was handed: whole, altered, broken and hostile."""

import json
from datetime import UTC, datetime

import pytest

import build
from experiments.disk.files import sha256
from experiments.errors import UserError
from report.handin.archive import write_archive
from report.handin.contents import SCORES, collect
from report.handin.crate import CRATE, SUMS, crate_faults, sums, sums_faults
from report.handin.naming import Settings
from report.handin.receipt import receipt, verify_archive
from report.judged import Verdicts
from tests.report.handin.conftest import STEM


@pytest.fixture
def packed(files, tmp_path):
    """packed(change) → an archive of the files after change(files)."""

    def pack(change=lambda files: None):
        altered = dict(files)
        change(altered)
        path = tmp_path / f"{STEM}.zip"
        path.write_bytes(write_archive(altered, STEM))
        return path

    return pack


def test_a_receipt_says_what_was_handed_in():
    verdicts = Verdicts(about=["HW1", "张三"], claims=3)
    text = receipt({"a.zip": b"abc"}, 7, 23, verdicts, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert text.splitlines() == [
        "可以提交 · ready to submit",
        "time     2026-01-02T03:04:05+00:00",
        "file     a.zip",
        "size     3 bytes (0.00 MB)",
        "SHA-256  ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "holds    7 files",
        "report   23 pages, claims: 3/3 hold",
        "about    HW1 · 张三",
    ]


def test_a_hand_in_holds_and_says_whose_it_is(packed, capsys):
    path = packed()
    assert build.main(["--verify", str(path)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == f"{path}: HW1-DL · 张三 · 20231234567 · full run · 2 seeds · Test CPU"
    claims = last.removeprefix("claims: ").removesuffix(" hold").split("/")
    assert claims[0] == claims[1]


def without_sums(name, data):
    """Alter a file, and the sums to fit."""

    def change(files):
        files[name] = data
        files.pop(SUMS)
        files[SUMS] = sums(files)

    return change


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        (
            lambda files: files.update({"main.ipynb": b"{}"}),
            ["main.ipynb: altered", f"main.ipynb: not as {CRATE} says"],
        ),
        (lambda files: files.pop("cnn.py"), [f"cnn.py: in {SUMS}, not there", f"cnn.py: listed in {CRATE}, not there"]),
        (lambda files: files.update({"x.py": b""}), [f"x.py: not in {SUMS}", f"x.py: not listed in {CRATE}"]),
        (lambda files: files.pop(SUMS), [f"{SUMS}: not there"]),
        (without_sums(CRATE, b"[]"), [f"{CRATE}: cannot be read (TypeError)"]),
        (without_sums("cnn.py", b"1"), [f"cnn.py: not as {CRATE} says"]),
        (
            without_sums("results/curves.csv", b"a\n"),
            [f"results/curves.csv: not as {CRATE} says", "results/curves.csv: not the table that the report carries"],
        ),
        (
            without_sums(SCORES, b"model\n"),
            [f"{SCORES}: not as {CRATE} says", f"{SCORES}: not what the report's data give"],
        ),
    ],
    ids=[
        "altered",
        "missing",
        "added",
        "no sums",
        "no crate",
        "altered with the sums",
        "altered table",
        "altered scores",
    ],
)
def test_what_was_altered_is_named(packed, change, faults):
    verdicts = verify_archive(packed(change))
    assert not verdicts.holds
    assert verdicts.faults == faults


def test_sums_are_those_of_sha256sum(files):
    lines = files[SUMS].decode().splitlines()
    assert f"{sha256(files['cnn.py'])}  cnn.py" in lines
    assert len(lines) == len(files) - 1
    assert sums_faults(files) == crate_faults(files) == []


def test_a_report_that_is_broken_is_one_line(packed, files):
    with pytest.raises(UserError, match=rf"{STEM}\.pdf: not a PDF") as error:
        verify_archive(packed(lambda files: files.update({f"{STEM}.pdf": b"%PDF-1.7 broken"})))
    assert "\n" not in str(error.value)


def test_without_a_report_it_is_looked_for_next_to_the_archive(packed, edition):
    path = packed(lambda files: files.pop(f"{STEM}.pdf"))
    with pytest.raises(UserError, match=rf"no report is in it; put {STEM}\.pdf next to it"):
        verify_archive(path)
    path.with_suffix(".pdf").write_bytes(edition.pdf)
    assert not any("PDF" in fault for fault in verify_archive(path).faults)


def test_the_html_edition_in_a_hand_in_is_checked_too(edition, tmp_path):
    files = collect(edition, Settings(html=True), STEM, {}, anonymous=False)
    path = tmp_path / "a.zip"
    path.write_bytes(write_archive(files, STEM))
    assert verify_archive(path).holds
    altered = {**files, f"{STEM}.html": edition.html.replace(b"85.00%", b"95.00%", 1)}
    path.write_bytes(write_archive(altered, STEM))
    faults = verify_archive(path).faults
    assert any(fault.startswith(f"{STEM}.html: title page: 95.00%, the data give 85.00%") for fault in faults), faults
    alone = {name: data for name, data in altered.items() if not name.endswith(".pdf")}
    path.write_bytes(write_archive(alone, STEM))
    assert any(fault.startswith("title page: 95.00%") for fault in verify_archive(path).faults)


def test_two_reports_in_one_hand_in_are_refused(packed):
    with pytest.raises(UserError, match="2 PDFs"):
        verify_archive(packed(lambda files: files.update({"other.pdf": b""})))


def test_a_hostile_hand_in_does_not_end_the_others(packed, tmp_path, capsys):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"PK\x03\x04 nothing")
    assert build.main(["--verify", str(bad), str(packed())]) == 1
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert said.out.splitlines()[-1].startswith("claims: ")


def test_the_crate_is_a_process_run_crate(files):
    """The profile's MUSTs (https://w3id.org/ro/wfrun/process/0.5) and SHOULDs, as roc-validator 0.13 asks for them."""
    document = json.loads(files[CRATE])
    graph = {entry["@id"]: entry for entry in document["@graph"]}
    assert len(graph) == len(document["@graph"])
    assert graph[CRATE]["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    assert graph[CRATE]["about"] == {"@id": "./"}
    profile = graph[graph["./"]["conformsTo"]["@id"]]
    assert profile["@type"] == "CreativeWork"
    for mention in graph["./"]["mentions"]:
        action = graph[mention["@id"]]
        assert action["@type"] == "CreateAction"
        assert graph[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
        for ref in [*action["object"], *action["result"], action["agent"]]:
            assert ref["@id"] in graph
        assert graph[action["agent"]["@id"]]["@type"] == "Person"
        assert action["endTime"][:10] == graph["./"]["datePublished"]
        assert action["instrument"]["@id"].startswith("urn:sha256:")  # SHOULD be an absolute URI
        assert graph[action["instrument"]["@id"]]["url"]["@id"] in graph
        assert action["result"]
    files_listed = [entry for entry in graph.values() if entry["@type"] == "File"]
    assert {ref["@id"] for ref in graph["./"]["hasPart"]} == {entry["@id"] for entry in files_listed}
    assert all(entry["@id"].isascii() for entry in files_listed)  # URIs
    assert "sha256" in document["@context"][1]  # a term that RO-Crate 1.1 does not define
    assert graph["./"].keys() >= {"name", "description", "datePublished", "license", "author"}


def test_the_crate_of_an_anonymous_hand_in_has_an_agent_without_a_name(edition):
    files = collect(edition, Settings(), "HW1", {}, anonymous=True)
    graph = {entry["@id"]: entry for entry in json.loads(files[CRATE])["@graph"]}
    assert (
        graph[graph["#training"]["agent"]["@id"]]["name"] == graph[graph["./"]["author"]["@id"]]["name"] == "anonymous"
    )
