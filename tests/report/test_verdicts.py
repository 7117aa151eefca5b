from pathlib import Path

import pytest

import build
from experiments.claims import Outcome
from experiments.store.runs import RunId
from report import verdicts
from report.judged import Verdicts, VerifyError


@pytest.fixture
def said(monkeypatch):
    """verify_each of files called good, bad and broken; → whether all hold, and what was said."""

    def verify(path: Path) -> Verdicts:
        if path.name == "broken":
            raise VerifyError(f"{path}: not a PDF")
        verdicts = Verdicts(path, ["HW1-DL"])
        verdicts.check(True)
        verdicts.check(path.name != "bad", "page 1: altered")
        return verdicts

    def each(*names: str) -> tuple[bool, list[str]]:
        lines: list[str] = []
        return verdicts.verify_each(
            [Path(n) for n in names], lines.append, lambda line: lines.append(f"E {line}")
        ), lines

    monkeypatch.setattr(verdicts, "verify", verify)
    return each


def test_the_verdict_of_one_report_is_its_own_line(said):
    assert said("good") == (True, ["good: HW1-DL\nclaims: 2/2 hold"])
    assert said("bad") == (False, ["bad: HW1-DL\npage 1: altered\nclaims: 1/2 hold"])


@pytest.mark.parametrize("order", [("bad", "broken", "good"), ("good", "broken", "bad")])
def test_every_report_has_a_verdict_with_its_name_whatever_the_others_are(said, order):
    hold, lines = said(*order)
    assert not hold
    assert set(lines) == {
        "good: HW1-DL\nclaims: 2/2 hold",
        "bad: HW1-DL\npage 1: altered\nclaims: 1/2 hold",
        "E broken: not a PDF",
    }


def test_several_good_reports_hold(said):
    assert said("good", "good")[0]


def test_a_file_that_cannot_be_checked_is_none_that_holds(said):
    assert said("broken", "good") == (False, ["E broken: not a PDF", "good: HW1-DL\nclaims: 2/2 hold"])


def replayed(finding):
    """The verdicts on a report of which one run was replayed, with that finding."""
    verdict = Verdicts(Path("a.pdf"), source=object())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdicts, "claims_of", lambda source, part: [part])
        outcome = Outcome(RunId("softmax", "wrong", 0), finding, "as found")
        verdicts.replayed("softmax", lambda claims: [outcome for _ in claims], verdict)
    return verdict


def test_a_run_that_differs_when_trained_again_is_a_fault():
    verdict = replayed("differs")
    assert not verdict.holds
    assert verdict.faults == ["replay of softmax/wrong seed 0: as found"]


@pytest.mark.parametrize(("finding", "claims"), [("equal", 1), ("agrees", 1), ("not replayed", 0)])
def test_a_run_that_holds_is_a_claim_and_one_that_cannot_be_replayed_is_none(finding, claims):
    verdict = replayed(finding)
    assert (verdict.claims, verdict.failed) == (claims, 0)
    assert verdict.notes == ["replay of softmax/wrong seed 0: as found"]


@pytest.mark.parametrize("option", [["--device", "cpu"], ["--images-per-class", "5"]])
def test_what_replay_needs_has_no_effect_without_it(capsys, option):
    assert build.main(["--verify", "a.pdf", *option]) == 1
    assert f"{option[0]} has no effect with --verify without --replay" in capsys.readouterr().err
