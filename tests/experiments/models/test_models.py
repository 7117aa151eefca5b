"""What a model's file says of itself, and what a new one needs: the file and its name in the catalogue."""

import json
import re
import subprocess
import sys
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch import nn

from experiments.catalog import IMAGE_MODELS, IMAGENET10
from experiments.config import ImageConfig
from experiments.errors import UserError
from experiments.models import recipe
from experiments.models.dropout import Dropout, draw_from
from experiments.models.recipe import Names, Resources, names, recipes, resources
from experiments.training import image_trainer
from experiments.training.device import Device
from experiments.training.model_summary import flops, layers, parameters
from experiments.training.tasks import make_task
from tests import vit
from tests.extended import extend

ROOT = Path(__file__).resolve().parents[3]
CPU = Device("cpu", "test", 1, torch.float32, "test")
WHOLE = """
import torch
NAMES = Names(zh="甲", en="A", description_zh="一", description_en="one")
RESOURCES = Resources(threads=1, bytes_per_pixel=100)
RECIPE = ImageConfig(model="new", epochs=1, batch_size=1, lr=0.1, sizes=((1, 8),), eval_size=8)
"""


@pytest.mark.parametrize("model", IMAGE_MODELS)
def test_what_is_read_from_a_file_is_what_it_defines_when_it_runs(model):
    module = import_module(f"experiments.models.{model}")
    assert module.RECIPE == IMAGE_MODELS[model]
    assert module.NAMES == names(model)
    assert module.RESOURCES == resources(model)


@pytest.mark.parametrize("model", IMAGE_MODELS)
def test_a_model_is_named_and_described_in_both_languages_on_one_line(model):
    texts = [getattr(names(model), field.name) for field in fields(Names)]
    assert all(text and text == text.strip() and "\n" not in text for text in texts)
    assert re.search("[\u4e00-\u9fff]", names(model).description_zh)
    assert resources(model).threads >= 1


def test_the_catalogue_is_read_without_torch():
    code = "import sys; sys.modules['torch'] = None; from experiments.catalog import IMAGE_MODELS; print(*IMAGE_MODELS)"
    out = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert out.split() == list(IMAGE_MODELS)


def test_a_whole_file_is_read_without_running_it(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "FOLDER", tmp_path)
    (tmp_path / "new.py").write_text(WHOLE + "raise SystemExit\n", encoding="utf-8")
    assert recipes("new")["new"].lr == 0.1
    assert resources("new") == Resources(threads=1, bytes_per_pixel=100)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("NAMES = Names", "OTHER = Names", r"new\.py has no NAMES = Names\(…\) at its top level"),
        ("RESOURCES = Resources", "RESOURCES = dict", r"new\.py has no RESOURCES = Resources\(…\)"),
        ("RECIPE = ImageConfig", "if True:\n    RECIPE = ImageConfig", r"new\.py has no RECIPE = ImageConfig\(…\)"),
        ("lr=0.1", "lr=RATE", r"new\.py: RECIPE: lr=RATE is not a literal"),
        ("lr=0.1", "lr=2 * 0.1", r"new\.py: RECIPE: lr=2 \* 0\.1 is not a literal"),
        ("lr=0.1", "**COMMON", r"new\.py: RECIPE: \*\*COMMON is not a literal"),
        ("lr=0.1", "lr=0.1, widths=3", r"new\.py: RECIPE: .*unexpected keyword argument 'widths'"),
        ("lr=0.1, ", "", r"new\.py: RECIPE: .*missing 1 required keyword-only argument: 'lr'"),
        ("lr=0.1", "lr=-1", r"new\.py: RECIPE: lr must be positive, got -1"),
        ('zh="甲", ', "", r"new\.py: NAMES: .*missing 1 required keyword-only argument: 'zh'"),
        ("Names(zh", 'Names("甲", zh', r"new\.py: NAMES: every argument needs its name"),
        ('model="new"', 'model="old"', r"new\.py: RECIPE has model='old'; it must be 'new'"),
    ],
)
def test_an_incomplete_file_is_named_with_what_it_lacks(tmp_path, monkeypatch, old, new, message):
    monkeypatch.setattr(recipe, "FOLDER", tmp_path)
    assert old in WHOLE
    (tmp_path / "new.py").write_text(WHOLE.replace(old, new), encoding="utf-8")
    with pytest.raises(LookupError, match=f"experiments/models/{message}"):
        recipes("new")


def test_a_model_without_a_file_is_named():
    with pytest.raises(LookupError, match=r"experiments/models/vit-small\.py: there is no such file"):
        recipes("vit-small")


def test_each_trainer_is_the_one_that_its_settings_name(tiny_images):
    config = replace(IMAGE_MODELS["layer2nn"], sizes=((1, 8),), eval_size=8)
    assert type(make_task([(config, 0)], tiny_images, CPU)).__module__ == ImageConfig.trainer


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"filter_norm": 2.0}, r"the recipe sets filter_norm, and the net defines no filters\(\)"),
        ({"filter_lr": 1e-3}, r"the recipe sets filter_lr, and the net defines no filters\(\)"),
        ({"muon_lr": 0.1}, r"the recipe sets muon_lr, and the net defines no matrices\(\)"),
        ({"whitening": True}, r"the recipe sets whitening, and the net defines no whiten\(\)"),
    ],
)
def test_a_setting_that_a_net_has_no_weights_for_is_refused(tiny_images, monkeypatch, change, message):
    monkeypatch.setattr(image_trainer, "import_module", lambda name: vit)
    config = replace(vit.RECIPE, batch_size=20, **change)
    with pytest.raises(UserError, match=rf"experiments/models/vit\.py: {message}"):
        make_task([(config, 0)], tiny_images, CPU)


def test_torchs_own_dropout_is_refused_since_its_draws_depend_on_other_runs():
    draw = torch.Generator()
    draw_from(nn.Sequential(nn.Dropout(0.0), Dropout(0.5)), draw)
    with pytest.raises(UserError, match=r"torch's Dropout; use the one in experiments/models/dropout\.py"):
        draw_from(nn.Sequential(nn.Linear(1, 1), nn.Dropout(0.1)), draw)


def test_attention_and_weights_outside_layers_are_counted():
    net, image = vit.build(vit.RECIPE, 10), torch.zeros(1, 3, 24, 24)
    # 9 tokens of 48: embedding; in each of 2 blocks qkv, scores and their sums, out, two layers of 4 · 48; the head
    block = 9 * 48 * 3 * 48 + 2 * 9 * 9 * 48 + 9 * 48 * 48 + 2 * 9 * 48 * 4 * 48
    assert flops(net, image) == 2 * (9 * 3 * 64 * 48 + 2 * block + 48 * 10)
    rows = layers(net, image)
    assert rows[0] == {"name": "position", "type": "Parameter", "shape": [9, 48], "parameters": 432}
    assert sum(row["parameters"] for row in rows) == parameters(net)


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Path:
    """A copy of the program with a fourth model: one file, and one name in the catalogue."""
    return extend(tmp_path_factory.mktemp("extended"))


def test_a_fourth_model_is_one_file_and_one_name(extended):
    code = """
import json
from experiments.catalog import ABLATION, ABLATIONS, EQUAL_TERMS, IMAGENET10, LEFT_OUT, ablation
from experiments.jobs import Job
from experiments.store.runs import Key, RunId

config = IMAGENET10.variants["vit-small"]
job = Job(((RunId("imagenet10", "vit-small", 0), Key(config, 0, "", "")),))
equal, mlp = EQUAL_TERMS.variants["vit-small"], IMAGENET10.variants["mlp"]
print(json.dumps({
    "models": list(IMAGENET10.variants),
    "threads": job.threads,
    "memory": job.memory,
    "codes": {name: IMAGENET10.code_of(name) for name in IMAGENET10.variants},
    "equal": equal.differences(mlp.to_dict()),
    "same code": [EQUAL_TERMS.code_of("vit-small"), ABLATION.code_of("vit-small-cutmix")],
    "without": sorted(c.without for c in LEFT_OUT.values() if c.model == "vit-small"),
    "parts": sorted(ablation("vit-small").variants),
    "choices": list(ABLATIONS),
}))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=extended, check=True, capture_output=True, text=True)
    found = json.loads(run.stdout)
    assert found["models"] == [*IMAGE_MODELS, "vit-small"]
    assert found["threads"] == 2
    assert found["memory"] == 300 * 2**20 + 100 * 24**2 * 300  # the declared bytes for each pixel of a batch
    assert len(set(found["codes"].values())) == 4
    others = {name: IMAGENET10.code_of(name) for name in IMAGE_MODELS}
    assert {name: found["codes"][name] for name in IMAGE_MODELS} == others  # which are not trained again
    own = {"model", "net", "batch_size", "lr", "weight_decay", "filter_norm", "filter_lr", "ema"}
    assert set(found["equal"]) <= own
    assert found["same code"] == [found["codes"]["vit-small"]] * 2
    assert found["without"] == ["crops", "cutmix", "decay", "smoothing", "warmup"]
    assert found["parts"] == [f"vit-small-{ingredient}" for ingredient in found["without"]]
    assert found["choices"] == [*IMAGE_MODELS, "vit-small", "all"]


@pytest.mark.slow
def test_a_fourth_model_is_trained_by_a_quick_build(extended, tmp_path):
    args = ("--quick", "--train-only", "--data", "demo", "--seeds", "1", "--ablation", "vit-small")
    folders = ("--data-dir", tmp_path / "data", "--results", tmp_path / "results")
    command = [sys.executable, "build.py", *args, *map(str, folders)]
    subprocess.run(command, cwd=extended, check=True, capture_output=True)
    variants = (
        "imagenet10/vit-small",
        "same-terms/vit-small",
        "ablation/vit-small-cutmix",
        "ablation/vit-small-crops",
    )
    for run in variants:
        record = json.loads((tmp_path / "results" / run / "seed-0" / "run.json").read_text(encoding="utf-8"))
        assert record["config"]["model"] == "vit-small"
        assert record["evaluated_split"] == ("val" if run.startswith("ablation") else "test")
    planned = [arg for arg in command if arg != "--train-only"] + ["--plan"]
    done = subprocess.run(planned, cwd=extended, check=True, capture_output=True, text=True)
    *runs, total, _ = done.stdout.splitlines()  # and the plan's digest
    assert len(runs) > 10
    assert all(line.endswith(": stored") for line in runs)
    assert total.startswith("nothing to train")
