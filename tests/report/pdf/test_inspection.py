import io

import pikepdf
import pytest

from report.errors import RenderError
from report.pdf.inspection import inspect
from report.pdf.write import pdf_bytes
from tests.sample_report import sample_html, write_figures


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    figures = write_figures(tmp_path_factory.mktemp("inspect") / "figures")
    return pdf_bytes(sample_html(figures), figures=figures)


def changed(data: bytes, change) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(out)
    return out.getvalue()


def first_font(pdf):
    return next(iter(pdf.pages[0].Resources.Font.values()))


def test_a_sound_pdf_passes(sound):
    assert inspect(sound).pages >= 3


def test_a_face_that_is_not_embedded_is_named(sound):
    def change(pdf):
        descriptor = first_font(pdf).DescendantFonts[0].FontDescriptor
        for key in ("/FontFile2", "/FontFile3"):
            if key in descriptor:
                del descriptor[key]

    with pytest.raises(RenderError, match="is not embedded"):
        inspect(changed(sound, change))


def test_a_font_of_the_machine_may_only_show_what_the_report_lacks(sound):
    def change(pdf):
        first_font(pdf).BaseFont = pikepdf.Name("/ABCDEF+Some-Face")

    other = changed(sound, change)
    with pytest.raises(RenderError, match="set in Some-Face, a font of this machine"):
        inspect(other)
    assert inspect(other, foreign={chr(code) for code in range(0x10000)})


def test_text_that_cannot_be_copied_is_found(sound):
    def change(pdf):
        del first_font(pdf)["/ToUnicode"]

    with pytest.raises(RenderError, match="cannot be copied"):
        inspect(changed(sound, change))


def test_a_box_instead_of_a_character_is_found(sound):
    def change(pdf):
        content = pdf.pages[0].Contents.read_bytes()
        pdf.pages[0].Contents = pdf.make_stream(content.replace(b"] TJ", b"<0000>] TJ", 1))

    with pytest.raises(RenderError, match="page 1 shows a box"):
        inspect(changed(sound, change))


def test_an_empty_page_is_found(sound):
    with pytest.raises(RenderError, match="has no text"):
        inspect(changed(sound, lambda pdf: pdf.add_blank_page()))


def test_a_figure_without_alternative_text_is_found(sound):
    def change(pdf):
        for element in pdf.objects:
            if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/Figure":
                del element["/Alt"]

    with pytest.raises(RenderError, match="no alternative text"):
        inspect(changed(sound, change))


def test_a_missing_title_or_language_is_found(sound):
    def change(pdf):
        del pdf.docinfo["/Title"]
        del pdf.Root["/Lang"]

    with pytest.raises(RenderError, match=r"names no language; .*no title"):
        inspect(changed(sound, change))


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\nnothing"])
def test_what_is_no_pdf_is_damaged(data):
    with pytest.raises(RenderError, match="damaged"):
        inspect(data)
