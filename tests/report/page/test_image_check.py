import base64
import os

import pytest

from report.errors import RenderError
from report.page.image_check import check_image, read_figure
from tests.sample_report import write_figures


@pytest.fixture
def figures(tmp_path):
    return write_figures(tmp_path / "figures")


def test_a_whole_picture_is_returned_with_its_path(figures):
    path, data = read_figure(figures, "mosaic.png")
    assert path.name == "mosaic.png"
    assert data.startswith(b"\x89PNG")


def test_a_missing_picture_is_named(figures):
    with pytest.raises(RenderError, match=r"gone\.svg is missing"):
        read_figure(figures, "gone.svg")


@pytest.mark.parametrize("src", ["../secret.png", "/etc/passwd", "link.png"])
def test_a_picture_outside_the_folder_is_refused(figures, src):
    (figures.parent / "secret.png").write_bytes((figures / "mosaic.png").read_bytes())
    os.symlink(figures.parent / "secret.png", figures / "link.png")
    with pytest.raises(RenderError, match="is outside"):
        read_figure(figures, src)


def test_a_truncated_png_is_refused(figures):
    data = (figures / "mosaic.png").read_bytes()
    with pytest.raises(RenderError, match=r"mosaic\.png is damaged"):
        check_image("mosaic.png", data[: len(data) // 2])


def test_a_flipped_bit_in_a_png_is_refused(figures):
    data = bytearray((figures / "mosaic.png").read_bytes())
    data[len(data) // 2] ^= 1  # in the compressed pixels, which a checksum guards
    with pytest.raises(RenderError, match="is damaged"):
        check_image("mosaic.png", bytes(data))


def test_a_damaged_picture_inside_an_svg_is_found(figures):
    png = base64.b64encode((figures / "mosaic.png").read_bytes()[:90]).decode()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><image href="data:image/png;base64,{png}"/></svg>'
    with pytest.raises(RenderError, match=r"a\.svg is damaged"):
        check_image("a.svg", svg.encode())


def test_an_svg_may_not_load_anything():
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    with pytest.raises(RenderError, match="must be embedded"):
        check_image("a.svg", svg)


@pytest.mark.parametrize("data", [b"", b"<svg", b"<html/>", b"not xml"])
def test_what_is_no_svg_is_refused(data):
    with pytest.raises(RenderError, match=r"figure a\.svg is"):
        check_image("a.svg", data)
