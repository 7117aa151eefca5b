"""The text of a PDF of this program, as its fonts map glyphs to characters, and the elements of its structure tree."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import pikepdf

UNMAPPED = "\ufffd"  # a glyph that its font maps to no character

_OPERATORS = "BDC BMC EMC Tf Tj TJ"


def page_text(page: pikepdf.Page, fonts: Mapping[str, Mapping[int, str]]) -> str:
    """The text of a page in the order in which it is drawn, running heads left out. fonts: from `font_tables`."""
    return "".join(
        fonts.get(font, {}).get(code, UNMAPPED)
        for font, codes, artifact in shown(page)
        if not artifact
        for code in codes
    )


def shown(page: pikepdf.Page) -> Iterator[tuple[str, list[int], bool]]:
    """(font's name on the page, codes of glyphs, whether it is an artifact) of each piece of text, as it is drawn."""
    artifacts: list[bool] = []  # the marked content that is open
    font = ""
    for instruction in pikepdf.parse_content_stream(page, _OPERATORS):
        operands, name = instruction.operands, str(instruction.operator)
        if name in ("BDC", "BMC"):
            artifacts.append(str(operands[0]) == "/Artifact")
        elif name == "EMC":
            artifacts = artifacts[:-1]
        elif name == "Tf":
            font = str(operands[0])
        else:
            pieces = operands[0] if name == "TJ" else [operands[0]]
            codes = [code for piece in pieces if isinstance(piece, pikepdf.String) for code in _codes(bytes(piece))]
            yield font, codes, any(artifacts)


def _codes(data: bytes) -> list[int]:
    """Glyphs are two bytes each: WeasyPrint embeds every font as Identity-H."""
    return [high << 8 | low for high, low in zip(data[::2], data[1::2], strict=False)]


def font_tables(page: pikepdf.Page, known: dict[tuple[int, int], dict[int, str]]) -> dict[str, dict[int, str]]:
    """The fonts of a page by name, each as code → characters. known: the tables of the document so far."""
    tables = {}
    for name, font in page.resources.get("/Font", pikepdf.Dictionary()).items():
        if font.objgen not in known or font.objgen == (0, 0):
            known[font.objgen] = characters(font)
        tables[str(name)] = known[font.objgen]
    return tables


def characters(font: Any) -> dict[int, str]:
    """What each glyph of a font stands for, from its ToUnicode map; empty without one."""
    table: dict[int, str] = {}
    if "/ToUnicode" not in font:
        return table
    for instruction in pikepdf.parse_content_stream(font.ToUnicode):
        if str(instruction.operator) == "endbfchar":
            values = [bytes(operand) for operand in instruction.operands]
            for code, text in zip(values[::2], values[1::2], strict=False):
                table[int.from_bytes(code)] = text.decode("utf-16-be")
    return table


def structure_elements(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    """Every element of the structure tree, in the order of the file."""
    for element in pdf.objects:
        if isinstance(element, pikepdf.Dictionary) and element.get("/Type") == "/StructElem":
            yield element


_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]+")
_DROPPED = re.compile(r"[\s\u00ad\u2010\u200b\u2060\ufeff-]+")


def squeezed(text: str) -> str:
    """Without spaces and hyphens, which line breaks put in and take out; ligatures as their letters.

    A page draws Hebrew and Arabic from left to right, line by line: their letters are compared in sorted order.
    """
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text))
    if not _RIGHT_TO_LEFT.search(plain):
        return plain
    return _RIGHT_TO_LEFT.sub(lambda run: "".join(sorted(run[0])), plain)
