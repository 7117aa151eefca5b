"""Subset the bundled fonts: python tools/make_fonts.py SOURCES templates/fonts.

SOURCES is any folder that holds, at any depth, the files named in FONTS and Unihan_OtherMappings.txt.bz2, for
example Debian's packages fonts-noto-cjk, fonts-noto-core, fonts-jetbrains-mono and unicode-data unpacked with
`dpkg -x`. The same sources and fontTools give the same bytes.
"""

import argparse
import bz2
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

# Number 2 in Noto's collections is the Simplified Chinese font. WOFF2 is smaller, but Matplotlib cannot read it: the
# figures are set in Sans Regular and Names, and in a small Sans Bold for the letters of their panels.
# Names is a family of its own: where a family's bold font lacks a character that its regular one has, WeasyPrint draws
# another one.
FONTS = {
    "NotoSansCJKsc-Regular.otf": ("NotoSansCJK-Regular.ttc", 2),
    "NotoSansCJKsc-Names.otf": ("NotoSansCJK-Regular.ttc", 2),
    "NotoSansCJKsc-Bold.otf": ("NotoSansCJK-Bold.ttc", 2),
    "NotoSansCJKsc-Bold.woff2": ("NotoSansCJK-Bold.ttc", 2),
    "NotoSerifCJKsc-Regular.woff2": ("NotoSerifCJK-Regular.ttc", 2),
    "NotoSans-Regular.ttf": ("NotoSans-Regular.ttf", -1),
    "JetBrainsMono-Regular.ttf": ("JetBrainsMono-Regular.ttf", -1),
}
# pwid gives English its narrow quotes and dashes. No calt and no dlig: in code, != must stay two characters.
FEATURES = ["ccmp", "liga", "pwid", "kern"]
LATIN_FEATURES = ["ccmp", "locl", "mark", "mkmk", "kern", "liga"]
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

# What names need beyond that: kana, Bopomofo, Vietnamese.
NAME_BLOCKS = [(0x0300, 0x036F), (0x1E00, 0x1EFF), (0x3040, 0x312F), (0x31A0, 0x31FF)]
# The letters that the Chinese fonts lack: Latin of every language, phonetic and Cyrillic letters, combining marks.
LATIN_BLOCKS = [
    (0x0020, 0x007E),
    (0x00A0, 0x052F),
    (0x1AB0, 0x1AFF),
    (0x1D00, 0x1FFF),
    (0x2010, 0x205E),
    (0x20A0, 0x20BF),
    (0x25CC, 0x25CC),  # the dotted circle that carries a mark without a letter
    (0x2C60, 0x2C7F),
    (0xA720, 0xA7FF),
]


def body_characters(unihan: Path) -> set[int]:
    """BLOCKS, GB 2312, and China's Table of General Standard Characters (2013), as code points.

    The table's 8105 characters are those that a child registered in China may be named with: 堃, 玥 and 喆
    stand there but not in GB 2312. Unihan marks them with kTGH.
    """
    found = _expanded(BLOCKS) | _encoded("gb2312", range(0xA1, 0xF8))
    with bz2.open(unihan, "rt", encoding="utf-8") as lines:
        found.update(int(line[2:].split("\t")[0], 16) for line in lines if "\tkTGH\t" in line)
    return found


def name_characters() -> set[int]:
    """Characters common in names outside mainland China, as code points.

    Big5 level 1 (5401), JIS X 0208 level 1 (2965), the syllables of KS X 1001 (2350), and NAME_BLOCKS.
    """
    big5 = _encoded("big5", range(0xA4, 0xC7), [*range(0x40, 0x7F), *range(0xA1, 0xFF)])
    japanese = _encoded("euc_jp", range(0xB0, 0xD0))
    korean = _encoded("euc_kr", range(0xB0, 0xC9))
    return {code for code in big5 if code >= 0x4E00} | japanese | korean | _expanded(NAME_BLOCKS)


def _expanded(blocks: Iterable[tuple[int, int]]) -> set[int]:
    return {code for first, last in blocks for code in range(first, last + 1)}


def _encoded(codec: str, rows: Iterable[int], cells: Iterable[int] = range(0xA1, 0xFF)) -> set[int]:
    pairs = (bytes([row, cell]) for row in rows for cell in cells)
    return {ord(char) for pair in pairs for char in pair.decode(codec, errors="ignore")}


def write_subset(source: Path, number: int, codes: set[int], features: Iterable[str], target: Path) -> None:
    """Write to `target` the part of font `number` of `source` that shows `codes`."""
    options = subset.Options(
        layout_features=list(features),
        hinting=False,
        desubroutinize=True,  # 5 % larger here
        flavor="woff2" if target.suffix == ".woff2" else None,
        drop_tables=[*subset.Options().drop_tables, "vhea", "vmtx", "VORG"],  # nothing here is set vertically
        name_IDs=["*"],  # the licence stands in the name table
        notdef_outline=True,
    )
    with TTFont(source, fontNumber=number, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        if target.stem.endswith("Names"):
            for record in font["name"].names:
                if record.nameID in (1, 4, 16):
                    record.string = f"{record.toUnicode()} Names"
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

    body = body_characters(find("Unihan_OtherMappings.txt.bz2"))
    content = {
        "NotoSansCJKsc-Regular.otf": (body, FEATURES),
        "NotoSansCJKsc-Names.otf": (name_characters() - body, FEATURES),
        "NotoSansCJKsc-Bold.otf": (set(range(0x20, 0x7F)), FEATURES),
        "NotoSansCJKsc-Bold.woff2": (body, FEATURES),
        "NotoSerifCJKsc-Regular.woff2": (body, FEATURES),
        "NotoSans-Regular.ttf": (_expanded(LATIN_BLOCKS), LATIN_FEATURES),
        "JetBrainsMono-Regular.ttf": (body, MONO_FEATURES),
    }
    for name, (source, number) in FONTS.items():
        write_subset(find(source), number, *content[name], args.target / name)


if __name__ == "__main__":
    main()
