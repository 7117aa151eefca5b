"""The table for PBS that docs/cluster.md has, on commands that are made after PBS's manual."""

import os
import subprocess
import tomllib
from pathlib import Path

import pytest

from experiments.cluster import attach
from experiments.cluster.scheduler import largest_array
from experiments.cluster.settings import read_scheduler
from tests import fake_pbs
from tests.fake_slurm import state

PAGE = Path(__file__).resolve().parents[3] / "docs" / "cluster.md"


@pytest.fixture
def pbs(desk, tmp_path, monkeypatch):
    """The login node of a cluster with PBS, called from within a job of its own."""
    text = PAGE.read_text(encoding="utf-8").partition("For PBS Professional:")[2]
    table = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0])
    desk.scheduler = read_scheduler(table["cluster"], "cluster.md")
    for name, value in fake_pbs.install(tmp_path / "pbs").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PBS_JOBID", "7.pbs01")
    monkeypatch.setenv("PBS_O_WORKDIR", "/")
    (tmp_path / "program").write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    (tmp_path / "program").chmod(0o755)
    monkeypatch.setattr(attach, "program", lambda: [str(tmp_path / "program")])
    return desk


def jobs():
    with state(Path(os.environ["FAKE_PBS"])) as known:
        return list(known["tasks"])


def test_every_group_is_a_job_that_trains_it(pbs):
    assert largest_array(pbs.scheduler) == 1
    assert pbs.attach() is None
    groups = pbs.plan().record["groups"]
    named = {}
    for job in jobs():
        told = subprocess.run(["bash", "-c", job["script"]], capture_output=True, text=True, check=True).stdout
        named[told.split("--only\n")[1].strip()] = job
    assert named.keys() == groups.keys()
    for group, job in named.items():
        assert job["resources"] == f"select=1:ncpus={groups[group]['threads']}"
        assert Path(job["log"]).name == f"{job['name']}.0.txt"  # where the end of a failed run's log is looked for


def test_what_waits_or_runs_is_known_and_not_submitted_twice(pbs, capsys, monkeypatch):
    pbs.attach()
    before = jobs()
    monkeypatch.setattr("experiments.cluster.table.GRACE", 0.0)  # what is not listed is taken for lost at once
    capsys.readouterr()
    assert pbs.attach() is None
    assert jobs() == before
    assert "10 queued" in capsys.readouterr().err
    with state(Path(os.environ["FAKE_PBS"])) as known:
        known["tasks"][0]["state"] = "F"
    pbs.attach()
    assert len(jobs()) == len(before) + 1


def test_cancel_deletes_this_plans_jobs_alone(pbs):
    pbs.attach()
    pbs.attach(seeds=2)
    assert pbs.attach(cancel=True) is None
    own = f"hw1-{pbs.plan().digest[:8]}"
    assert {job["state"] for job in jobs() if job["name"].startswith(own)} == {"deleted"}
    assert {job["state"] for job in jobs() if not job["name"].startswith(own)} == {"Q"}
    assert pbs.attach(cancel=True) is None  # nothing is left to cancel
