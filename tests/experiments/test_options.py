"""Each option × each mode, and every value that can be known to be wrong, through the command line itself."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import build
from experiments import options as training
from experiments.catalog import EXPERIMENTS
from experiments.command_line import BUILD, COMPARE, MODES, ONLY, VERIFY
from experiments.errors import UserError
from experiments.options import check_data
from report import options as report
from report.options import Options, check_report

ROOT = Path(__file__).resolve().parents[2]
VALUES = {  # a right value of each option that has one
    "--data": ["real"],
    "--data-dir": ["d"],
    "--imagenet10": ["i"],
    "--classes": ["a,b,c,d,e,f,g,h,i,j"],
    "--images-per-class": ["5"],
    "--seeds": ["2"],
    "--softmax-seeds": ["9"],
    "--series": ["own"],
    "--device": ["cpu"],
    "--results": ["r"],
    "--out": ["o"],
    "--lang": ["en"],
    "--fields": ["f"],
    "--words": ["w"],
    "--precision": ["float32"],
    "--threads": ["2"],
    "--plan-digest": ["0123456789abcdef"],
}
NAMED = {VERIFY: ["x.pdf"], COMPARE: ["x.pdf", "y.pdf"], ONLY: ["r"]}  # what a mode is about
# In the order of MODES: build, --skip-train, --train-only, --plan, --watch, --verify, --check-words, --values, --init,
# --submit, --compare, --doctor, --only, --cluster, --pack-reference,
# --gradescope. x: has an effect.
TABLE = {
    "--data": "xxxxx.xx.x.xxx..",
    "--data-dir": "x.xx.x.....xxx..",
    "--imagenet10": "x.xx.x.....xxx..",
    "--classes": "x.xx.x......xx..",
    "--images-per-class": "x.xx.x......xx..",
    "--seeds": "xxxxx.xx.x.xxx..",
    "--softmax-seeds": "xxxxx.xx.x..xx..",
    "--series": "xxxxx.xx.x..xx..",
    "--device": "x.xx.x.....xxx..",
    "--ablation": "x.xx........xx..",
    "--quick": "xxxxx.xx.x..xx..",
    "--results": "xxxxx.xx.x.xxxx.",
    "--out": "xx..xx...xxx.x.x",
    "--lang": "xx..x....x.x.x..",
    "--fields": "xxxxx.xxxx.x.x..",
    "--replay": ".....x..........",
    "--screen-first": "xx...........x..",
    "--words": "xx..x.x.xx.x.x..",
    "--draft": "xx..x........x..",
    "--json": "...x..x....x....",
    "--dry": ".........x......",
    "--anonymous": ".........x......",
    "--ascii-names": ".........x......",
    "--precision": "x.xx.x......xx..",
    "--threads": "x.xx.x......xx..",
    "--plan-digest": "............x...",
    "--wait": ".............x..",
    "--cancel": ".............x..",
    "--retry": ".............x..",
}


def parsed(*args: str) -> Options:
    return build.parse_args([str(arg) for arg in args])


def refused(capsys, *args: str) -> str:
    """The error of a command line that is refused with code 2."""
    with pytest.raises(SystemExit) as stop:
        parsed(*args)  # not main: what is not refused would be done
    assert stop.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    error, usage = said.err.splitlines()
    assert error.startswith("error: ")
    assert usage.startswith("usage: build.py")
    return error.removeprefix("error: ")


def test_every_option_says_where_it_has_an_effect():
    help = subprocess.run(
        [sys.executable, ROOT / "build.py", "--help-all"], capture_output=True, text=True, check=True
    ).stdout
    declared = set(re.findall(r"^  (--[a-z0-9-]+)", help, re.M))
    assert declared == {*TABLE, *MODES, "--help-all", "--completion"} - {BUILD}
    assert training.EFFECT.keys() | report.EFFECT.keys() == TABLE.keys()
    assert max(map(len, help.splitlines())) <= 80


def test_help_fits_a_terminal_and_names_every_mode_for_a_user(capsys):
    with pytest.raises(SystemExit) as stop:
        parsed("--help")
    assert stop.value.code == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) <= 24
    assert max(map(len, said)) <= 80
    mentioned = set(re.findall(r"--[a-z0-9-]+", "\n".join(said)))
    assert mentioned >= {*MODES} - {BUILD, "--train-only", "--values", "--only", "--pack-reference"}
    assert mentioned <= {*TABLE, *MODES, "--help-all"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("option", TABLE)
def test_an_option_without_effect_in_a_mode_is_refused(capsys, option, mode):
    args = [option, *VALUES.get(option, []), *([] if mode == BUILD else [mode]), *NAMED.get(mode, [])]
    if TABLE[option][MODES.index(mode)] == "x":
        assert parsed(*args).mode == mode
    else:
        assert refused(capsys, *args) == f"{option} has no effect with {mode}; leave it out"
        joined = [f"{option}={VALUES[option][0]}", *args[2:]] if option in VALUES else args
        assert refused(capsys, *joined) == f"{option} has no effect with {mode}; leave it out"


@pytest.mark.parametrize("first", MODES[1:])
@pytest.mark.parametrize("second", MODES[1:])
def test_two_modes_are_refused(capsys, first, second):
    if first == second:
        return
    args = [arg for mode in (first, second) for arg in (mode, *NAMED.get(mode, []))]
    assert "not allowed with" in refused(capsys, *args)


WRONG = {
    ("--images-per-class", "601"): "must be a multiple of 5 (split 3:1:1), got 601",
    ("--series", "学号"): "must be up to 64 Latin letters, digits and hyphens, got '学号'",
    ("--images-per-class", "0"): "must be a whole number of at least 1, got '0'",
    ("--images-per-class", "-5"): "at least 1, got '-5'",
    ("--images-per-class", "9" * 5000): "must be a whole number of at least 1",
    ("--seeds", "0"): "at least 1",
    ("--seeds", "x"): "at least 1, got 'x'",
    ("--seeds", "1.5"): "at least 1, got '1.5'",
    ("--seeds", "²"): "at least 1",
    ("--seeds", "1001"): "must be at most 1000, got 1001",
    ("--classes", "a,b"): "must name 10 different class folders, got 2",
    ("--classes", ","): "must name 10 different class folders, got 0",
    ("--classes", "../class0," * 10): "got 10, 9 of them repeated",
    ("--lang", "fr"): "invalid choice: 'fr'",
    ("--device", "tpu"): "invalid choice: 'tpu'",
    ("--data", "fake"): "invalid choice: 'fake'",
    ("--ablation", "rnn"): "invalid choice: 'rnn'",
    ("--verify",): "expected at least one argument",
    ("--out",): "expected one argument",
    ("--data", "demo", "--imagenet10", "x"): "--imagenet10 has no effect with --data demo",
    ("--data=demo", "--classes=a,b,c,d,e,f,g,h,i,j"): "--classes has no effect with --data demo",
    ("--skip-trian",): "unknown option '--skip-trian'; did you mean --skip-train?",
    ("--quik",): "did you mean --quick?",
    ("--seed", "1"): "did you mean --seeds?",
    ("--seed=1",): "unknown option '--seed=1'; did you mean --seeds?",
    ("--image-per-class", "5"): "did you mean --images-per-class?",
    ("train",): "did you mean --train-only?",
    ("--qqqq",): "unknown option '--qqqq'",
    ("report.pdf",): "unknown option 'report.pdf'",
}


@pytest.mark.parametrize("args", WRONG, ids=lambda args: " ".join(args)[:40])
def test_a_wrong_option_is_refused_with_code_2(capsys, args):
    assert WRONG[args] in refused(capsys, *args)


def test_a_wrong_option_is_refused_before_a_library_is_loaded():
    heavy = ("torch", "torchvision", "pandas", "numpy", "matplotlib", "weasyprint", "pikepdf", "PIL", "jinja2")
    for args in (["--seeds", "0"], ["--help"], ["--imagenet10", "/nonexistent"], ["--skip-train", "--device", "cpu"]):
        code = (
            f"import sys; sys.modules.update(dict.fromkeys({heavy})); sys.argv[1:] = {args}; import build;"
            "sys.exit(build.main())"
        )
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == {"--help": 0, "--imagenet10": 1}.get(args[0], 2)
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--imagenet10", "--data-dir", "--results", "--out"])
def test_a_folder_that_is_a_file_is_refused_at_once(tmp_path, option):
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(UserError, match=f"{option} {path}: not a folder; name a folder"):
        (check_report if option == "--out" else check_data)(parsed(option, path))


def test_results_that_cannot_be_written_are_refused_before_data_are_read_but_not_where_nothing_is_written():
    with pytest.raises(UserError, match="--results: /proc/nothing cannot be written to"):
        check_data(parsed("--results", "/proc/nothing"))
    check_data(parsed("--plan", "--results", "/proc/nothing"))


def test_class_folders_must_be_there_but_others_will_be_made(tmp_path):
    path = tmp_path / "none"
    with pytest.raises(UserError, match=f"--imagenet10 {path}: does not exist"):
        check_data(parsed("--imagenet10", path))
    check_data(parsed("--data-dir", path, "--results", path))
    assert not path.exists()


def test_the_title_page_is_read_before_anything_is_trained(tmp_path):
    path = tmp_path / "none.toml"
    with pytest.raises(UserError, match=r"none\.toml: not there"):
        check_report(parsed("--fields", path))


def test_the_same_options_train_or_render():
    options = parsed("--skip-train", "--quick", "--seeds", "2", "--out", "my out")
    assert options.training_command() == "build.py --quick --seeds 2 --out 'my out'"
    options = parsed("--submit", "--dry", "--anonymous", "--ascii-names", "--seeds", "2")
    assert options.training_command() == "build.py --seeds 2"
    options = parsed("--watch", "--quick")
    assert options.render_command(Path("build.py"))[1:] == ["build.py", "--quick", "--skip-train", "--screen-first"]


def test_only_what_trains_goes_on_from_a_checkpoint():
    assert "last checkpoint" in parsed("--quick").goes_on
    assert "last checkpoint" in parsed("--train-only").goes_on
    assert "last checkpoint" in parsed("--only", "imagenet10/cnn/seed-0").goes_on
    for args in (["--watch"], ["--skip-train"], ["--plan"], ["--verify", "x"], ["--submit"]):
        assert parsed(*args).goes_on == ""


def test_reports_to_verify_are_named_together_or_one_by_one():
    files = [Path("a"), Path("b"), Path("c")]
    assert parsed("--verify", "a", "b", "c").verify == files
    assert parsed("--verify", "a", "--verify", "b", "c").verify == files


@pytest.mark.parametrize(
    ("args", "demo", "seeds"),
    [
        ([], False, 30),
        (["--seeds", "40"], False, 40),  # at least as many as of the image models
        (["--softmax-seeds", "9"], False, 9),
        (["--softmax-seeds", "2", "--seeds", "5"], False, 5),
        (["--quick"], False, 3),
        (["--quick", "--softmax-seeds", "9"], False, 9),
        ([], True, 1),
    ],
)
def test_softmax_regression_has_more_seeds_but_where_a_build_is_to_be_short(args, demo, seeds):
    options = parsed(*args)
    datasets = {"fashion-mnist": SimpleNamespace(demo=demo)}
    softmax, images = options.counted(EXPERIMENTS, datasets)
    assert (softmax.seeds, images.seeds) == (seeds, None)
    assert options.selected().softmax_seeds == options.softmax_seeds
