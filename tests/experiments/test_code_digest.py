import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.catalog import EXPERIMENTS, IMAGENET10, SOFTMAX
from experiments.code_digest import HARMLESS, ROOT, code_digest, source_digest, source_files
from experiments.store.runs import Key
from experiments.training.device import Device

PLAIN = "def area(side):\n    return side * side\n"
LOOP = "experiments.training.loop"
SUBJECTS = {  # what is trained → its entries: the trainer with the loop, and the model's file
    "softmax": (("experiments.training.softmax_trainer", LOOP), None),
    **{
        name: (("experiments.training.image_trainer", LOOP), f"experiments.models.{name}")
        for name in IMAGENET10.variants
    },
}


def digests(root: Path) -> dict[str, str]:
    return {name: code_digest(modules, model, root) for name, (modules, model) in SUBJECTS.items()}


def changed(root: Path, before: dict[str, str]) -> set[str]:
    after = digests(root)
    return {name for name in before if after[name] != before[name]}


def path_of(module: str, root: Path) -> Path:
    path = root.joinpath(*module.split(".")[1:])
    return path / "__init__.py" if path.is_dir() else path.with_name(f"{path.name}.py")


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """What Python itself loads of this package for each subject, found out by importing it."""
    code = """
import json, sys
from importlib import import_module
import torch
found = {}
for name, entries in json.loads(sys.argv[1]).items():
    for module in [module for module in sys.modules if module.split(".")[0] == "experiments"]:
        del sys.modules[module]
    for entry in entries:
        import_module(entry)
    found[name] = [module for module in sys.modules if module.split(".")[0] == "experiments"]
own = sorted({module.split(".")[0] for module in sys.modules} & {"build", "report", "figures", "tests", "benchmarks"})
print(json.dumps({**found, "own": own}))
"""
    entries = {name: [*modules, *([model] if model else [])] for name, (modules, model) in SUBJECTS.items()}
    command = [sys.executable, "-c", code, json.dumps(entries)]
    return json.loads(subprocess.run(command, cwd=ROOT.parent, check=True, capture_output=True, text=True).stdout)


@pytest.fixture
def root(tmp_path) -> Path:
    """A copy of the package that can be changed."""
    shutil.copytree(ROOT, tmp_path / "experiments", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "experiments"


def test_the_subjects_are_those_of_the_catalogue():
    found = digests(ROOT)
    assert {experiment.code_of(v) for experiment in EXPERIMENTS for v in experiment.variants} == set(found.values())
    assert len(set(found.values())) == len(found)
    assert SOFTMAX.code_of("wrong") == found["softmax"]


def test_a_change_to_a_file_retrains_exactly_what_imports_it(root, loaded):
    before = digests(root)
    files = {module for name in SUBJECTS for module in loaded[name]} - HARMLESS.keys()
    assert len(files) > 15
    for module in files:
        path = path_of(module, root)
        source = path.read_text(encoding="utf-8")
        path.write_text(f"{source}\nADDED = 1\n", encoding="utf-8")
        assert changed(root, before) == {name for name in SUBJECTS if module in loaded[name]}, module
        path.write_text(source, encoding="utf-8")
    assert changed(root, before) == set()


def test_a_file_that_no_training_imports_retrains_nothing(root, loaded):
    before = digests(root)
    files = {module for name in SUBJECTS for module in loaded[name]}
    others = [path for path in root.rglob("*.py") if path not in {path_of(module, root) for module in files}]
    assert {"runs.py", "progress.py", "catalog.py"} <= {path.name for path in others}
    for path in [*others, *(path_of(module, root) for module in HARMLESS)]:
        path.write_text("ADDED = 1\n", encoding="utf-8")
    assert changed(root, before) == set()


def test_the_softmax_trainer_and_the_cnn_do_not_retrain_each_other(root):
    before = digests(root)
    for module, subjects in (
        ("models/softmax_regression", {"softmax"}),
        ("models/cnn", {"cnn"}),
        ("training/image_trainer", {"layer2nn", "mlp", "cnn"}),
        ("training/rng", set(SUBJECTS)),
    ):
        path = root / f"{module}.py"
        source = path.read_text(encoding="utf-8")
        path.write_text(f"{source}\nADDED = 1\n", encoding="utf-8")
        assert changed(root, before) == subjects
        path.write_text(source, encoding="utf-8")


def test_the_code_of_the_packages_around_a_module_counts_though_nothing_names_them(root):
    (root / "alone").mkdir()
    (root / "alone" / "model.py").write_text("width = 1\n", encoding="utf-8")
    found = set()
    for package in ("", "import os\n"):
        (root / "alone" / "__init__.py").write_text(package, encoding="utf-8")
        found.add(code_digest(["experiments.alone.model"], root=root))
    assert len(found) == 2


def test_every_harmless_module_is_one_that_training_imports(loaded):
    # Written out, so that one more is a decision: whatever it holds may then change and retrains nothing.
    assert {name.removeprefix("experiments.") for name in HARMLESS} == {
        "config", "data.dataset", "errors", "limits", "models.recipe", "training.device"
    }  # fmt: skip
    assert all(any(module in loaded[name] for name in SUBJECTS) for module in HARMLESS)
    assert loaded["own"] == []  # nothing of the program outside this package decides a number


def test_what_harmless_modules_decide_stands_in_the_key_or_in_the_record():
    config = IMAGENET10.variants["cnn"]
    keys = {Key(config, 0, "data", "code").digest, Key(config, 0, "other data", "code").digest}
    for name, value in config.to_dict().items():
        other = type("Other", (), {"to_dict": lambda self, n=name, v=value: {**config.to_dict(), n: [v]}})()
        keys.add(Key(other, 0, "data", "code").digest)
    assert len(keys) == 2 + len(config.to_dict())
    assert {"kind", "threads", "dtype"} <= Device("cpu", "test", 1, None, "test", index=0).describe().keys()


@pytest.mark.parametrize(
    ("statement", "file"),
    [
        ("from experiments.helper import width", "helper.py"),
        ("from experiments import helper", "helper.py"),
        ("import experiments.helper", "helper.py"),
        ("import experiments.helper as h, torch", "helper.py"),
        ("from ..helper import width", "helper.py"),
        ("from .. import helper", "helper.py"),
        ("from . import helper", "models/helper.py"),
        ("from .helper import *", "models/helper.py"),
        ("from experiments.models import helper as h", "models/helper.py"),
        ("def later():\n    from experiments.helper import width", "helper.py"),
        ("try:\n    import experiments.helper\nexcept ImportError:\n    pass", "helper.py"),
        ('import importlib\nh = importlib.import_module("experiments.helper")', "helper.py"),
        ('from importlib import import_module as load\nh = load("..helper", __package__)', "helper.py"),
        ("from experiments.helpers.inner import width", "helpers/inner.py"),
        ("from experiments.helpers.inner import width", "helpers/__init__.py"),
        ("from experiments.helpers import inner", "helpers/inner.py"),
        ("import experiments.helpers.inner", "helpers/__init__.py"),
        ("from experiments.helpers import width", "helpers/inner.py"),  # by way of the package
    ],
)
def test_a_new_helper_of_a_model_counts_however_it_is_imported(root, statement, file):
    (root / "helpers").mkdir()
    for new in ("helper.py", "models/helper.py", "helpers/inner.py"):
        (root / new).write_text("from experiments.deeper import depth\nwidth = 1\n", encoding="utf-8")
    (root / "helpers/__init__.py").write_text("from .inner import width\n", encoding="utf-8")
    (root / "deeper.py").write_text("depth = 1\n", encoding="utf-8")
    before = digests(root)
    cnn = root / "models" / "cnn.py"
    cnn.write_text(cnn.read_text(encoding="utf-8") + f"\n{statement}\n", encoding="utf-8")
    assert changed(root, before) == {"cnn"}
    before = digests(root)
    with (root / file).open("a", encoding="utf-8") as helper:
        helper.write("width = 2\n")
    assert changed(root, before) == {"cnn"}
    before = digests(root)
    (root / "deeper.py").write_text("depth = 2\n", encoding="utf-8")
    assert changed(root, before) == {"cnn"}


@pytest.mark.parametrize(
    "statement",
    [
        "import_module(name)",
        'import_module(f"experiments.{name}")',
        'import_module(f".{name}", __package__)',
        "importlib.import_module(name)",
        "__import__(name)",
        'import_module("experiments." + name)',
    ],
)
def test_an_import_that_no_key_can_cover_is_refused(root, statement):
    with (root / "models" / "cnn.py").open("a", encoding="utf-8") as cnn:
        cnn.write(f"\n\ndef later(name):\n    {statement}\n")
    with pytest.raises(LookupError, match=r"experiments\.models\.cnn, line \d+: a module is imported whose"):
        digests(root)


def test_a_module_that_is_not_there_is_named(root):
    with pytest.raises(LookupError, match=r"there is no module experiments\.models\.vit in "):
        code_digest((LOOP,), "experiments.models.vit", root)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("lr=3e-3", "lr=4e-3"),
        ('"widths": (80, 160, 320)', '"widths": (8, 16, 32)'),
        ('zh="CNN"', 'zh="卷积网络"'),
        ("threads=8", "threads=4"),
        ("RECIPE = ImageConfig", "RECIPE: ImageConfig = ImageConfig"),
        ("\n", "\r\n"),
        ("class Stem(", "# A comment.\nclass Stem("),
        ("    return F.avg_pool2d(", "    return  F.avg_pool2d( "),
    ],
)
def test_what_the_key_holds_otherwise_or_changes_nothing_is_not_code(root, old, new):
    before, cnn = digests(root), root / "models" / "cnn.py"
    source = cnn.read_text(encoding="utf-8")
    assert old in source
    cnn.write_bytes(source.replace(old, new).encode())
    assert changed(root, before) == set()


@pytest.mark.parametrize("name", ["RECIPE", "NAMES", "RESOURCES"])
def test_a_declaration_that_other_code_of_the_file_uses_is_code(root, name):
    cnn = root / "models" / "cnn.py"
    source = cnn.read_text(encoding="utf-8") + f"\nCOPY = {name}\n"
    cnn.write_text(source, encoding="utf-8")
    before = digests(root)
    cnn.write_text(source.replace("lr=3e-3", "lr=4e-3").replace("threads=8", "threads=4").replace("residual", "deep"))
    assert changed(root, before) == {"cnn"}


def test_the_recipe_of_another_models_file_is_code(root):
    mlp, cnn = root / "models" / "mlp.py", root / "models" / "cnn.py"
    mlp.write_text(mlp.read_text(encoding="utf-8") + "\nfrom experiments.models.cnn import RECIPE as OTHER\n")
    before = digests(root)
    cnn.write_text(cnn.read_text(encoding="utf-8").replace("lr=3e-3", "lr=4e-3"), encoding="utf-8")
    assert changed(root, before) == {"mlp"}


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\ndef area(side):\n    return side * side  # and another\n",
        'def area(side):\n    """A docstring."""\n    return side * side\n',
        "def area(\n    side,\n):\n\n    return (side * side)\n",
    ],
)
def test_comments_docstrings_and_layout_do_not_change_the_digest(same):
    assert source_digest(same) == source_digest(PLAIN)


@pytest.mark.parametrize(
    "other",
    [
        PLAIN.replace("side * side", "side + side"),
        PLAIN.replace("side * side", "side * 2"),
        PLAIN.replace("area", "square"),
        PLAIN.replace("return side * side", "x = 'text'\n    return side * side"),
    ],
)
def test_a_change_of_what_the_code_does_changes_the_digest(other):
    assert source_digest(other) != source_digest(PLAIN)


def test_a_string_that_is_no_docstring_counts():
    assert source_digest("print('a')") != source_digest("print('b')")


def test_the_digest_does_not_depend_on_the_order_of_modules():
    trainer = "experiments.training.softmax_trainer"
    assert code_digest([LOOP, trainer]) == code_digest([trainer, LOOP])
    assert code_digest([LOOP]) != code_digest([trainer])


def test_the_files_of_a_module_are_those_it_imports_at_any_depth_harmless_or_not():
    files = {path.relative_to(ROOT).as_posix() for path in source_files(["experiments.training.image_trainer"])}
    assert {"training/image_trainer.py", "training/__init__.py", "__init__.py", "errors.py", "config.py"} <= files
    assert "models/cnn.py" not in files
    with pytest.raises(LookupError, match=r"no module experiments\.nothing"):
        source_files(["experiments.nothing"])
