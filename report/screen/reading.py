"""What a reader of the HTML edition is told: its text piece by piece, and what attributes say, each with its place.

Fonts and pictures are data of their own (report/screen/parts.py); the shapes of formulas are drawn, their words are
text. So two readings are equal where two pages say the same, whichever version of a library drew them.
"""

import re
from collections import Counter
from dataclasses import dataclass
from html.parser import HTMLParser

from experiments.disk.files import sha256

BLOCKS = {
    "address", "article", "aside", "blockquote", "button", "caption", "dd", "dialog", "div", "dl", "dt", "figcaption",
    "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "li", "main", "nav", "ol", "p", "pre", "section",
    "table", "tbody", "td", "th", "thead", "title", "tr", "ul", "body", "head", "html", "script", "style",
}  # fmt: skip
# Attributes that say, lead or act: "on…" and "style" hide, or run. The others lay out.
SAID = {
    "alt", "aria-hidden", "aria-label", "content", "data-value", "href", "hidden", "http-equiv", "id", "lang", "name",
    "open", "src", "srcset", "srcdoc", "style", "title", "value",
}  # fmt: skip
_FOREIGN = {
    "audio", "base", "embed", "foreignobject", "form", "iframe", "image", "input", "link", "object", "select",
    "textarea", "video",
}  # fmt: skip
_NUMBER = re.compile(r"[\d.A-Z]+")


@dataclass(frozen=True)
class Piece:
    """One thing that is said: text, or an attribute's value. place: section and figure or table, for people."""

    place: str
    kind: str  # "text", or what the value belongs to: "alt", "metadata, author"
    text: str


class Reading(HTMLParser):
    """The pieces of a page in their order. Formulas' drawings are left out."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[Piece] = []
        self.values: list[Piece] = []
        self.tags = Counter[str]()  # of elements that a report has not
        self._section, self._figure = "the head", ""
        self._parts: list[str] = []
        self._drawn = 0  # depth within an svg
        self._code = ""  # "style" or "script"
        self.feed(page)
        self.close()
        self._finish()

    @property
    def _place(self) -> str:
        return f"{self._section}, {self._figure}" if self._figure else self._section

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in BLOCKS:
            self._finish()
        self._move(tag, given)
        if tag == "svg":
            self._drawn += 1
        if tag in _FOREIGN:
            self.tags[tag] += 1
        if tag in ("style", "script"):
            self._code = tag
        for name, value in given.items():
            acts = name.startswith("on") or name in SAID
            if acts and not (self._drawn and name in ("id", "href", "style")):
                self._say(tag, name, given, value)

    def _move(self, tag: str, given: dict[str, str]) -> None:
        """Note where the page has come to."""
        if bookmark := given.get("data-bookmark"):
            number = _NUMBER.match(bookmark)
            self._section, self._figure = f"section {number[0]}" if number else bookmark, ""
        elif tag == "main":
            self._section = "title page"
        elif tag == "aside":
            self._section = "contents"
        elif tag == "figure" and given.get("id"):
            self._figure = given["id"]

    def _say(self, tag: str, name: str, given: dict[str, str], value: str) -> None:
        if tag == "meta" and name == "content":
            kind = f"metadata, {given.get('name') or given.get('http-equiv', '')}"
        else:
            kind = {"alt": "alternative text", "aria-label": "label"}.get(name, f"{name} of {tag}")
        self.values.append(Piece(self._place, kind, value))

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self._finish()
        if tag == "svg":
            self._drawn = max(0, self._drawn - 1)
        elif tag == "figure":
            self._figure = ""

    def handle_data(self, data: str) -> None:
        if self._code:
            self.values.append(Piece(self._place, self._code, sha256(data.strip().encode())[:16]))
            self._code = ""
        else:
            self._parts.append(data)

    def _finish(self) -> None:
        text, self._parts = " ".join("".join(self._parts).split()), []
        self._code = ""
        if text:
            self.texts.append(Piece(self._place, "text", text))
