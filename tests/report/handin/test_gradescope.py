"""The autograder, tried as Gradescope runs it: with /autograder replaced by a folder."""

import json
import os
import shutil
import stat
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest

import build
from report.handin import gradescope
from report.handin.archive import write_archive
from report.handin.desk import FAILS, HOLDS, UNREADABLE, Row
from report.handin.gradescope import autograder, check, results, submitted
from report.toolchain import CODE, digest_of
from tests.report.handin.conftest import STEM

ROOT = Path(__file__).resolve().parents[3]
# https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format
TOP = {
    "score": float, "execution_time": float, "output": str, "output_format": str, "test_output_format": str,
    "visibility": str, "stdout_visibility": str, "extra_data": dict, "tests": list,
}  # fmt: skip
TEST = {"name": str, "status": str, "output": str, "visibility": str}
VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


def fits(content: dict) -> bool:
    """Whether a results.json is as Gradescope reads it."""
    top = all(isinstance(value, TOP[key]) for key, value in content.items())
    tests = all(isinstance(value, TEST[key]) for test in content["tests"] for key, value in test.items())
    statuses = {test["status"] for test in content["tests"]} <= {"passed", "failed"}
    shown = {test["visibility"] for test in content["tests"]} | {content["visibility"]}
    return top and tests and statuses and shown <= VISIBILITIES and "score" in content


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Path:
    """/autograder as Gradescope makes it of the archive, but for setup.sh: the environment is this one."""
    out, place = tmp_path_factory.mktemp("out"), tmp_path_factory.mktemp("autograder")
    assert build.main(["--gradescope", "--out", str(out)]) == 0
    with zipfile.ZipFile(out / gradescope.NAME) as archive:
        for entry in archive.infolist():
            archive.extract(entry, place / "source")
        assert archive.getinfo("run_autograder").external_attr >> 16 == stat.S_IFREG | 0o755
    shutil.copy(place / "source" / "run_autograder", place)
    os.chmod(place / "run_autograder", 0o755)
    (place / "source" / ".venv").symlink_to(ROOT / ".venv")
    return place


def graded(machine: Path, uploads: dict[str, bytes]) -> dict:
    shutil.rmtree(machine / "submission", ignore_errors=True)
    for name, data in uploads.items():
        path = machine / "submission" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([machine / "run_autograder"], cwd=machine, check=True, env=environment, timeout=120)
    return json.loads((machine / "results" / "results.json").read_text(encoding="utf-8"))


@pytest.mark.skipif(not (ROOT / ".venv").is_dir(), reason="no environment of its own")
def test_an_uploaded_hand_in_is_judged_as_gradescope_runs_it(machine, files):
    """As it comes: Gradescope has unpacked the archive."""
    content = graded(machine, {f"{STEM}/{name}": data for name, data in files.items()})
    assert fits(content)
    assert [test["status"] for test in content["tests"]] == ["passed"] * 4, content
    assert content["score"] == 1.0
    assert content["output"].startswith("张三 · 20231234567 · holds · ")


def test_the_archive_holds_the_program_whole(machine):
    source = machine / "source"
    assert digest_of(*CODE, "templates") != ""
    files = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert {"setup.sh", "run_autograder", "build.py", "templates/report.html"} <= files
    assert not any(name.startswith(("tests/", "data/", "out/", ".git")) for name in files)
    assert "torch" not in (source / "requirements.txt").read_text()
    pins = (source / "constraints.txt").read_text().splitlines()
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {"weasyprint==70.0"} <= set(pins)
    assert len(wanted) == len((source / "requirements.txt").read_text().splitlines())
    for script in ("setup.sh", "run_autograder"):
        subprocess.run(["bash", "-n", source / script], check=True)


def test_equal_programs_give_equal_archives():
    assert write_archive(autograder()) == write_archive(autograder())


def test_a_report_apart_from_its_folder_and_one_alone_are_found(files, edition, tmp_path):
    apart = {name: data for name, data in files.items() if not name.endswith(".pdf")}
    for name, data in {**{f"{STEM}/{name}": data for name, data in apart.items()}, f"{STEM}.pdf": edition.pdf}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert submitted(tmp_path) == tmp_path / STEM
    verdicts = check(tmp_path / STEM)
    assert not [fault for fault in verdicts.faults if not fault.startswith(f"{STEM}.pdf: ")], verdicts.faults
    shutil.rmtree(tmp_path / STEM)
    assert submitted(tmp_path) == tmp_path / f"{STEM}.pdf"


def test_whatever_is_uploaded_there_is_a_result(tmp_path):
    (tmp_path / "submission").mkdir()
    for uploads, told in (
        ({}, "uploaded: nothing"),
        ({"a.pdf": b"", "b.pdf": b""}, "uploaded: a.pdf, b.pdf"),
        ({"a.txt": b"x"}, "uploaded: nothing"),
    ):
        for path in (tmp_path / "submission").iterdir():
            path.unlink()
        for name, data in uploads.items():
            (tmp_path / "submission" / name).write_bytes(data)
        gradescope.grade(tmp_path)
        content = json.loads((tmp_path / "results" / "results.json").read_text())
        assert fits(content)
        assert content["score"] == 0.0
        assert told in content["output"]


@pytest.mark.parametrize(
    ("row", "statuses"),
    [
        (Row(Path("a"), HOLDS, claims="9/9", kind="full"), "pppp"),
        (Row(Path("a"), FAILS, claims="8/9", kind="full", text="page 1: altered"), "pfpp"),
        (Row(Path("a"), HOLDS, claims="9/9", kind="demo"), "ppfp"),
        (Row(Path("a"), HOLDS, claims="9/9", kind="full", words={"contradicted": 1}), "pppf"),
        (Row(Path("a"), UNREADABLE, "not a PDF"), "fffp"),
    ],
)
def test_a_point_for_what_has_no_fault(row, statuses):
    content = results(row)
    assert fits(content)
    assert "".join(test["status"][0] for test in content["tests"]) == statuses
    assert content["score"] == float(statuses == "pppp")
    assert all(test["output"] or test["status"] == "passed" or row.verdict == UNREADABLE for test in content["tests"])
