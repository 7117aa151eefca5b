import json
import os
import resource
import subprocess
import sys

import pytest
from weasyprint import svg
from weasyprint.urls import FatalURLFetchingError, fetch

from report.pdf.weasyprint_process import TEMPLATES, Fetcher, _path_once, render
from tests.sample_report import write_figures

# WeasyPrint 70 leaves the colour profile's file to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file .*sRGB2014:ResourceWarning")

SVG = "http://www.w3.org/2000/svg"
FRAME = '<!DOCTYPE html><html lang="en"><head><title>t</title><style>{}</style></head><body>{}</body></html>'


@pytest.fixture
def figures(tmp_path):
    folder = write_figures(tmp_path / "figures")
    (tmp_path / "secret.txt").write_text("secret")
    os.symlink(tmp_path / "secret.txt", folder / "link.txt")
    return folder


def problems(body: str, *, style: str = "@page { size: A4; margin: 20mm }", roots=()) -> list[str]:
    return render(FRAME.format(style, body), [TEMPLATES, *roots])[0]


def test_a_sound_page_has_no_problems():
    assert problems("<p>text</p>") == []


def test_text_that_leaves_its_place_is_a_problem():
    (problem,) = problems(f"<pre>{'x' * 300}</pre>")
    assert problem.startswith("page 1: 'xxx")
    assert "sticks out of its column at the right by " in problem


@pytest.mark.parametrize(
    "address",
    [
        "http://example.org/x.png",
        "https://example.org/x.png",
        "ftp://example.org/x.png",
        "file:///etc/passwd",
        "file://example.org/etc/passwd",
        "http://example.org{path}/loss.svg",
        "file://example.org{path}/loss.svg",
        "{folder}/../secret.txt",
        "{folder}/%2e%2e/secret.txt",
        "{folder}/link.txt",
        "{folder}/gone.svg",
        "{folder}/",
        "file:///dev/zero",
    ],
)
def test_the_fetcher_opens_nothing_outside_its_folders(figures, address):
    with (
        pytest.raises(FatalURLFetchingError),
        fetch(Fetcher([figures]), address.format(folder=figures.as_uri(), path=figures)),
    ):
        pass


def test_the_fetcher_opens_a_figure(figures):
    with fetch(Fetcher([figures]), (figures / "loss.svg").as_uri()) as response:
        assert response.read().startswith(b"<svg")


@pytest.mark.parametrize(
    "body",
    [
        '<img src="file:///etc/passwd" alt="x">',
        '<img src="http://example.org/x.png" alt="x">',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<a rel="attachment" href="file:///etc/passwd">x</a>',
        '<style>@import "https://example.org/x.css";</style>',
        '<style>@font-face { font-family: x; src: url("file:///etc/passwd") } p { font: 9pt x }</style>x',
        '<p style="background: url(file:///etc/passwd)">x</p>',
        '<embed src="file:///etc/passwd">',
        '<object data="http://example.org/"></object>',
        f'<svg xmlns="{SVG}"><title>t</title><image href="file:///etc/passwd" width="9" height="9"/></svg>',
    ],
)
def test_a_page_that_loads_from_elsewhere_does_not_pass(body):
    assert problems(body)


def test_every_message_of_weasyprint_is_a_problem():
    assert "No anchor" in problems('<p><a href="#nowhere">x</a></p>')[0]
    assert "unknown property" in problems("<p>x</p>", style="p { colour: red }")[0]
    assert (
        "no required alt" in problems("<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>\">")[0]
    )


def test_a_path_drawn_again_gives_the_same_operators(monkeypatch):
    def bar(x: int) -> str:
        return f'<path transform="translate({x} 0)" d="M1 1 L9 1 C9 5 5 9 1 9 z" marker-mid="url(#dot)"/>'

    dot = '<defs><marker id="dot" markerWidth="2" markerHeight="2"><circle r="1"/></marker></defs>'
    body = f'<svg xmlns="{SVG}" role="img" aria-label="t" width="40" height="10">{dot}{bar(0)}{bar(10)}{bar(20)}</svg>'
    page = FRAME.format("@page { size: A4; margin: 20mm }", body)
    plain = render(page, [TEMPLATES])
    monkeypatch.setitem(svg.TAGS, "path", _path_once(svg.path))
    assert render(page, [TEMPLATES]) == plain


def test_importing_the_printing_process_changes_nothing_in_weasyprint():
    code = (
        "from weasyprint import svg; from weasyprint.pdf import tags; from weasyprint.svg import utils;"
        "state = lambda: (svg.TAGS['path'], tags._build_box_tree, utils.size);"
        "before = state(); from report.pdf import weasyprint_process as w; assert state() == before;"
        "w.apply_patches(); assert not set(state()) & set(before)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=TEMPLATES.parent, check=True)


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS does not hold the limit")
def test_a_limit_on_memory_that_is_there_already_is_kept():
    order = {"html": "<p>text</p>", "roots": [str(TEMPLATES)], "memory": 4 * 2**30}
    limit = 3 * 2**30
    done = subprocess.run(
        [sys.executable, "-m", "report.pdf.weasyprint_process"], cwd=TEMPLATES.parent, input=json.dumps(order).encode(),
        capture_output=True, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["pdf"]
