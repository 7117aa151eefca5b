"""What makes a piece of the report decides whether a kept one is used again."""

import subprocess
import sys
import zlib

import pytest

from report import toolchain as module
from report.cache import Cache
from report.toolchain import CODE, PACKAGES, ROOT, digest_of, toolchain, versions


@pytest.fixture(autouse=True)
def not_remembered():
    """The digest is computed once a process; here it is computed in each test."""
    toolchain.cache_clear()
    yield
    toolchain.cache_clear()


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A program of empty folders."""
    for folder in CODE:
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return tmp_path


def test_another_style_leaves_the_figures_as_they_are(project):
    """The key holds the code and the fonts that draw, and not the templates: the page that is printed is an input."""
    made: list[int] = []
    cache = Cache(project / "cache")

    def pieces_after(file: str) -> int:
        (project / file).write_text("changed")
        toolchain.cache_clear()
        cache.get("figure", lambda: made.append(1) or b"piece")
        return len(made)

    assert pieces_after("report/page.py") == 1
    assert pieces_after("templates/style.css") == 1
    assert pieces_after("figures/curves.py") == 2
    assert pieces_after("templates/fonts/face.otf") == 3


@pytest.mark.parametrize(
    ("file", "same"), [("report/a.py", True), ("report/a.csv", True), ("templates/fonts/a.otf", False)]
)
def test_line_ends_of_windows_are_the_same_code_but_not_the_same_font(project, file, same):
    (project / file).write_bytes(b"a\nb\n")
    before = digest_of(*CODE)
    (project / file).write_bytes(b"a\r\nb\r\n")
    assert (digest_of(*CODE) == before) is same


@pytest.mark.parametrize("package", PACKAGES)
def test_another_version_of_a_package_changes_the_digest(project, monkeypatch, package):
    before, version = toolchain(), module.version
    toolchain.cache_clear()
    monkeypatch.setattr(module, "version", lambda name: "0.0.1" if name == package else version(name))
    assert toolchain() != before


@pytest.mark.parametrize("library", ["pango", "harfbuzz", "fontconfig", "fribidi"])
def test_another_version_of_a_c_library_changes_the_digest(project, monkeypatch, library):
    before = toolchain()
    toolchain.cache_clear()
    linux, mac, _ = module._C_LIBRARIES[library]
    monkeypatch.setitem(module._C_LIBRARIES, library, (linux, mac, lambda _: "0.0.1"))
    assert toolchain() != before


def test_another_zlib_or_python_changes_the_digest(project, monkeypatch):
    digests = {toolchain()}
    monkeypatch.setattr(zlib, "ZLIB_RUNTIME_VERSION", "0.0.1")
    toolchain.cache_clear()
    digests.add(toolchain())
    monkeypatch.setattr(module.platform, "python_version", lambda: "3.99.0")
    toolchain.cache_clear()
    digests.add(toolchain())
    assert len(digests) == 3


def test_a_c_library_that_is_missing_is_no_error(monkeypatch):
    monkeypatch.setitem(module._C_LIBRARIES, "pango", ("libnowhere.so.0", "libnowhere.dylib", lambda _: "1"))
    assert "pango absent" in versions()


def test_every_c_library_reports_a_version_here():
    lines = dict(line.split(" ", 1) for line in versions())
    for name in module._C_LIBRARIES:
        assert any(map(str.isdigit, lines[name])), f"{name}: {lines[name]}"


def test_every_package_that_the_report_side_loads_is_named():
    code = (
        "import sys, report.write, report.pdf.weasyprint_process\n"
        "from importlib.metadata import packages_distributions\n"
        "owners = packages_distributions()\n"
        "print(*sorted({owner.lower() for name in sys.modules for owner in owners.get(name, ())}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - {"hw1-dl", "setuptools", "typing_extensions"} <= set(
        PACKAGES
    )  # of it, only names
