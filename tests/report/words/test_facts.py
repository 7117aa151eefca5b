"""What can be said: names, values, verdicts."""

from dataclasses import replace

import pytest

from report.words.check import check_text
from report.words.facts import facts_from
from report.words.values import Kind
from tests.report.words.world import world


@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("cnn.test_acc", "85.42%", "85.42%"),  # 1,025 of 1,200
        ("cnn.gap", "10.78 个百分点", "10.78 percentage points"),  # 96.2 - 85.42
        ("cnn.params", "2,034,570", "2,034,570"),
        ("cnn.epochs", "50 轮", "50 epochs"),
        ("cnn.seconds", "5\u00a0min 5\u00a0s", "5\u00a0min 5\u00a0s"),
        ("cnn.class.chain_saw.acc", "73.33%", "73.33%"),  # 88 of 120
        ("cnn.batch_size", "100", "100"),
        ("softmax.wrong.test_acc", "75.42%", "75.42%"),  # 905 of 1,200
        ("softmax.gap", "8.83 个百分点", "8.83 percentage points"),
        ("softmax.floor", "1.4612", "1.4612"),
        ("homework.cnn.test_acc", "77.50%", "77.50%"),
        ("images.test", "1,200", "1,200"),
    ],
)
def test_a_value_is_printed_by_the_one_rounding_policy(name, zh, en, facts):
    value = facts.values[name]
    assert (value.format("zh"), value.format("en")) == (zh, en)


def test_verdicts_are_those_of_the_findings_both_ways_round(facts):
    assert facts.verdicts["cnn", "mlp"] == "better"
    assert facts.verdicts["mlp", "cnn"] == "worse"
    assert facts.verdicts["mlp", "layer2nn"] == facts.verdicts["layer2nn", "mlp"] == "undecided"
    assert facts.verdicts["softmax.wrong", "softmax.double"] == "equivalent"
    assert facts.verdicts["softmax.reference", "softmax.double"] == "better"
    assert facts.verdicts["cnn", "homework.cnn"] == "better"


def test_a_mistyped_name_gets_the_nearest_right_one(facts):
    assert facts.suggest("cnn.tset_acc") == "cnn.test_acc"
    assert facts.suggest("???") is None


def test_names_of_both_languages_lead_to_one_subject(facts):
    model = facts.subjects["layer2nn"]
    assert {"两层神经网络", "双层网络"} <= set(model.zh)
    assert {"2-layer NN", "two-layer network"} <= set(model.en)
    assert "chain saws" in facts.subjects["imagenet10/3"].en


def test_every_value_is_a_finite_number_of_a_known_kind(facts):
    assert len(facts.values) > 300
    assert all(abs(value.raw) < 1e12 and value.kind in Kind for value in facts.values.values())


def test_section_1_has_more_seeds_and_all_of_them_count(tmp_path):
    findings, results = world(tmp_path)
    variants = {
        name: replace(v, accuracies=v.accuracies * 4, recalls=(*v.recalls[:2], *v.recalls[:1] * 10))
        for name, v in findings.softmax.variants.items()
    }
    softmax = replace(findings.softmax, seeds=tuple(range(12)), variants=variants)
    facts = facts_from(findings._replace(softmax=softmax), results)
    assert (facts.values["seeds"].raw, facts.values["softmax.seeds"].raw) == (3, 12)
    assert facts.values["softmax.wrong.seed_11.test_acc"].raw == softmax.variants["wrong"].accuracies[-1]
    first, second = (row[0] for row in softmax.variants["wrong"].recalls[:2])
    assert facts.values["softmax.wrong.class.t_shirt.acc"].raw == pytest.approx((11 * first + second) / 12)
    for number, outcome in ((3, "holds"), (12, "holds"), (7, "unmatched"), (40, "contradicted")):
        (checked,) = check_text(f"We trained it with {number} seeds.", "en", facts)
        assert checked.outcome.value == outcome, number
