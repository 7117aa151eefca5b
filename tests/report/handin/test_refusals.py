"""Faults planted in a hand-in: each is refused, by name, with every other one, and nothing is written."""

import json
import re
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import pikepdf
import pytest

import build
from experiments.disk.files import sha256
from experiments.disk.records import sealed
from experiments.store import reference
from experiments.store.runs import RunId
from report.handin import contents
from report.handin import submit as module
from report.handin.naming import Settings, read_settings
from report.handin.notebooks import NOTEBOOKS
from report.verify import verify
from tests.synthetic import pack_as_reference, write_results

HOMEWORK = 'name = "张三"\nstudent_number = "20231234567"\n'


@dataclass
class Student:
    """A folder that would be handed in as it is, until a fault is planted."""

    folder: Path
    fields: str = HOMEWORK
    submit: str = "[submit]\n"
    results: dict[str, object] = field(default_factory=dict)  # of write_results
    options: list[str] = field(default_factory=list)

    @property
    def store(self) -> Path:
        return self.folder / "results"

    def arguments(self) -> list[str]:
        toml = self.folder / "homework.toml"
        toml.write_text(self.fields + self.submit, encoding="utf-8")
        out = self.folder / "out"
        return ["--submit", "--results", str(self.store), "--out", str(out), "--fields", str(toml), *self.options]


def write_words(student: Student, name: str, text: str) -> None:
    folder = student.folder / "words"
    folder.mkdir()
    (folder / name).write_text(text, encoding="utf-8")


def remove_run(student: Student) -> None:
    shutil.rmtree(RunId("imagenet10", "cnn", 0).folder(student.store))
    shutil.rmtree(RunId("imagenet10", "cnn", 1).folder(student.store))


def damage_run(student: Student) -> None:
    path = RunId("imagenet10", "cnn", 0).folder(student.store) / "predictions.csv"
    path.write_bytes(path.read_bytes().replace(b",0.8,", b",0.9,", 1))


def remove_weights(student: Student) -> None:
    (RunId("imagenet10", "cnn", 0).folder(student.store) / "model.safetensors").unlink()
    student.submit += 'weights = "cnn"\n'


def swap(student: Student, old: str, new: str) -> None:
    assert old in student.fields
    student.fields = student.fields.replace(old, new, 1)


def set_results(student: Student, **changes: object) -> None:
    student.results |= changes


def settings(student: Student, line: str) -> None:
    student.submit += f"{line}\n"


FAULTS = {  # what is planted before the results are written, and what must be said
    "demo data": (lambda s: set_results(s, origin="demo", seeds=1), "imagenet10: demo data, drawn by the program"),
    "quick runs": (
        lambda s: (set_results(s, quick=True), s.options.append("--quick")),
        "quick runs, on a small part",
    ),
    "stale runs": (lambda s: set_results(s, code="0" * 64), "stale runs, of other code or settings than today's"),
    "a diverged run": (
        lambda s: set_results(s, diverged=[("mlp", 1)]),
        "diverged runs: imagenet10/mlp seed 1",
    ),
    "missing runs": (remove_run, "runs are missing: imagenet10/cnn"),
    "missing seeds": (lambda s: s.options.extend(["--seeds", "3"]), "8 of 24 runs are missing"),
    "no results": (lambda s: shutil.rmtree(s.store), "no results there"),
    "a damaged run": (damage_run, "predictions.csv"),
    "missing weights": (remove_weights, "model.safetensors"),
    "reference results": (
        lambda s: pack_as_reference(s.store, s.folder / "reference"),
        "reference results, which come with the program and are not yours: softmax/wrong seed 0",
    ),
    "no name": (lambda s: swap(s, "张三", ""), "name is empty; fill it in"),
    "no number": (lambda s: swap(s, "20231234567", ""), "student_number is empty"),
    "personal seeds without a number": (
        lambda s: (swap(s, "20231234567", ""), swap(s, "name", 'seeds = "personal"\nname')),
        "draws the seeds from the student number, which is empty",
    ),
    "common seeds where personal ones are asked for": (
        lambda s: swap(s, "name", 'seeds = "personal"\nname'),
        "stale runs, of other code or settings than today's",
    ),
    "a required date": (lambda s: settings(s, 'required = ["date"]'), "date is empty"),
    "contradicted words": (
        lambda s: write_words(s, "reflection.zh.md", "CNN 的测试准确率是 70%。"),
        "reflection.zh.md:1:1: the results contradict “CNN 的测试准确率是 70%。”; correct the sentence (they give 85%)",
    ),
    "unmatched words": (
        lambda s: write_words(s, "reflection.en.md", "The CNN was trained on 17 machines."),
        "reflection.en.md:1:1: no finding speaks about “The CNN was trained on 17 machines.”",
    ),
    "a PDF that does not verify": (None, "the PDF does not verify: claims: "),
    "too many pages": (lambda s: settings(s, "max_pages = 4"), r"pages, at most 4 are allowed; --lang zh or --lang en"),
    "too many MB": (
        lambda s: settings(s, "max_mb = 0.5"),
        r"MB, at most 0.5 are allowed; largest: 20231234567-张三-HW1-DL.pdf",
    ),
    "too many MB, by weights": (
        lambda s: (settings(s, 'max_mb = 0.5\nweights = "all"'), grow_weights(s)),
        'weights = "none" in [submit] drops the weights',
    ),
    "too many files": (lambda s: settings(s, "max_files = 10"), "files, at most 10 are allowed; experiments/ has "),
    "a name that breaks the pattern": (
        lambda s: settings(s, r"pattern = '\d{12}-.*'"),
        "does not match the course's pattern",
    ),
    "a name that Windows forbids": (
        lambda s: settings(s, 'name = "{number}:{name}"'),
        "has :, which Windows forbids in names",
    ),
    "a device's name": (lambda s: settings(s, 'name = "con"'), "is a name that Windows keeps for a device"),
    "a name too long": (lambda s: swap(s, "张三", "三" * 50), "bytes; at most 120 are safe everywhere"),
    "a path too long": (
        lambda s: settings(s, f'assignment = "{"a" * 90}"'),
        "Windows opens at most 180 and its folder; shorten [submit] name, or set top_folder = false",
    ),
    "a name not in ASCII": (
        lambda s: s.options.append("--ascii-names"),
        "is to be ASCII, but has 张三; set ascii_name",
    ),
    "a name told in an anonymous hand-in": (
        lambda s: (s.options.append("--anonymous"), settings(s, 'why_these_classes = "张三 likes plants"')),
        "main.ipynb: the name '张三' stands there; remove it",
    ),
}
BEFORE = {"demo data", "quick runs", "stale runs", "a diverged run"}  # what the results are made with


def grow_weights(student: Student) -> None:
    """Weights as large as real ones, their digest made to fit."""
    path = RunId("imagenet10", "cnn", 0).folder(student.store)
    record = json.loads((path / "run.json").read_bytes())
    (path / "model.safetensors").write_bytes(bytes(3_000_000))
    record["files"]["model.safetensors"] = sha256(bytes(3_000_000))
    record.pop("sha256", None)
    (path / "run.json").write_bytes(sealed(record))


@pytest.fixture(scope="module")
def verdicts(edition, tmp_path_factory):
    path = tmp_path_factory.mktemp("verdicts") / "report.pdf"
    path.write_bytes(edition.pdf)
    return verify(path)


RENDERED = ("a PDF that does not verify", "a name told in an anonymous hand-in")


@pytest.fixture
def student(tmp_path, monkeypatch, edition, verdicts, files, request):
    """Rendering is done once, in `edition`, but for what is about the PDF itself."""
    if request.node.name.partition("[")[2].rstrip("]") not in RENDERED:
        given = lambda results, page, options, words: (replace(edition, results=results, title_page=page), verdicts)  # noqa: E731
        monkeypatch.setattr(module, "_edition", given)
        notebooks = {name: files[name] for name in NOTEBOOKS}
        monkeypatch.setattr(contents, "write_notebooks", lambda values, tables: notebooks)
    monkeypatch.setattr(reference, "REFERENCE", tmp_path / "reference")
    return Student(tmp_path)


def run(student: Student, capsys) -> tuple[int, list[str]]:
    code = build.main(student.arguments())
    return code, capsys.readouterr().out.splitlines()


def plant(student: Student, stored: Path, fault: str) -> None:
    change = FAULTS[fault][0]
    if fault in BEFORE:
        change(student)
        write_results(student.store, **student.results)
        return
    shutil.copytree(stored, student.store)
    if change:
        change(student)


def alter_pdf(monkeypatch):
    """A report of which a word was altered after it was written."""
    write = module.write_report

    def altered(*args, **kwargs):
        pdf, html = write(*args, **kwargs)
        with pikepdf.open(pdf, allow_overwriting_input=True) as opened:
            opened.docinfo.Author = "李四"
            opened.save(pdf)
        return [pdf, html]

    monkeypatch.setattr(module, "write_report", altered)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_refused_by_name(student, stored, capsys, monkeypatch, fault):
    plant(student, stored, fault)
    if fault == "a PDF that does not verify":
        alter_pdf(monkeypatch)
    code, lines = run(student, capsys)
    assert code == 1
    problems = [line.removeprefix("- ") for line in lines if line.startswith("- ")]
    assert any(FAULTS[fault][1] in problem for problem in problems), problems
    assert f"not ready to submit, {len(problems)} problem{'' if len(problems) == 1 else 's'}:" in lines
    assert not list((student.folder / "out").glob("*.zip"))
    assert not list((student.folder / "out").glob("*receipt*"))


def test_there_are_at_least_25_planted_faults():
    assert len(FAULTS) >= 25


def test_without_a_fault_it_is_ready(student, stored, capsys):
    shutil.copytree(stored, student.store)
    code, lines = run(student, capsys)
    assert code == 0
    assert "可以提交 · ready to submit" in lines
    name = "20231234567-张三-HW1-DL"
    assert sorted(path.name for path in (student.folder / "out").glob("2*")) == [f"{name}-receipt.txt", f"{name}.zip"]


def test_all_faults_are_listed_together(student, stored, capsys):
    shutil.copytree(stored, student.store)
    for fault in ("no number", "too many pages", "too many files", "contradicted words", "reference results"):
        FAULTS[fault][0](student)
    code, lines = run(student, capsys)
    assert code == 1
    assert "not ready to submit, 5 problems:" in lines


def test_a_dry_run_lists_and_writes_nothing(student, stored, capsys):
    shutil.copytree(stored, student.store)
    student.options.append("--dry")
    code, lines = run(student, capsys)
    assert code == 0
    assert any(re.fullmatch(r" *\d+  main\.ipynb", line) for line in lines)
    assert not (student.folder / "out").exists()


def test_unmatched_words_pass_where_the_settings_allow_them(student, stored, capsys):
    shutil.copytree(stored, student.store)
    FAULTS["unmatched words"][0](student)
    settings(student, "allow_unmatched = true")
    assert run(student, capsys)[0] == 0


def test_apart_two_files_are_handed_in(student, stored, capsys):
    shutil.copytree(stored, student.store)
    settings(student, 'as = "apart"\ntop_folder = false')
    assert run(student, capsys)[0] == 0
    out = student.folder / "out"
    assert {path.suffix for path in out.glob("2*")} == {".zip", ".pdf", ".txt"}
    assert build.main(["--verify", str(next(out.glob("*.zip")))]) == 0


def test_a_large_hand_in_is_remarked_where_the_course_names_no_limit(student, stored, capsys, monkeypatch):
    shutil.copytree(stored, student.store)
    monkeypatch.setattr(module, "WARN_MB", 1)
    assert run(student, capsys)[0] == 0
    student.options.append("--dry")
    build.main(student.arguments())
    assert "many courses take 1 at most" in capsys.readouterr().err.replace("\n", " ")


def test_settings_of_the_shipped_homework_toml_are_right():
    assert read_settings(Path(__file__).resolve().parents[3] / "homework.toml") == Settings()
