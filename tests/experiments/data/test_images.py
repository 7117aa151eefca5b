import io
import zlib

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from experiments.data import images as module
from experiments.data.class_folders import list_images
from experiments.data.images import BadImageError, decode_image, decode_images


@pytest.fixture
def console():
    return Console(file=io.StringIO(), width=200)


def saved(path, image, **options):
    image.save(path, **options)
    return str(path)


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def png_claiming(width, height):
    """A PNG file of a few bytes that claims a size and holds no pixels."""

    def chunk(kind, data=b""):
        crc = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + crc

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x02\0\0\0") + chunk(b"IDAT") + chunk(b"IEND")


# Decoding


def test_an_image_becomes_a_square_of_rgb_bytes(tmp_path):
    image = decode_image(saved(tmp_path / "a.png", Image.fromarray(noise(20, 30))), px=16)
    assert image.shape == (16, 16, 3)
    assert image.dtype == np.uint8


def test_the_central_square_is_taken(tmp_path):
    pixels = np.zeros((4, 8, 3), np.uint8)
    pixels[:, :2], pixels[:, 2:6], pixels[:, 6:] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    image = decode_image(saved(tmp_path / "a.png", Image.fromarray(pixels)), px=4)
    assert (image == (0, 255, 0)).all()  # columns 2 to 5 of 8


def test_shrinking_is_antialiased(tmp_path):
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255
    image = decode_image(saved(tmp_path / "a.png", Image.fromarray(stripes)), px=8)
    assert np.abs(image[:, 2:-2].astype(int) - 128).max() <= 2  # the mean of 0 and 255, not one of them


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "YCbCr"])
def test_every_colour_mode_becomes_the_same_grey(tmp_path, mode):
    grey = Image.new("RGB", (8, 8), (255, 255, 255)).convert(mode)
    path = saved(tmp_path / "a", grey, format="TIFF" if mode in ("CMYK", "YCbCr") else "PNG")
    assert (decode_image(path, px=4) == 255).all()


def test_16_bit_grey_is_scaled_and_not_clipped(tmp_path):
    grey = Image.fromarray(np.full((8, 8), 0x8000, np.uint16))
    assert (decode_image(saved(tmp_path / "a.png", grey), px=4) == 0x80).all()


def test_cmyk_ink_darkens(tmp_path):
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    red, green, blue = decode_image(saved(tmp_path / "a.jpg", cyan, quality=95), px=4)[0, 0].astype(int)
    assert red < 30
    assert green > 200
    assert blue > 200


def test_transparent_parts_become_white(tmp_path):
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    assert (decode_image(saved(tmp_path / "a.png", palette, transparency=0), px=4) == 255).all()
    half = Image.new("RGBA", (8, 8), (0, 0, 0, 128))
    assert (decode_image(saved(tmp_path / "b.png", half), px=4) == 127).all()  # 255 · (1 − 128/255)


def test_of_an_animation_the_first_frame_counts(tmp_path):
    red, blue = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    path = saved(tmp_path / "a.gif", red, save_all=True, append_images=[blue])
    assert (decode_image(path, px=4) == (255, 0, 0)).all()


def test_exif_orientation_is_left_alone(tmp_path):
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4] = 255
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    image = decode_image(saved(tmp_path / "a.png", Image.fromarray(pixels), exif=exif), px=8)
    assert (image == pixels).all()


def test_a_file_is_read_by_its_content_not_its_name(tmp_path):
    path = saved(tmp_path / "png.JPEG", Image.new("RGB", (8, 8), "red"), format="PNG")
    assert (decode_image(path, px=4) == (255, 0, 0)).all()


def test_a_large_photo_decodes_to_nearly_the_same_as_its_full_size_would(tmp_path):
    ramp = np.repeat(np.linspace(0, 255, 1024).astype(np.uint8)[:, None], 1024, axis=1)
    path = saved(tmp_path / "a.jpg", Image.fromarray(ramp), quality=95)
    expected = np.asarray(Image.fromarray(ramp).resize((16, 16), Image.Resampling.BICUBIC), int)
    assert np.abs(decode_image(path, px=16)[..., 0] - expected).max() <= 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"this is a text file\n" * 20, "not an image in a known format"),
        (b"\xff\xd8\xff\xe0 no more than the start", "not an image|damaged image"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", "not an image in a known format"),
        (png_claiming(8_001, 8_000), "8001 × 8000 pixels, at most 64 million"),  # Pillow itself says nothing
        (png_claiming(10_000, 10_000), "pixels, at most 64 million"),  # Pillow warns
        (png_claiming(100_000, 100_000), "pixels, at most 64 million"),  # Pillow refuses
        (png_claiming(8, 8), "damaged image"),
    ],
)
def test_what_is_no_image_is_refused_with_a_reason(tmp_path, content, reason):
    (tmp_path / "a.JPEG").write_bytes(content)
    with pytest.raises(BadImageError, match=reason):
        decode_image(str(tmp_path / "a.JPEG"))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "BMP", "WEBP"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.95])
def test_a_truncated_image_is_refused(tmp_path, format, part):
    buffer = io.BytesIO()
    Image.fromarray(noise(40, 40)).save(buffer, format)
    content = buffer.getvalue()
    (tmp_path / "a").write_bytes(content[: int(len(content) * part)])
    with pytest.raises(BadImageError):
        decode_image(str(tmp_path / "a"))


def test_pixels_of_unknown_white_are_refused(tmp_path):
    for name, pixels in (
        ("float", np.ones((4, 4), np.float32)),
        ("deep", np.full((4, 4), 10**6, np.int32)),
    ):
        with pytest.raises(BadImageError, match="whose white is unknown"):
            decode_image(saved(tmp_path / f"{name}.tiff", Image.fromarray(pixels)))


def test_a_file_too_large_to_be_an_image_is_refused_without_reading_it_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 2**20)
    (tmp_path / "a.png").write_bytes(bytes(2**20 + 1))
    with pytest.raises(BadImageError, match="larger than 1 MB"):
        decode_image(str(tmp_path / "a.png"))


def test_an_unreadable_file_is_refused_with_the_systems_reason(tmp_path):
    with pytest.raises(BadImageError, match="is a directory"):
        decode_image(str(tmp_path))


def test_many_are_decoded_in_their_order_and_the_bad_ones_named(tmp_path, console):
    folder = tmp_path / "a"
    folder.mkdir()
    for i in range(5):
        saved(folder / f"{i}.png", Image.new("RGB", (8, 8), (i, i, i)))
    (folder / "2.png").write_bytes(b"")
    candidates, _ = list_images({"a": folder})
    images, digests, bad = decode_images(candidates, console, px=4)
    assert [int(image[0, 0, 0]) for image in images[[0, 1, 3, 4]]] == [0, 1, 3, 4]
    assert [digest is None for digest in digests] == [False, False, True, False, False]
    assert {file: str(error) for file, error in bad.items()} == {"a/2.png": "empty file"}
    assert "decoded 4 images" in console.file.getvalue()
