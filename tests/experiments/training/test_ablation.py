import re
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
import torch
from rich.console import Console

from experiments.catalog import ABLATION, EQUAL_TERMS, EXPERIMENTS, IMAGENET10, ablation
from experiments.data.dataset import without_test
from experiments.progress import Progress
from experiments.store.runs import Key, RunId, to_csv, write_run
from experiments.training import runner
from experiments.training.device import Device
from report.analysis.ablation import left_out
from report.analysis.equal_terms import equal_terms
from report.results import read_results
from report.selection import ResultsError
from report.title_page import TitlePage
from report.write import write_report
from tests.conftest import make_dataset
from tests.synthetic import write_results

CPU = Device("cpu", "test", torch.get_num_threads(), torch.float32, "test")


def write_ablation(results, accuracy, diverged=()):
    """Store runs of the ablation with these validation accuracies, on the data set of write_results."""
    dataset = make_dataset("imagenet10", 8, 3, 100)
    for variant, acc in accuracy.items():
        config = ABLATION.variants[variant]
        key = Key(config, 0, dataset.fingerprint, ABLATION.code_of(variant))
        rows = [(1, "val", "loss", 2.0), (1, "val", "acc", 0.1), (config.epochs, "val", "loss", 1.0)]
        curves = to_csv(("epoch", "split", "metric", "value"), [*rows, (config.epochs, "val", "acc", acc)])
        facts = {
            "dataset": {"name": "imagenet10", "origin": "folder", "fingerprint": dataset.fingerprint},
            "finished": "2026-01-01T00:00:00+00:00",
            "diverged_at": 2 if variant in diverged else None,
        }
        files = {"curves.csv": curves, "predictions.csv": b"", "steps.csv": b"", "model.safetensors": b""}
        write_run(results, RunId(ABLATION.name, variant, 0), key, facts, files)


def write_equal_terms(results, accuracies):
    """Store runs on equal terms with these test accuracies by seed: each is right on so many of the images."""
    dataset = make_dataset("imagenet10", 8, 3, 100)
    samples = np.flatnonzero(dataset.split == 2)
    for variant, of_seeds in accuracies.items():
        config = EQUAL_TERMS.variants[variant]
        for seed, accuracy in enumerate(of_seeds):
            luck = np.random.default_rng(seed).permutation(len(samples)) / len(samples)  # as write_results has it
            rows = []
            for sample, draw in zip(samples.tolist(), luck, strict=True):
                label = int(dataset.labels[sample])
                rows.append((sample, label, label if draw < accuracy else (label + 1) % 10, 0.5, 0.5))
            key = Key(config, seed, dataset.fingerprint, EQUAL_TERMS.code_of(variant))
            facts = {
                "dataset": {"name": "imagenet10", "origin": "folder", "fingerprint": dataset.fingerprint},
                "finished": "2026-01-01T00:00:00+00:00",
                "diverged_at": None,
            }
            predictions = to_csv(("sample", "label", "predicted", "p_label", "p_predicted"), rows)
            files = {"curves.csv": b"", "predictions.csv": predictions, "steps.csv": b"", "model.safetensors": b""}
            write_run(results, RunId("same-terms", variant, seed), key, facts, files)


def test_a_training_that_diverged_is_left_out_and_not_taken_for_a_whole_one(tmp_path):
    write_results(tmp_path)
    write_ablation(tmp_path, {"cnn-muon": 0.5, "cnn-crops": 0.8}, diverged=["cnn-muon"])
    rows = left_out(read_results(tmp_path, EXPERIMENTS))
    assert [(row.model, row.ingredient) for row in rows] == [("cnn", ""), ("cnn", "crops")]


def test_every_variant_lacks_something_that_the_recipe_has():
    for variant, config in ABLATION.variants.items():
        assert set(config.differences(IMAGENET10.variants[config.model].to_dict())) > {"without"}, variant
    expected = {"mlp-crops", "mlp-smoothing", "cnn-muon", "cnn-growth", "layer2nn-average", "layer2nn-filters"}
    assert expected <= set(ABLATION.variants)
    assert "layer2nn-muon" not in ABLATION.variants  # its recipe has none


def test_on_equal_terms_the_models_differ_in_architecture_initial_weights_and_optimizer_alone():
    own = {"model", "lr", "muon_lr", "muon_momentum", "weight_decay", "batch_size", "warmup", "ema"}
    own |= {"net", "filter_norm", "filter_lr", "whitening"}  # each begins with filters that suit it
    mlp = IMAGENET10.variants["mlp"].to_dict()
    assert set(EQUAL_TERMS.variants) == set(IMAGENET10.variants) - {"mlp"}
    for config in EQUAL_TERMS.variants.values():
        assert set(config.differences(mlp)) <= own


def test_a_part_of_the_ablation_can_be_chosen():
    assert {config.model for config in ablation("mlp").variants.values()} == {"mlp"}
    parts = [ablation(model).variants for model in IMAGENET10.variants]
    assert sum(map(len, parts)) == len(ABLATION.variants)
    assert ablation("all") == ABLATION


def test_the_code_of_an_ablation_is_that_of_its_model():
    assert ABLATION.code_of("mlp-crops") == IMAGENET10.code_of("mlp")
    assert EQUAL_TERMS.code_of("cnn") == IMAGENET10.code_of("cnn")


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_an_ablation_is_trained_once_and_sees_no_test_image(tmp_path, tiny_images, model, monkeypatch):
    tasks = []
    original = runner.make_task
    monkeypatch.setattr(runner, "make_task", lambda *args: tasks.append(original(*args)) or tasks[-1])
    # Views of which a side is under two thirds of the images', which are shrunk.
    config = replace(ABLATION.variants[f"{model}-smoothing"], epochs=2, batch_size=20, sizes=((1, 16),), eval_size=16)
    tiny = replace(ABLATION, variants={f"{model}-smoothing": config})
    (run,) = runner.train_all([tiny], {"imagenet10": tiny_images}, 3, CPU, tmp_path, Progress(Console(file=StringIO())))
    assert len(tasks[0].images["test"]) == 0
    assert run.record["evaluated_split"] == "val"
    assert run.record["config"]["without"] == "smoothing"
    assert b"2,val,acc," in run.read("curves.csv")


def test_the_predictions_of_an_ablation_are_of_the_validation_images_of_the_record(tmp_path, tiny_images):
    config = replace(ABLATION.variants["mlp-smoothing"], epochs=1, batch_size=20, sizes=((1, 32),), eval_size=32)
    tiny = replace(ABLATION, variants={"mlp-smoothing": config})
    # A data set whose splits are mixed, so that a sample's number and its rank in the split differ.
    mixed = replace(tiny_images, split=(np.arange(100) // 10 % 5 % 3).astype(np.uint8))
    (run,) = runner.train_all([tiny], {"imagenet10": mixed}, 1, CPU, tmp_path, Progress(Console(file=StringIO())))
    predictions = pd.read_csv(run.path / "predictions.csv")
    (record,) = (tmp_path / "data").glob("imagenet10-*/split.csv")
    recorded = pd.read_csv(record).set_index("sample").loc[predictions["sample"]]
    assert len(predictions) == (mixed.split == 1).sum() > 0
    assert set(recorded["split"]) == {"val"}
    assert predictions["label"].tolist() == recorded["label"].tolist()


def test_without_the_test_images_every_other_keeps_its_number_and_its_split(tiny_images):
    rest = without_test(tiny_images)  # 100 images, split 3:1:1
    assert rest.split[:80].tolist() == tiny_images.split[:80].tolist()
    assert not set(rest.split[80:]) & {0, 1, 2}
    assert rest.files == tiny_images.files
    assert rest.fingerprint == tiny_images.fingerprint


def test_changes_are_against_the_full_recipe_of_seed_0(tmp_path):
    write_results(tmp_path, seeds=1)  # validation accuracy of the MLP: 0.5, of 200 images
    write_ablation(tmp_path, {"mlp-crops": 0.35, "mlp-smoothing": 0.48})
    full, crops, smoothing = left_out(read_results(tmp_path, EXPERIMENTS))
    assert (full.model, full.ingredient, full.acc) == ("mlp", "", pytest.approx(0.5))
    assert (crops.ingredient, crops.acc_change) == ("crops", pytest.approx(-0.15))
    assert smoothing.acc_change == pytest.approx(-0.02)
    assert crops.clear  # √((0.35 · 0.65 + 0.5 · 0.5) / 200) · 1.96 = 0.096
    assert not smoothing.clear


def test_equal_terms_show_the_models_that_were_trained_so_from_all_seeds(tmp_path):
    def found():
        return equal_terms(read_results(tmp_path, EXPERIMENTS))

    write_results(tmp_path, seeds=2)  # the MLP: 0.50 of 200 test images
    assert found() is None  # the model whose terms they are stands for nothing
    write_equal_terms(tmp_path, {"cnn": (0.7, 0.6)})
    assert [row.model for row in found().models] == ["mlp", "cnn"]
    assert found().compare("mlp", "layer2nn") is None
    write_equal_terms(tmp_path, {"layer2nn": (0.5, 0.5)})
    found = found()
    assert [(row.model, row.seeds, row.acc) for row in found.models] == [
        ("layer2nn", 2, pytest.approx(0.5)), ("mlp", 2, pytest.approx(0.5)), ("cnn", 2, pytest.approx(0.65)),
    ]  # fmt: skip
    assert found.models[2].acc_sd == pytest.approx(0.1 / 2**0.5)
    assert found.compare("cnn", "mlp").gains == (pytest.approx(0.2), pytest.approx(0.1))
    assert found.compare("cnn", "mlp").verdict == "undecided"  # 20 and 10 points: t interval ± 64
    assert found.compare("mlp", "layer2nn").verdict == "equivalent"
    assert found.compare("layer2nn", "mlp").gain == 0


def test_what_cannot_be_runs_on_equal_terms_is_refused(tmp_path):
    write_results(tmp_path, seeds=1)
    write_equal_terms(tmp_path, {"cnn": (0.7,)})
    results = read_results(tmp_path, EXPERIMENTS)
    for changes in ({"labels": "1 2"}, {"predicted": "x"}, {"predicted": "1 2"}):
        with pytest.raises(ResultsError, match="same-terms"):
            equal_terms(replace(results, further=results.further.assign(**changes)))


def test_ablations_of_a_diverged_recipe_are_not_compared(tmp_path):
    write_results(tmp_path, seeds=2, diverged=[("mlp", 0)])
    write_ablation(tmp_path, {"mlp-crops": 0.35})
    assert left_out(read_results(tmp_path, EXPERIMENTS)) == []


@pytest.mark.slow
def test_the_appendix_shows_what_is_stored(tmp_path):
    def text(name):
        results = read_results(write_results(tmp_path / name, seeds=1), EXPERIMENTS)
        _, html = write_report(results, EXPERIMENTS, TitlePage(), tmp_path / f"{name}-out", "en")
        return " ".join(re.sub(r"<[^>]+>", " ", html.read_text(encoding="utf-8")).split())

    assert "A Reproduction" in text("none")  # no appendix without contents
    write_equal_terms(tmp_path / "equal", {"cnn": (0.7,), "layer2nn": (0.46,)})
    equal = text("equal")
    assert "A On equal terms" in equal
    assert "46.00%, 50.00% and 70.00%" in equal  # in the conclusion
    write_equal_terms(tmp_path / "some", {"cnn": (0.7,), "layer2nn": (0.46,)})
    write_ablation(tmp_path / "some", {"mlp-crops": 0.35})
    shown = text("some")
    assert "random crops 35.00 −15.00*" in shown
    assert "A Ablation and equal terms" in shown
    assert "--ablation mlp" in shown
