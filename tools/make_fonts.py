"""Subset the bundled faces: python tools/make_fonts.py SOURCES templates/fonts.

SOURCES is any folder that holds, at any depth, the four files named in FACES and
Unihan_OtherMappings.txt.bz2, for example Debian's packages fonts-noto-cjk, fonts-jetbrains-mono and
unicode-data unpacked with `dpkg -x`. The same sources and fontTools give the same bytes.
"""

import argparse
import bz2
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# Number 2 in Noto's collections is the Simplified Chinese face. Only the body's face is stored as WOFF2: it
# is the largest, and matplotlib, which reads no WOFF2, does not need it.
FACES = {
    "NotoSansCJKsc-Regular.otf": ("NotoSansCJK-Regular.ttc", 2),
    "NotoSansCJKsc-Bold.otf": ("NotoSansCJK-Bold.ttc", 2),
    "NotoSerifCJKsc-Regular.woff2": ("NotoSerifCJK-Regular.ttc", 2),
    "JetBrainsMono-Regular.ttf": ("JetBrainsMono-Regular.ttf", -1),
}
# pwid gives English its narrow quotes and dashes. No calt and no dlig: in code, != must stay two characters.
FEATURES = ["ccmp", "liga", "pwid", "kern"]
MONO_FEATURES = ["ccmp", "mark", "mkmk"]

BLOCKS = [
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x024F),  # Latin-1, Extended A and B: names, Pinyin
    (0x02B0, 0x02FF),  # modifier letters
    (0x0370, 0x03FF),  # Greek
    (0x2010, 0x205E),  # dashes, quotes, ellipsis, daggers
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x20AC, 0x20AC),  # euro
    (0x2100, 0x214F),  # letter-like signs
    (0x2150, 0x218F),  # fractions, Roman numerals
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematical operators
    (0x2300, 0x23FF),  # technical signs
    (0x2460, 0x24FF),  # numbers in circles
    (0x2500, 0x257F),  # boxes, in console output
    (0x2580, 0x25FF),  # blocks, geometric shapes
    (0x2605, 0x2606),  # stars
    (0x2713, 0x2718),  # ticks and crosses
    (0x3000, 0x303F),  # CJK punctuation
    (0xFF00, 0xFFEF),  # full-width forms
]


def characters(unihan: Path) -> set[int]:
    """The blocks above, GB 2312, and China's Table of General Standard Characters (2013), as code points.

    The table's 8105 characters are those that a child registered in China may be named with: 堃, 玥 and 喆
    stand there but not in GB 2312. Unihan marks them with kTGH.
    """
    found = {code for first, last in BLOCKS for code in range(first, last + 1)}
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            found.update(map(ord, bytes([row, cell]).decode("gb2312", errors="ignore")))
    with bz2.open(unihan, "rt", encoding="utf-8") as lines:
        found.update(int(line[2:].split("\t")[0], 16) for line in lines if "\tkTGH\t" in line)
    return found


def write_subset(source: Path, number: int, codes: set[int], features: Iterable[str], target: Path) -> None:
    """Write to `target` the part of face `number` of `source` that shows `codes`."""
    options = subset.Options(
        layout_features=list(features),
        hinting=False,
        desubroutinize=True,  # quicker to subset again for the HTML, 5 % larger here
        flavor="woff2" if target.suffix == ".woff2" else None,
        drop_tables=[*subset.Options().drop_tables, "vhea", "vmtx", "VORG"],  # nothing here is set vertically
        name_IDs=["*"],  # the licence stands in the name table
        notdef_outline=True,
    )
    with TTFont(source, fontNumber=number, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        subset.save_font(font, target, options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path)
    parser.add_argument("target", type=Path)
    args = parser.parse_args()

    def find(name: str) -> Path:
        found = sorted(args.sources.rglob(name))
        if not found:
            parser.error(f"{name} is nowhere under {args.sources}")
        return found[0]

    codes = characters(find("Unihan_OtherMappings.txt.bz2"))
    for name, (source, number) in FACES.items():
        features = FEATURES if "CJK" in name else MONO_FEATURES
        write_subset(find(source), number, codes, features, args.target / name)


if __name__ == "__main__":
    main()
