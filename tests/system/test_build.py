import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import build
from experiments.catalog import EQUAL_TERMS, EXPERIMENTS
from tests.synthetic import write_results

ROOT = Path(__file__).resolve().parents[2]
REPORT_SIDE = [ROOT / "build.py", *sorted((ROOT / "report").rglob("*.py")), *sorted((ROOT / "figures").glob("*.py"))]


def run(*args, **options):
    return subprocess.run(
        [sys.executable, ROOT / "build.py", *map(str, args)], capture_output=True, text=True, cwd=ROOT, **options
    )


def fail(capsys, *args) -> str:
    """The one line that a failing build prints."""
    assert build.main([str(arg) for arg in args]) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-1].startswith("error: ")
    assert "Traceback" not in "".join(lines)
    return lines[-1]


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("results"), seeds=1)


def test_skip_train_never_imports_torch(finished):
    assert finished.pdf.read_bytes().startswith(b"%PDF")  # made where torch cannot be imported
    assert finished.html.stat().st_size > 100_000


@pytest.mark.parametrize("path", REPORT_SIDE, ids=lambda path: path.name)
def test_the_report_side_does_not_name_torch_at_module_level(path):
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(("import ", "from "))]
    assert not [line for line in lines if "torch" in line or "experiments.training" in line]


def test_the_training_side_needs_no_pdf_library():
    libraries = ("weasyprint", "jinja2", "matplotlib", "ziamath", "pygments", "pikepdf")
    code = f"import sys; sys.modules.update(dict.fromkeys({libraries})); import build, experiments.training.runner"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_missing_results_are_one_clear_line(tmp_path, capsys):
    line = fail(capsys, "--skip-train", "--results", tmp_path / "none", "--out", tmp_path)
    assert "no results there; run build.py --results " in line


def test_fields_that_were_named_must_be_there(stored, tmp_path, capsys):
    line = fail(capsys, "--skip-train", "--results", stored, "--fields", tmp_path / "nope.toml")
    assert "nope.toml: not there" in line


def test_an_output_folder_that_is_a_file_is_told_with_its_cure(stored, tmp_path, capsys):
    (tmp_path / "out").write_text("")
    for place in ("out", "out/x"):
        line = fail(capsys, "--skip-train", "--results", stored, "--out", tmp_path / place)
        assert line.endswith(": not a folder; name a folder") or "cannot be opened" in line


def test_missing_runs_are_named(stored, tmp_path, capsys):
    line = fail(capsys, "--skip-train", "--results", stored, "--out", tmp_path, "--seeds", 2)
    assert "8 of 16 runs are missing: softmax/wrong seed 1" in line
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_result_is_one_clear_line(tmp_path, capsys):
    write_results(tmp_path / "r", seeds=1)
    (tmp_path / "r/softmax/wrong/seed-0/run.json").write_text("{")
    line = fail(capsys, "--skip-train", "--results", tmp_path / "r", "--out", tmp_path / "o")
    assert "wrong/seed-0/run.json: not valid JSON" in line


def test_a_mistake_in_the_fields_is_told_before_anything_is_trained(tmp_path, capsys):
    fields = tmp_path / "homework.toml"
    fields.write_text("name = [")
    assert "homework.toml: not valid TOML" in fail(capsys, "--fields", fields, "--data", "demo")


@pytest.mark.slow
def test_the_demo_is_trained_reported_and_cached(tmp_path):
    args = ("--data", "demo", "--quick", "--seeds", 1, "--data-dir", tmp_path / "d", "--results", tmp_path / "r")
    variants = sum(len(experiment.variants) for experiment in (*EXPERIMENTS, EQUAL_TERMS))
    planned = run(*args, "--plan")
    assert planned.stdout.count("train (nothing stored)") == variants
    assert f"{variants} of {variants} runs to train\nplan " in planned.stdout
    first = run(*args, "--out", tmp_path / "o")
    assert first.returncode == 0, first.stderr
    assert (tmp_path / "o/HW1-DL-demo.pdf").exists()
    assert run(*args, "--plan").stdout.count(": stored\n") == variants
    checked = run("--verify", tmp_path / "o/HW1-DL-demo.pdf")
    assert checked.returncode == 0, checked.stdout
    stored = [arg for arg in args if arg not in ("--data-dir", tmp_path / "d")]  # which changes nothing any more
    again = run(*stored, "--out", tmp_path / "o2", "--skip-train")
    assert again.returncode == 0, again.stderr
    for name in ("HW1-DL-demo.pdf", "HW1-DL-demo.html"):
        assert (tmp_path / "o" / name).read_bytes() == (tmp_path / "o2" / name).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_build_says_how_to_go_on(tmp_path, number, code):
    args = ["--data", "demo", "--seeds", "1", "--data-dir", "d", "--results", "r", "--out", "o"]
    args = [arg if len(arg) != 1 or arg == "1" else tmp_path / arg for arg in args]
    with subprocess.Popen(
        [sys.executable, ROOT / "build.py", *args], stderr=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ
    ) as child:
        for line in child.stderr:
            if "epoch 2/" in line:
                break
        start = time.monotonic()
        child.send_signal(number)
        rest = child.stderr.read()
        assert child.wait(timeout=10) == code
    assert time.monotonic() - start < 5
    assert "the same command goes on, with training from its last checkpoint" in rest
    assert "Traceback" not in rest


STOP_AN_IMPORT = """
import runpy, signal, sys

class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "experiments.catalog":
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Stop())
runpy.run_path("build.py", run_name="__main__")
"""


def test_ctrl_c_while_the_libraries_load_is_no_traceback():
    done = subprocess.run([sys.executable, "-c", STOP_AN_IMPORT], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
