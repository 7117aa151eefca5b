"""Alterations of a finished PDF, and ways in which other programs pack one again."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pikepdf


def set_file(pdf, name, change):
    data = change(pdf.attachments[name].get_file().read_bytes())
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)


def swap(before, after):
    """A change of a file's first `before`, which must be there."""

    def change(data):
        assert before in data
        return data.replace(before, after, 1)

    return change


def retype(pdf, before, after):
    """Print `after` in place of the first `before` of the same length on one line, in the glyphs of its face."""
    for page in pdf.pages:
        content = bytearray(page.Contents.read_bytes())
        faces = {}
        for name, font in page.Resources.Font.items():
            table = font.ToUnicode.read_bytes().decode()
            pairs = re.findall(r"<([0-9a-f]{4})> <(\w+)>", table)
            faces[name[1:].encode()] = {glyph: bytes.fromhex(code).decode("utf-16-be") for glyph, code in pairs}
        face = {}
        for token in re.finditer(rb"/(\w+) [\d.]+ Tf|\[([^\[\]]*)\] TJ", bytes(content)):
            if token[1]:
                face = faces[token[1]]
                continue
            places = [  # of each glyph of the line, kerning left out
                token.start(2) + run.start(1) + i
                for run in re.finditer(rb"<([0-9a-f]+)>", token[2])
                for i in range(0, len(run[1]), 4)
            ]
            shown = [face.get(content[p : p + 4].decode(), "?") for p in places]
            by_char = {char: glyph for glyph, char in face.items()}
            start = "".join(shown).find(before)
            if start >= 0 and all(len(char) == 1 for char in shown) and all(char in by_char for char in after):
                for place, char in zip(places[start:], after, strict=False):
                    content[place : place + 4] = by_char[char].encode()
                page.Contents = pdf.make_stream(bytes(content))
                return
    raise AssertionError(f"no line with {before!r} whose face has {after!r}")


def other_title(pdf):
    pdf.docinfo.Title = "CNN 99.99%"


def other_author(pdf):
    pdf.docinfo.Author = "李四"


def other_date(pdf):
    pdf.docinfo.CreationDate = "D:20250101"


def other_xmp(pdf):
    data = pdf.Root.Metadata.read_bytes()
    pdf.Root.Metadata = pdf.make_stream(data.replace(b"<xmp:CreateDate>2", b"<xmp:CreateDate>1"))


def other_bookmark(pdf):
    pdf.Root.Outlines.First.Title = "CNN 99.99%"


def hidden_text(pdf):
    next(e for e in pdf.objects if isinstance(e, pikepdf.Dictionary) and e.get("/S") == "/P").ActualText = "99.99%"


def swapped_alternatives(pdf):
    first, second = [e for e in pdf.objects if isinstance(e, pikepdf.Dictionary) and "/Alt" in e][:2]
    first.Alt, second.Alt = str(second.Alt), str(first.Alt)


def other_element(pdf):
    next(e for e in pdf.objects if isinstance(e, pikepdf.Dictionary) and e.get("/S") == "/P").S = pikepdf.Name.H1


def script(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def other_target(pdf):
    pdf.Root.Names.Dests.Names[1][0] = pdf.pages[-1].obj


def other_link(pdf):
    links = (note for page in pdf.pages for note in page.obj.get("/Annots", []))
    next(link for link in links if "/A" in link).A = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="https://evil.test/")


def put_a_note_on_top(pdf):
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 300, 300])
    pdf.pages[1].obj.Annots = pikepdf.Array([*pdf.pages[1].obj.get("/Annots", []), pdf.make_indirect(note)])


def change_a_font(pdf):
    font = next(iter(pdf.pages[1].Resources.Font.values())).DescendantFonts[0].FontDescriptor
    key = next(key for key in ("/FontFile2", "/FontFile3") if key in font)
    font[key].write(font[key].read_bytes() + b" ")


def other_content(pdf):
    page = pdf.pages[1]
    page.Contents = pdf.make_stream(page.Contents.read_bytes() + b" 0 0 9 9 re f")


def less_content(pdf):
    page = pdf.pages[1]
    content = page.Contents.read_bytes()
    page.Contents = pdf.make_stream(content[: content.rindex(b"BT")] + content[content.rindex(b"ET") :])


def moved_text(pdf):
    page = pdf.pages[1]
    page.Contents = pdf.make_stream(page.Contents.read_bytes().replace(b" Tm", b"1 Tm", 1))


def other_map(pdf):
    font = next(iter(pdf.pages[1].Resources.Font.values()))
    font.ToUnicode = pdf.make_stream(font.ToUnicode.read_bytes().replace(b"> <00", b"> <01", 1))


def turned_page(pdf):
    pdf.pages[1].obj.Rotate = 180


def cut_page(pdf):
    pdf.pages[1].obj.CropBox = [0, 0, 300, 300]


def swapped_pages(pdf):
    pdf.pages.reverse()


def missing_page(pdf):
    del pdf.pages[1]


def other_language(pdf):
    pdf.Root.Lang = "fr"


ALTERATIONS: Mapping[str, Callable[[Any], None]] = {
    change.__name__: change
    for change in (
        other_title, other_author, other_date, other_xmp, other_bookmark, hidden_text, swapped_alternatives,
        other_element, script, other_target, other_link, put_a_note_on_top, change_a_font, other_content, less_content,
        moved_text, other_map, turned_page, cut_page, swapped_pages, missing_page, other_language,
    )
}  # fmt: skip

_MODE = pikepdf.ObjectStreamMode
_READABLE = {"user": "", "owner": "teacher"}
PACKINGS: Mapping[str, Mapping[str, Any]] = {  # arguments of Pdf.save, which are qpdf's options
    "plain": {},
    "linearized": {"linearize": True},
    "object streams": {"object_stream_mode": _MODE.generate},
    "no object streams": {"object_stream_mode": _MODE.disable, "force_version": "1.4"},
    "compressed again": {"recompress_flate": True},
    "not compressed": {
        "compress_streams": False,
        "stream_decode_level": pikepdf.StreamDecodeLevel.generalized,
        "object_stream_mode": _MODE.disable,
    },
    "locked": {"encryption": pikepdf.Encryption(**_READABLE, allow=pikepdf.Permissions(modify_other=False))},
    "locked as in 2001": {"encryption": pikepdf.Encryption(**_READABLE, R=3, aes=False, metadata=False)},
}


def pack_again(source: Path, target: Path, packing: str) -> None:
    """Save a PDF as another program would, its content unchanged."""
    level = 1 if packing == "compressed again" else -1
    pikepdf.settings.set_flate_compression_level(level)
    try:
        with pikepdf.open(source, allow_overwriting_input=True) as pdf:
            pdf.save(target, **PACKINGS[packing])
    finally:
        pikepdf.settings.set_flate_compression_level(-1)
