import json
import os
import time

import pytest

from experiments.catalog import EXPERIMENTS
from experiments.cluster import table
from experiments.cluster.arrays import Array, Arrays
from experiments.cluster.plan import make_plan
from experiments.cluster.status import ATTEMPTS, status_path
from experiments.cluster.table import survey
from experiments.disk.records import UnreadableError
from experiments.options import TrainingOptions

CNN, MLP = "imagenet10/cnn/seed-0", "imagenet10/mlp/seed-0"


@pytest.fixture
def place(tmp_path, tiny_garments, tiny_images):
    options = TrainingOptions(
        seeds=1,
        softmax_seeds=1,
        series=None,
        ablation=None,
        quick=False,
        device="cpu",
        precision="auto",
        threads=1,
        results=tmp_path,
    )
    datasets = {"fashion-mnist": tiny_garments, "imagenet10": tiny_images}
    return Place(make_plan(options, EXPERIMENTS, datasets), tmp_path)


class Place:
    """A plan, what its tasks have said, and what was submitted."""

    def __init__(self, plan, results):
        self.plan, self.results, self.folder = plan, results, plan.folder(results)
        self.arrays = []

    def said(self, group, state, *, epoch=0, task="hw1-x-0/0", ago=0.0, attempts=1, message=""):
        path = status_path(self.folder, group)
        path.parent.mkdir(parents=True, exist_ok=True)
        tried = [{"task": task, "node": "node7", "epoch": epoch}] * attempts
        status = {"state": state, "epoch": epoch, "epochs": 50, "attempts": tried, "message": message}
        path.write_text(json.dumps(status))
        os.utime(path, (time.time() - ago,) * 2)

    def submitted(self, *groups, age=0.0, state="taken", epochs=None):
        array = Array(f"hw1-x-{len(self.arrays)}", list(groups), epochs or [0] * len(groups), state)
        self.arrays.append((array, age))

    def log(self, array, index, text):
        logs = Arrays(self.folder, self.plan.digest).logs
        logs.mkdir(parents=True, exist_ok=True)
        (logs / f"{array}.{index}.txt").write_text(text)

    def line(self, group=CNN, listed=frozenset()):
        found = {g.name: g for g in survey(self.plan, self.results, self.arrays, listed)}
        return list(found[group].lines())


OLD = 1000.0  # seconds


def test_what_was_never_submitted_is_missing(place):
    assert place.line() == [f"{CNN}: not queued"]


def test_every_run_of_a_group_has_a_line(place):
    assert [line.partition(":")[0] for line in place.line("softmax/seeds-0-0")] == [
        f"softmax/{variant}/seed-0" for variant in EXPERIMENTS[0].variants
    ]


def test_what_was_taken_a_moment_ago_is_queued_though_it_is_not_listed(place):
    place.submitted(CNN)
    assert place.line() == [f"{CNN}: queued"]


def test_what_is_listed_is_queued_however_old_it_is(place):
    place.submitted(MLP, CNN, age=OLD)
    assert place.line(listed={("hw1-x-0", "1")}) == [f"{CNN}: queued"]
    assert place.line(listed={("hw1-x-0", "")}) == [f"{CNN}: queued"]
    assert place.line(listed={("hw1-x-0", "0"), ("other", "1")}) == [f"{CNN}: not queued"]


def test_what_a_scheduler_has_forgotten_is_missing_after_a_while(place):
    place.submitted(CNN, age=table.GRACE + 1)
    assert place.line() == [f"{CNN}: not queued"]
    assert place.line(listed=None) == [f"{CNN}: queued"]  # it does not answer: nothing is known


def test_a_task_that_gave_a_sign_of_life_runs_whatever_the_scheduler_lists(place):
    place.said(CNN, "running", epoch=12, ago=5)
    assert place.line() == [f"{CNN}: running, epoch 12/50 (node7)"]


def test_a_task_without_a_sign_of_life_runs_only_if_it_is_listed(place):
    place.submitted(CNN, age=OLD)
    place.said(CNN, "running", epoch=12, ago=OLD)
    assert place.line(listed={("hw1-x-0", "0")}) == [f"{CNN}: running, epoch 12/50 (node7)"]
    assert place.line()[0] == f"{CNN}: not queued, goes on after epoch 12 (its task ended without a word)"


def test_files_of_a_task_that_ended_a_moment_ago_may_be_seen_late(place):
    place.said(CNN, "done", epoch=50, ago=5)
    assert place.line() == [f"{CNN}: ended (node7); its files may be on their way"]
    place.said(CNN, "done", epoch=50, ago=OLD)
    assert place.line()[0].startswith(f"{CNN}: not queued")


def test_a_task_that_was_stopped_is_missing_at_once_and_goes_on_after_its_epoch(place):
    place.submitted(CNN)
    place.said(CNN, "stopped", epoch=3, message="stopped by a signal")
    assert place.line() == [f"{CNN}: not queued, goes on after epoch 3 (stopped by a signal)"]


@pytest.mark.parametrize("state", ["refused", "cancelled"])
def test_what_was_refused_or_cancelled_is_missing(place, state):
    place.submitted(CNN, state=state)
    assert place.line(listed={("hw1-x-0", "0")}) == [f"{CNN}: not queued"]


def test_three_attempts_without_a_new_epoch_are_a_failure_with_the_end_of_the_log(place):
    place.submitted(CNN, age=OLD)
    place.said(CNN, "failed", attempts=ATTEMPTS, message="no space left")
    place.log("hw1-x-0", 0, "\n".join(map(str, range(20))))
    first, *log = place.line()
    assert first == f"{CNN}: failed: 3 attempts without a new epoch after epoch 0; the last: no space left"
    assert log == [f"    {n}" for n in range(20 - table.LOG_LINES, 20)]


def test_tasks_that_end_before_the_program_begins_are_counted_by_their_logs(place):
    for n in range(3):
        place.submitted(CNN, age=OLD)
        assert place.line()[0].startswith(f"{CNN}: not queued")
        place.log(f"hw1-x-{n}", 0, "module: command not found")
    first, last = place.line()
    assert first == f"{CNN}: failed: 3 attempts without a new epoch after epoch 0; the last: its tasks never began"
    assert last == "    module: command not found"


def test_an_epoch_more_gives_three_attempts_more(place):
    for n in range(3):
        place.submitted(CNN, age=OLD, epochs=[0])
        place.log(f"hw1-x-{n}", 0, "")
    place.said(CNN, "stopped", epoch=1, ago=OLD)
    assert place.line()[0].startswith(f"{CNN}: not queued, goes on after epoch 1")


def test_what_cannot_be_read_now_is_not_trained_again(place, monkeypatch):
    def fail(*_):
        raise UnreadableError("run.json: cannot be read (Stale file handle)")

    monkeypatch.setattr(table, "find_run", fail)
    assert place.line() == [f"{CNN}: unreadable: run.json: cannot be read (Stale file handle)"]


def test_what_is_stored_is_done_whatever_was_said(place, monkeypatch):
    place.said(CNN, "failed", attempts=ATTEMPTS)
    monkeypatch.setattr(table, "find_run", lambda results, run_id, key: run_id.variant == "cnn")
    assert place.line() == [f"{CNN}: done"]
    assert place.line(MLP) == [f"{MLP}: not queued"]
