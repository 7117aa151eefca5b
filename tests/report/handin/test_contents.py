"""What a hand-in holds, and that it holds nothing else."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from experiments.catalog import EXPERIMENTS, IMAGE_MODELS
from report.handin.archive import write_archive
from report.handin.contents import attached, code, collect, weight_files
from report.handin.naming import Settings
from report.selection import ALL, select_runs
from tests.report.handin.conftest import STEM

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def folder(files, tmp_path):
    """The hand-in as a student finds it after unpacking."""
    for name, data in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path


def test_it_holds_what_the_homework_names(files):
    wanted = {
        f"{STEM}.pdf", "README.md", "L4_wrong.ipynb", "L4_contrary.ipynb", "main.ipynb", "layer2nn.py", "mlp.py",
        "cnn.py", "softmax_regression.py", "requirements.lock", "LICENSE", "ro-crate-metadata.json", "SHA256SUMS",
    }  # fmt: skip
    assert {name for name in files if "/" not in name} == wanted
    assert {name.partition("/")[0] for name in files if "/" in name} == {"experiments", "results"}


def test_the_models_are_those_that_were_trained(files):
    for model in (*IMAGE_MODELS, "softmax_regression"):
        assert files[f"{model}.py"] == files[f"experiments/models/{model}.py"]
        assert files[f"{model}.py"] == (ROOT / f"experiments/models/{model}.py").read_bytes()


def test_the_code_is_complete_and_nothing_of_the_report_side(files):
    modules = {name.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for name in code()}
    for name, data in code().items():
        for node in ast.walk(ast.parse(data)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("experiments"):
                assert node.module in modules, f"{name} imports {node.module}"
            if isinstance(node, ast.ImportFrom):
                assert (node.module or "").partition(".")[0] not in ("report", "figures", "build")


def test_what_else_lies_in_the_tree_stays_there(tmp_path):
    """The allow-list is made from imports: a file that nobody imports is not in it, a new helper is."""
    copy = tmp_path / "experiments"
    shutil.copytree(ROOT / "experiments", copy)
    (copy / "models/stray_notes.py").write_text("secret = 1\n")
    (copy / "models/.env").write_text("secret = 1\n")
    assert code(copy) == code()
    with open(copy / "models/mlp.py", "a") as file:
        file.write("\nfrom experiments.models import stray_notes\n")
    assert code(copy).keys() - code().keys() == {"experiments/models/stray_notes.py"}


def test_equal_editions_give_equal_archives(edition, files):
    again = collect(edition, Settings(), STEM, {}, anonymous=False)
    assert write_archive(again, STEM) == write_archive(files, STEM)


def test_html_and_weights_by_choice(edition, stored):
    runs = select_runs(stored, EXPERIMENTS, ALL)
    assert weight_files(runs, "none") == {}
    weights = weight_files(runs, "cnn")
    assert set(weights) == {f"weights/imagenet10-cnn-seed-{seed}.safetensors" for seed in (0, 1)}
    assert len(weight_files(runs, "all")) == len(runs)
    files = collect(edition, Settings(html=True, weights="cnn"), STEM, weights, anonymous=False)
    assert files[f"{STEM}.html"] == edition.html
    assert weights.items() <= files.items()
    assert f"`{STEM}.html`" in files["README.md"].decode()
    assert "`weights/`" in files["README.md"].decode()


def test_apart_the_archive_has_no_report_and_says_where_it_is(edition):
    files = collect(edition, Settings(layout="apart"), STEM, {}, anonymous=False)
    assert not any(name.endswith(".pdf") for name in files)
    assert f"报告是另一个文件：`{STEM}.pdf`" in files["README.md"].decode()


def test_the_tables_are_those_that_the_report_carries(edition, files):
    assert {f"results/{name}": data for name, data in attached(edition.pdf).items()}.items() <= files.items()


def test_every_file_of_the_readme_is_there(files):
    pattern = r"`([A-Za-z0-9_/.-]+\.(?:py|ipynb|lock|json)|experiments/|results/)`"
    named = re.findall(pattern, files["README.md"].decode())
    assert len(named) > 8
    for name in named:
        assert name in files or any(path.startswith(name) for path in files), name


def test_the_readme_is_about_the_data_that_were_used(edition, files):
    assert "--seeds 2 --imagenet10 DIR" in files["README.md"].decode()  # the synthetic results are of a folder


def test_a_hand_in_is_made_without_torch_and_a_report_without_nbformat():
    for missing, module in (("torch", "report.handin.submit"), ("nbformat", "report.write"), ("nbformat", "build")):
        code = f"import sys; sys.modules[{missing!r}] = None; import {module}"
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.slow
def test_the_commands_of_the_readme_run_in_the_unpacked_folder(folder, files):
    """What the README says, but for the download of libraries: sums, and the trial run."""
    said = [line.split("     ")[0] for line in files["README.md"].decode().splitlines()]
    trial = next(line for line in said if "--quick" in line).split()
    assert trial[:3] == [".venv/bin/python", "-m", "experiments"]
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    done = subprocess.run([sys.executable, *trial[1:]], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "imagenet10/cnn: test accuracy" in done.stdout
    assert json.loads((folder / "trained/runs.json").read_text())["softmax/wrong/0"]["config"]["quick"]
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=True)  # nothing was changed
