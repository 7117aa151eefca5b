"""How the classes are called in the report: a folder's name can be anything, the faces cover what they cover."""

from experiments.class_names import class_name
from experiments.dataset import printable
from report.fonts import uncovered


def shown(name: str, limit: int = 80) -> str:
    """A name from outside, characters that cannot be shown spelt out as in Python, cut to `limit` characters."""
    for char in uncovered(name):
        name = name.replace(char, char.encode("unicode_escape").decode())
    return printable(name, limit)


def shown_class(class_id: str, limit: int = 80) -> tuple[str, str]:
    """Chinese and English name of a class, as `class_name` has them, fit to be shown."""
    zh, en = class_name(class_id)
    return shown(zh, limit), shown(en, limit)
