"""Rendering fails closed: whatever is planted is named in one error, and the old report stays as it was."""

import base64
import os
import signal
import threading
import warnings
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import Image

from figures import svg
from report.errors import RenderError
from report.page import fonts
from report.pdf.write import finished_pdf, press
from tests.sample_report import sample_html, write_figures

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" {XLINK} width="9mm" height="9mm">{{}}</svg>'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "secret.png").write_bytes(b"secret")
    write_figures(tmp_path / "figures")
    (tmp_path / "report.pdf").write_bytes(b"old")
    return tmp_path


def write(folder: Path, body: str = "", **options) -> None:
    """Make the sample report, with one thing more at its end."""
    html = sample_html(folder / "figures").replace("</main>", f"{body}</main>")
    (folder / "report.pdf").write_bytes(finished_pdf(html, figures=folder / "figures", **options))


def refused(folder: Path, match: str, body: str = "", **options) -> None:
    with pytest.raises(RenderError, match=match):
        write(folder, body, **options)
    assert (folder / "report.pdf").read_bytes() == b"old"
    assert sorted(path.name for path in folder.iterdir()) == ["figures", "report.pdf", "secret.png"]


PICTURES = {
    "missing": (lambda path: path.unlink(), "is missing"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-200]), "is damaged"),
    "empty": (lambda path: path.write_bytes(b""), "is damaged"),
    "no picture": (lambda path: path.write_text("<html>"), "is damaged"),
    "too many bytes": (lambda path: os.truncate(path, 20_000_001), "more than 20,000,000"),
    "too many pixels": (lambda path: Image.new("1", (20_000, 20_000)).save(path), "is damaged"),
    "a link out": (lambda path: (path.unlink(), path.symlink_to("../secret.png")), "is outside"),
    "a folder": (lambda path: (path.unlink(), path.mkdir()), "is missing"),
}


@pytest.mark.parametrize("fault", PICTURES)
def test_a_faulty_picture(folder, fault):
    plant, match = PICTURES[fault]
    plant(folder / "figures" / "mosaic.png")
    refused(folder, match)


DRAWINGS = {
    "cut off": ("<svg xmlns='http://www.w3.org/2000/svg'><path", "is damaged"),
    "not an SVG": ("<p/>", "is no SVG"),
    "an entity": ('<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SVG.format("&x;"), "is damaged"),
    "a file": (SVG.format('<image href="file:///etc/passwd"/>'), "must be embedded"),
    "an address": (SVG.format('<image xlink:href="http://example.org/x.png"/>'), "must be embedded"),
    "a broken picture": (
        SVG.format(f'<image href="data:image/png;base64,{base64.b64encode(b"x").decode()}"/>'),
        "is damaged",
    ),
}


@pytest.mark.parametrize("fault", DRAWINGS)
def test_a_faulty_drawing(folder, fault):
    text, match = DRAWINGS[fault]
    (folder / "figures" / "loss.svg").write_text(text)
    refused(folder, match)


PAGES = {
    "a missing style sheet": ('<link rel="stylesheet" href="gone.css">', r"gone\.css"),
    "a missing face": ('<style>@font-face{font-family:x;src:url("gone.otf")} i{font:9pt x}</style><i>x</i>', "gone"),
    "a missing attachment": ('<a rel="attachment" href="gone.csv">x</a>', r"gone\.csv"),
    "a missing anchor": ('<p><a href="#nowhere">x</a></p>', "nowhere"),
    "a missing glyph": ("<p>\U0001f9ff</p>", "no font here shows \U0001f9ff U\\+1F9FF"),
    "a picture gone since": ('<img src="gone.png" alt="x">', r"gone\.png"),
    "a file of the machine": ('<img src="file:///etc/passwd" alt="x">', "outside the report's own folders"),
    "an http address": ('<img src="http://example.org/x.png" alt="x">', "http"),
    "an ftp address": ('<img src="ftp://example.org/x.png" alt="x">', "ftp"),
    "no alternative text": (
        '<img src="data:image/svg+xml,' + "<svg xmlns='http://www.w3.org/2000/svg'/>" + '">',
        "alt",
    ),
    "an unknown property": ("<style>p { colour: red }</style>", "unknown property"),
    "text off the page": (f"<pre>{'x' * 300}</pre>", "sticks out of its column at the right"),
    "a font of the machine": ("<p style=\"font-family: 'DejaVu Sans'\">x</p>", "a font of this machine"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", PAGES)
def test_a_faulty_page(folder, fault):
    body, match = PAGES[fault]
    refused(folder, match, body)


def test_a_damaged_bundled_face(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "FONTS", tmp_path)
    with pytest.raises(RenderError, match=rf"{fonts.SERIF}: cannot be read"):
        fonts.check_fonts()
    (tmp_path / fonts.SERIF).write_bytes(b"x")
    with pytest.raises(RenderError, match=rf"{fonts.SERIF}: has the SHA-256"):
        fonts.check_fonts()


def test_a_warning_of_matplotlib(folder):
    figure = Figure()
    figure.add_axes((0, 0, 1, 1), xlabel="no such \U0001f9ff")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as if the tests did not make errors of all of them
        with pytest.raises(ValueError, match="matplotlib warned while drawing a figure: Glyph 129535"):
            svg.save(figure, folder / "figures" / "loss.svg")


def test_the_time_limit(folder):
    refused(folder, "not finished after 0.1 seconds", timeout=0.1)


def test_the_memory_limit(folder):
    refused(folder, "the PDF process ended", memory=150 << 20)


def test_a_child_that_is_killed(folder):
    with press() as child:
        threading.Timer(0.5, child.send_signal, [signal.SIGKILL]).start()
        refused(folder, "the PDF process ended with status -9", child=child)


def test_a_child_that_hangs(folder):
    with press() as child:
        child.send_signal(signal.SIGSTOP)
        refused(folder, "not finished after 0.5 seconds", child=child, timeout=0.5)
    assert child.wait(1) == -9
