"""--check-words, --values, --init, and the build that stops, through the command line."""

import json
import tomllib

import pytest

import build
from report import options as module
from report.title_page import read_title_page
from report.words import commands
from report.words.markdown import blocks
from report.words.places import FILES, Words, read_words
from tests.synthetic import write_results

TRUE = "CNN 的测试准确率是 85.00%。"


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return write_results(tmp_path_factory.mktemp("results") / "results", seeds=3)


@pytest.fixture
def run(results, tmp_path, written, capsys):
    """Runs the program on words; returns exit code, stdout and stderr."""
    (tmp_path / "homework.toml").touch()

    def run(*args: str, files: dict[str, str]):
        folder = written(files)
        fixed = ["--results", str(results)] + (["--words", str(folder)] if "--values" not in args else [])
        fixed += [] if "--values" in args else ["--fields", str(tmp_path / "homework.toml")]
        return build.main([*args, *fixed]), *capsys.readouterr()

    return run


def test_check_words_prints_every_sentence_and_ends_with_1_if_one_is_contradicted(run):
    code, out, _ = run(
        "--check-words", files={"reflection.zh.md": f"我很满意。\n\n{TRUE}\n\nCNN 的测试准确率是 12.34%。"}
    )
    lines = out.splitlines()
    assert code == 1
    assert [line.split(": ")[1] for line in lines[:3]] == ["free", "holds", "contradicted"]
    assert lines[2].split(":")[1] == "5"
    assert "85.00%" in lines[2].rpartition("→")[2]
    assert lines[3] == "1 holds, 1 free, 0 unmatched, 1 contradicted"


def test_check_words_ends_with_0_if_none_is_contradicted(run):
    assert run("--check-words", files={"reflection.zh.md": TRUE})[0] == 0


def test_json_is_a_list_of_objects(run):
    _, out, _ = run("--check-words", "--json", files={"reflection.zh.md": TRUE, "reflection.en.md": "I am content."})
    objects = json.loads(out)
    assert [list(item) for item in objects] == [
        ["file", "line", "column", "sentence", "outcome", "finding", "value"]
    ] * 2
    assert (objects[0]["outcome"], objects[0]["finding"], objects[0]["value"]) == ("holds", "cnn.test_acc", None)


def test_values_lists_names_with_both_languages(run):
    code, out, _ = run("--values", files={})
    assert code == 0
    assert "85.00%" in next(line for line in out.splitlines() if line.startswith("cnn.test_acc "))
    assert "轮" in next(line for line in out.splitlines() if line.startswith("cnn.epochs "))


def test_init_writes_examples_that_count_as_nothing_and_never_writes_over_a_file(tmp_path, capsys):
    fields = tmp_path / "homework.toml"
    assert build.main(["--init", "--fields", str(fields)]) == 0
    assert set(tomllib.loads(fields.read_text(encoding="utf-8"))) == {
        "title",
        "course",
        "name",
        "student_number",
        "date",
    }
    assert read_title_page(fields).title == "HW1-DL"
    words = read_words(tmp_path / "words", fields)
    assert words.files
    assert {file.name for file in words.files} <= set(FILES)
    assert not any(blocks(file, words, None) for file in words.files)
    (tmp_path / "words" / "reflection.zh.md").write_text("mine", encoding="utf-8")
    fields.write_text('name = "张三"', encoding="utf-8")
    assert build.main(["--init", "--fields", str(fields)]) == 0
    assert (tmp_path / "words" / "reflection.zh.md").read_text(encoding="utf-8") == "mine"
    assert fields.read_text(encoding="utf-8") == 'name = "张三"'
    assert f"kept: {fields}" in capsys.readouterr().out


def test_the_declaration_of_ai_use_has_the_fields_of_the_taxonomy():
    text = (commands.EXAMPLES / "words" / "ai-use.en.md").read_text(encoding="utf-8")
    for name in ("GAIDeT", "Tool", "Purpose", "Parts", "Own contribution"):
        assert name in text


def never(*_, **__):
    raise AssertionError("it went on")


@pytest.fixture
def no_training(monkeypatch):
    monkeypatch.setattr(build, "train", never)
    monkeypatch.setattr(build, "report", never)


def test_a_contradicted_sentence_stops_a_build_before_training_where_nothing_is_left_to_train(run, no_training):
    code, _, err = run(files={"reflection.zh.md": "CNN 的测试准确率是 12.34%。"})
    assert code == 1
    assert "contradicted: CNN 的测试准确率是 12.34%。 → cnn.test_acc: 85.00%" in err


def test_watch_renders_again_when_a_word_is_saved(tmp_path):
    options = build.parse_args(["--watch", "--draft", "--words", str(tmp_path)])
    command, sources = options.watched(build.ROOT)
    assert tmp_path in sources
    assert command[2:] == ["--draft", "--words", str(tmp_path), "--skip-train", "--screen-first"]


@pytest.mark.parametrize("args", [["--draft"], ["--seeds", "4"]])
def test_a_draft_and_a_build_that_has_something_to_train_go_on(run, monkeypatch, args):
    monkeypatch.setattr(build, "train", never)
    with pytest.raises(AssertionError, match="it went on"):
        run(*args, files={"reflection.zh.md": "CNN 的测试准确率是 12.34%。"})


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"reflection.zh.md": "<b>x</b>"}, "reflection.zh.md:1: '<b>' is HTML"),
        ({"reflexion.zh.md": "x"}, "did you mean reflection.zh.md?"),
        ({"reflection.zh.md": "甲\n乙\U00013000"}, "reflection.zh.md:2:2: no font here shows \U00013000"),
        ({"reflection.zh.md": "{{ cnn.tset_acc }}"}, "did you mean cnn.test_acc?"),
    ],
)
def test_what_cannot_be_printed_stops_a_build_before_training(run, no_training, monkeypatch, files, said):
    monkeypatch.setattr(commands, "DEFAULT_SEEDS", 3)
    code, _, err = run(files=files)
    assert code == 1
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_required_place_must_be_written(run, no_training, tmp_path):
    (tmp_path / "homework.toml").write_text('required = ["ai-use"]', encoding="utf-8")
    code, _, err = run(files={"ai-use.zh.md": "<!-- nothing yet -->"})
    assert code == 1
    assert "requires ai-use, but nothing is written there" in err


def test_without_words_the_words_side_is_not_even_loaded(monkeypatch, tmp_path):
    monkeypatch.setattr(commands, "check_written", never)
    options = build.parse_args(["--skip-train", "--fields", str(tmp_path / "homework.toml")])
    (tmp_path / "homework.toml").touch()
    module.check_report(options)
    assert options.own_words() == Words(required=())
