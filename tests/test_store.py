import json

import pytest

from experiments.config import SoftmaxConfig
from experiments.store import (
    Key,
    RunId,
    StoreError,
    _sealed,
    find_run,
    read_dataset,
    read_run,
    stored_runs,
    to_csv,
    write_dataset,
    write_run,
)

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
        (lambda record: record.update(format=3), "format 3, this version reads 2"),
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
        (lambda record: record.pop("config"), "the field config is missing or of the wrong type"),
        (lambda record: record["dataset"].update(origin=1), "the field dataset.origin is missing or of the wrong type"),
        (lambda record: record.update(files=[]), "the field files is missing or of the wrong type"),
        (lambda record: record["files"].pop("model.safetensors"), "do not match"),
    ],
)
def test_the_fields_of_a_record_whose_digest_was_made_to_fit_are_checked(tmp_path, edit, message):
    run = store(tmp_path, key())
    record = dict(run.record)
    edit(record)
    (run.path / "run.json").write_bytes(_sealed(record))
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


def test_a_dataset_record_is_read_back_and_checked(tmp_path):
    write_dataset(tmp_path, "fashion-mnist", "f" * 64, {"origin": "demo", "classes": ["a"]}, {"split.csv": b"sample\n"})
    dataset = read_dataset(tmp_path, "fashion-mnist", "f" * 64)
    assert dataset.record["classes"] == ["a"]
    assert dataset.read("split.csv") == b"sample\n"
    (dataset.path / "split.csv").write_bytes(b"other")
    with pytest.raises(StoreError, match=r"split\.csv"):
        dataset.read("split.csv")


def test_csv_floats_keep_every_float32():
    # 1/3 as float32 is 0.3333333432674408; nine significant digits are enough to give it back.
    assert to_csv(("value",), [(0.3333333432674408,)]) == b"value\n0.333333343\n"
