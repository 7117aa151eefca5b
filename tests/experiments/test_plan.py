import dataclasses
import shutil

import pytest

from experiments.catalog import EXPERIMENTS
from experiments.plan import expected_seconds, plan_runs
from experiments.store.runs import Key, RunId, stored_runs
from tests.synthetic import write_results

IMAGENET10 = EXPERIMENTS[1]


@pytest.fixture
def stored(tmp_path):
    return write_results(tmp_path, seeds=2, per_class=20)


def wanted(results, **changed):
    """The runs of the image models with two seeds each, with changed settings of the CNN."""
    fingerprint = stored_runs(results, RunId("imagenet10", "cnn", 0))[0].record["dataset"]["fingerprint"]
    return [
        (
            RunId("imagenet10", name, seed),
            Key(
                dataclasses.replace(config, **changed) if name == "cnn" else config,
                seed,
                fingerprint,
                IMAGENET10.code_of(name),
            ),
        )
        for name, config in IMAGENET10.variants.items()
        for seed in range(2)
    ]


def test_nothing_to_train_is_said(stored):
    *lines, summary = plan_runs(wanted(stored), stored)
    assert len(lines) == 6
    assert all(line.endswith(": stored") for line in lines)
    assert summary == "nothing to train: all 6 runs are stored"


def test_a_changed_setting_is_shown_from_old_to_new_with_the_time_to_expect(stored):
    *lines, summary = plan_runs(wanted(stored, epochs=100), stored)
    assert "imagenet10/cnn seed 1: train (epochs 50 -> 100)" in lines
    # A stored run took 10 + 1 + 0.5 s for 50 epochs: two of 100 take 46.
    assert summary == "2 of 6 runs to train, about 46 s by stored runs, one after another"


def test_a_run_of_which_no_time_is_known_is_counted(stored):
    shutil.rmtree(stored / "imagenet10" / "mlp")
    *lines, summary = plan_runs(wanted(stored, lr=1.0), stored)
    assert "imagenet10/mlp seed 0: train (nothing stored)" in lines
    assert "imagenet10/cnn seed 0: train (lr 0.003 -> 1.0)" in lines
    # Two CNN runs of 11.5 s.
    assert (
        summary == "4 of 6 runs to train, about 23 s by stored runs, one after another, and 2 of which no time is known"
    )


def test_no_time_is_said_where_none_is_known(tmp_path, stored):
    _, summary = plan_runs(wanted(stored)[:1], tmp_path / "empty")
    assert summary == "1 of 1 runs to train"


def test_other_code_and_other_data_are_reasons(stored):
    (run_id, key), *_ = wanted(stored)
    assert plan_runs([(run_id, dataclasses.replace(key, code="0" * 64, dataset="1" * 64))], stored)[0] == (
        "imagenet10/layer2nn seed 0: train (dataset, code)"
    )


def test_the_time_of_a_quick_run_says_nothing_of_a_full_one(stored):
    ((run_id, key),) = [pair for pair in wanted(stored) if pair[0] == RunId("imagenet10", "cnn", 0)]
    runs = stored_runs(stored, run_id)
    quick = dataclasses.replace(key, config=key.config.shortened())
    assert expected_seconds([(run_id, key)], runs) == {run_id: pytest.approx(11.5)}
    assert expected_seconds([(run_id, quick)], runs) == {run_id: None}
