"""The fault loop: each write, flush and rename fails once, with one error or another, till a build passes untouched."""

import dataclasses
import errno
import os
from functools import partial

import pytest
import torch

import build
from experiments import options
from experiments.catalog import SOFTMAX
from experiments.data import load
from experiments.disk.files import write_atomically
from experiments.training import device, pipeline, runner
from experiments.training.device import Device
from tests.faults import CHANGES, Faults, install, uninstall
from tests.synthetic import write_results

ONE = dataclasses.replace(SOFTMAX, variants={"corrected": dataclasses.replace(SOFTMAX.variants["corrected"], epochs=2)})
ERRORS = (errno.ENOSPC, errno.EIO, errno.EINTR)


@pytest.fixture
def inject(tmp_path, monkeypatch):
    """inject(k, ERRORS[k % 3]): the k-th change from now on below tmp_path fails with this errno."""

    def begin(k: int, number: int) -> Faults:
        def refuse(path: str) -> None:
            raise OSError(number, os.strerror(number))  # as a write does, which names no file

        return install(Faults(tmp_path, k, refuse, CHANGES), partial(monkeypatch.setattr, raising=False))

    yield begin
    uninstall()


def run(capsys, *args) -> tuple[int, str]:
    code = build.main([str(arg) for arg in args])
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return code, said


@pytest.mark.slow
def test_whatever_fails_in_training_nothing_complete_is_lost(tmp_path, monkeypatch, capsys, inject, tiny_garments):
    monkeypatch.setattr(build, "EXPERIMENTS", [ONE])
    monkeypatch.setattr(options, "EQUAL_TERMS", dataclasses.replace(ONE, variants={}))
    for module in (load, pipeline):  # the latter may have been imported by another test, with the real function
        monkeypatch.setattr(module, "load_datasets", lambda options, console: {"fashion-mnist": tiny_garments})
    monkeypatch.setattr(runner, "CHECKPOINT_SECONDS", 0.0)
    cpu = Device("cpu", "test", torch.get_num_threads(), torch.float32, "test")
    for module in (device, pipeline):
        monkeypatch.setattr(module, "choose_device", lambda *wanted: cpu)
    whole: dict[str, bytes] = {}
    for k in range(1, 1000):
        results = tmp_path / f"results{k}"
        args = ("--train-only", "--results", results)
        faults = inject(k, ERRORS[k % 3])
        code, said = run(capsys, *args)
        if not faults.path:
            break
        assert code == 1
        assert str(results) in said.splitlines()[-1]
        uninstall()
        assert run(capsys, *args)[0] == 0
        run_folder = results / "softmax" / "corrected" / "seed-0"
        made = {path.name: path.read_bytes() for path in run_folder.iterdir() if path.suffix != ".json"}
        assert (whole := whole or made) == made
        assert [path for path in results.rglob(".*") if path.name != ".lock"] == []
    assert code == 0
    assert k > 20  # three files of a dataset, a checkpoint, five files of a run, and their folders


@pytest.mark.slow
def test_whatever_fails_in_writing_the_report_the_old_one_or_the_new_is_whole(tmp_path, capsys, inject):
    results, out = write_results(tmp_path / "results", seeds=1, per_class=20), tmp_path / "out"
    args = ("--skip-train", "--lang", "en", "--results", results, "--out", out)  # the shortest report
    reports = [out / "HW1-DL-en.pdf", out / "HW1-DL-en.html"]
    assert run(capsys, *args)[0] == 0  # what is kept in out/.cache is written now, so that only the report is below
    new = [path.read_bytes() for path in reports]
    for k in range(1, 100):
        for path in reports:
            path.write_bytes(b"old")
        faults = inject(k, ERRORS[k % 3])
        code, said = run(capsys, *args)
        if not faults.path:
            break
        assert code == 1
        assert str(out) in said.splitlines()[-1]
        assert [path.read_bytes() in (b"old", made) for path, made in zip(reports, new, strict=True)] == [True, True]
        uninstall()
        assert run(capsys, *args)[0] == 0
        assert [path.read_bytes() for path in reports] == new
        assert {path.name for path in out.iterdir()} == {".cache", *(path.name for path in reports)}
    assert code == 0
    assert k > 6  # each report is written, flushed and renamed, and its folder flushed


def test_a_fault_is_raised_at_the_chosen_operation(tmp_path, inject):
    for k, operation in enumerate(("write", "fsync", "rename", "fsync"), start=1):
        inject(k, errno.EIO)
        with pytest.raises(OSError, match="Input/output error") as error:
            write_atomically(tmp_path / "file", operation.encode())
        assert "file" in error.value.filename or error.value.filename == str(tmp_path)
    uninstall()
    write_atomically(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
