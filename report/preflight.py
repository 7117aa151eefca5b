"""What would stop the report at its end, found before anything is trained: title page, fonts, libraries, folders."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from experiments.errors import UserError
from experiments.folders import check_folder
from report.page.fonts import check_fonts, uncovered
from report.page.render import Lang, render_html
from report.pdf.inspection import inspect
from report.pdf.write import MissingGlyphError, no_font_for, pdf_bytes
from report.title_page import MAX_LENGTH, TitlePage
from report.words.places import NO_WORDS, Words
from report.write import title_of

ROOM = 64 << 20  # bytes: some times the PDF, the HTML and the pieces kept of them


class PreflightError(UserError):
    """The report could not be written; the message names the thing and what to do."""


class NoFontError(PreflightError):
    """No font has this character."""

    def __init__(self, message: str, char: str):
        self.char = char
        super().__init__(message)


def preflight(title_page: TitlePage, source: Path, out: Path, lang: Lang = "both", words: Words = NO_WORDS) -> None:
    """Print the title page to nowhere, and look whether the report can be written to `out`; takes a few seconds.

    source: the file that the title page was read from, for messages. Nothing is created. Raises UserError.
    """
    check_folder(out, "--out", ROOM)
    check_fonts()
    check_title_page(title_page, source, lang)
    check_characters(words)


def check_title_page(title_page: TitlePage, source: Path, lang: Lang = "both") -> None:
    """Raise UserError if the title page cannot be printed: by key and character where no font has it."""
    html = render_html(
        "title_page.html",
        {"title_page": title_page},
        figures=None,
        title=title_of(title_page),
        lang=lang,
        edition="print",
        authors=title_page.authors,
        created="2000-01-01",
    )
    with tempfile.TemporaryDirectory(prefix="hw1-dl-") as figures:
        try:
            data = pdf_bytes(html, figures=Path(figures))
        except MissingGlyphError as error:
            char = error.characters[0]
            raise NoFontError(_where(title_page, source, char), char) from None
    inspect(data, foreign=uncovered(html))


def check_characters(words: Words) -> None:
    """Raise UserError for a character of the author's words that no font has, by file, line and column."""
    rare = "".join(sorted(uncovered("".join(file.text for file in words.files))))
    try:
        for start in range(0, len(rare), MAX_LENGTH):
            check_title_page(TitlePage(course=rare[start : start + MAX_LENGTH]), Path())
    except NoFontError as error:
        where = words.place_of(error.char)
        raise PreflightError(f"{where}: {no_font_for(error.char)}" if where else str(error)) from None


def _where(title_page: TitlePage, source: Path, char: str) -> str:
    for key, value in asdict(title_page).items():
        for number, line in enumerate(value.split("\n"), start=1):
            if char in line:
                entry = f", entry {number}" if "\n" in value else ""
                return f"{source}: {key}{entry}, character {line.index(char) + 1}: {no_font_for(char)}"
    return no_font_for(char)
