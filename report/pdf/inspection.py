"""Looks at a finished PDF: fonts, text, alternative texts and languages. WeasyPrint promises none of them."""

import io
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pikepdf

from report.errors import RenderError
from report.pdf.text import characters, shown, structure_elements


@dataclass(frozen=True)
class Inspection:
    """What a sound PDF was found to hold."""

    pages: int
    fonts: tuple[str, ...]  # names without the subset's prefix, sorted
    figures: int  # tagged figures, formulas among them; each has an alternative text
    languages: Mapping[str, int]  # language -> tagged elements that name it


def inspect(data: bytes, *, foreign: Collection[str] = ()) -> Inspection:
    """Look through a PDF of `report.pdf`.

    foreign: characters that no bundled font has; a font of the system may show these and no others. Raises
    RenderError that names every fault.
    """
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            return _inspect(pdf, frozenset(foreign))
    except pikepdf.PdfError as error:
        raise RenderError(f"the PDF is damaged: {error}") from error


def _inspect(pdf: pikepdf.Pdf, foreign: frozenset[str]) -> Inspection:
    faults: list[str] = []
    fonts: set[str] = set()
    for number, page in enumerate(pdf.pages, start=1):
        glyphs = {code for _, codes, _ in shown(page) for code in codes}
        if not glyphs:
            faults.append(f"page {number} has no text")
        if 0 in glyphs:
            faults.append(f"page {number} shows a box instead of a character")
        for font in page.Resources.get("/Font", pikepdf.Dictionary()).values():
            name = str(font.BaseFont).lstrip("/").split("+")[-1]
            if name not in fonts:
                fonts.add(name)
                faults += _font_faults(name, font, foreign)
    figures, languages = 0, Counter[str]()
    for element in structure_elements(pdf):
        if "/Lang" in element:
            languages[str(element.Lang)] += 1
        if element.get("/S") == "/Figure":
            figures += 1
            if not str(element.get("/Alt", "")).strip():
                faults.append("a figure has no alternative text")
    if "/Lang" not in pdf.Root or "/StructTreeRoot" not in pdf.Root:
        faults.append("the document is not tagged, or names no language")
    if not str(pdf.docinfo.get("/Title", "")).strip():
        faults.append("the document has no title")
    if faults:
        raise RenderError("the finished PDF is not as it must be: " + "; ".join(dict.fromkeys(faults)))
    return Inspection(len(pdf.pages), tuple(sorted(fonts)), figures, dict(sorted(languages.items())))


def _font_faults(name: str, font: Any, foreign: frozenset[str]) -> list[str]:
    faults = []
    descriptor = font.DescendantFonts[0].FontDescriptor
    if not any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")):
        faults.append(f"the font {name} is not embedded")
    if "/ToUnicode" not in font:
        return [*faults, f"text in the font {name} cannot be copied"]
    if not name.startswith("Report-"):
        mapped = {char for text in characters(font).values() for char in text}
        visible = {char for char in mapped if not char.isspace()}  # a space goes with its neighbours
        if wrong := sorted(visible - foreign - {"\uffff"}):
            faults.append(f"{''.join(wrong[:20])!r} is set in {name}, a font of this machine and not of the report")
    return faults
