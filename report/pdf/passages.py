"""The passages of a report as its HTML has them, and where the text of its PDF differs from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from re import compile as pattern

from report.pdf.text import squeezed


class Passages(HTMLParser):
    """The report's text, block by block, and the alternative texts of its pictures and formulas."""

    HEADINGS = ("h1", "h2", "h3", "h4")
    BLOCKS = ("p", "li", "tr", *HEADINGS, "dt", "dd", "pre")
    UNSEEN = ("svg", "style", "script", "title", "ol")  # ol: the contents, which repeat the headings

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.passages: list[str] = []
        self.alternatives: list[str] = []
        self.repeated: set[str] = set()  # what may stand on several pages: headings, heads of tables, running heads
        self._parts: list[str] = []
        self._unseen = 0
        self._in_head = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in self.UNSEEN:
            self._unseen += 1
        # A div begins a passage, the next language in a list, but its end ends none: "main" does so for the banner.
        if tag in (*self.BLOCKS, "div") or (tag == "span" and "line" in (given.get("class") or "").split()):
            self._finish()
        if tag == "main":
            self._finish(repeats=True)  # the banner
        self._in_head |= tag == "thead"
        self.repeated |= {str(given[name]) for name in ("data-head", "data-running") if given.get(name)}
        if tag == "img" and given.get("alt"):
            self.alternatives.append(str(given["alt"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in self.UNSEEN:
            self._unseen -= 1
        if tag in self.BLOCKS:
            self._finish(repeats=tag in self.HEADINGS or self._in_head)
        self._in_head &= tag != "thead"

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._parts.append(data)

    def _finish(self, repeats: bool = False) -> None:
        text, self._parts = " ".join("".join(self._parts).split()), []
        if squeezed(text):
            self.passages.append(text)
            if repeats:
                self.repeated.add(text)


@dataclass(frozen=True)
class Fault:
    """A difference between text and data. page: 1-based, or None where a passage is on no page."""

    page: int | None
    message: str


def compare(report: Passages, pages: Sequence[str]) -> tuple[int, list[Fault]]:
    """Each passage of the report against the squeezed text of the pages, each place used once.

    Returns how many passages and pages were checked, and the faults in the order of the report.
    """
    left = list(pages)
    passages = [squeezed(passage) for passage in report.passages]
    repeated = sorted(map(squeezed, report.repeated), key=len, reverse=True)
    found = {}
    for i in sorted(range(len(passages)), key=lambda i: -len(passages[i])):  # the unmistakable ones first
        while repeated and len(repeated[0]) > len(passages[i]):  # a heading's words are not a passage's place
            left = _without(left, repeated.pop(0))
        found[i] = _strike(passages[i], left)
    for text in repeated:
        left = _without(left, text)
    rest = [_left_over(page) for page in left]
    faults = []
    for i, passage in enumerate(report.passages):
        if not found[i]:
            fault = _altered(passage, rest) or Fault(None, f"not in the text, but the data give: {shortened(passage)}")
            faults.append(fault)
    for number, pieces in enumerate(rest, start=1):
        if pieces:
            faults.append(Fault(number, f"the data do not give the text {shortened(' '.join(pieces))}"))
    return len(report.passages) + len(pages), faults


_STRUCK = "\0"


def _strike(passage: str, pages: list[str]) -> bool:
    """Strike a passage out of the pages' text, where it stands whole or goes on on the next page."""
    for number, page in enumerate(pages):
        if passage in page:
            pages[number] = page.replace(passage, _STRUCK, 1)
            return True
    for number in range(len(pages) - 1):
        # The longest end, not the longest start: in a row, the text before the break is followed by the other language,
        # which may begin with the same letter; the text after the break has nothing or a full stop before it.
        length = _longest_end(passage, pages[number + 1])
        if length and passage[:-length] in pages[number]:
            for place, part in ((number, passage[:-length]), (number + 1, passage[-length:])):
                pages[place] = pages[place].replace(part, _STRUCK, 1)
            return True
    return False


def _longest_end(passage: str, page: str) -> int:
    low, high = 0, len(passage) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if passage[-middle:] in page else (low, middle - 1)
    return low


_NUMBERS = pattern(r"[.\d]*?\d{1,3}(?:/\d+)?|\.+")  # of lines, of pages, and the dots that lead to them


def _without(pages: Sequence[str], repeated: str) -> list[str]:
    """The pages without a text that may stand on them any number of times."""
    return [page.replace(repeated, _STRUCK) if repeated else page for page in pages]


def _left_over(page: str) -> list[str]:
    """What a page says after everything that the report says has been struck out."""
    return [part for part in page.split(_STRUCK) if part and not _NUMBERS.fullmatch(part)]


_GRAM = 4  # characters
_ALIKE = 0.5  # of a passage's grams, in a piece that is taken for its altered form
_MOST_COMPARED = 4000  # characters of a passage or a piece: comparing takes the square of that


def _altered(passage: str, rest: list[list[str]]) -> Fault | None:
    """The passage in the altered form that a page has, which is taken out of what is left over; None if there is none.

    rest: for each page, the pieces of its text that no passage gives.
    """
    text = squeezed(passage)
    grams = _grams(text)
    alike = [
        (len(grams & _grams(piece)) / len(grams), number, place)
        for number, pieces in enumerate(rest)
        for place, piece in enumerate(pieces)
        if max(len(piece), len(text)) <= _MOST_COMPARED
    ]
    share, number, place = max(alike, key=lambda found: found[0], default=(0.0, 0, 0))
    if share < _ALIKE:
        return None
    piece = rest[number][place]
    blocks = [block for block in SequenceMatcher(None, text, piece, autojunk=False).get_matching_blocks() if block.size]
    start = max(0, blocks[0].b - blocks[0].a)
    end = min(len(piece), blocks[-1].b + len(text) - blocks[-1].a)
    rest[number][place : place + 1] = [part for part in (piece[:start], piece[end:]) if part]
    return Fault(number + 1, difference(passage, piece[start:end]))


def _grams(text: str) -> set[str]:
    return {text[i : i + _GRAM] for i in range(max(1, len(text) - _GRAM + 1))}


_WORD = pattern(r"[A-Za-z0-9.%+−]")  # what belongs to one number or one word


def difference(passage: str, shown: str) -> str:
    """Where the shown text departs from a passage first and returns to it last: both, and what is around it."""
    text, shown = squeezed(passage), squeezed(shown)
    most = min(len(text), len(shown))
    start = next((i for i in range(most) if text[i] != shown[i]), most)
    same = next((i for i in range(most - start) if text[-1 - i] != shown[-1 - i]), most - start)
    end = len(text) - same
    places = [*_places(passage), len(passage)]

    def within_a_word(i: int) -> bool:
        return (
            0 < i < len(text)
            and places[i] - places[i - 1] == 1
            and all(_WORD.match(char) is not None for char in text[i - 1 : i + 1])
        )

    while within_a_word(start):
        start -= 1
    while within_a_word(end):
        end += 1
    now, given = shown[start : len(shown) - len(text) + end], passage[places[start] : places[end - 1] + 1]
    if end == start:
        given = ""
    first, last = places[start], places[start] + len(given)
    before, after = passage[max(0, first - 30) : first], passage[last : last + 30]
    around = f"{'…' if first > 30 else ''}{before}[…]{after}{'…' if last + 30 < len(passage) else ''}"
    return f"{shortened(now) or 'nothing'}, the data give {shortened(given) or 'nothing'} (in: {around})"


def _places(passage: str) -> Iterator[int]:
    """For each character of a squeezed passage, its place in the passage."""
    for place, char in enumerate(passage):
        for _ in squeezed(char):
            yield place


def shortened(text: str, limit: int = 90) -> str:
    """A text cut at its end, with a mark if it was."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
