"""What the text says of extreme results: true in both languages, and no more than the numbers allow."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from experiments.catalog import EXPERIMENTS
from report.findings import compute_findings
from report.page.render import TEMPLATES, render_html
from report.page.values import report_values
from report.results import read_results
from report.selection import Selection
from report.title_page import TitlePage
from report.words.held import NOTHING_HELD
from report.words.printed import printed
from tests.report.test_report import NUMBER, pairs
from tests.synthetic import write_results

BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="9mm" height="9mm"/>'
MODELS = ("layer2nn", "mlp", "cnn")
# What one language says, the other says as often, paragraph by paragraph.
SAME = [
    ("过于自信", "overconfident"),
    ("置信度偏低", "underconfident"),
    ("相符，差别在抽样误差之内", "agree within sampling error"),
    ("没有错误", "makes no mistake"),
    ("发散", "diverged"),
    ("更好", "better here"),
    ("更差", "worse here"),
    ("准确率最高", "highest test accuracy"),
    ("孰高孰低不能断定", "nothing is decided"),
    ("没有选出唯一的第一名", "single out no model"),
    ("没有一对的差别得到支持", "support a difference in none"),
    ("没有过拟合的迹象", "no sign of overfitting"),
    ("看不出", "can be seen"),
    ("没有明显回升", "hardly rises again"),
    ("仍是最低", "is lowest after the last epoch"),
    ("也已回升", "has risen by"),
    ("最均衡", "the most even"),
    ("测试损失也最低", "the lowest test loss"),
    ("验证成绩因此偏高", "flatters"),
    ("始终没有达到", "never reaches"),
]
COMPARING = re.compile("优于|更好|更差|胜过|逊于|better|worse|outperform|beats")


def write(folder: Path, lang="both", **changes):
    """The findings on synthetic results, and the text of the report: pictures are left blank, nothing is printed."""
    seeds, near = changes.get("seeds", 2), changes.pop("near", {})
    results = read_results(
        write_results(folder / "results", **{"per_class": 50, **changes}), EXPERIMENTS, Selection(seeds=seeds)
    )
    if near != {}:
        results.datasets["imagenet10"].record["near_duplicates"] = near
    findings = compute_findings(results)
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    sections = "".join(path.read_text(encoding="utf-8") for path in (TEMPLATES / "sections").rglob("*.html"))
    for name in [*re.findall(r'([\w-]+)\.svg"', sections), *(f"curves-{model}" for model in MODELS)]:
        (figures / f"{name}.svg").write_text(BLANK)
    values = report_values(results, EXPERIMENTS, findings, TitlePage(), lang) | printed(NOTHING_HELD, ("zh", "en"))
    html = render_html("report.html", values, figures=figures, title=("作业", "homework"), edition="print", lang=lang)
    return findings.images, " ".join(html[html.index("<main") :].split())  # a sentence may run over lines


def check(images, html: str, seeds: int) -> None:
    plain = re.sub(r"<[^>]+>", "", html)
    assert not re.search(r"\b(nan|inf|None)\b", plain)
    if seeds < 2:
        assert "±" not in re.sub(r"<table.*?</table>", "", html, flags=re.S)  # colour jitter is a setting in a table
    for zh, en in pairs(html):
        assert sorted(NUMBER.findall(zh)) == sorted(NUMBER.findall(en)), (zh, en)
        for words_zh, words_en in SAME:
            assert zh.count(words_zh) == en.count(words_en), (words_zh, words_en, zh, en)
    section = re.sub(r"<[^>]+>", "", html[html.index('id="sec:data"') :])
    if all(c.verdict in ("undecided", "equivalent") for c in images.comparisons):
        assert not COMPARING.search(section)
    if images.winner is None:
        assert "准确率最高" not in section


@pytest.mark.parametrize("lang", ["both", "zh", "en"])
def test_every_column_has_a_head_in_every_edition(tmp_path, lang):
    _, html = write(tmp_path, lang)
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', html, re.S)
    assert len(heads) > 40
    assert all(re.sub(r"<[^>]+>", "", head).strip() for head in heads)


@pytest.mark.parametrize(
    ("near", "zh", "en"),
    [
        (None, "近似的图像没有检查", "Near-duplicates were not looked for"),
        ({"images": 0, "pairs": 0, "examples": []}, "没有找到", "there are none."),
        (
            {"images": 1, "pairs": 3, "examples": []},
            "更前面部分里的图像近似",
            "1 validation or test image resembles one",
        ),
        (
            {"images": 5, "pairs": 9, "examples": []},
            "更前面部分里的图像近似",
            "5 validation or test images resemble one",
        ),
    ],
)
def test_near_duplicates_are_told_as_they_were_found(tmp_path, near, zh, en):
    _, html = write(tmp_path, near=near)
    plain = re.sub(r"<[^>]+>", "", html[html.index('id="sec:data"') : html.index('id="sec:models"')])
    assert zh in plain
    assert en in plain


@pytest.mark.parametrize(("lang", "there"), [("both", True), ("zh", True), ("en", False)])
def test_only_a_report_with_chinese_text_needs_a_glossary(tmp_path, lang, there):
    _, html = write(tmp_path, lang)
    assert ('id="sec:glossary"' in html) == there


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {"accuracy": {"mlp": 0.95, "cnn": 0.30}},
        {"accuracy": {"cnn": 0.10}},
        {"accuracy": {"cnn": 1.0}},
        {"accuracy": dict.fromkeys(MODELS, 1.0)},
        {"accuracy": dict.fromkeys(MODELS, 0.0)},
        {"by_class": {0: 0.0, 1: 1.0}},
        {"diverged": [("cnn", 1)]},
        {"seeds": 3, "diverged": [("cnn", 0), ("cnn", 2)]},
        {"diverged": [(model, seed) for model in ("mlp", "layer2nn") for seed in (0, 1)]},
        {"seeds": 1},
    ],
    ids=lambda changes: str(changes)[:60],
)
def test_extreme_results_read_as_they_are(tmp_path, changes):
    images, html = write(tmp_path, **changes)
    check(images, html, changes.get("seeds", 2))


@pytest.mark.parametrize(("per_class", "verdict"), [(25, "undecided"), (100, "equivalent")])
def test_a_tie_is_called_one_everywhere(tmp_path, per_class, verdict):
    images, html = write(tmp_path, accuracy={"layer2nn": 0.5, "mlp": 0.5, "cnn": 0.5}, per_class=per_class)
    check(images, html, seeds=2)
    assert {c.verdict for c in images.comparisons} == {verdict}
    assert ("are equivalent" in html) == (verdict == "equivalent")
    assert html.count("single out no model") == 2  # abstract and discussion
    assert "Which is best is undecided" in html


@pytest.mark.slow
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    accuracy=st.fixed_dictionaries({model: st.sampled_from([0.0, 0.1, 0.45, 0.5, 0.55, 0.9, 1.0]) for model in MODELS}),
    by_class=st.dictionaries(st.integers(0, 9), st.sampled_from([0.0, 0.5, 1.0]), max_size=3),
    seeds=st.integers(1, 3),
    lost=st.sets(st.tuples(st.sampled_from(MODELS), st.integers(0, 2)), max_size=4),
)
def test_whatever_comes_out_the_text_claims_no_more(tmp_path_factory, accuracy, by_class, seeds, lost):
    diverged = sorted(pair for pair in lost if pair[1] < seeds)
    if len(diverged) == 3 * seeds:
        return  # nothing is left to report
    images, html = write(
        tmp_path_factory.mktemp("words"), seeds=seeds, accuracy=accuracy, by_class=by_class, diverged=diverged
    )
    check(images, html, seeds)
