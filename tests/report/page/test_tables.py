"""The tables of the report, as tables."""

from dataclasses import replace

import pytest

from experiments.bilingual import Bilingual
from experiments.catalog import EXPERIMENTS, IMAGENET10
from report.findings import compute_findings
from report.page import model_names as names
from report.page import settings, tables
from report.page.settings import settings_table
from report.results import read_results
from tests.synthetic import write_results


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    return compute_findings(read_results(write_results(tmp_path_factory.mktemp("results")), EXPERIMENTS))


@pytest.mark.parametrize("more", [0, 1, 3])
def test_the_tables_of_the_models_take_any_number_of_them(findings, monkeypatch, more):
    images, configs = findings.images, dict(IMAGENET10.variants)
    added = ("vit", "mixer", "kan")[:more]
    given = names.model_names
    monkeypatch.setattr(settings, "model_names", lambda name: Bilingual(name, name) if name in added else given(name))
    monkeypatch.setattr(tables, "model_names", settings.model_names)
    for name in added:
        configs[name] = replace(configs["cnn"], model=name)
        images = replace(images, models={**images.models, name: images.models["cnn"]})
    classes = [Bilingual(str(label), str(label)) for label in range(10)]
    results = tables.results(list(configs), images, classes, 2, "both")
    assert len(results.columns) == 1 + 2 * 3 + more  # the homework has figures of three
    trained = settings_table(configs)
    assert len(trained.columns) == 1 + 3 + more
    for table in (results, trained):
        assert {len(row) for row in table.rows} == {len(table.columns)} == {len(table.align)}


def test_one_seed_has_no_row_for_the_spread(findings):
    heads = [len(tables.results(["cnn"], findings.images, [], seeds, "both").rows) for seeds in (1, 2)]
    assert heads == [3, 5]


def test_a_setting_that_no_model_uses_has_no_row():
    configs = {name: IMAGENET10.variants[name] for name in ("layer2nn", "mlp")}  # which do without CutMix
    with_cutmix = {**configs, "mlp": replace(configs["mlp"], cutmix=0.5)}
    assert len(settings_table(with_cutmix).rows) == len(settings_table(configs).rows) + 1


def test_a_model_without_a_name_is_an_error():
    with pytest.raises(LookupError, match="vit"):
        names.model_names("vit")
