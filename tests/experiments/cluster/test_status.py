import threading
import time

import pytest

from experiments.cluster import status
from experiments.cluster.status import ATTEMPTS, TWICE, Heart, read_status, this_process
from experiments.errors import RefusedError, UserError


@pytest.fixture(autouse=True)
def task(monkeypatch):
    monkeypatch.setattr(status, "EPOCH_PAUSE", 0.0)
    monkeypatch.setenv(status.TASK, "hw1-1a2b3c4d-0/3")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "status" / "imagenet10,cnn,seed-2.json"


def tried(path, epoch=0, error=None):
    """One attempt that reaches an epoch and ends with an error."""
    heart = Heart(path, 50)
    heart.give_up_in_vain()
    try:
        with heart:
            if epoch:
                heart.reached(epoch)
            if error:
                raise error
    except BaseException as raised:
        if raised is not error:
            raise
    return read_status(path)


def test_what_a_task_reaches_can_be_read_while_it_runs(path):
    with Heart(path, 50) as heart:
        heart.reached(12)
        now = read_status(path)
        assert (now.state, now.epoch, now.epochs, now.task) == ("running", 12, 50, "hw1-1a2b3c4d-0/3")
    assert read_status(path).state == "done"


@pytest.mark.parametrize(
    ("error", "state", "message"),
    [
        (UserError("no memory"), "failed", "no memory"),
        (ZeroDivisionError(), "failed", "ZeroDivisionError"),
        (RefusedError("other code"), "refused", "other code"),
        (KeyboardInterrupt(), "stopped", "stopped by a signal"),
    ],
)
def test_how_a_task_ended_is_told(path, error, state, message):
    found = tried(path, 1, error)
    assert (found.state, found.message) == (state, message)


def test_a_task_that_lives_gives_signs_of_it_between_epochs(path, monkeypatch):
    monkeypatch.setattr(status, "BEAT", 0.02)
    with Heart(path, 50):
        first = read_status(path).beat
        time.sleep(0.2)
        assert read_status(path).beat > first


def test_three_attempts_without_a_new_epoch_are_enough(path):
    for _ in range(ATTEMPTS):
        tried(path, error=UserError("the disk is full"))
    with pytest.raises(UserError, match="3 attempts without a new epoch after epoch 0; the last one: the disk is full"):
        tried(path)
    assert read_status(path).state == "failed"
    with pytest.raises(UserError, match="3 attempts without a new epoch"):  # and it stays so
        tried(path)


def test_a_new_epoch_gives_three_attempts_more(path):
    for epoch in (1, 1, 2, 2, 3, 3):
        tried(path, epoch, KeyboardInterrupt())
    assert read_status(path).epoch == 3
    assert read_status(path).in_vain == 1  # the second that began there


def test_another_task_that_lives_is_left_alone(path, monkeypatch):
    monkeypatch.setattr(status, "BEAT", 0.1)
    with Heart(path, 50):
        monkeypatch.setenv(status.TASK, "hw1-1a2b3c4d-1/0")
        assert Heart(path, 50).others_life(5)
        monkeypatch.setenv(status.TASK, "hw1-1a2b3c4d-0/3")  # the same, requeued: its node is lost
        assert not Heart(path, 50).others_life(5)
    monkeypatch.setenv(status.TASK, "hw1-1a2b3c4d-1/0")
    assert not Heart(path, 50).others_life(5)  # it has ended


def test_another_task_that_gives_no_sign_of_life_is_replaced(path, monkeypatch):
    with Heart(path, 50):
        monkeypatch.setenv(status.TASK, "hw1-1a2b3c4d-1/0")
        assert not Heart(path, 50).others_life(0.1)


def test_two_tasks_of_one_run_are_noted_whichever_ends_last(path, monkeypatch):
    with Heart(path, 50) as first:
        monkeypatch.setattr(status, "this_process", lambda: "node2:7")
        monkeypatch.setenv(status.TASK, "hw1-1a2b3c4d-1/0")
        with Heart(path, 50) as second:
            first.reached(1)
            second.reached(2)
    found = read_status(path)
    assert found.notes == [TWICE]
    assert [attempt.task for attempt in found.attempts] == ["hw1-1a2b3c4d-0/3", "hw1-1a2b3c4d-1/0"]
    assert found.epoch == 2


@pytest.mark.parametrize("content", [b"", b"{", b'{"epoch": "x"}', b"[]"])
def test_a_file_that_is_damaged_says_nothing(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    assert read_status(path) is None
    assert tried(path, 3).epoch == 3


def test_a_process_is_named_by_its_node_and_number():
    assert this_process().rpartition(":")[2].isdecimal()
    assert threading.active_count() == 1  # no heart beats on
