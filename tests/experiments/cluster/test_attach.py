"""build.py --cluster with a scheduler on PATH that does what its commands say, and runs that are stored by hand."""

import json
from types import SimpleNamespace

import pytest

from experiments.catalog import EXPERIMENTS
from experiments.cluster import attach, table
from experiments.cluster.arrays import Arrays
from experiments.cluster.plan import make_plan, run_name
from experiments.cluster.settings import Scheduler
from experiments.cluster.status import ATTEMPTS, status_path
from experiments.data import load
from experiments.errors import UserError
from experiments.options import TrainingOptions
from experiments.progress import Progress
from experiments.store import datasets as stored_datasets
from tests import fake_slurm

CNN = "imagenet10/cnn/seed-0"


class Desk:
    """A login node: one user's builds, the scheduler, and what is stored."""

    def __init__(self, folder, datasets):
        self.results, self.datasets, self.slurm = folder / "results", datasets, folder / "slurm"
        self.stored: set[str] = set()
        self.scheduler = Scheduler()

    def options(self, seeds=1, **asked):
        given = {"seeds": seeds, "series": None, "ablation": None, "quick": False, "device": "cpu", "threads": 1}
        flags = {"wait": False, "cancel": False, "retry": False, "precision": "auto", "data": "auto", "argv": []}
        return TrainingOptions(**given, **flags | asked, results=self.results)

    def attach(self, **asked):
        with Progress() as progress:
            return attach.attach(self.options(**asked), EXPERIMENTS, self.scheduler, progress)

    def plan(self, seeds=1):
        return make_plan(self.options(seeds), EXPERIMENTS, self.datasets)

    def arrays(self, seeds=1):
        plan = self.plan(seeds)
        return [array for array, _ in Arrays(plan.folder(self.results), plan.digest).all()]

    def tasks(self, name=""):
        """(array, index, state) of what the scheduler was given."""
        with fake_slurm.state(self.slurm) as known:
            return [(t["name"], t["index"], t["state"]) for t in known["tasks"] if t["name"].startswith(name)]

    def train(self):
        """The nodes run all that waits."""
        groups = {array.name: array.groups for array in self.arrays()}
        for task in fake_slurm.take(self.slurm):
            self.stored |= set(self.plan().record["groups"][groups[task["name"]][task["index"]]]["runs"])
            fake_slurm.end(self.slurm, task, requeue=False)

    def fails(self, group, attempts=ATTEMPTS):
        """A task of the group ends again and again before its first epoch."""
        (array,) = (array for array in self.arrays() if group in array.groups)
        path = status_path(self.plan().folder(self.results), group)
        path.parent.mkdir(exist_ok=True)
        tried = [{"task": array.task(group), "node": "n1", "epoch": 0}] * attempts
        path.write_text(json.dumps({"state": "failed", "attempts": tried, "message": "no memory"}))


@pytest.fixture
def desk(tmp_path, monkeypatch, tiny_garments, tiny_images):
    desk = Desk(tmp_path, {"fashion-mnist": tiny_garments, "imagenet10": tiny_images})
    for name, value in fake_slurm.install(desk.slurm).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(load, "load_datasets", lambda *args, **options: desk.datasets)
    monkeypatch.setattr(stored_datasets, "ensure_dataset", lambda results, dataset: None)
    monkeypatch.setattr(table, "find_run", lambda results, run_id, key: run_name(run_id) in desk.stored)
    monkeypatch.setattr(attach, "time", SimpleNamespace(sleep=lambda seconds: pytest.fail("nobody asked to wait")))
    return desk


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
