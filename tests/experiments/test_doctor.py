"""What --doctor says of training's side: each thing made to be lacking in turn."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

import build
from experiments import doctor
from experiments.catalog import IMAGE_MODELS
from experiments.checks import Check
from experiments.disk import locks
from experiments.errors import UserError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def examined(tmp_path, monkeypatch):
    """thing → what was found, with steps that take no time."""
    monkeypatch.setattr("experiments.training.estimate.seconds_of_run", lambda config, device: 60.0 * config.epochs)

    def examine(*args: str) -> dict[str, Check]:
        folders = ["--results", str(tmp_path / "results"), "--data-dir", str(tmp_path / "data")]
        options = build.parse_args(["--doctor", "--device", "cpu", *folders, *args])
        return {check.thing: check for check in doctor.check_training(options)}

    return examine


def test_where_nothing_is_lacking_every_line_is_well_and_nothing_is_written(examined, tmp_path):
    found = examined()
    assert all(check.ok for check in found.values())
    assert found.keys() >= {"Python", "clock", "cores and memory", "results", "data", "torch", "device", *IMAGE_MODELS}
    assert "a build downloads it" in found["data"].found
    assert found["cnn"].found.endswith("a run takes about 50 min 00 s")
    assert found["training"].found.startswith("about 6 h 30 min for 3 seeds")  # (30 + 50 + 50) epochs of a minute
    assert os.listdir(tmp_path) == []


def test_each_lacking_thing_is_named_with_its_cure(examined, monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, "available_memory", lambda: 1 << 30)
    monkeypatch.setattr(doctor.time, "time", lambda: 0.0)
    (tmp_path / "results").write_text("a file")
    found = examined("--data", "real")
    lacking = {thing: check for thing, check in found.items() if not check.ok}
    assert lacking.keys() == {"clock", "cores and memory", "results", "data"}
    assert lacking["cores and memory"].found.endswith("1.0 GiB of memory free, about 3 GiB are needed")
    assert "set the clock" in lacking["clock"].cure
    assert lacking["results"].cure == "name a folder"


def test_a_file_system_without_locks_is_remarked(examined, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(locks.fcntl, "flock", refuse)
    assert "do not run two builds at once" in examined()["results"].found


def test_a_device_that_is_not_there_ends_the_steps(examined, monkeypatch):
    def refuse(wanted: str) -> None:
        raise UserError("CUDA is not there; take --device cpu")

    monkeypatch.setattr("experiments.training.device.choose_device", refuse)
    found = examined()
    assert (found["device"].found, found["device"].cure) == ("CUDA is not there", "take --device cpu")
    assert not found.keys() & IMAGE_MODELS.keys()


def test_a_model_that_cannot_be_trained_does_not_hide_the_others(examined, monkeypatch):
    def step(config, device):
        if config.model == "mlp":
            raise RuntimeError("no kernel image is available\nmore")
        return 1.0

    monkeypatch.setattr("experiments.training.estimate.seconds_of_run", step)
    found = examined()
    assert (found["mlp"].ok, found["cnn"].ok) == (False, True)
    assert found["mlp"].found == "cannot be trained here: no kernel image is available"


def test_without_torch_it_says_what_to_run():
    code = (
        "import sys; sys.modules['torch'] = None; import build; from experiments.doctor import _torch;"
        "(check,) = _torch(build.parse_args(['--doctor'])); print(check.found, '|', check.cure)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("cannot be imported: ")
    assert done.stdout.endswith("| run: make setup\n")
