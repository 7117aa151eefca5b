"""A hand-in for peer review: who must not be named in it, and a look through every file for them."""

import getpass
import html
import io
import json
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pikepdf

from report.pdf.content import stream_bytes
from report.pdf.text import font_tables, page_text, squeezed
from report.screen.carried import without_data
from report.title_page import WITHHELD, TitlePage

NAME = "匿名 anonymous"
# Accounts and hosts that many have, and that are words of the code: only in a path or an address do they tell.
_COMMON = {"root", "user", "users", "admin", "ubuntu", "debian", "runner", "student", "home", "localhost", "jovyan"}
_LONG = 7
_SHORTEST = 3  # letters of an account or host that is looked for as a word


def anonymous(title_page: TitlePage) -> TitlePage:
    """The title page without name and number."""
    return replace(title_page, name=NAME, student_number=WITHHELD)


def secrets(title_page: TitlePage, ascii_name: str = "") -> dict[str, str]:
    """What must not be found → what it is: names and numbers, and this machine's user, host and home."""
    found: dict[str, str] = {}
    for kind, text in (
        ("name", title_page.name),
        ("name", ascii_name),
        ("student number", title_page.student_number),
    ):
        found |= {part: kind for part in text.split("\n") if part}
    user, host = _user(), socket.gethostname()
    for kind, word in (("user", user), ("host", host), ("host", host.partition(".")[0])):
        if len(word) >= _SHORTEST and word.casefold() not in _COMMON:
            found.setdefault(word, kind)
    if user:
        found |= {f"/home/{user}": "home folder", f"/Users/{user}": "home folder", f"{user}@{host}": "user"}
    home = str(Path.home())
    return found | ({home: "home folder"} if len(home) > 1 and home != "/root" else {"/root/": "home folder"})


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container's user without an entry
        return ""


def leaks(files: Mapping[str, bytes], wanted: Mapping[str, str]) -> list[str]:
    """Where one of the secrets is found: one line each file and secret."""
    found: dict[str, None] = {}
    for name, data in files.items():
        for where, text in [(name, name), *_texts(name, data)]:
            for secret, kind in wanted.items():
                if _holds(text, secret):
                    found[f"{where}: the {kind} {secret!r} stands there; remove it"] = None
    return list(found)


def _holds(text: str, secret: str) -> bool:
    """Whether the secret stands in the text, as words where it is in Latin letters, spaces or not.

    A short single word only as it is spelled: Max is a name, max a function.
    """
    if secret.isascii():
        flags = re.NOFLAG if len(secret) < _LONG and " " not in secret else re.IGNORECASE
        pattern = r"\s*".join(map(re.escape, secret.split()))
        before, after = (
            (r"(?<![A-Za-z0-9])" if secret[0].isalnum() else ""),
            (r"(?![A-Za-z0-9])" if secret[-1].isalnum() else ""),
        )
        return re.search(before + pattern + after, text, flags) is not None
    return squeezed(secret) in squeezed(text)


def _texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    """The texts of a file, each with the place that it stands in."""
    if name.endswith(".pdf"):
        yield from _pdf_texts(name, data)
    elif name.endswith(".safetensors"):
        yield name, data.decode("latin-1")
    else:
        text = data.decode("utf-8", errors="replace")
        if name.endswith(".html"):
            text, carried = without_data(text)
            for attached, content in carried.items():
                yield from _texts(f"{name}, data {attached}", content)
        yield name, html.unescape(text) if name.endswith(".html") else text
        if name.endswith((".json", ".ipynb")):
            yield name, "\n".join(_strings(json.loads(text)))  # with \u escapes resolved


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, content in value.items():
            yield str(key)
            yield from _strings(content)
    elif isinstance(value, list):
        for content in value:
            yield from _strings(content)


def _pdf_texts(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        fonts: dict[tuple[int, int], dict[int, str]] = {}
        for number, page in enumerate(pdf.pages, start=1):
            yield f"{name}, page {number}", page_text(page, font_tables(page, fonts))
        for attached, spec in pdf.attachments.items():
            yield from _texts(f"{name}, attached {attached}", stream_bytes(spec.get_file().obj))
        tags = [text for item in [pdf.trailer.get("/Info"), *pdf.objects] for text in _pdf_strings(item)]
        yield f"{name}, tags", "\n".join(tags)
        if "/Metadata" in pdf.Root:
            yield f"{name}, metadata", html.unescape(pdf.Root.Metadata.read_bytes().decode(errors="replace"))


def _pdf_strings(item: object, depth: int = 0) -> Iterator[str]:
    """The strings in an object of a PDF: titles, alternative texts, bookmarks, authors."""
    if isinstance(item, pikepdf.String):
        yield str(item)
    elif depth < 6 and isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        values: Iterable[object] = (item.get(key) for key in list(item.keys()))
        for value in values:
            if not getattr(value, "is_indirect", False):
                yield from _pdf_strings(value, depth + 1)
    elif depth < 6 and isinstance(item, pikepdf.Array):
        for value in list(item):  # type: ignore[call-overload]
            if not getattr(value, "is_indirect", False):
                yield from _pdf_strings(value, depth + 1)
