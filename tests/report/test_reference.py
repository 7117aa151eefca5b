"""The reference run is made of finished results only, shown where there are none, and never taken for one's own."""

import io
import re
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

import build
from experiments.catalog import EQUAL_TERMS, EXPERIMENTS, SOFTMAX
from experiments.config import Config
from experiments.errors import UserError
from experiments.progress import Progress
from experiments.store import reference
from experiments.store.reference import unpacked
from experiments.store.runs import Key, RunId, read_run, write_run
from report import commands, write
from report import reference as module
from report.about import kind, short_kind
from report.findings import compute_findings
from report.handin import submit
from report.pdf.attachments import Source, pack, unpack
from report.reference import ReferenceRunError, is_wanted
from report.results import read_results
from report.title_page import TitlePage
from tests.synthetic import write_results


def add_further(results: Path) -> Path:
    """The runs on equal terms, as if they had gone like the models' own, and a fourth seed of softmax regression."""
    for variant, config in EQUAL_TERMS.variants.items():
        for seed in range(3):
            _store_again(results, RunId("imagenet10", variant, seed), RunId(EQUAL_TERMS.name, variant, seed), config)
    for variant, config in SOFTMAX.variants.items():
        _store_again(results, RunId(SOFTMAX.name, variant, 0), RunId(SOFTMAX.name, variant, 3), config)
    return results


def _store_again(results: Path, own: RunId, other: RunId, config: Config) -> None:
    run = read_run(own.folder(results), own)
    files = {name: run.read(name) for name in run.record["files"]}
    facts = {name: run.record[name] for name in ("dataset", "device", "versions", "seconds", "layers", "sources")}
    facts |= {name: run.record[name] for name in ("finished", "diverged_at", "parameters", "flops", "input")}
    experiment = EQUAL_TERMS if other.experiment == EQUAL_TERMS.name else SOFTMAX
    key = Key(config, other.seed, run.record["dataset"]["fingerprint"], experiment.code_of(other.variant))
    write_run(results, other, key, {**facts, "evaluated_split": "test"}, files)


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> Path:
    return add_further(write_results(tmp_path_factory.mktemp("stored"), seeds=3))


@pytest.fixture(scope="module")
def made(stored, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "reference"
    assert build.main(["--pack-reference", str(folder), "--results", str(stored)]) == 0
    return folder


@pytest.fixture
def shipped(made, monkeypatch) -> Path:
    """The program as it comes: with a reference run."""
    monkeypatch.setattr(reference, "REFERENCE", made)
    return made


def options(tmp_path: Path, *args: str):
    """A command line in a fresh clone, of which nothing but the folders is said to be elsewhere."""
    parsed = build.parse_args([*args, "--out", str(tmp_path / "out")])
    parsed.results, parsed.fields = tmp_path / "results", tmp_path / "homework.toml"
    return parsed


# Made


def test_all_that_the_report_needs_is_in_it(made, stored):
    before = read_results(stored, EXPERIMENTS)
    with unpacked(made) as found:
        again = read_results(found, EXPERIMENTS)
        assert again.further.equals(before.further)
    runs = again.further.groupby("experiment")["seed"].agg(set)
    assert runs.to_dict() == {"same-terms": {0, 1, 2}, "softmax": {3}}
    assert again.seeds == 3


UNFIT = {
    "quick runs": ({"quick": True}, "quick runs: add --quick"),
    "demo data": ({"origin": "demo"}, "are missing"),
    "two seeds": ({"seeds": 2}, "2 seeds of each run, at least 3 are needed"),
    "other code": ({"code": "0" * 64}, "stale runs"),
    "a diverged run": ({"diverged": [("mlp", 1)]}, "diverged runs: imagenet10/mlp seed 1"),
    "nothing on equal terms": ({}, "unfinished: cnn seed 0, cnn seed 1, cnn seed 2, layer2nn seed 0, "),
}


@pytest.mark.parametrize("fault", UNFIT)
def test_results_that_are_not_finished_real_and_todays_are_refused(tmp_path, capsys, fault):
    changes, said = UNFIT[fault]
    write_results(tmp_path / "r", **{"seeds": 3, **changes})
    assert build.main(["--pack-reference", str(tmp_path / "ref"), "--results", str(tmp_path / "r")]) == 1
    error = capsys.readouterr().err.strip().splitlines()[-1]
    assert error.startswith("error: ")
    assert said in error
    assert not (tmp_path / "ref").exists()


def test_a_missing_run_is_told_by_name(stored, tmp_path, capsys):
    shutil.copytree(stored, tmp_path / "r")
    shutil.rmtree(RunId("imagenet10", "cnn", 0).folder(tmp_path / "r"))
    assert build.main(["--pack-reference", str(tmp_path / "ref"), "--results", str(tmp_path / "r")]) == 1
    assert "imagenet10/cnn" in capsys.readouterr().err


# Shown


@pytest.mark.parametrize(
    ("args", "wanted"),
    [
        ([], True),
        (["--skip-train"], True),
        (["--lang", "zh", "--seeds", "1"], True),
        (["--quick"], False),
        (["--skip-train", "--quick"], False),
        (["--data", "demo"], False),
        (["--train-only"], False),
        (["--results", "elsewhere"], False),
        (["--skip-train", "--results", "elsewhere"], False),
        (["--submit"], False),
        (["--plan"], False),
    ],
    ids=str,
)
def test_it_is_shown_where_a_full_report_is_asked_for_and_there_are_no_results(tmp_path, shipped, args, wanted):
    asked = options(tmp_path, *(args if "--train-only" not in args and "--plan" not in args else []))
    asked.mode = build.parse_args(args).mode
    assert is_wanted(asked) == wanted


def test_it_is_not_shown_over_results_of_ones_own_nor_where_there_is_none(tmp_path, shipped, stored, monkeypatch):
    asked = options(tmp_path)
    assert is_wanted(asked)
    asked.results = stored
    assert not is_wanted(asked)
    monkeypatch.setattr(reference, "REFERENCE", tmp_path / "none")
    assert not is_wanted(options(tmp_path))


@pytest.fixture
def said(monkeypatch):
    """What the program says; nothing is printed, measured or trained."""
    text = io.StringIO()
    monkeypatch.setattr(build, "check_report", lambda options: None)
    monkeypatch.setattr(commands, "check_data", lambda options: None)
    device = SimpleNamespace(choose_device=lambda *_: SimpleNamespace(name="Test CPU"))
    estimate = SimpleNamespace(seconds_of_all=lambda experiments, seeds, device: 220.0 * seeds)
    monkeypatch.setitem(sys.modules, "experiments.training.device", device)
    monkeypatch.setitem(sys.modules, "experiments.training.estimate", estimate)

    def trained(options, progress):
        progress.say("training")
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "train", trained)

    def written(results, experiments, title_page, out, lang, screen_first, say):
        say(f"rendered, reference: {results.reference}, by: {title_page.name!r}")
        return [out / f"{write.report_name(results, lang, out)}.pdf"]

    monkeypatch.setattr(module, "write_report", written)
    return text, Progress(Console(file=text, width=300))


def test_a_fresh_clone_shows_it_before_training_and_says_how_long_that_takes(tmp_path, shipped, said):
    text, progress = said
    (tmp_path / "homework.toml").write_text('name = "张三"', encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        build.build(options(tmp_path), progress)
    none, rendered, written, _measuring, own, training = text.getvalue().splitlines()
    assert none.endswith("the reference run, which comes with the program (3 seeds, 2026-01-03, Test CPU)")
    assert rendered == "rendered, reference: True, by: ''"
    assert written == f"written: {tmp_path / 'out' / 'HW1-DL-reference.pdf'}"
    assert own == "3 seeds take about 11 min 00 s of training on Test CPU"
    assert training == "training"


def test_without_training_it_is_all_there_is(tmp_path, shipped, said):
    text, progress = said
    build.build(options(tmp_path, "--skip-train", "--lang", "en"), progress)
    assert text.getvalue().splitlines()[-1].endswith("HW1-DL-reference-en.pdf")


def test_a_damaged_one_keeps_nobody_from_training(tmp_path, made, said, monkeypatch):
    text, progress = said
    shutil.copytree(made, tmp_path / "reference")
    (tmp_path / "reference" / "results.xz").write_bytes(b"x")
    monkeypatch.setattr(reference, "REFERENCE", tmp_path / "reference")
    with pytest.raises(KeyboardInterrupt):
        build.build(options(tmp_path), progress)
    warning = text.getvalue().splitlines()[1]
    assert warning.startswith("warning: the reference run: ")
    assert warning.endswith("git checkout reference restores it; training goes on")
    with pytest.raises(ReferenceRunError, match="its content is not what was stored"):
        build.build(options(tmp_path, "--skip-train"), progress)


def test_of_older_code_it_is_shown_all_the_same_with_a_quiet_line(tmp_path, stored, said, monkeypatch, shipped):
    text, progress = said
    monkeypatch.setattr(module, "EXPERIMENTS", [changed(experiment) for experiment in EXPERIMENTS])
    build.build(options(tmp_path, "--skip-train"), progress)
    assert "its code is older than today's; the report says so" in text.getvalue().splitlines()


def changed(experiment):
    """An experiment whose code is no longer that of the stored runs."""

    class Changed(type(experiment)):
        def code_of(self, variant: str) -> str:
            return "0" * 64

    return Changed(**vars(experiment))


# Known


def text_of(results, lang: str) -> str:
    html = write.report_html(results, EXPERIMENTS, compute_findings(results), TitlePage(), lang, "print")
    return " ".join(re.sub(r"<[^>]+>", "", html.partition("<body")[2]).split())


@pytest.fixture
def unpacked_results(made, tmp_path):
    """The reference run as somebody would take it for their own: copied to where results are."""
    folder = tmp_path / "results"
    with unpacked(made) as found:
        shutil.copytree(found, folder)
    return folder


def test_every_page_and_the_first_one_say_what_it_is_and_where_pictures_are_lacking(shipped, unpacked_results):
    results = read_results(unpacked_results, EXPERIMENTS)
    english, chinese = text_of(results, "en"), text_of(results, "zh")
    assert write._banner(results) == ("参考运行", "reference run")
    assert "Reference run: a real training that comes with the program, finished on 2026-01-03; nobody’s" in english
    assert "Student number" not in english
    assert "参考运行：程序自带的一次真实训练，2026-01-03完成；不是任何人的作业。" in chinese
    assert "no samples are shown here" in english
    assert "照片不随参考运行分发" in chinese
    assert "older code" not in english
    older = replace(results, stale=(RunId("imagenet10", "cnn", 0),))
    assert "finished on 2026-01-03, by older code; nobody’s homework" in text_of(older, "en")
    assert write._banner(older) == ("参考运行", "reference run")


def test_ones_own_report_says_nothing_of_it(shipped, stored, tmp_path):
    results = read_results(write_results(tmp_path, seeds=3, day=9), EXPERIMENTS)
    assert not results.reference
    assert "eference run" not in text_of(results, "en")
    assert write.report_name(results, "both") == "HW1-DL"


def test_wherever_its_runs_lie_and_whoever_verifies_it_is_the_reference(shipped, unpacked_results, monkeypatch):
    results = read_results(unpacked_results, EXPERIMENTS)
    assert write.report_name(results, "zh", unpacked_results) == "HW1-DL-reference-zh"
    files = pack(Source(results, TitlePage(name="张三"), "both", ""), compute_findings(results))
    source = unpack(files)
    assert short_kind(source) == "reference"
    monkeypatch.setattr(reference, "REFERENCE", unpacked_results)  # another version of the program, with none
    assert kind(unpack(files)) == "reference run, which comes with the program: not the author's own"


def test_it_cannot_be_handed_in(shipped, unpacked_results, tmp_path, capsys, monkeypatch):
    def not_drawn(*_):
        raise UserError("not drawn")

    monkeypatch.setattr(submit, "_edition", not_drawn)
    fields = tmp_path / "homework.toml"
    fields.write_text('name = "张三"\nstudent_number = "1"\n', encoding="utf-8")
    args = ["--submit", "--dry", "--lang", "en", "--results", unpacked_results, "--fields", fields]
    assert build.main(list(map(str, [*args, "--out", tmp_path / "out"]))) == 1
    assert "- reference results, which come with the program and are not yours: softmax/" in capsys.readouterr().out
    shutil.rmtree(unpacked_results)
    assert build.main(list(map(str, [*args, "--out", tmp_path / "out"]))) == 1
    assert "; the reference run, which comes with the program, is not yours" in capsys.readouterr().out


@pytest.mark.slow
def test_the_finished_report_is_the_references_and_verifies(tmp_path, shipped, monkeypatch, capsys):
    asked = options(tmp_path, "--skip-train", "--lang", "en")
    with monkeypatch.context() as patch:
        patch.setattr(build, "parse_args", lambda argv: asked)
        assert build.main() == 0
    assert build.main(["--verify", str(tmp_path / "out" / "HW1-DL-reference-en.pdf")]) == 0
    said = capsys.readouterr().out.rstrip()
    assert said.endswith("hold (reference run, which comes with the program: not the author's own)")
