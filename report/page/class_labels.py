"""What the classes are called in the report: a folder's name can be anything, a page has fonts and columns."""

from collections.abc import Sequence

from experiments.bilingual import Bilingual
from experiments.data.class_names import class_name
from experiments.data.dataset import printable
from figures.distinct import cut_middle, distinct
from report.page.fonts import uncovered

LONGEST = 255  # characters: no folder's name is longer


def displayable(name: str) -> str:
    """A name from outside, whole; characters that cannot be shown are spelled out as in Python."""
    for char in uncovered(name):
        name = name.replace(char, char.encode("unicode_escape").decode())
    return printable(name, 10 * LONGEST)  # spelled out, a character takes up to ten


def shown_classes(class_ids: Sequence[str], limit: int = LONGEST) -> list[Bilingual]:
    """Chinese and English name of each class, by label, at most `limit` characters long.

    In neither language are two of them alike: long ones are cut in the middle, and where that or the names themselves
    leave two the same, they carry the number of their class.
    """

    def shorten(name: str) -> str:
        return cut_middle(name, lambda text: len(text) <= limit, "…")

    names = [tuple(map(displayable, class_name(class_id))) for class_id in class_ids]
    zh, en = (distinct(column, shorten) for column in zip(*names, strict=True))
    return list(map(Bilingual, zh, en))
