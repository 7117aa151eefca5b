"""Seeds of a student's own: whose they are, that they train, are found again, and are held to the title page."""

import pytest

import build
from experiments.catalog import EXPERIMENTS, SOFTMAX
from experiments.config import SoftmaxConfig
from report.personal_seeds import read_series, series_fault, series_of
from report.results import read_results
from report.title_page import TitlePageError
from report.verify import verify
from tests.synthetic import write_results

NUMBER = "20231234567"


def homework(folder, text):
    path = folder / "homework.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_seeds_are_drawn_from_the_number_and_from_nothing_else(tmp_path):
    own = homework(tmp_path, f'seeds = "personal"\nstudent_number = "{NUMBER}"\nname = "张三"\n')
    assert read_series(own) == series_of(NUMBER) == "student-571c2f913f5e2eef"  # stays: stored runs go by it
    assert series_of("2\n1") == series_of("1\n2") != series_of("1")
    assert read_series(homework(tmp_path, f'student_number = "{NUMBER}"\n')) == ""
    assert read_series(homework(tmp_path, 'seeds = "common"\n')) == ""


def test_every_student_and_every_run_has_another_seed():
    configs = [SoftmaxConfig(model="wrong", series=series_of(str(number))) for number in range(2_000)]
    drawn = {config.drawn_seed(run) for config in configs for run in range(20)}
    assert len(drawn) == 40_000
    assert max(drawn) < 2**63
    assert [SoftmaxConfig(model="wrong").drawn_seed(run) for run in range(3)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('seeds = "personal"\n', 'seeds = "personal" draws the seeds from the student number, which is empty; fill in'),
        ("seeds = 3\n", 'seeds must be "common" (0, 1, 2 …) or "personal" (drawn from the student number), got 3'),
    ],
)
def test_what_gives_no_seeds_is_refused_before_anything_is_trained(tmp_path, capsys, text, said):
    path = homework(tmp_path, text)
    with pytest.raises(TitlePageError):
        read_series(path)
    for mode in ("--skip-train", "--train-only", "--plan", "--submit"):
        assert build.main([mode, "--data", "demo", "--fields", str(path), "--results", str(tmp_path / "r")]) == 1
        assert said in " ".join(capsys.readouterr()).replace("\n", " ")  # --submit lists it among all that is wrong
    assert not (tmp_path / "r").exists()


def test_a_run_without_a_series_keeps_its_key():
    assert "series" not in SoftmaxConfig(model="wrong").to_dict()
    assert SoftmaxConfig(model="wrong", series="a").to_dict()["series"] == "a"


def test_what_was_trained_with_other_seeds_is_stale_and_is_rendered_all_the_same(tmp_path):
    write_results(tmp_path / "r", seeds=1, series=series_of(NUMBER))
    own = [experiment.drawn_from(series_of(NUMBER)) for experiment in EXPERIMENTS]
    found = read_results(tmp_path / "r", own)
    assert not found.stale
    assert found.series == (series_of(NUMBER),)
    assert len(read_results(tmp_path / "r", EXPERIMENTS).stale) == len(found.records)


@pytest.fixture(scope="module")
def personal(tmp_path_factory):
    """A report of personal seeds, by --skip-train as homework.toml says."""
    folder = tmp_path_factory.mktemp("personal")
    write_results(folder / "r", seeds=1, series=series_of(NUMBER))
    fields = homework(folder, f'seeds = "personal"\nstudent_number = "{NUMBER}"\nname = "张三"\n')
    where = ["--results", str(folder / "r"), "--fields", str(fields), "--out", str(folder)]
    assert build.main(["--skip-train", "--lang", "en", *where]) == 0
    return folder / "HW1-DL-en.pdf"


def test_a_report_says_that_its_seeds_are_personal(personal, capsys):
    assert build.main(["--verify", str(personal)]) == 0
    assert f"张三 · {NUMBER} · full run · 1 personal seed · Test CPU" in capsys.readouterr().out
    assert f"--series {series_of(NUMBER)}" in personal.with_suffix(".html").read_text(encoding="utf-8")


def test_a_report_under_another_students_number_does_not_hold(personal, tmp_path):
    fields = homework(tmp_path, 'name = "李四"\nstudent_number = "20237654321"\n')
    where = ["--results", str(personal.parent / "r"), "--fields", str(fields), "--out", str(tmp_path)]
    assert build.main(["--skip-train", "--lang", "en", "--series", series_of(NUMBER), *where]) == 0
    verdicts = verify(tmp_path / "HW1-DL-en.pdf")
    assert verdicts.faults == [
        f"its seeds are drawn from {series_of(NUMBER)}, and not from the student number on its title page"
    ]


def test_where_no_number_stands_on_the_title_page_none_is_compared():
    assert series_fault((series_of(NUMBER),), "—") == series_fault((series_of(NUMBER),), "") == ""
    assert series_fault(("",), NUMBER) == ""
    assert "several series" in series_fault(("", series_of(NUMBER)), NUMBER)
    assert "not from the student number" in series_fault(("else",), NUMBER)


def test_experiments_keep_their_names_when_their_seeds_are_drawn():
    assert list(SOFTMAX.drawn_from("a").variants) == list(SOFTMAX.variants)
