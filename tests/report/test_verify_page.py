"""The HTML edition carries its data and checks itself: what was altered in it is named like in a PDF."""

import bz2
import re

import msgspec
import pytest

import build
from experiments.errors import UserError
from report import verify as module
from report import write
from report.pdf.attachments import MANIFEST
from report.screen import carried
from report.screen.carried import packed, with_data, without_data
from report.verify import verify

pytestmark = pytest.mark.usefixtures("written_once")


@pytest.fixture(scope="module")
def page(finished) -> str:
    return finished.html.read_text(encoding="utf-8")


@pytest.fixture
def altered(page, tmp_path):
    """alter(change, files, fix) → the page after change(text), with files changed; fix: its manifest fits."""

    def alter(change=lambda text: text, files=lambda files: None, fix=False):
        text, found = without_data(page)
        text = change(text)
        manifest = found.pop(MANIFEST)
        files(found)
        path = tmp_path / "altered.html"
        whole = with_data(text, packed(found), packed({MANIFEST: manifest}))
        path.write_text(write._with_data(text, found) if fix else whole, encoding="utf-8")
        return path

    return alter


def swap(before, after, count=1):
    def change(text):
        assert before in text, before
        return text.replace(before, after, count)

    return change


def set_file(name, before, after):
    def change(files):
        assert before in files[name]
        files[name] = files[name].replace(before, after, 1)

    return change


def test_it_holds_and_carries_the_files_of_the_pdf(finished, capsys):
    assert build.main(["--verify", str(finished.html)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == f"{finished.html}: 深度学习 · HW1-DL · 张三 · full run · 2 seeds · Test CPU"
    match = re.fullmatch(r"claims: (\d+)/(\d+) hold", last)
    assert match[1] == match[2]
    assert int(match[1]) > 1000
    pdf, html = (dict(verify(path).files) for path in (finished.pdf, finished.html))
    assert pdf.pop(MANIFEST) != html.pop(MANIFEST)
    assert pdf == html


def test_the_data_are_small_and_nothing_that_a_browser_runs(page):
    text, files = without_data(page)
    assert len(page) - len(text) < sum(map(len, files.values())) / 10
    assert page.count("<script") == text.count("<script") + 2
    assert "data-of-this-report" not in text


@pytest.mark.parametrize("fix", [False, True], ids=["manifest left", "manifest forged"])
@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (swap("85.00%", "95.00%"), "title page: 95.00%, the data give 85.00% (in: "),
        (swap(">45.00<", ">54.00<"), "section 2.3, tab:results: 54.00, the data give 45.00"),
        (swap('alt="', 'alt="99% '), "alternative text: '99% "),
        (swap('data-value="', 'data-value="9'), "data-value of td: '9"),
        (swap('"author" content="张三"', '"author" content="李四"'), "metadata, author: '李四', the data give"),
        (swap("</h1>", "</h1><p>CNN 99.99%</p>"), "title page: the data do not give the text CNN 99.99%"),
        (swap("</main>", "<script>alert(1)</script></main>"), "the data do not give the script"),
        (swap("</main>", '<iframe src="https://evil.test"></iframe></main>'), "the data do not give the src of iframe"),
        (swap('<p class="en"', '<p style="display:none" class="en"'), "do not give the style of p display:none"),
    ],
    ids=["number", "table", "alternative", "sorting", "author", "added", "script", "frame", "hidden"],
)  # fmt: skip
def test_what_was_altered_is_named(altered, change, fault, fix):
    verdicts = verify(altered(change, fix=fix))
    assert not verdicts.holds
    assert any(fault in found for found in verdicts.faults), verdicts.faults


def test_the_number_that_differs_is_named_with_its_finding_and_nothing_beside_it(altered):
    (fault,) = verify(altered(swap("85.00%", "95.00%"))).faults
    assert "[finding: images.models.cnn.test_acc" in fault


@pytest.mark.parametrize(
    ("name", "before", "after", "fault"),
    [
        ("predictions.csv", b",0.8,0.8", b",0.9,0.9", "findings.json"),
        ("findings.json", b'"supported"', b'"undecided"', "findings.json"),
        ("runs.json", b'"train": 10.0', b'"train": 99.0', "the data give"),
        ("report.json", "张三".encode(), "李四".encode(), "metadata, author: '张三', the data give '李四'"),
    ],
)
def test_altered_data_are_found_though_the_manifest_was_forged(altered, name, before, after, fault):
    verdicts = verify(altered(files=set_file(name, before, after), fix=True))
    assert any(fault in found for found in verdicts.faults), verdicts.faults
    assert f"{name}: altered" in verify(altered(files=set_file(name, before, after))).faults


def test_a_picture_a_font_and_the_policy_are_held_to_the_manifest(altered):
    def another(text):
        return re.sub(r'(src="data:image/svg\+xml;base64,)[A-Za-z0-9+/]{4}', r"\1AAAA", text, count=1)

    assert verify(altered(another)).faults == ["picture 1: altered"]
    fonts = verify(altered(swap("data:font/woff;base64,d09G", "data:font/woff;base64,AAAA"))).faults
    assert "font 1: altered" in fonts
    loose = verify(altered(swap("default-src 'none'", "default-src *"))).faults
    assert "the policy: allows more than a report's page needs" in loose


def test_line_ends_of_windows_and_a_mark_do_not_count(page, tmp_path):
    path = tmp_path / "a.html"
    path.write_bytes(b"\xef\xbb\xbf" + page.replace("\n", "\r\n").encode())
    assert verify(path).holds


def test_what_a_browser_saved_anew_is_told_so(altered):
    faults = verify(altered(swap('class="screen both"', 'class="both screen"'))).faults
    assert faults == ["text and layout: altered; a browser may have saved it anew: verify the file itself"]


def test_a_page_that_another_version_made_reads_as_such(finished, monkeypatch):
    again = module._written_again
    monkeypatch.setattr(module, "program", lambda: "another")
    monkeypatch.setattr(
        module,
        "_written_again",
        lambda *args: (lambda found, html, held: (found, html + "<p>more", held))(*again(*args)),
    )
    assert verify(finished.html).of_another_version


def test_a_page_without_data_or_with_hostile_ones_is_one_line(tmp_path, monkeypatch):
    path = tmp_path / "a.html"
    path.write_text("<!DOCTYPE html><title>HW1-DL</title></body>")
    with pytest.raises(UserError, match="carries no data"):
        verify(path)
    monkeypatch.setattr(carried, "LARGEST", 1 << 20)
    whole = packed({"a.json": b"{}"})
    for block in (b"", b"x", whole[:-5], bz2.compress(bytes(2 << 20)), bz2.compress(msgspec.msgpack.encode([1]))):
        path.write_text(with_data("<!DOCTYPE html></body>", block))
        with pytest.raises(UserError, match="its data cannot be read"):
            verify(path)
    path.write_bytes(b"<!DOCTYPE html>\xff")
    with pytest.raises(UserError, match="not UTF-8"):
        verify(path)
