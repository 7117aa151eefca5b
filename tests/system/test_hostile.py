"""Names, pictures, archives, addresses and stored files made by someone who wants in: none of them gets anything."""

import ast
import contextlib
import hashlib
import html.parser
import io
import json
import os
import socket
import subprocess
import sys
import tarfile
import types
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from weasyprint.urls import FatalURLFetchingError, fetch

from experiments.catalog import EXPERIMENTS
from experiments.data.downloads import DownloadError, fetch_imagenette
from experiments.data.image_cache import decoded_images
from experiments.disk.records import sealed
from report.errors import RenderError
from report.page.class_labels import shown_classes
from report.page.fonts import uncovered
from report.page.image_check import check_image, read_figure
from report.pdf.weasyprint_process import Fetcher
from report.results import read_results
from report.title_page import TitlePage, TitlePageError, read_title_page, unprintable
from report.write import write_report
from tests.sample_report import sample_html, write_figures
from tests.synthetic import write_results

ROOT = Path(__file__).resolve().parents[2]
SECRET = "the-secret-of-this-machine"


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Whatever tries to connect fails the test, also if the program would have swallowed the error."""
    tried = []

    def refuse(self, address):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield
    assert not tried


@pytest.fixture
def figures(tmp_path):
    folder = write_figures(tmp_path / "figures")
    (tmp_path / "secret.svg").write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><!-- {SECRET} --></svg>')
    (folder / "link.svg").symlink_to(tmp_path / "secret.svg")
    (folder / "loop.svg").symlink_to("loop.svg")
    return folder


# Names: of class folders, of authors

NAMES = [
    "<script>alert(1)</script>", "</title><script>alert(1)</script>", "<img src=x onerror=alert(1)>",
    '" onload="alert(1)', "' onmouseover='alert(1)", "<!-- ", "]]>", "<style>@import 'http://example.org/x.css'",
    "&lt;script&gt;", "&#60;script&#62;", "javascript:alert(1)", "file:///etc/passwd", "http://example.org/",
    "{{7*7}}", "{% include '/etc/passwd' %}", "{{ ''.__class__.__mro__ }}", "{# x #}", "${7*7}", "%(name)s", "{0}",
    "../x", "../../etc/passwd", "/etc/passwd", "C:\\x", "x" * 200, "\u202egnp.exe", "שלום עולם", "🐟🦈", "a\nb\r\x07",
    "\x1b[2J", "$x$ \\frac{1}{0}", "\\input{/etc/passwd}", "=cmd|' /C calc'!A0", "--help", "[red]bold", "\ufeff", "𬭎",
]  # fmt: skip


class Elements(html.parser.HTMLParser):
    """Counts the elements and the attributes of a page, as a browser would find them."""

    def __init__(self, page: str):
        super().__init__()
        self.found: Counter[str] = Counter()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if (tag, attrs) != ("i", [("class", "b")]):  # where a long word may be broken
            self.found.update([tag, *(f"{tag} {name}" for name, _ in attrs)])

    def handle_data(self, data):
        self.text += data


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    figures = write_figures(tmp_path_factory.mktemp("page"))

    def make(name):
        values = {"name": name, "rows": [[name, 10, "1.0", "2.0", (name, name)]]}
        return Elements(sample_html(figures, values=values, title=(name, name), authors=(name,)))

    return make


@pytest.fixture(scope="module")
def harmless(page):
    return page("name")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_name_adds_no_element_and_is_not_evaluated(page, harmless, name):
    shown = page(name.replace("\n", " "))  # lines of a name are separated by elements of the page's own
    assert shown.found == harmless.found
    assert "49" not in shown.text.replace("49", "", harmless.text.count("49"))
    assert SECRET not in shown.text


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_class_is_shown_in_characters_that_the_faces_have(name):
    for text in shown_classes([name], 28)[0]:
        assert not uncovered(text)
        assert len(text) <= 28
        assert text.isprintable()


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_field_is_text_or_refused(tmp_path, name):
    path = tmp_path / "homework.toml"
    path.write_text(f"name = {json.dumps(name)}", encoding="utf-8")
    with contextlib.suppress(TitlePageError):
        assert not any(map(unprintable, read_title_page(path).name.replace("\n", "")))


@pytest.mark.slow
def test_a_report_of_hostile_names_is_whole_and_holds_nothing_else(tmp_path):
    names = [name.replace("/", "⁄") for name in NAMES if "\ufeff" not in name]
    classes, fields = (
        names[:5] + names[13:14] + names[25:29],
        TitlePage(name=names[1], course=names[26], title=names[13]),
    )
    results = read_results(write_results(tmp_path / "results", seeds=1, classes=classes), EXPERIMENTS)
    pdf, page = write_report(results, EXPERIMENTS, fields, tmp_path / "out")
    elements = Elements(page.read_text(encoding="utf-8"))
    assert elements.found["script"] == 3  # the page's own, and the two that carry its data
    assert not [name for name in elements.found if " on" in name]
    text = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    assert "{{7*7}}" in text
    assert "\\U0001f41f" in text


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "FILE:///etc/passwd", "file:/etc/passwd", "file://localhost/etc/passwd", "file:////etc/passwd",
        "file:///proc/self/environ", "file:///etc/passwd%00.svg", "file:///dev/tty", "file://\\etc\\passwd",
        "{figures}/..%2fsecret.svg", "{figures}/%2e%2e%2fsecret.svg", "{figures}/....//secret.svg",
        "{figures}/%c0%ae%c0%ae/secret.svg", "{figures}/link.svg", "{figures}/loop.svg",
        "{figures}/loss.svg/../../secret.svg",
        "{figures}/gone/../../secret.svg", "//example.org/x.svg", "http://127.0.0.1:1/x", "http://[::1]/x",
        "http://169.254.169.254/latest/meta-data/", "https://example.org@127.0.0.1/x", "ftp://127.0.0.1/x",
        "gopher://127.0.0.1/x", "jar:file:///etc/passwd!/x", "javascript:alert(1)", "about:blank", "unix:/run/x.sock",
        "", "x" * 5000,
    ],
    ids=lambda address: ascii(address[:40]),
)  # fmt: skip
def test_an_address_leads_nowhere_else(figures, address):
    url = address.format(figures=figures.as_uri())
    with pytest.raises((FatalURLFetchingError, ValueError)) as caught, fetch(Fetcher([figures]), url):
        pass
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "src", ["../secret.svg", "link.svg", "loop.svg", "/etc/passwd", "loss.svg/x", ".", "", "\0", "x" * 5000]
)
def test_a_figure_is_read_from_its_folder_alone(figures, src):
    with pytest.raises(RenderError) as caught:
        read_figure(figures, src)
    assert SECRET not in str(caught.value)


# Pictures

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


@pytest.mark.parametrize(
    "svg",
    [
        f'<!DOCTYPE svg [<!ENTITY l0 "ha">{LAUGHS}]>' + SVG.format("<text>&l9;</text>"),
        '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SVG.format("<text>&x;</text>"),
        SVG.format('<image href="file:///etc/passwd"/>'),
        SVG.format('<image xlink:href="http://127.0.0.1/x.png"/>'),
        SVG.format('<image href="data:image/svg+xml;base64,PHN2Zy8+"/>'),
        SVG.format('<image href="data:image/png;base64,AAAA"/>'),
        "<html><script>alert(1)</script></html>",
        SVG.format("<text>"),
    ],
    ids=["laughs", "entity", "file", "http", "nested", "no-png", "html", "open"],
)
def test_a_hostile_svg_is_refused(svg):
    with pytest.raises(RenderError):
        check_image("x.svg", svg.encode())


def test_a_link_among_the_images_gives_nothing_of_a_file_that_is_no_image(tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    (tmp_path / "train" / "a").mkdir(parents=True)
    (tmp_path / "train" / "a" / "x.png").symlink_to(tmp_path / "secret")
    Image.new("RGB", (4, 4)).save(tmp_path / "train" / "a" / "y.png")
    console = Console(file=io.StringIO(), width=400)
    decoded = decoded_images("x", {"a": tmp_path / "train" / "a"}, tmp_path / "cache", console)
    assert decoded.skipped == (("a/x.png", "not an image in a known format"),)
    assert SECRET not in console.file.getvalue()
    assert not [path for path in (tmp_path / "cache").iterdir() if SECRET.encode() in path.read_bytes()]


# Archives


def member(name, kind=tarfile.REGTYPE, link="", data=b"x"):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, len(data) if kind == tarfile.REGTYPE else 0
    return info, io.BytesIO(data)


@pytest.mark.skipif(not hasattr(tarfile, "data_filter"), reason="Python has it from 3.11.4")
@pytest.mark.parametrize(
    "members",
    [
        [member("../out")],
        [member("imagenette2-160/../../out")],
        [member("out", tarfile.SYMTYPE, "../../out"), member("out")],
        [member("x", tarfile.SYMTYPE, "/etc/passwd")],
        [member("x", tarfile.SYMTYPE, ".."), member("x/../../out")],
        [member("x", tarfile.LNKTYPE, "../../out")],
        [member("x", tarfile.CHRTYPE)],
        [member("x", tarfile.FIFOTYPE)],
    ],
    ids=["parent", "deep-parent", "link-then-file", "link-out", "link-up", "hard-link", "device", "pipe"],
)
def test_an_archive_does_not_leave_its_folder(tmp_path, monkeypatch, members):
    archive = tmp_path / "x.tgz"
    with tarfile.open(archive, "w:gz") as tar:
        for info, data in members:
            tar.addfile(info, data)

    def imagenette(root, size, download):
        with tarfile.open(archive) as tar:  # as torchvision does, but for the filter of its newer versions
            tar.extractall(root)

    module = types.ModuleType("torchvision.datasets")
    module.Imagenette = imagenette
    monkeypatch.setitem(sys.modules, "torchvision", types.ModuleType("torchvision"))
    monkeypatch.setitem(sys.modules, "torchvision.datasets", module)
    with pytest.raises(DownloadError, match="cannot be downloaded"):
        fetch_imagenette(tmp_path / "data", Console(file=io.StringIO()))
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "data" / "out").exists()
    assert tarfile.TarFile.extraction_filter is None  # as Python has it


# Code that a file would like to have run


class Payload:
    def __reduce__(self):
        return os.system, ("touch executed",)


def test_a_pickled_image_cache_with_the_right_digest_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "a" / "y.png")
    console = Console(file=io.StringIO(), width=400)
    decoded_images("x", {"a": tmp_path / "a"}, tmp_path / "cache", console)
    (npy,), (record,) = (tmp_path / "cache").glob("*.npy"), (tmp_path / "cache").glob("*.json")
    np.save(npy, np.array([Payload()], object), allow_pickle=True)
    content = json.loads(record.read_bytes())
    del content["sha256"]
    content["npy_sha256"] = hashlib.sha256(npy.read_bytes()).hexdigest()
    record.write_bytes(sealed(content))
    assert decoded_images("x", {"a": tmp_path / "a"}, tmp_path / "cache", console).images.shape == (1, 128, 128, 3)
    assert "its pixels are no array of numbers" in console.file.getvalue()
    assert not (tmp_path / "executed").exists()


def test_nothing_in_the_program_reads_a_pickle_or_runs_text():
    names = {"eval", "exec", "compile", "__import__"}
    methods = {"read_pickle", "system", "popen", "unsafe_load"}
    for path in [
        ROOT / "build.py",
        *(path for part in ("experiments", "report", "figures") for path in (ROOT / part).rglob("*.py")),
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import | ast.ImportFrom):
                modules = {getattr(node, "module", None), *(alias.name for alias in node.names)}
                assert not modules & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "yaml"}, path
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            options = {option.arg: ast.unparse(option.value) for option in node.keywords}
            if path.name != "run_cells.py":  # runs the cells of the program's own notebooks, in a process of their own
                assert called not in names, f"{path.name}:{node.lineno}"
            assert called.rpartition(".")[2] not in methods, f"{path.name}:{node.lineno}"
            assert options.get("shell") is None, f"{path.name}:{node.lineno}"
            if called == "torch.load":
                assert options.get("weights_only") == "True", f"{path.name}:{node.lineno}"
            if called in ("np.load", "numpy.load"):
                assert options.get("allow_pickle") == "False", f"{path.name}:{node.lineno}"
