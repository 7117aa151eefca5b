"""HTML in, PDF out: WeasyPrint in a process of its own, closed to the world, its product looked at before it
counts.

WeasyPrint reports a missing image, a dead link or a missing glyph only in its log and goes on, and swallows
Ctrl-C while it draws an SVG. So it runs in a child that can be killed, every message is an error, and the old
file is replaced only by a PDF that passed inspection.
"""

import base64
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pikepdf

from report.errors import RenderError
from report.page import fonts
from report.pdf.attachments import attach
from report.pdf.inspection import inspect
from report.title_page import described, is_han

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates"


Child = subprocess.Popen[bytes]


@contextmanager
def press() -> Iterator[Child]:
    """The process that prints, started ahead so that it loads its libraries while the page is being written."""
    pipe = subprocess.PIPE
    with tempfile.TemporaryDirectory(prefix="hw1-dl-press-") as scratch:  # killed, it would leave its files behind
        environment = {**os.environ, "TMPDIR": scratch}
        with subprocess.Popen(
            [sys.executable, "-m", "report.pdf.weasyprint_process"],
            cwd=ROOT,
            env=environment,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
        ) as child:
            try:
                yield child
            finally:  # also on Ctrl-C
                child.kill()


def finished_pdf(
    html: str,
    *,
    figures: Path,
    files: Mapping[str, bytes] | None = None,
    created: str = "",
    child: Child | None = None,
    timeout: float = 300,
    memory: int = 4 << 30,
) -> bytes:
    """The print edition `html` as a PDF that has passed inspection.

    files: attached to it by name, dated `created` (ISO 8601). child: from `press`, good for one page; without it one is
    started. timeout in seconds, memory in bytes (the child's address space; not limited on macOS, which ignores it).
    Raises RenderError when anything is wrong with the page.
    """
    data = pdf_bytes(html, figures=figures, child=child, timeout=timeout, memory=memory)
    inspect(data, foreign=fonts.uncovered(html))
    return _with_files(data, files, created) if files else data


def _with_files(data: bytes, files: Mapping[str, bytes], created: str) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        attach(pdf, files, created)
        del pdf.trailer["/ID"]  # its two halves are then equal, until another program saves the file
        out = io.BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


def pdf_bytes(
    html: str, *, figures: Path, child: Child | None = None, timeout: float = 300, memory: int = 4 << 30
) -> bytes:
    """The PDF itself, rendered by a child process; the same input gives the same bytes."""
    if child is None:
        with press() as child:
            return pdf_bytes(html, figures=figures, child=child, timeout=timeout, memory=memory)
    order = {"html": html, "roots": [str(TEMPLATES), str(figures.resolve())], "memory": memory}
    try:
        out, err = child.communicate(json.dumps(order).encode(), timeout)
    except subprocess.TimeoutExpired as error:
        raise RenderError(f"the PDF was not finished after {timeout:g} seconds") from error
    try:
        answer = json.loads(out)
    except ValueError as error:  # killed, out of memory, or a fault of the program: its last words are on stderr
        last = err.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        _check_libraries(last)
        raise RenderError(f"the PDF process ended with status {child.returncode}: {last[0]}") from error
    _check_libraries(answer["problems"])
    glyphs = [match for problem in answer["problems"] if (match := _NO_GLYPH.match(problem))]
    if glyphs:
        raise MissingGlyphError([match[1] for match in glyphs])
    if answer["problems"]:
        raise RenderError("; ".join(answer["problems"]))
    return base64.b64decode(answer["pdf"])


_NO_GLYPH = re.compile(r'\.notdef glyph rendered .*"(.)" \(U\+[0-9A-F]+\)', re.S)


def _check_libraries(messages: list[str]) -> None:
    for message in messages:
        if match := re.search(r"cannot load library '([^']+)'", message):
            raise RenderError(
                f"the system library {match[1]} cannot be loaded; run make setup, or: apt install libpango-1.0-0 "
                "libpangoft2-1.0-0 libharfbuzz-subset0 (macOS: brew install pango harfbuzz)"
            )


class MissingGlyphError(RenderError):
    """No font of the report or of this machine has these characters."""

    def __init__(self, characters: Sequence[str]):
        self.characters = tuple(dict.fromkeys(characters))
        super().__init__("; ".join(map(no_font_for, self.characters)))


def no_font_for(char: str) -> str:
    """What to say about a character that no font has: it comes from a user's own text."""
    if is_han(char):
        package = " (apt install fonts-noto-cjk, or fonts-babelstone-han for rare characters)"
    else:
        package = " (apt install fonts-noto-core)" if unicodedata.category(char)[0] in "LM" else ""
    return f"no font here shows {described(char)}; install one that does{package}, or write it otherwise"
