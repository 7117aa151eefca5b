import re
import shutil
import subprocess
import sys
from collections import Counter
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest

from experiments.catalog import EXPERIMENTS
from report.errors import RenderError
from report.existing import report_name
from report.findings import compute_findings
from report.page.glossary import TERMS
from report.results import read_results
from report.title_page import TitlePage, read_title_page
from report.verify import verify
from report.write import _banner, _Report, report_html, write_report
from tests.synthetic import write_results

ROOT = Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"−?\d+(?:,\d{3})*(?:\.\d+)?%?")
WORD = re.compile(r"[A-Za-z]{4,}|[\u4e00-\u9fff]")


def build(folder, lang="both", fields=TitlePage(), **changes):  # noqa: B008 - frozen
    changes = {"seeds": 2} | changes
    experiments = [e.quick() for e in EXPERIMENTS] if changes.get("quick") else EXPERIMENTS
    results = read_results(write_results(folder / "results", **changes), experiments)
    pdf, html = write_report(results, experiments, fields, folder / "out", lang)
    return pdf, html.read_text(encoding="utf-8")


def text_of(pdf) -> str:
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True).stdout


def pairs(html) -> list[tuple[str, str]]:
    """The Chinese and the English of every pair of paragraphs, as plain text."""
    found = re.findall(r'<p class="zh"[^>]*>(.*?)</p>\s*<p class="en"[^>]*>(.*?)</p>', html, re.S)
    plain = [tuple(re.sub(r"<[^>]+>", "", text) for text in pair) for pair in found]
    return [(zh, en.replace("2-layer", "two-layer")) for zh, en in plain]  # a name, spelled out in Chinese


@pytest.fixture(scope="module")
def usual(finished):
    return finished.pdf, finished.html.read_text(encoding="utf-8")


def test_the_report_has_the_homeworks_sections_in_both_languages(usual):
    pdf, html = usual
    text = text_of(pdf)
    for zh, en in [
        ("代码分析", "Code analysis"),
        ("错误分析", "Error analysis"),
        ("实验与结果", "Experiments and results"),
        ("源代码修正", "Source code corrections"),
        ("图像分类", "Image classification"),
        ("数据准备", "Data preparation"),
        ("模型与训练", "Model & training"),
        ("结果", "Results"),
    ]:
        assert zh in text
        assert en in text
        assert zh in re.sub(r"<[^>]+>", "", html)


def test_the_title_page_carries_the_fields(usual):
    text = text_of(usual[0])
    assert "张三" in text
    assert "深度学习" in text


def test_both_languages_state_the_same_numbers(usual):
    found = pairs(usual[1])
    assert len(found) > 40
    for zh, en in found:
        # Digits in names such as d2l or L4_wrong stand in both; a number written as a word has no digits in either.
        assert sorted(NUMBER.findall(zh)) == sorted(NUMBER.findall(en)), (zh, en)


def test_a_term_carries_its_english_where_it_first_occurs(usual):
    body = re.sub(r"<(style|script|nav)\b.*?</\1>", "", usual[1][usual[1].index("<body") :], flags=re.S)
    text = unescape(re.sub(r"<[^>]+>", "", body))
    used = [zh for zh in TERMS if zh in text]
    assert len(used) > 15
    for zh in used:
        assert text[text.index(zh) :].startswith(f"{zh}（{TERMS[zh]}）"), zh


def test_the_homeworks_figures_stand_beside_ours(usual):
    text = text_of(usual[0])
    for number in ("1.6632", "1.8321", "0.6673", "43.83", "43.75", "77.50", "85.00"):
        assert number in text
    assert "526" in text  # the two MLPs of the homework differ by one image
    assert "525" in text


def test_the_source_that_is_shown_is_the_one_that_was_stored(usual):
    assert "F.cross_entropy(Y_hat, Y)" in text_of(usual[0])


def test_a_full_report_on_real_data_has_no_banner(usual):
    assert 'class="banner"' not in usual[1]


@pytest.mark.parametrize(
    ("kinds", "banner"),
    [
        ((), None),
        (("demo",), ("演示数据", "demo data")),
        (("quick",), ("快速试跑", "quick run")),
        (("stale",), ("部分结果出自其他的代码或设置", "some results from other code or settings")),
        (("demo", "quick"), ("演示数据，快速试跑", "demo data, quick run")),
    ],
)
def test_what_keeps_a_report_from_being_a_finished_one_is_its_banner(kinds, banner):
    results = SimpleNamespace(**{kind: kind in kinds for kind in ("demo", "quick", "stale", "reference")})
    assert _banner(results) == banner


@pytest.mark.slow
def test_a_quick_run_on_demo_data_by_other_code_says_so_on_every_page_and_holds(tmp_path):
    pdf, html = build(tmp_path, origin="demo", quick=True, code="0" * 64, seeds=1)
    assert pdf.name == "HW1-DL-demo.pdf"
    pages = text_of(pdf).split("\f")[:-1]
    for words in ("演示数据", "demo data", "快速试跑", "quick run", "其他的代码", "other code"):
        assert all(words in page for page in pages), words
        assert words in html
    verdicts = verify(pdf)
    assert verdicts.holds
    assert verdicts.faults == verdicts.notes == []
    assert str(verdicts).endswith(" hold (quick run on demo data: not a finished report)")


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        (
            {"accuracy": {"mlp": 0.95, "cnn": 0.3}},
            "The residual MLP has the highest test accuracy",
            "The CNN has the highest",
        ),
        ({"accuracy": {"layer2nn": 0.5, "mlp": 0.5, "cnn": 0.5}}, "Which is best is undecided", "has the highest"),
        ({"accuracy": {"mlp": 0.2}}, "The deeper net is worse here", "The deeper net is better"),
        ({"accuracy": {"mlp": 0.47}}, "These data do not decide it", "The deeper net is better"),
        ({"accuracy": {"wrong": 0.8, "double": 0.8}}, "these data do not decide whether the two differ", "rises from"),
        ({"accuracy": {"wrong": 0.9, "double": 0.9}}, "Against expectation", "rises from"),
        ({"accuracy": {"cnn": 1.0}}, "The CNN makes no mistake", "The CNN most often confuses"),
        ({"diverged": [("cnn", 1)]}, "The run of seed 1 diverged in epoch 2", "Every run of"),
        ({"diverged": [("mlp", 0), ("mlp", 1)]}, "Every run of the residual MLP diverged", "Does depth help"),
        ({"seeds": 1}, "one run, from seed 0", "standard deviation over"),
    ],
)
@pytest.mark.slow
def test_the_words_follow_the_results(tmp_path, changes, said, unsaid):
    results = read_results(write_results(tmp_path, **{"seeds": 2} | changes), EXPERIMENTS)
    html = report_html(results, EXPERIMENTS, compute_findings(results), TitlePage(), "both", "print")
    text = " ".join(re.sub(r"<[^>]+>", "", html).split())
    assert said in text
    assert unsaid not in text
    for zh, en in pairs(html):
        assert sorted(NUMBER.findall(zh)) == sorted(NUMBER.findall(en)), (zh, en)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_language_has_an_edition_of_its_own(tmp_path, lang):
    pdf, _ = build(tmp_path, lang=lang, seeds=1)
    assert pdf.name == f"HW1-DL-{lang}.pdf"
    text = text_of(pdf)
    assert ("错误分析" in text) == (lang == "zh")
    assert ("Error analysis" in text) == (lang == "en")


def test_hostile_class_and_author_names_are_shown_as_they_are(tmp_path):
    names = ["<script>alert(1)</script>", "{{7*7}}", "$x$", "a&b", "../x", "x" * 200, "%s", "`code`", "'\"", "=cmd"]
    results = read_results(write_results(tmp_path, classes=names, seeds=1), EXPERIMENTS)
    fields = TitlePage(name="<b>{{7*7}}</b>")  # the whole report with such names is printed in test_hostile
    html = report_html(results, EXPERIMENTS, compute_findings(results), fields, "both", "screen")
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "{{7*7}}" in html
    assert "<b>{{7*7}}" not in html


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes(finished, tmp_path):
    """Nothing of the earlier report is used again, and another process has other hashes."""
    code = "import sys, build; sys.exit(build.main(['--skip-train', *sys.argv[1:]]))"
    folders = ["--results", finished.results, "--fields", finished.fields, "--out", tmp_path]
    environment = {"PYTHONHASHSEED": "1", "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", code, *folders], env=environment, cwd=ROOT, check=True)
    assert (tmp_path / "HW1-DL.pdf").read_bytes() == finished.pdf.read_bytes()
    assert (tmp_path / "HW1-DL.html").read_bytes() == finished.html.read_bytes()


def test_a_failing_page_leaves_the_old_report(tmp_path, monkeypatch):
    pdf = tmp_path / "out" / "HW1-DL.pdf"
    pdf.parent.mkdir()
    pdf.write_bytes(b"old")
    monkeypatch.setattr("report.write.draw_figures", lambda *args: None)  # no figure is there
    with pytest.raises(Exception, match=r"softmax-curves\.svg"):
        build(tmp_path, seeds=1)
    assert pdf.read_bytes() == b"old"


@pytest.mark.parametrize(("screen_first", "shown"), [(False, "old"), (True, "<!DOCTYPE html>")])
def test_where_only_the_pdf_is_faulty_the_html_is_new_if_it_does_not_wait(
    finished, tmp_path, monkeypatch, screen_first, shown
):
    def faulty(*args, **options):
        raise RenderError("no ink")

    for name in ("HW1-DL.pdf", "HW1-DL.html"):
        (tmp_path / name).write_text("old")
    shutil.copytree(finished.cache, tmp_path / ".cache")
    whole = max((tmp_path / ".cache").glob("*.hw1dl"), key=lambda piece: piece.stat().st_size)
    whole.unlink()  # what it is made from stays
    monkeypatch.setattr("report.write.finished_pdf", faulty)
    results, fields = read_results(finished.results, EXPERIMENTS), read_title_page(finished.fields)
    with pytest.raises(RenderError, match="no ink"):
        write_report(results, EXPERIMENTS, fields, tmp_path, screen_first=screen_first)
    assert (tmp_path / "HW1-DL.pdf").read_text() == "old"
    assert (tmp_path / "HW1-DL.html").read_text(encoding="utf-8").startswith(shown)


def test_the_html_that_does_not_wait_is_there_before_the_printed_page_is_begun(finished, tmp_path, monkeypatch):
    def begun(self, edition, *args):
        if edition == "print":
            assert html.exists()
            raise RenderError("begun")
        return page(self, edition, *args)

    html, page = tmp_path / "HW1-DL.html", _Report.page
    monkeypatch.setattr(_Report, "page", begun)
    results, fields = read_results(finished.results, EXPERIMENTS), read_title_page(finished.fields)
    copy = tmp_path / "pieces"
    shutil.copytree(finished.cache, copy)
    max(copy.glob("*.hw1dl"), key=lambda piece: piece.stat().st_size).unlink()
    with pytest.raises(RenderError, match="begun"):
        write_report(results, EXPERIMENTS, fields, tmp_path, screen_first=True, cache=copy)


def test_the_name_of_the_report(tmp_path):
    results = read_results(write_results(tmp_path, seeds=1), EXPERIMENTS)
    assert report_name(results, "both") == "HW1-DL"
    assert report_name(results, "en") == "HW1-DL-en"


def test_every_file_that_the_text_names_is_there(usual):
    text = re.sub(r'<i class="b"></i>', "", usual[1])
    named = set(re.findall(r"<code>((?:experiments|report|figures)/[\w/]+\.py)</code>", text))
    assert len(named) >= 3  # those of the models
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_no_word_is_lost_where_a_paragraph_runs_over_a_page(usual):
    text = re.sub(r"<(style|script|nav|code|pre|svg)\b.*?</\1>", " ", usual[1][usual[1].index("<main") :], flags=re.S)
    # A long word may be broken at the end of a line; both of its parts are then words of the PDF.
    text = re.sub(r'[A-Za-z]+(?:<i class="b"></i>[A-Za-z]+)+', " ", text)
    words = Counter(WORD.findall(unescape(re.sub(r"<[^>]+>", " ", text))))
    assert sum(words.values()) > 3000
    # What stands in figures and running heads comes on top of it.
    assert words - Counter(WORD.findall(text_of(usual[0]))) == Counter()
