"""The digests of a PDF stay the same however it is packed, and change with whatever it shows or says."""

import zlib
from itertools import cycle, product

import pikepdf
import pytest

from report.pdf import content as pdf_content
from report.pdf.content import Content, page_content, stream_bytes
from report.pdf.write import pdf_bytes
from tests.sample_report import sample_html, write_figures
from tests.tampering import ALTERATIONS, PACKINGS, pack_again


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    folder = tmp_path_factory.mktemp("content")
    figures = write_figures(folder / "figures")
    path = folder / "sample.pdf"
    html = sample_html(figures, authors=("张三",))
    html = html.replace("</main>", '<p><a href="https://example.org/">link</a></p></main>')
    path.write_bytes(pdf_bytes(html, figures=figures))
    return path


@pytest.fixture(scope="module")
def sound(sample):
    return content(sample)


def content(path):
    with pikepdf.open(path) as pdf:
        found = Content(pdf)
        return found.pages(), found.parts(), found.metadata()


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_file_packed_again_has_the_same_content(sample, sound, tmp_path, packing):
    pack_again(sample, tmp_path / "again.pdf", packing)
    assert content(tmp_path / "again.pdf") == sound


PAIRS = list(zip(ALTERATIONS, cycle(PACKINGS), strict=False))
OTHERS = sorted(set(product(ALTERATIONS, PACKINGS)) - set(PAIRS))


@pytest.mark.parametrize(
    ("alteration", "packing"), [*PAIRS, *(pytest.param(*pair, marks=pytest.mark.slow) for pair in OTHERS)]
)
def test_an_altered_file_has_other_content_in_every_packing(sample, sound, tmp_path, alteration, packing):
    path = tmp_path / "altered.pdf"
    with pikepdf.open(sample) as pdf:
        ALTERATIONS[alteration](pdf)
        pdf.save(path)
    pack_again(path, path, packing)
    assert content(path) != sound


def test_content_in_several_streams_is_that_of_one(sample, sound, tmp_path):
    with pikepdf.open(sample) as pdf:
        page = pdf.pages[0]
        first, _, rest = page.Contents.read_bytes().partition(b"\n")
        page.Contents = pikepdf.Array([pdf.make_stream(first), pdf.make_stream(rest)])
        pdf.save(tmp_path / "split.pdf")
    assert content(tmp_path / "split.pdf") == sound


def test_what_a_page_has_from_the_tree_of_pages_is_its_own(tmp_path):
    def pages(in_tree: str, in_page: str):
        path = tmp_path / "by hand.pdf"  # pikepdf would write the box into the page
        path.write_text(
            "%PDF-1.7\n1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj\n"
            f"2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1 {in_tree}>> endobj\n"
            f"3 0 obj <</Type /Page /Parent 2 0 R {in_page}>> endobj\ntrailer <</Root 1 0 R>>\n"
        )
        return content(path)[0]

    assert pages("/MediaBox [0 0 9 9]", "") == pages("", "/MediaBox [0 0 9 9]") != pages("/MediaBox [0 0 8 8]", "")


def test_what_saving_sets_is_not_compared(sample, sound, tmp_path):
    with pikepdf.open(sample) as pdf:
        with pdf.open_metadata(set_pikepdf_as_editor=True) as metadata:
            metadata["xmp:MetadataDate"] = "2030-01-01"
        pdf.docinfo.ModDate = "D:20300101"
        pdf.save(tmp_path / "saved.pdf")
    assert content(tmp_path / "saved.pdf") == sound


@pytest.mark.parametrize(
    ("filters", "data"),
    [
        ([], b"text"),
        (["/FlateDecode"], zlib.compress(b"text")),
        (["/ASCIIHexDecode"], b"74 65 78 74>"),
        (["/ASCII85Decode"], b"FCf]=~>"),
        (["/ASCIIHexDecode", "/FlateDecode"], zlib.compress(b"text").hex().encode() + b">"),
    ],
)
def test_a_stream_is_read_through_its_filters(filters, data):
    pdf = pikepdf.new()
    stream = pdf.make_stream(b"")
    stream.write(data, filter=pikepdf.Array([pikepdf.Name(name) for name in filters]))
    assert stream_bytes(stream) == b"text"


def test_a_stream_in_an_unknown_packing_or_without_end_is_refused(monkeypatch):
    pdf = pikepdf.new()
    stream = pdf.make_stream(b"")
    stream.write(b"x", filter=pikepdf.Name.LZWDecode)
    with pytest.raises(ValueError, match="packed with /LZWDecode"):
        stream_bytes(stream)
    monkeypatch.setattr(pdf_content, "LARGEST", 1 << 20)
    stream.write(zlib.compress(bytes(2 << 20)), filter=pikepdf.Name.FlateDecode)
    with pytest.raises(ValueError, match="larger than 1 MB"):
        stream_bytes(stream)


def test_a_page_without_content_is_empty():
    pdf = pikepdf.new()
    pdf.add_blank_page()
    del pdf.pages[0].obj["/Contents"]
    assert page_content(pdf.pages[0]) == b""
