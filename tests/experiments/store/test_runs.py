import errno
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from experiments.config import SoftmaxConfig
from experiments.disk import reading
from experiments.disk.records import StoreError, UnreadableError, sealed
from experiments.store.runs import Key, RunId, find_run, read_run, set_aside_damaged, stored_runs, to_csv, write_run

RUN = RunId("softmax", "wrong", 0)
FILES = {
    "curves.csv": b"epoch\n",
    "predictions.csv": b"sample\n",
    "steps.csv": b"step\n",
    "model.safetensors": b"w",
}


def key(**changes):
    return Key(SoftmaxConfig(model="wrong", **changes), seed=0, dataset="f" * 64, code="c" * 64)


def store(results, wanted, finished="2026-01-01T00:00:00+00:00", files=FILES):
    facts = {
        "dataset": {"name": "fashion-mnist", "origin": "demo", "fingerprint": wanted.dataset},
        "finished": finished,
    }
    return write_run(results, RUN, wanted, facts, files)


def test_a_run_is_found_under_its_key_and_only_under_it(tmp_path):
    store(tmp_path, key())
    assert find_run(tmp_path, RUN, key()).read("curves.csv") == b"epoch\n"
    assert find_run(tmp_path, RUN, key(lr=0.2)) is None


@pytest.mark.parametrize("part", [{"seed": 1}, {"dataset": "0" * 64}, {"code": "0" * 64}])
def test_a_run_of_another_seed_dataset_or_code_is_not_the_one_that_is_wanted(tmp_path, part):
    store(tmp_path, key())
    wanted = replace(key(), **part)
    assert find_run(tmp_path, RUN, wanted) is None
    assert find_run(tmp_path, RUN, key()).why_not(wanted) == list(part)


def test_the_newest_run_lies_at_the_plain_path_and_the_one_it_replaced_is_still_found(tmp_path):
    store(tmp_path, key())
    store(tmp_path, key(lr=0.2), finished="2026-01-02T00:00:00+00:00")
    assert find_run(tmp_path, RUN, key(lr=0.2)).path == tmp_path / "softmax/wrong/seed-0"
    assert find_run(tmp_path, RUN, key()).path.name.startswith("seed-0.")
    assert [run.record["config"]["lr"] for run in stored_runs(tmp_path, RUN)] == [0.2, 0.1]


def test_a_run_that_is_stored_again_leaves_one_copy(tmp_path):
    store(tmp_path, key())
    store(tmp_path, key())
    assert len(stored_runs(tmp_path, RUN)) == 1


@pytest.mark.parametrize(
    ("change", "reasons"),
    [({"lr": 0.2}, ["lr"]), ({"epochs": 3, "quick": True}, ["epochs", "quick"]), ({}, [])],
)
def test_a_run_names_the_settings_in_which_it_differs(tmp_path, change, reasons):
    assert store(tmp_path, key()).why_not(key(**change)) == reasons


def test_a_run_of_other_code_or_data_says_so(tmp_path):
    run = store(tmp_path, key())
    other = Key(key().config, seed=0, dataset="e" * 64, code="d" * 64)
    assert run.why_not(other) == ["dataset", "code"]


def test_a_changed_file_is_not_read(tmp_path):
    run = store(tmp_path, key())
    (run.path / "curves.csv").write_bytes(b"epocH\n")
    with pytest.raises(StoreError, match=r"curves\.csv: its content is not what was stored"):
        run.read("curves.csv")


def test_a_missing_file_is_named(tmp_path):
    run = store(tmp_path, key())
    (run.path / "steps.csv").unlink()
    with pytest.raises(StoreError, match=r"steps\.csv: cannot be read"):
        run.read("steps.csv")


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda record: record.update(format=2), "format 2, this version reads 3"),
        (lambda record: record.update(seconds={"train": 1}), "its content is not what was stored"),
        (lambda record: record.pop("sha256"), "its content is not what was stored"),
        (lambda record: record["config"].update(lr=9.0), "its content is not what was stored"),
    ],
)
def test_an_edited_record_is_refused(tmp_path, edit, message):
    run = store(tmp_path, key())
    edit_record(run, edit)
    with pytest.raises(StoreError, match=message):
        read_run(run.path, RUN)


def edit_record(run, edit):
    record = json.loads((run.path / "run.json").read_text())
    edit(record)
    (run.path / "run.json").write_text(json.dumps(record))


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda record: record["config"].update(lr=9.0), "do not match its key"),
        (lambda record: record.update(seed=1), "do not match its key"),
        (lambda record: record.pop("config"), "missing required field `config`"),
        (lambda record: record["dataset"].update(origin=1), r"Expected `str`, got `int` - at `\$\.dataset\.origin`"),
        (lambda record: record.update(files=[]), r"Expected `object`, got `array` - at `\$\.files`"),
        (lambda record: record["files"].pop("model.safetensors"), "do not match"),
    ],
)
def test_the_fields_of_a_record_whose_digest_was_made_to_fit_are_checked(tmp_path, edit, message):
    run = store(tmp_path, key())
    record = dict(run.record)
    edit(record)
    (run.path / "run.json").write_bytes(sealed(record))
    with pytest.raises(StoreError, match=message):
        read_run(run.path, RUN)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null", b"[" * 10**5])
def test_a_record_that_is_no_object_is_refused(tmp_path, content):
    run = store(tmp_path, key())
    (run.path / "run.json").write_bytes(content)
    with pytest.raises(StoreError, match=r"run\.json"):
        stored_runs(tmp_path, RUN)


def test_an_unfinished_folder_is_no_run(tmp_path):
    (tmp_path / "softmax/wrong/seed-0").mkdir(parents=True)
    assert stored_runs(tmp_path, RUN) == []


# What cannot be read now


@pytest.fixture
def unreadable(monkeypatch):
    """unreadable(path, number, times): so many readings of this file fail; returns how many have."""
    monkeypatch.setattr(reading, "WAITS", (0, 0))
    read, failed = Path.read_bytes, []

    def begin(path, number, times=10**6):
        def read_unless_refused(self):
            if self == path and len(failed) < times:
                failed.append(self)
                raise OSError(number, os.strerror(number), str(self))
            return read(self)

        monkeypatch.setattr(Path, "read_bytes", read_unless_refused)
        return failed

    return begin


PASSING = (errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.EINTR, errno.EAGAIN)


@pytest.mark.parametrize("name", ["run.json", "curves.csv", "model.safetensors"])
@pytest.mark.parametrize("number", [*PASSING, errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENOMEM])
def test_a_run_that_cannot_be_read_is_never_set_aside(tmp_path, unreadable, name, number):
    run = store(tmp_path, key())
    before = sorted(tmp_path.rglob("*"))
    unreadable(run.path / name, number)
    with pytest.raises(UnreadableError, match=rf"{name}: cannot be read \({os.strerror(number)}\)"):
        set_aside_damaged(tmp_path, RUN)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["run.json", "curves.csv"])
@pytest.mark.parametrize("number", PASSING)
def test_a_run_whose_file_fails_twice_and_then_not_is_whole(tmp_path, unreadable, name, number):
    run = store(tmp_path, key())
    failed = unreadable(run.path / name, number, times=2)
    assert set_aside_damaged(tmp_path, RUN) == []
    assert len(failed) == 2


@pytest.mark.parametrize("name", ["run.json", "curves.csv"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[", b"epocH\n"])
@pytest.mark.parametrize(("times", "whole"), [(1, True), (2, False)])
def test_what_was_read_is_damage_only_if_it_is_read_again(tmp_path, monkeypatch, name, content, times, whole):
    run = store(tmp_path, key())
    read, wrong = Path.read_bytes, []

    def read_wrong(self):
        if self == run.path / name and len(wrong) < times:
            wrong.append(self)
            return content
        return read(self)

    monkeypatch.setattr(Path, "read_bytes", read_wrong)
    assert (set_aside_damaged(tmp_path, RUN) == []) == whole
    assert (run.path / name).exists() == whole


@pytest.mark.parametrize("name", ["run.json", "curves.csv"])
def test_a_file_that_is_gone_or_a_folder_is_damage(tmp_path, name):
    for make in (lambda path: None, Path.mkdir):
        run = store(tmp_path, key())
        (run.path / name).unlink()
        make(run.path / name)
        (said,) = set_aside_damaged(tmp_path, RUN)
        assert f"{name}: cannot be read" in said
        assert "moved aside as .seed-0.damaged-" in said
    assert sorted(path.name for path in run.path.parent.iterdir()) == [".seed-0.damaged-1", ".seed-0.damaged-2"]


@pytest.mark.parametrize("name", ["seed-0.bak", "seed-0.2026-01-01", "seed-0 copy", "seed-00", "seed-0.DEADBEEF"])
def test_a_folder_of_the_user_s_own_is_no_run(tmp_path, name):
    run = store(tmp_path, key())
    theirs = run.path.with_name(name)
    shutil.copytree(run.path, theirs)
    (theirs / "curves.csv").write_text("edited")
    assert set_aside_damaged(tmp_path, RUN) == []
    assert len(stored_runs(tmp_path, RUN)) == 1
    assert theirs.exists()


def test_csv_floats_keep_every_float32():
    # 1/3 as float32 is 0.3333333432674408; nine significant digits are enough to give it back.
    assert to_csv(("value",), [(0.3333333432674408,)]) == b"value\n0.333333343\n"


def test_a_sound_run_that_another_process_stored_first_stays(tmp_path):
    first = store(tmp_path, key(), "2026-01-01T00:00:00+00:00")
    second = store(tmp_path, key(), "2026-01-02T00:00:00+00:00")
    assert second.record == first.record
    assert [path.name for path in (tmp_path / "softmax/wrong").iterdir()] == ["seed-0"]


def test_a_damaged_run_of_the_same_key_is_replaced(tmp_path):
    run = store(tmp_path, key(), "2026-01-01T00:00:00+00:00")
    (run.path / "curves.csv").write_bytes(b"x")
    again = store(tmp_path, key(), "2026-01-02T00:00:00+00:00")
    assert again.read("curves.csv") == FILES["curves.csv"]
    assert again.record["finished"] == "2026-01-02T00:00:00+00:00"


def test_two_processes_that_store_a_run_at_the_same_moment_leave_one(tmp_path):
    finished = [f"2026-01-{day:02}T00:00:00+00:00" for day in range(1, 17)]
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda day: store(tmp_path, key(), day), finished))
    (kept,) = {run.record["finished"] for run in runs}
    assert find_run(tmp_path, RUN, key()).record["finished"] == kept
    assert [path.name for path in (tmp_path / "softmax/wrong").iterdir()] == ["seed-0"]
