"""A login node, for tests of build.py --cluster: runs are stored by hand."""

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
from experiments.options import TrainingOptions
from experiments.progress import Progress
from experiments.store import datasets as stored_datasets
from tests import fake_slurm


class Desk:
    """A login node: one user's builds, the scheduler, and what is stored."""

    def __init__(self, folder, datasets):
        self.results, self.datasets, self.slurm = folder / "results", datasets, folder / "slurm"
        self.stored: set[str] = set()
        self.scheduler = Scheduler()

    def options(self, seeds=1, **asked):
        given = {
            "seeds": seeds,
            "softmax_seeds": 1,
            "series": None,
            "ablation": None,
            "quick": False,
            "device": "cpu",
            "threads": 1,
        }
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
