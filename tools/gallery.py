"""Put pages of a finished report side by side: .venv/bin/python tools/gallery.py out/HW1-DL.pdf docs/pages.png

Needs pdftoppm (poppler-utils). Without --pages, four pages are taken evenly from the whole report.
"""

import argparse
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pikepdf
from PIL import Image

GAP = 16  # px
AROUND = "#c9d1d6"  # shows where a page ends, in a light and in a dark README


def gallery(pdf: Path, pages: Sequence[int], width: int, columns: int) -> Image.Image:
    """The pages (counted from 1), each `width` px wide, row by row."""
    images = [_page(pdf, number, width) for number in pages]
    height = max(image.height for image in images)
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * (width + GAP) + GAP, rows * (height + GAP) + GAP), AROUND)
    for place, image in enumerate(images):
        row, column = divmod(place, columns)
        sheet.paste(image, (GAP + column * (width + GAP), GAP + row * (height + GAP)))
    return sheet


def _page(pdf: Path, number: int, width: int) -> Image.Image:
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder) / "page"
        command = ["pdftoppm", "-png", "-singlefile", "-f", str(number), "-l", str(number)]
        subprocess.run([*command, "-scale-to-x", str(width), "-scale-to-y", "-1", pdf, name], check=True)
        with Image.open(name.with_suffix(".png")) as image:
            return image.convert("RGB")


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pdf", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--pages", type=int, nargs="+", help="counted from 1")
    parser.add_argument("--width", type=int, default=480, help="of one page, px (default: 480)")
    parser.add_argument("--columns", type=int, default=4, help="pages side by side (default: 4)")
    args = parser.parse_args()
    with pikepdf.open(args.pdf) as document:
        count = len(document.pages)
    pages = args.pages or sorted({1 + i * (count - 1) // 3 for i in range(4)})
    if wrong := [number for number in pages if not 1 <= number <= count]:
        parser.error(f"{args.pdf} has {count} pages, no page {wrong[0]}")
    gallery(args.pdf, pages, args.width, args.columns).quantize(128).save(args.picture, optimize=True)


if __name__ == "__main__":
    main()
