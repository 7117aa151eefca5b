"""A report with own words: where they stand, that they carry over, and that it verifies without their folder."""

import json
import re
import shutil
import subprocess

import pikepdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from experiments.catalog import EXPERIMENTS
from experiments.disk.files import sha256
from figures import svg
from report import write as module
from report.errors import RenderError
from report.findings import compute_findings
from report.page import illustrations
from report.pdf import attachments
from report.results import read_results
from report.title_page import TitlePage
from report.verify import verify
from report.words.places import NO_WORDS, PLACES, REMARKS, read_words
from report.write import held_words, program, report_html, write_report
from tests.report.page.test_screen import DESK, LANGUAGES, PHONE
from tests.synthetic import write_results
from tests.tampering import set_file, swap

ZH = "作者的记号{mark}，**没有**程序的话。CNN 的测试准确率是 85.00%。"
EN = "The author's token {mark}, *not* the program's. The CNN has a test accuracy of 85.00%."
MARKS_ZH = dict(zip(PLACES, "子丑寅卯辰巳午未申", strict=True))
MARKS_EN = dict(zip(PLACES, "alpha beta gamma delta epsilon zeta eta theta iota".split(), strict=True))
UNSURE = "我们手头的另一台机器跑了 77 次。"
RICH = """
### 小标题

1. 先看数据
2. 后看模型

| 模型 | 测试准确率 |
|:--|--:|
| CNN | {{ cnn.test_acc }} |

```python
x = model()
```

$$L = -\\log p_y$$

> 引文，见[这里](https://example.org)[^1]。

---

![一张图](sketch.png)

[^1]: 脚注里的话。
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return read_results(write_results(tmp_path_factory.mktemp("own") / "results"), EXPERIMENTS)


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "words"
    folder.mkdir()
    for place in PLACES:
        (folder / f"{place}.zh.md").write_text(
            ZH.format(mark=MARKS_ZH[place]) + "\n\n" + UNSURE * (place == "after-1-1")
        )
        (folder / f"{place}.en.md").write_text(EN.format(mark=MARKS_EN[place]))
    (folder / "contributions.en.md").unlink()
    with (folder / "contributions.zh.md").open("a") as file:
        file.write("\n" + RICH)
    Image.effect_noise((80, 40), 50).save(folder / "sketch.png")
    return read_words(folder, folder / "homework.toml")


def html_of(results, words, lang, edition="screen") -> str:
    findings = compute_findings(results)
    held = held_words(words, findings, results)
    return report_html(results, EXPERIMENTS, findings, TitlePage(), lang, edition, held=held)


@pytest.fixture(scope="module")
def report(results, words, tmp_path_factory):
    """The bilingual report, of which the folder of words is gone again."""
    copy = tmp_path_factory.mktemp("copy") / "words"
    shutil.copytree(words.folder, copy)
    read = read_words(copy, copy / "homework.toml")
    pdf, html = write_report(results, EXPERIMENTS, TitlePage(), tmp_path_factory.mktemp("out"), words=read)
    shutil.rmtree(copy)
    return pdf, html.read_text(encoding="utf-8")


@pytest.mark.parametrize("lang", ["both", "zh", "en"])
def test_every_place_stands_at_its_section_in_every_edition(results, words, lang):
    html = html_of(results, words, lang)
    main = html[html.index('<main id="main">') :]
    order = [*REMARKS, "reflection", "contributions", "ai-use"]
    in_english = [place for place in order if place != "contributions"]
    found_zh = re.findall("作者的记号(.)", main)
    found_en = re.findall(r"token (\w+)", main)
    # What is written in the other language alone is printed all the same.
    assert found_zh == [MARKS_ZH[place] for place in (order if lang != "en" else ["contributions"])]
    assert found_en == [MARKS_EN[place] for place in (in_english if lang != "zh" else [])]
    for place in REMARKS:  # after its own section, before the next
        number = place.removeprefix("after-").replace("-", ".")
        mark = f"token {MARKS_EN[place]}" if lang == "en" else f"记号{MARKS_ZH[place]}"
        after = re.findall(r'data-bookmark="(\d\.\d) ', main[: main.index(mark)])
        assert after[-1] == number
    last = f"token {MARKS_EN['ai-use']}" if lang == "en" else f"记号{MARKS_ZH['ai-use']}"
    assert main.index(last) < main.index('id="sec:reproduction"')


def test_words_in_one_language_alone_keep_it_whatever_the_reader_switches_to(results, words):
    html = html_of(results, words, "both")
    row = re.search(rf'<div class="([^"]*)" lang="zh-Hans">\s*<p>作者的记号{MARKS_ZH["contributions"]}', html)
    assert row
    assert row[1].split() == ["own-row"]  # not .zh, which is hidden in English


def test_without_words_a_report_has_no_trace_of_them(results):
    html = html_of(results, NO_WORDS, "both")
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.S)
    for trace in ('class="own', "心得与说明", "标有“作者”", "Author", "sign unmatched"):
        assert trace not in body
    packed = attachments.pack(attachments.Source(results, TitlePage(), "both", program()), compute_findings(results))
    assert attachments.WORDS not in packed


def test_author_and_program_are_told_apart_and_all_outcomes_counted(report):
    html = report[1]
    assert html.count('<div class="own" role="group" aria-label="作者所写 Written by the author">') == len(PLACES)
    assert html.count('<p class="own-label">') == len(PLACES)
    assert html.count('class="sign unmatched" role="img" aria-label="未能核对 not matched"') == 1
    assert "except in the passages that are marked" in html
    counted = re.sub(r"<[^>]+>", "", html)
    assert re.search(r"18 hold, \d+ state nothing about results, 1 could not be matched, 0 are contradicted", counted)


def test_nothing_is_loaded_from_elsewhere(report):
    assert not re.findall(r'(?:src|href)="(?!data:|#|https://)[^"]*"', report[1])
    assert 'href="https://example.org" rel="noopener noreferrer"' in report[1]


def test_the_pdf_has_the_words_whole_and_verifies_without_their_folder(report):
    pdf = report[0]
    text = "".join(subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout.split())
    for place in PLACES:
        assert f"作者的记号{MARKS_ZH[place]}" in text
    assert "脚注里的话" in text
    verdicts = verify(pdf)
    assert verdicts.holds, verdicts.text()


def altered(report, tmp_path, *changes):
    target = tmp_path / "altered.pdf"
    with pikepdf.open(report[0]) as pdf:
        for change in changes:
            change(pdf)
        manifest = json.loads(pdf.attachments[attachments.MANIFEST].get_file().read_bytes())
        manifest["files"] = {
            name: sha256(spec.get_file().read_bytes())
            for name, spec in pdf.attachments.items()
            if name in manifest["files"]
        }
        set_file(pdf, attachments.MANIFEST, lambda _: json.dumps(manifest).encode())
        pdf.save(target)
    return verify(target)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("CNN 的测试准确率是 85.00%", "CNN 的测试准确率是 61.30%", "contradicted"),
        ('"outcome": "unmatched"', '"outcome": "holds"', "not holds: 我们手头的另一台机器跑了 77 次"),
        ("没有", "还有", "the data give"),
        ('"value": null', '"value": "99%"', "the data give"),
    ],
)
def test_a_forged_word_or_outcome_is_found_though_the_manifest_was_forged_too(report, tmp_path, before, after, said):
    change = swap(before.encode(), after.encode())
    verdicts = altered(report, tmp_path, lambda pdf: set_file(pdf, attachments.WORDS, change))
    assert not verdicts.holds
    assert said in verdicts.text()


def test_rules_of_another_version_are_said_and_not_taken_for_a_forgery(report, tmp_path):
    change = swap(b'"rules": "', b'"rules": "0.')
    verdicts = altered(report, tmp_path, lambda pdf: set_file(pdf, attachments.WORDS, change))
    assert "held to the results by rules 0." in verdicts.text()


@pytest.mark.parametrize("data", [b"[]", b"{}", b'{"files": {"a.md": "x"}, "pictures": {}}', b'{"files": 1}', b"\xff"])
def test_hostile_words_in_a_report_give_one_clear_error(report, tmp_path, data):
    with pytest.raises(attachments.AttachmentError) as error:
        altered(report, tmp_path, lambda pdf: set_file(pdf, attachments.WORDS, lambda _: data))
    assert str(error.value).startswith("words.json")
    assert "\n" not in str(error.value)


def test_a_character_that_no_font_has_is_named_by_file_line_and_column_when_rendering(results, tmp_path, written):
    folder = written({"reflection.zh.md": "甲\n乙\U00013000"})
    read = read_words(folder, folder / "homework.toml")
    with pytest.raises(RenderError, match=r"reflection.zh.md:2:2: no font here shows"):
        write_report(results, EXPERIMENTS, TitlePage(), tmp_path / "out", words=read)


def test_an_edited_word_changes_the_page_and_draws_no_figure_again(results, tmp_path, written, monkeypatch):
    drawn: list[str] = []
    save = svg.save
    monkeypatch.setattr(illustrations.svg, "save", lambda figure, path: (drawn.append(path.name), save(figure, path)))
    monkeypatch.setattr(module, "finished_pdf", lambda html, **_: b"")  # the page alone
    numbers = []
    for text in ("甲", "乙"):
        folder = written({"reflection.zh.md": text})
        read = read_words(folder, folder / "homework.toml")
        _, html = write_report(results, EXPERIMENTS, TitlePage(), tmp_path / "out", words=read)
        assert f"<p>{text}</p>" in html.read_text(encoding="utf-8")
        numbers.append(len(drawn))
    assert numbers[0] > 0
    assert numbers[1] == numbers[0]


def test_where_nothing_changed_nothing_is_made_again(results, tmp_path, written, monkeypatch):
    monkeypatch.setattr(module, "finished_pdf", lambda html, **_: html.encode())  # the page alone

    def report(text, draft=False):
        folder = written({"reflection.zh.md": text})
        words = read_words(folder, folder / "homework.toml")
        paths = write_report(results, EXPERIMENTS, TitlePage(), tmp_path / "out", words=words, draft=draft)
        return [path.read_bytes() for path in paths]

    first = report("甲")
    for path in (tmp_path / "out").glob("HW1-DL.*"):
        path.unlink()
    with monkeypatch.context() as patched:
        patched.setattr(module, "draw_figures", None)
        patched.setattr(module, "report_values", None)
        patched.setattr(module, "press", None)
        assert report("甲") == first
    assert report("乙") != first


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_edition_in_one_language_with_words_is_printed_and_verifies(results, words, tmp_path, lang):
    pdf, _ = write_report(results, EXPERIMENTS, TitlePage(), tmp_path, lang, words=words)
    verdicts = verify(pdf)
    assert verdicts.holds, verdicts.text()


@pytest.mark.slow
def test_a_draft_has_another_name_is_marked_on_every_page_and_holds(results, tmp_path, written):
    folder = written({"reflection.zh.md": "CNN 的测试准确率是 12.34%。"})
    words = read_words(folder, folder / "homework.toml")
    pdf, html = write_report(results, EXPERIMENTS, TitlePage(), tmp_path / "out", words=words, draft=True)
    assert pdf.name == "HW1-DL-draft.pdf"
    assert "〔结果：85.00%〕" in html.read_text(encoding="utf-8")
    pages = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout.split("\f")[:-1]
    assert all("草稿" in page for page in pages)
    verdicts = verify(pdf)
    assert verdicts.holds, verdicts.text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_own_words_fit_a_phone_in_every_language_and_axe_finds_nothing(report, chromium, tmp_path, scheme):
    address = tmp_path / "report.html"
    address.write_text(report[1], encoding="utf-8")
    page = chromium.new_page(viewport=PHONE, color_scheme=scheme, bypass_csp=True)
    page.goto(address.as_uri())
    for lang in LANGUAGES:
        page.click(f"[data-set-lang={lang}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.is_visible(f"text=作者的记号{MARKS_ZH['contributions']}")  # written in Chinese alone
    page.set_viewport_size(DESK)
    page.click("[data-set-lang=both]")
    found = Axe().run(page).response["violations"]
    page.close()
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []
