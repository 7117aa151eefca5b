"""The HTML edition in a headless Chromium: what a reader does with it, and what axe-core finds."""

import os
import shutil
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from experiments.catalog import EXPERIMENTS
from report.findings import compute_findings
from report.page.decimal_alignment import sort_value
from report.page.render import render_html
from report.page.values import report_values
from report.results import read_results
from report.title_page import TitlePage
from report.words.held import NOTHING_HELD
from report.words.printed import printed
from tests.synthetic import LONG_NAMES, write_results

LANGUAGES = ("both", "zh", "en")
PHONE, DESK = {"width": 360, "height": 780}, {"width": 1440, "height": 900}
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def chromium():
    if CHROMIUM is None and sys.platform != "darwin":
        if os.environ.get("CI"):
            pytest.fail("no Chromium here; make browser installs it")
        pytest.skip("no Chromium here; make browser installs it")
    with sync_playwright() as playwright:
        how = {"executable_path": CHROMIUM} if CHROMIUM else {"channel": "chrome"}
        browser = playwright.chromium.launch(args=["--no-sandbox", "--disable-gpu", "--disable-quic"], **how)
        yield browser
        browser.close()


def report_at(folder, **changes):
    """A demo report, so that its banner is looked at too, with one picture for every figure; its address."""
    results = read_results(write_results(folder / "results", origin="demo", **changes), EXPERIMENTS)
    values = report_values(results, EXPERIMENTS, compute_findings(results), TitlePage())
    values |= printed(NOTHING_HELD, ("zh", "en"))
    picture = b'<svg xmlns="http://www.w3.org/2000/svg" width="165mm" height="60mm" viewBox="0 0 165 60"/>'
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("report.page.render.read_figure", lambda folder, name: (folder / name, picture))
        html = render_html(
            "report.html", values, figures=folder, title=("双重 softmax", "The double softmax"), banner=("演示", "demo")
        )
    (folder / "report.html").write_text(html, encoding="utf-8")
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return report_at(tmp_path_factory.mktemp("screen"))


@pytest.fixture
def open_page(chromium, address):
    """Opens the report; whatever the browser complains of, or asks the network for, fails the test at its end."""
    problems, contexts = [], []

    def open_page(viewport=DESK, **options):
        context = chromium.new_context(viewport=viewport, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)  # ms; other work may share the machine
        page.on("console", lambda message: problems.append(message.text))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: request.url.startswith(("file:", "data:")) or problems.append(request.url))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems


def press(page, selector):
    page.focus(selector)
    page.keyboard.press("Enter")


def test_the_language_is_switched_by_keyboard_and_remembered(open_page):
    page = open_page()
    zh, en = page.locator("main h2 .zh").first, page.locator("main h2 .en").first
    assert zh.is_visible()
    assert en.is_visible()
    press(page, "[data-set-lang=en]")
    assert (zh.is_visible(), en.is_visible()) == (False, True)
    assert page.get_attribute("html", "lang") == "en"
    assert page.get_attribute("[data-set-lang=en]", "aria-pressed") == "true"
    page.reload()
    assert (zh.is_visible(), en.is_visible()) == (False, True)
    press(page, "[data-set-lang=zh]")
    assert (zh.is_visible(), en.is_visible()) == (True, False)
    assert page.get_attribute("html", "lang") == "zh-Hans"


def test_what_is_being_read_stays_in_place_when_the_language_changes(open_page):
    page = open_page()
    heading = page.locator("[id='sec:results']")
    heading.evaluate("element => window.scrollTo({top: element.offsetTop - 90, behavior: 'instant'})")
    before = heading.bounding_box()["y"]
    page.click("[data-set-lang=en]")
    assert heading.bounding_box()["y"] == pytest.approx(before, abs=2)


def test_the_remembered_choices_hold_before_the_page_is_painted(open_page):
    page = open_page(color_scheme="light")
    page.click("[data-set-lang=en]")
    page.click(".theme")
    page.add_init_script(
        "new MutationObserver((_, observer) => { if (document.body) { observer.disconnect();"
        "window.first = [document.documentElement.dataset.lang, document.documentElement.dataset.theme]; } })"
        ".observe(document, {childList: true, subtree: true});"
    )
    for _ in range(20):  # Chromium writes what was stored a moment later, and a page loaded before that has none
        page.reload()
        if page.evaluate("localStorage.length"):
            break
        page.wait_for_timeout(100)
    assert page.evaluate("window.first") == ["en", "dark"]


def test_the_colours_follow_the_system_until_the_reader_chooses(open_page):
    page = open_page(color_scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(paper)
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(18, 24, 28)")
    page.click(".theme")
    assert page.evaluate(paper) == dark
    assert page.get_attribute(".theme", "aria-pressed") == "true"
    page.click(".theme")  # the system's wish again: it is followed again
    page.reload()
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(paper) == dark


def test_a_reference_leads_to_what_it_names(open_page):
    page = open_page(reduced_motion="reduce")
    for link in page.locator("main a.ref").all()[:5]:
        target = page.locator(f"[id='{link.get_attribute('href')[1:]}']")
        link.click()
        assert 0 <= target.bounding_box()["y"] < DESK["height"]
    assert page.evaluate(
        "[...document.querySelectorAll('a[href^=\"#\"]')].every(a => document.getElementById(a.hash.slice(1)))"
    )


def test_the_contents_follow_the_reader(open_page):
    page = open_page(reduced_motion="reduce")
    for id in ("sec:results", "sec:error"):
        page.click(f"aside a[href='#{id}']")
        page.wait_for_selector(f"aside a[href='#{id}'][aria-current]")
        assert page.locator("aside [aria-current]").count() == 1


def test_on_a_phone_the_contents_open_and_close(open_page):
    page = open_page(PHONE)
    nav = page.locator("aside nav")
    assert not nav.is_visible()
    press(page, ".open-contents")
    assert nav.is_visible()
    assert page.get_attribute(".open-contents", "aria-expanded") == "true"
    page.keyboard.press("Escape")
    assert not nav.is_visible()
    page.click(".open-contents")
    nav.get_by_role("link").nth(3).click()
    assert not nav.is_visible()


def test_a_table_sorts_by_number_both_ways_and_back(open_page):
    page = open_page()
    table = page.locator("[id='tab:classes'] table")
    cells = "table => [...table.tBodies[0].rows].map(row => Number(row.cells[0].dataset.value))"
    header = table.locator("thead th").first
    written = table.evaluate(cells)
    orders = []
    for expected in ("ascending", "descending", None):
        header.get_by_role("button").press("Enter")
        assert header.get_attribute("aria-sort") == expected
        orders.append(table.evaluate(cells))
    assert orders == [sorted(written), sorted(written, reverse=True), written]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1,200", "1200"),
        ("−0.35", "-0.35"),
        ("75.41 ± 3.30", "75.41"),
        ("<strong>83.1%</strong>", "83.1"),
        ("1 h 12 min", "4320"),
        ("9 min 5 s", "545"),
        ("0.3 s", "0.3"),
        ("230 M", "230000000"),
        ("—", ""),
        (("中", "in words"), ""),
        (7, "7"),
    ],
)
def test_cells_are_sorted_by_what_they_mean(cell, value):
    assert sort_value(cell) == value


@pytest.mark.parametrize("close", ["Escape", "Enter"])  # Enter: on the button that closes
def test_a_figure_is_enlarged_and_the_focus_comes_back(open_page, close):
    page = open_page()
    figure, dialog = page.locator("button.enlarge").first, page.locator("dialog.enlarged")
    figure.press("Enter")
    assert dialog.is_visible()
    assert dialog.locator("img").bounding_box()["width"] > 1.3 * figure.bounding_box()["width"]
    page.keyboard.press(close)
    assert not dialog.is_visible()
    assert page.evaluate("document.activeElement.className") == "enlarge"


def test_a_heading_links_to_itself(open_page):
    page = open_page()
    press(page, "[id='sec:error'] .anchor")
    assert page.evaluate("decodeURIComponent(location.hash)") == "#sec:error"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone_and_axe_finds_nothing(open_page, scheme):
    page = open_page(PHONE, color_scheme=scheme)
    for lang in LANGUAGES:
        page.click(f"[data-set-lang={lang}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.set_viewport_size(DESK)
    page.click("[data-set-lang=both]")
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.slow
def test_the_longest_names_of_classes_stay_in_their_columns_on_a_phone(open_page, tmp_path):
    page = open_page(PHONE)
    page.goto(report_at(tmp_path, seeds=1, classes=LONG_NAMES))
    for lang in LANGUAGES:
        page.click(f"[data-set-lang={lang}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        wide = page.evaluate(
            """() => [...document.querySelectorAll("main :is(p, li, dd, th, td, h1, h2, h3, h4)")]
              .filter(element => element.scrollWidth > element.clientWidth + 1 && element.clientWidth)
              .map(element => element.textContent.slice(0, 60))"""
        )
        assert wide == []


def test_lines_are_of_a_length_to_read(open_page):
    page = open_page()
    page.click("[data-set-lang=en]")
    longest = page.evaluate(
        """() => {
          const length = (p) => p.textContent.length;
          const paragraphs = [...document.querySelectorAll("main .pair > p.en")];
          const paragraph = paragraphs.sort((a, b) => length(b) - length(a))[0];
          const lines = paragraph.offsetHeight / parseFloat(getComputedStyle(paragraph).lineHeight);
          return paragraph.textContent.trim().length / lines;
        }"""
    )
    assert 55 < longest < 80


def test_on_paper_the_controls_are_gone_and_the_page_is_light(open_page):
    page = open_page(color_scheme="dark")
    page.click(".theme")
    page.click(".theme")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for hidden in (".bar", "aside", ".anchor"):
        assert not page.locator(hidden).first.is_visible()
    assert page.locator("main h1").is_visible()


def test_without_scripts_everything_is_shown(open_page):
    for viewport in (PHONE, DESK):
        page = open_page(viewport, java_script_enabled=False)
        assert not page.locator(".bar").is_visible()  # nothing that would not work
        assert page.locator("aside nav").is_visible()
        for part in (".pair .zh", ".pair .en", "figure img", "table", ".equation"):
            assert page.locator(f"main {part}").first.is_visible()
