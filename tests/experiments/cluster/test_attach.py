"""build.py --cluster with a scheduler on PATH that does what its commands say."""

from types import SimpleNamespace

import pytest

from experiments.cluster import attach
from experiments.cluster.settings import Scheduler
from experiments.cluster.status import ATTEMPTS
from experiments.errors import UserError

CNN = "imagenet10/cnn/seed-0"


def test_waiting_ends_when_all_runs_are_there(desk, monkeypatch):
    looks = []

    def sleep(seconds):
        looks.append(seconds)
        if len(looks) == 2:
            desk.train()
        assert len(looks) < 5

    monkeypatch.setattr(attach, "time", SimpleNamespace(sleep=sleep))
    assert desk.attach(wait=True) == (desk.datasets, 1)
    assert looks == [attach.EVERY] * 2
    assert len(desk.tasks()) == len(desk.plan().record["groups"])  # none was submitted twice


def test_ctrl_c_while_waiting_loses_nothing(desk, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(attach, "time", SimpleNamespace(sleep=interrupted))
    with pytest.raises(KeyboardInterrupt):
        desk.attach(wait=True)
    before = desk.tasks()
    assert {state for _, _, state in before} == {"PENDING"}
    assert desk.attach() is None  # the same command attaches
    assert desk.tasks() == before
    desk.train()
    assert desk.attach(wait=True) == (desk.datasets, 1)


def test_cancel_ends_what_is_of_this_plan_and_nothing_else(desk):
    desk.attach()
    desk.attach(seeds=2)
    own, other = desk.plan().digest[:8], desk.plan(2).digest[:8]
    assert own != other
    assert desk.attach(cancel=True) is None
    assert {state for _, _, state in desk.tasks(f"hw1-{own}")} == {"CANCELLED"}
    assert {state for _, _, state in desk.tasks(f"hw1-{other}")} == {"PENDING"}
    assert {array.state for array in desk.arrays()} == {"cancelled"}
    submitted = len(desk.tasks())
    desk.attach()  # and they can be asked for again
    assert len(desk.tasks()) == submitted + len(desk.plan().record["groups"])


def test_a_cancellation_that_did_not_come_through_is_told_and_can_be_repeated(desk):
    desk.attach()
    desk.scheduler = Scheduler(cancel=("sh", "-c", "echo 'Socket timed out' >&2; exit 1"))
    with pytest.raises(UserError, match=r"hw1-\w+-0: not cancelled \(Socket timed out\); run the same command again"):
        desk.attach(cancel=True)
    desk.scheduler = Scheduler()
    desk.attach(cancel=True)
    assert {state for _, _, state in desk.tasks()} == {"CANCELLED"}


def test_retry_submits_again_what_has_failed_and_nothing_else(desk):
    desk.attach()
    desk.train()
    desk.stored.remove(CNN)
    desk.fails(CNN)
    before = len(desk.tasks())
    with pytest.raises(UserError, match=r"1 runs have failed; their logs are in .*--retry"):
        desk.attach()
    assert len(desk.tasks()) == before
    assert desk.attach(retry=True) is None
    assert [state for _, _, state in desk.tasks()[before:]] == ["PENDING"]
    assert desk.arrays()[-1].groups == [CNN]
    assert desk.attach() is None  # it is on its way: no failure, and no second submission
    assert len(desk.tasks()) == before + 1
    desk.train()
    assert desk.attach() == (desk.datasets, 1)


def test_fewer_attempts_are_made_again_without_being_asked(desk):
    desk.attach()
    desk.train()
    desk.stored.remove(CNN)
    desk.fails(CNN, ATTEMPTS - 1)
    before = len(desk.tasks())
    assert desk.attach() is None
    assert len(desk.tasks()) == before + 1
