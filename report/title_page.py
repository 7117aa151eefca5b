"""What stands on the title page, from homework.toml: every character is printed as it was typed, or refused by name."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass, fields
from pathlib import Path

from experiments.errors import UserError


class TitlePageError(UserError):
    """homework.toml cannot be used; the message names the file, the key and what to do."""


CODE_IN_REPORT = "code_in_report"
CODE = ("key", "all")  # the listings that the text speaks of; or all code of the models in an appendix, too


@dataclass(frozen=True, kw_only=True)
class TitlePage:
    """The words of the title page. An empty field becomes a line to fill in; several entries are separated by "\\n"."""

    title: str = "HW1-DL"  # one line: it also stands in running heads and is the file's title
    course: str = ""
    name: str = ""
    student_number: str = ""
    date: str = ""
    code_in_report: str = CODE[0]  # is printed nowhere, but goes where the others go

    @property
    def authors(self) -> tuple[str, ...]:
        return tuple(self.name.split("\n")) if self.name else ()


WITHHELD = "—"  # in place of a number, for peer review
MAX_LENGTH = 200  # characters of an entry: a longer one is a mistake and would not fit the title page
MAX_ENTRIES = 12
KEYS = tuple(field.name for field in fields(TitlePage) if field.name != CODE_IN_REPORT)
SUBMIT = "submit"  # the table with the settings of --submit: report/handin/naming.py
SEEDS = "seeds"  # report/personal_seeds.py
CLUSTER = "cluster"  # the scheduler's commands: experiments/cluster/settings.py
ELSEWHERE = ("required", SEEDS, SUBMIT, CLUSTER)  # keys that others read; required: report/words/places.py


def read_title_page(path: Path, *, required: bool = False) -> TitlePage:
    """The title page in a TOML file; a missing file gives an empty one, unless it is required.

    Raises TitlePageError if the file is not TOML, or has an unknown key, a value that is not a short text or a list of
    them, or a character that cannot be printed.
    """
    values = {}
    for key, value in read_toml(path, required=required).items():
        if key in ELSEWHERE:
            continue
        if key == CODE_IN_REPORT:
            values[key] = _code_in_report(path, value)
            continue
        if key not in KEYS:
            known = ", ".join((*KEYS, CODE_IN_REPORT, *ELSEWHERE))
            raise TitlePageError(f"{path}: unknown field {key!r:.60}; known are {known}")
        entries = _entries(path, key, value)
        if key == "title" and len(entries) > 1:
            raise TitlePageError(f"{path}: title has {len(entries)} lines; write it in one, it also heads every page")
        if entries or key != "title":  # a report without a title would be called ": code analysis"
            values[key] = "\n".join(entries)
    return TitlePage(**values)


def _code_in_report(path: Path, value: object) -> str:
    if value not in CODE:
        raise TitlePageError(f'{path}: {CODE_IN_REPORT} must be "key" or "all", got {value!r:.60}')
    return str(value)


def read_toml(path: Path, *, required: bool = False) -> dict[str, object]:
    """Everything that homework.toml says; a missing file says nothing, unless it is required. Raises TitlePageError."""
    try:
        special = path.exists() and not path.is_file()  # a pipe would be waited for
        data = b"" if special else path.read_bytes()
    except FileNotFoundError:
        if required:
            raise TitlePageError(f"{path}: not there; name the file with the title page's fields") from None
        return {}
    except OSError as error:
        raise TitlePageError(
            f"{path}: cannot be read ({error.strerror}); fix that, or name another with --fields"
        ) from None
    if special:
        raise TitlePageError(f"{path}: cannot be read (not a file); fix that, or name another with --fields")
    return _parsed(path, _decoded(path, data))


def _decoded(path: Path, data: bytes) -> str:
    """The text of the file: UTF-8, or UTF-16 with its mark, both as Windows' Notepad saves them."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise TitlePageError(
            f"{path}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8 "
            "(in Notepad: Save as, Encoding UTF-8)"
        ) from None


_LOOKALIKES = {"“": '"', "”": '"', "„": '"', "＂": '"', "‘": "'", "’": "'", "＇": "'", "＝": "=", "，": ",", "＃": "#"}


def _parsed(path: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: TOMLDecodeError, and a number of 5,000 digits
        match = re.search(r"at line (\d+), column (\d+)", str(error))
        line, column = (int(match[1]), int(match[2])) if match else (0, 0)
        typed = text.replace("\r\n", "\n").split("\n")[line - 1] if line else ""
        char = typed[column - 1 : column]
        if char and unicodedata.category(char) == "Cc":
            raise TitlePageError(
                f"{path}: line {line}, column {column}: {described(char)} cannot stand in TOML; delete it"
            ) from None
        hint = next(
            (f"; line {line} has {c}, TOML wants {plain}" for c, plain in _LOOKALIKES.items() if c in typed), ""
        )
        raise TitlePageError(f'{path}: not valid TOML ({error}{hint}); write lines such as name = "王小明"') from None


def _entries(path: Path, key: str, value: object) -> list[str]:
    """The lines of a text, or of each text in a list, in NFC, without blanks at their ends."""
    several = value if isinstance(value, list) else [value]
    found = []
    for number, item in enumerate(several, start=1):
        where = f"{path}: {key}" + (f", entry {number}" if len(several) > 1 else "")
        # TOML has dates and numbers of its own, and an unquoted 2026-11-23 or 20231234 means the same here.
        text = item.isoformat() if hasattr(item, "isoformat") else item
        text = str(text) if isinstance(text, int) and not isinstance(text, bool) else text
        if not isinstance(text, str):
            raise TitlePageError(f'{where} must be text in quotes, got {item!r:.60}; write {key} = "…"')
        lines = text.split("\n")
        for row, line in enumerate(lines, start=1):
            _check_characters(f"{where}, line {row}" if len(lines) > 1 else where, line)
            if shown := unicodedata.normalize("NFC", line.strip(" \u3000")):
                found.append(shown)
            if len(shown) > MAX_LENGTH:
                raise TitlePageError(f"{where} has {len(shown)} characters; at most {MAX_LENGTH} fit the title page")
    if len(found) > MAX_ENTRIES:
        raise TitlePageError(f"{path}: {key} has {len(found)} entries; at most {MAX_ENTRIES} fit the title page")
    return found


def _check_characters(where: str, line: str) -> None:
    for position, char in enumerate(line, start=1):
        if why := unprintable(char):
            raise TitlePageError(f"{where}, character {position}: {described(char)} {why}")


# Planes 2 and 3 are reserved for ideographs: what a newer Unicode adds there counts, unknown to this Python or not.
_HAN = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FFFD), (0x30000, 0x3FFFD))
# Letters and marks that print nothing, or only choose another form of the character before them.
_INVISIBLE = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10))
) | frozenset(range(0xE0100, 0xE01F0))


def unprintable(char: str) -> str | None:
    """Why a character cannot be printed as it is and what to do; None if it can."""
    code, category = ord(char), unicodedata.category(char)
    if is_han(char):
        plain = unicodedata.normalize("NFC", char)
        return None if plain == char else f"is another code for {plain} (U+{ord(plain):04X}); write that one"
    if char == "\t":
        return 'is not printed; write blanks, or several entries as a list: ["张三", "李四"]'
    if category == "Cc" or category in ("Zl", "Zp"):
        return "is not printed; delete it"
    if category == "Cf" or code in _INVISIBLE:
        return "is invisible; delete it"
    if category == "Co":
        return "is for private use, each font shows something else; write a character of Unicode"
    if category in ("Cs", "Cn"):
        return f"is not a character of Unicode {unicodedata.unidata_version}; delete it"
    if code == 0xFFFD:
        return "stands for a character that was lost; write that one again"
    return None


def is_han(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in _HAN)


def own_style(line: str) -> str:
    """Class names for a line of the author's own words: latin without East Asian ones, marked with combining marks."""
    latin = not any(unicodedata.east_asian_width(char) in "WF" or is_han(char) for char in line)
    marked = any(unicodedata.category(char) == "Mn" for char in line)
    return " ".join(name for name, holds in (("latin", latin), ("marked", marked)) if holds)


def described(char: str) -> str:
    """U+200B (ZERO WIDTH SPACE); a character that can be seen stands before its code."""
    known = "Chinese character" if is_han(char) else ""
    name = unicodedata.name(char, known or _CONTROLS.get(char, "control character" if char < "\xa0" else ""))
    code = f"U+{ord(char):04X}" + (f" ({name})" if name else "")
    return f"{char} {code}" if char.isprintable() or is_han(char) else code


_CONTROLS = {"\0": "NULL", "\t": "TAB", "\r": "CARRIAGE RETURN", "\x1b": "ESCAPE", "\x7f": "DELETE", "\x07": "BELL"}
