"""A claimed run against the same run trained again: equal on a like machine, alike elsewhere."""

import pytest

from experiments.catalog import SOFTMAX
from experiments.claims import Claim, accuracy, judge
from experiments.replay import replay
from experiments.store.runs import RunId, to_csv

RUN = RunId("softmax", "wrong", 0)
RECORD = {
    "code": "c" * 64,
    "device": {"kind": "cpu", "name": "Test CPU", "threads": 2, "dtype": "float32"},
    "versions": {"python": "3.11", "torch": "2.9"},
    "dataset": {"name": "fashion-mnist", "origin": "demo", "fingerprint": "f" * 64},
}
ELSEWHERE = {**RECORD, "device": {**RECORD["device"], "name": "Other CPU"}}


def predictions(wrong: range, images: int = 1000) -> bytes:
    """Labels 0; those in `wrong` are taken for 1."""
    rows = [(i, 0, int(i in wrong), 0.5, 0.5) for i in range(images)]
    return to_csv(("sample", "label", "predicted", "p_label", "p_predicted"), rows)


def claim(wrong: range, record=RECORD, **changes) -> Claim:
    files = {"predictions.csv": predictions(wrong), "curves.csv": b"x\n"} | changes
    return Claim(RUN, SOFTMAX.variants["wrong"], record, 100, files)


TRAINED = {"predictions.csv": predictions(range(200)), "curves.csv": b"x\n", "run.json": b"{}"}


def test_equal_bytes_are_equal_wherever_they_were_made():
    for record in (RECORD, ELSEWHERE):
        assert judge(claim(range(200)), record, TRAINED, 0.0).finding == "equal"


@pytest.mark.parametrize(
    ("forged", "said"),
    [
        (claim(range(199)), "1 of 1000 predictions differ, accuracy +0.10 points in the report; on a like machine "),
        (claim(range(200), **{"curves.csv": b"y\n"}), "0 of 1000 predictions differ"),
    ],
    ids=["prediction", "curve"],
)
def test_on_a_like_machine_nothing_may_differ(forged, said):
    outcome = judge(forged, RECORD, TRAINED, 0.5)
    assert outcome.finding == "differs"
    assert outcome.message.startswith(said)


def test_elsewhere_the_accuracy_may_differ_by_what_images_and_seeds_allow():
    # 50 images right there alone, 40 here alone: 2.576 · √90 / 1000 = 2.44 points
    alike = judge(claim(range(50, 240)), ELSEWHERE, {**TRAINED, "predictions.csv": predictions(range(0, 200))}, 0.0)
    assert alike.finding == "agrees"
    assert "90 of 1000 predictions differ, accuracy +1.00 points in the report, within the 2.44" in alike.message
    assert "name Test CPU -> Other CPU" in alike.message
    # 30 rows flipped, nothing else: 2.576 · √30 / 1000 = 1.41 points, and 3.00 were gained
    assert judge(claim(range(30, 200)), ELSEWHERE, TRAINED, 0.0).finding == "differs"
    # seeds that spread by a point allow it: 2.576 · √(30 / 1000² + 2 · 0.01²) = 3.91
    assert judge(claim(range(30, 200)), ELSEWHERE, TRAINED, 0.01).finding == "agrees"


def test_other_images_are_no_replay_of_these():
    other = claim(range(0), **{"predictions.csv": predictions(range(0), images=999)})
    assert judge(other, ELSEWHERE, TRAINED, 0.5).finding == "differs"


def test_a_run_that_diverged_in_both_has_no_accuracy():
    empty = predictions(range(0), images=0)
    assert accuracy(empty) != accuracy(empty)
    assert (
        judge(claim(range(0), **{"predictions.csv": empty}), RECORD, {**TRAINED, "predictions.csv": empty}, 0).finding
        == "equal"
    )


def test_code_of_another_version_is_not_called_forged():
    """And nothing is loaded or trained for it: the options are not looked at."""
    (outcome,) = replay([claim(range(1))], options=None, progress=None)
    assert outcome.finding == "not replayed"
    assert "other code than the one that trained it" in str(outcome)
