import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from experiments.catalog import EXPERIMENTS
from experiments.disk.files import sha256
from experiments.disk.records import StoreError
from report.results import PREDICTIONS, STEPS, _of_run, _of_runs, _read_table, read_results
from report.selection import ALL, ResultsError, Selection, select_runs
from tests.synthetic import write_results

QUICK = [experiment.quick() for experiment in EXPERIMENTS]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("results"))


def test_all_variants_and_seeds_are_read(stored):
    results = read_results(stored, EXPERIMENTS)
    assert results.seeds == 2
    assert len(results.records) == 8 * 2
    assert set(results.predictions["variant"]) == {v for e in EXPERIMENTS for v in e.variants}
    assert not results.stale
    assert not results.demo
    assert not results.quick


def test_fewer_seeds_can_be_asked_for(stored):
    assert read_results(stored, EXPERIMENTS, Selection(seeds=1)).seeds == 1


def test_a_folder_without_results_says_so(tmp_path):
    with pytest.raises(ResultsError, match="no results there"):
        read_results(tmp_path / "none", EXPERIMENTS)


def test_quick_and_full_runs_live_side_by_side(tmp_path):
    write_results(tmp_path, seeds=1)
    write_results(tmp_path, seeds=1, quick=True)
    assert not read_results(tmp_path, EXPERIMENTS).quick
    assert read_results(tmp_path, QUICK).quick


def test_real_results_are_preferred_to_those_of_the_stand_in(tmp_path):
    write_results(tmp_path, seeds=1, origin="demo", per_class=50)
    assert read_results(tmp_path, EXPERIMENTS).demo
    write_results(tmp_path, seeds=1)
    assert not read_results(tmp_path, EXPERIMENTS).demo
    assert read_results(tmp_path, EXPERIMENTS, Selection(origin="demo")).demo


def test_the_stand_in_is_not_real_data(tmp_path):
    write_results(tmp_path, seeds=1, origin="demo")
    with pytest.raises(ResultsError, match="missing"):
        read_results(tmp_path, EXPERIMENTS, Selection(origin="real"))


def test_runs_of_other_code_are_read_and_named(tmp_path):
    write_results(tmp_path, seeds=1, code="0" * 64)
    assert len(read_results(tmp_path, EXPERIMENTS).stale) == 8


def test_the_newest_data_are_reported_even_if_older_ones_have_more_seeds(tmp_path):
    write_results(tmp_path, seeds=2, per_class=100)
    write_results(tmp_path, seeds=1, per_class=50, day=9)
    newest = read_results(tmp_path, EXPERIMENTS)
    assert newest.seeds == 1
    assert newest.datasets["imagenet10"].record["images"]["train"] == 300
    asked = read_results(tmp_path, EXPERIMENTS, Selection(seeds=2))
    assert asked.datasets["imagenet10"].record["images"]["train"] == 600


def test_a_damaged_file_is_an_error(tmp_path):
    write_results(tmp_path, seeds=1)
    path = tmp_path / "imagenet10/cnn/seed-0/curves.csv"
    path.write_bytes(path.read_bytes().replace(b"val", b"vaI", 1))
    with pytest.raises(StoreError, match=r"cnn/seed-0/curves\.csv: its content is not what was stored"):
        read_results(tmp_path, EXPERIMENTS)


def test_values_are_those_that_were_stored(stored):
    results = read_results(stored, EXPERIMENTS)
    cnn = results.predictions[results.predictions["variant"] == "cnn"]
    # 200 test images a seed, of which a share of 0.85 is right
    assert np.isclose((cnn["label"] == cnn["predicted"]).mean(), 0.85)


def test_the_tables_of_all_runs_are_what_each_run_has(tmp_path):
    write_results(tmp_path, seeds=2)
    runs = select_runs(tmp_path, EXPERIMENTS, ALL, "build.py")
    for name, columns in (("predictions.csv", PREDICTIONS), ("steps.csv", STEPS)):
        each = [_of_run(run.id, _read_table(run, name, columns)) for run in runs]
        assert_frame_equal(_of_runs(runs, name, columns), pd.concat(each, ignore_index=True), check_exact=True)


@pytest.mark.parametrize("row", ["1,2,3,0.5", "1,2,3,0.5,nan", "1,2,many,0.5,0.5"])
def test_a_run_with_a_row_that_is_none_is_named(tmp_path, row):
    write_results(tmp_path, seeds=2)
    runs = select_runs(tmp_path, EXPERIMENTS, ALL, "build.py")
    file = runs[3].path / "predictions.csv"
    file.write_text(f"{file.read_text()}{row}\n")
    runs[3].record["files"]["predictions.csv"] = sha256(file.read_bytes())
    with pytest.raises(StoreError, match=str(file)):
        _of_runs(runs, "predictions.csv", PREDICTIONS)
