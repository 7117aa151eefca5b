"""Hand-ins of a folder are replayed together: each run is trained once for all that claim it with equal settings."""

from dataclasses import replace
from pathlib import Path

import pytest

from experiments.claims import Outcome
from report.handin import replays
from report.handin.archive import write_archive
from report.handin.desk import FAILS, HOLDS, UNREADABLE, Row
from report.handin.overview import overview
from report.handin.replays import replay_rows, source_in
from tests.report.handin.conftest import STEM


@pytest.fixture
def handed(edition, files, tmp_path) -> list[Row]:
    """The same report as a PDF, as HTML and in an archive, and one that cannot be read."""
    archive = write_archive(files, STEM)
    for name, data in (("a.pdf", edition.pdf), ("b.html", edition.html), ("c.zip", archive), ("d.pdf", b"")):
        (tmp_path / name).write_bytes(data)
    return [Row(tmp_path / name, HOLDS) for name in ("a.pdf", "b.html", "c.zip")] + [Row(Path("d.pdf"), UNREADABLE)]


def test_the_claims_of_a_folder_are_replayed_together_and_told_apart(handed):
    calls, said = [], []

    def replay(claims):
        calls.append(claims)
        findings = ["equal"] * (len(claims) - 1) + ["differs"]
        return [Outcome(claim.run_id, finding, "as found") for claim, finding in zip(claims, findings, strict=True)]

    first, second, third, fourth = replay_rows(handed, "layer2nn", replay, said.append)
    (claims,) = calls
    assert len(claims) == 3 * 2
    assert (first.verdict, first.replay) == (second.verdict, second.replay) == (HOLDS, "2 equal")
    assert (third.verdict, third.replay) == (FAILS, "1 equal, 1 differs")
    assert third.fault == "replay of imagenet10/layer2nn seed 1: as found"
    assert fourth == handed[3]
    assert said == ["3 of 3 replayed"]


def test_what_cannot_be_replayed_says_why(handed, monkeypatch):
    row = handed[0]

    def elsewhere(claims):
        return [Outcome(claim.run_id, "not replayed", "why") for claim in claims]

    (told,) = replay_rows([row], "softmax", elsewhere, id)
    assert (told.verdict, told.replay) == (HOLDS, "why")
    claims_of = replays.claims_of

    def endless(source, part):
        return [replace(c, config=replace(c.config, epochs=10**9)) for c in claims_of(source, part)]

    monkeypatch.setattr(replays, "claims_of", endless)
    (told,) = replay_rows([row], "softmax", lambda claims: pytest.fail("trained"), id)
    assert "claims 1000000000 epochs, 10 are usual; replay that file by itself" in told.replay


def test_every_edition_carries_the_same_source(handed):
    pdf, html, archive = (source_in(row.path) for row in handed[:3])
    assert pdf.fields == html.fields == archive.fields
    assert pdf.results.records == html.results.records == archive.results.records


def test_words_and_replay_are_columns_and_empty_ones_are_not_on_the_terminal():
    words = {"holds": 5, "free": 2, "unmatched": 1, "contradicted": 0}
    good = Row(Path("a.pdf"), HOLDS, kind="full", words=words, replay="15 equal")
    (table,) = overview([good, Row(Path("b.pdf"), FAILS)])
    heads = [column.en for column in table.columns]
    start = heads.index("words: holds")
    assert heads[start + 1 :] == ["words: free", "words: unmatched", "words: contradicted", "replay", "first fault"]
    assert table.rows[0][start : start + 5] == ("5", "2", "1", "0", "15 equal")
    assert table.rows[1][start : start + 5] == ("",) * 5
    assert b"words: contradicted,replay,first fault" in table.csv()
    assert "replay" in table.text()
    (bare,) = overview([Row(Path("a.pdf"), HOLDS, kind="full")])
    assert "replay" not in bare.text()
    assert "replay" in bare.csv().decode()
    (bad,) = overview([replace(good, words={**words, "contradicted": 1})])
    assert bad.bad == {0}
