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
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pikepdf

from experiments.files import sha256, write_atomically
from report import fonts
from report.attachments import attach
from report.cache import NO_CACHE, Cache
from report.errors import RenderError
from report.inspect_pdf import Inspection, inspect

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = ROOT / "templates"


Child = subprocess.Popen[bytes]


@contextmanager
def press() -> Iterator[Child]:
    """The process that prints, started ahead so that it loads its libraries while the page is being written."""
    pipe = subprocess.PIPE
    with tempfile.TemporaryDirectory(prefix="hw1-dl-press-") as scratch:  # killed, it would leave its files behind
        environment = {**os.environ, "TMPDIR": scratch}
        with subprocess.Popen(
            [sys.executable, "-m", "report.press"], cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        ) as child:
            try:
                yield child
            finally:  # also on Ctrl-C
                child.kill()


def write_pdf(
    html: str,
    path: Path,
    *,
    figures: Path,
    files: Mapping[str, bytes] | None = None,
    created: str = "",
    child: Child | None = None,
    cache: Cache = NO_CACHE,
    timeout: float = 300,
    memory: int = 4 << 30,
) -> Inspection:
    """Write the print edition `html` to `path` and return what was seen in the finished file.

    files: attached to it by name, dated `created` (ISO 8601). child: from `press`, good for one page; without it one is
    started. timeout in seconds, memory in bytes (the child's address space; not limited on macOS, which ignores it).
    Raises RenderError when anything is wrong with the page; the file at `path` is then untouched.
    """
    shown = [f"{file.name} {sha256(file.read_bytes())}" for file in sorted(figures.glob("*"))]
    made_from = "\n".join(["pdf", *shown, html.replace(figures.resolve().as_uri(), "figures:")])
    data = cache.get(made_from, lambda: pdf_bytes(html, figures=figures, child=child, timeout=timeout, memory=memory))
    seen = inspect(data, foreign=fonts.uncovered(html))
    if files:
        data = _with_files(data, files, created)
    write_atomically(path, data)
    return seen


def _with_files(data: bytes, files: Mapping[str, bytes], created: str) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        attach(pdf, files, created)
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
        raise RenderError(f"the PDF process ended with status {child.returncode}: {last[0]}") from error
    if answer["problems"]:
        raise RenderError("; ".join(map(_in_our_words, answer["problems"])))
    return base64.b64decode(answer["pdf"])


def _in_our_words(problem: str) -> str:
    """A character that no face has is the one problem that a user's own text causes; tell the cure."""
    match = re.match(r'\.notdef glyph rendered .*"(.)" \(U\+([0-9A-F]+)\)', problem, re.S)
    if not match:
        return problem
    return (
        f"no face shows the character {match[1]!r} (U+{match[2]}): write it otherwise, "
        "or install a face that has it (for rare Chinese characters: apt install fonts-noto-cjk)"
    )
