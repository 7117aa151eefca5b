import dataclasses
import shutil

import pytest

from experiments.catalog import EXPERIMENTS
from report.results import read_results
from report.selection import ALL, ResultsError, Selection, as_trained, remarks, select_runs
from tests.synthetic import write_results

QUICK = [experiment.quick() for experiment in EXPERIMENTS]


def with_epochs(variant: str, epochs: int):
    """The catalogue with other epochs of one variant."""
    return [
        dataclasses.replace(
            experiment,
            variants={
                name: dataclasses.replace(config, epochs=epochs) if name == variant else config
                for name, config in experiment.variants.items()
            },
        )
        for experiment in EXPERIMENTS
    ]


def refused(*args, **options) -> str:
    with pytest.raises(ResultsError) as error:
        select_runs(*args, **options)
    return str(error.value)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("results"), per_class=50)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("quick"), per_class=50, seeds=1, quick=True)


def test_missing_seeds_are_all_named_with_those_that_are_stored(stored):
    said = refused(stored, EXPERIMENTS, Selection(seeds=4), "build.py --seeds 4")
    # 5 softmax variants and 3 models; each lacks seeds 2 and 3
    assert "16 of 32 runs are missing: softmax/wrong seeds 2–3, softmax/double seeds 2–3" in said
    assert said.endswith("all have 2 seeds: --seeds 2 renders them; or run build.py --seeds 4")


def test_every_seed_of_a_variant_without_any_run_is_missing(tmp_path):
    write_results(tmp_path, seeds=3, per_class=50)
    shutil.rmtree(tmp_path / "imagenet10" / "cnn")
    assert "3 of 24 runs are missing: imagenet10/cnn seeds 0–2; run build.py" in refused(tmp_path, EXPERIMENTS, ALL)


def test_seeds_with_a_gap_are_listed(tmp_path):
    write_results(tmp_path, seeds=3, per_class=50)
    for seed in (0, 2):
        shutil.rmtree(tmp_path / f"softmax/wrong/seed-{seed}")
    assert "2 of 24 runs are missing: softmax/wrong seeds 0, 2;" in refused(tmp_path, EXPERIMENTS, Selection(seeds=3))


def test_runs_of_the_other_scale_are_hinted_at(stored, quick):
    assert "there are quick runs: add --quick; or run build.py" in refused(quick, EXPERIMENTS, ALL)
    said = refused(stored, QUICK, ALL, "build.py --quick")
    assert "8 of 8 quick runs are missing" in said
    assert "there are runs at full scale: leave out --quick; or run build.py --quick" in said


def test_demo_runs_are_called_so(stored):
    assert "8 of 8 demo runs are missing" in refused(stored, EXPERIMENTS, Selection(origin="demo"))


def test_nothing_stored_names_the_command_that_trains(tmp_path):
    assert refused(tmp_path / "none", EXPERIMENTS, ALL, "build.py --quick").endswith(
        "no results there; run build.py --quick"
    )


def test_seeds_that_not_every_variant_has_are_remarked(tmp_path):
    write_results(tmp_path, seeds=3, per_class=50)
    records = read_results(tmp_path, EXPERIMENTS).records
    assert remarks(tmp_path, EXPERIMENTS, ALL, records) == []
    shutil.rmtree(tmp_path / "softmax" / "wrong" / "seed-1")
    records = read_results(tmp_path, EXPERIMENTS).records
    (said,) = remarks(tmp_path, EXPERIMENTS, ALL, records)
    assert "takes 1 run of each variant" in said
    assert "imagenet10/cnn" in said
    assert "softmax" not in said  # of which section 1 takes all that every variant has
    assert remarks(tmp_path, EXPERIMENTS, Selection(seeds=1), records) == []


# Other settings, other code: both are rendered, remarked and marked.


def test_runs_of_other_settings_are_reported_as_they_were_trained(stored):
    today = with_epochs("cnn", 40)
    results = read_results(stored, today)
    assert {run_id.variant for run_id in results.stale} == {"cnn"}
    assert remarks(stored, today, ALL, results.records) == [
        "imagenet10/cnn: not trained as it would be now (epochs 50 -> 40); the report says so. "
        "build.py --plan shows what to train"
    ]
    assert as_trained(today, results.records) == list(EXPERIMENTS)


def test_runs_of_other_code_are_reported_and_remarked(tmp_path):
    write_results(tmp_path, seeds=1, per_class=50, code="0" * 64)
    results = read_results(tmp_path, EXPERIMENTS)
    assert len(results.stale) == 8
    said = remarks(tmp_path, EXPERIMENTS, ALL, results.records)
    assert len(said) == 8
    assert all("(the code)" in line for line in said)


def test_todays_settings_are_preferred_even_with_fewer_seeds(tmp_path, monkeypatch):
    write_results(tmp_path, seeds=2, per_class=50)
    monkeypatch.setattr("tests.synthetic.EXPERIMENTS", with_epochs("cnn", 40))
    shutil.move(tmp_path / "imagenet10/cnn/seed-0", tmp_path / "imagenet10/cnn/seed-0.before")
    write_results(tmp_path, seeds=1, per_class=50)
    results = read_results(tmp_path, with_epochs("cnn", 40))
    assert (results.seeds, results.stale) == (1, ())


def test_settings_of_another_version_are_not_taken(stored):
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class NewConfig(type(EXPERIMENTS[1].variants["cnn"])):
        more: int = 1

    cnn = EXPERIMENTS[1].variants["cnn"]
    newer = NewConfig(**{field.name: getattr(cnn, field.name) for field in dataclasses.fields(cnn)})
    today = [EXPERIMENTS[0], dataclasses.replace(EXPERIMENTS[1], variants={**EXPERIMENTS[1].variants, "cnn": newer})]
    assert "2 of 16 runs are missing: imagenet10/cnn seeds 0–1" in refused(stored, today, ALL)


def test_an_ablation_is_not_set_next_to_models_trained_otherwise(stored):
    assert read_results(stored, with_epochs("cnn", 40)).ablation.empty
