"""How the hand-in is called and packed: the table [submit] of homework.toml.

[submit]
name = "{number}-{name}-{assignment}"     # the file's name; {number}, {name} and {assignment} are filled in
pattern = '\\d{11}-[^-]+-HW1'              # the course's own regular expression, which the whole name must match
"""

import difflib
import re
import string
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from experiments.catalog import EXPERIMENTS
from experiments.errors import UserError
from report.title_page import KEYS, SUBMIT, TitlePage, read_toml

WEIGHTS = ("none", "all", *(variant for experiment in EXPERIMENTS for variant in experiment.variants))
LAYOUTS = ("zip", "apart")
NAME_FIELDS = ("number", "name", "assignment")
LONGEST = 120  # bytes of a name in UTF-8: it is the folder's name too, and Windows counts both


class SettingsError(UserError):
    """The table [submit] cannot be used; the message names the file, the key, the value and what is allowed."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the course asks of the hand-in. 0 is no limit."""

    name: str = "{number}-{name}-{assignment}"
    assignment: str = ""  # empty: the report's title
    pattern: str = ""
    ascii_names: bool = False
    ascii_name: str = ""  # the author in Latin letters, for ascii_names
    layout: str = "zip"  # "as" in the file; apart: the PDF next to the archive
    top_folder: bool = True
    required: tuple[str, ...] = ("name", "student_number")  # fields of the title page
    max_mb: float = 0.0
    max_pages: int = 0
    max_files: int = 0
    weights: str = "none"
    html: bool = False
    why_these_classes: str = ""  # a sentence for main.ipynb
    allow_unmatched: bool = False  # own sentences that no finding speaks about


# What may stand in the file: a key is the setting's name, but "as" is a word of Python's.
_KEYS = {"as" if field.name == "layout" else field.name: field.name for field in fields(Settings)}
_KINDS: Mapping[str, tuple[type, ...]] = {"float": (int, float), "int": (int,), "bool": (bool,), "str": (str,)}
_ALLOWED: Mapping[str, tuple[str, ...]] = {"layout": LAYOUTS, "weights": WEIGHTS}


def read_settings(path: Path) -> Settings:
    """The table [submit] of a homework.toml; without one, the settings that hold by themselves.

    Raises SettingsError for an unknown key or a value that is not allowed, and TitlePageError if the file is not TOML.
    """
    table = read_toml(path).get(SUBMIT, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: {SUBMIT} must be a table, got {table!r:.60}; write it below a line [{SUBMIT}]")
    values: dict[str, Any] = {}
    for key, value in table.items():
        where = f"{path}: [{SUBMIT}] {key}"
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(_KEYS)}"
            if key in KEYS:
                hint = f"it belongs to the title page: write it above [{SUBMIT}]"
            raise SettingsError(f"{path}: [{SUBMIT}] has an unknown key {key!r:.60}; {hint}")
        name = _KEYS[key]
        values[name] = _required(where, value) if name == "required" else _checked(where, name, value)
    settings = Settings(**values)
    _check_name(path, settings)
    return settings


def _checked(where: str, name: str, value: object) -> object:
    kind = type(getattr(Settings, name)).__name__
    if not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "bool"):
        wanted = {"float": "a number", "int": "a whole number", "bool": "true or false", "str": "text in quotes"}[kind]
        raise SettingsError(f"{where} must be {wanted}, got {value!r:.60}")
    if isinstance(value, int | float) and value < 0:
        raise SettingsError(f"{where} must be at least 0 (no limit), got {value}")
    if (allowed := _ALLOWED.get(name)) and value not in allowed:
        raise SettingsError(f"{where} must be one of {', '.join(allowed)}; got {value!r:.60}")
    return value


def _required(where: str, value: object) -> tuple[str, ...]:
    wrong = [item for item in value if item not in KEYS] if isinstance(value, list) else [value]
    if wrong:
        raise SettingsError(f"{where} must be a list of fields of the title page ({', '.join(KEYS)}), got {wrong[0]!r}")
    return tuple(value)  # type: ignore[arg-type]


def _check_name(path: Path, settings: Settings) -> None:
    where = f"{path}: [{SUBMIT}]"
    try:
        named = [field for _, field, _, _ in string.Formatter().parse(settings.name) if field is not None]
    except ValueError as error:
        raise SettingsError(f"{where} name: {settings.name!r:.80} cannot be filled in ({error})") from None
    for field in named:
        if field not in NAME_FIELDS:
            near = difflib.get_close_matches(field, NAME_FIELDS, n=1)
            hint = f"did you mean {{{near[0]}}}?" if near else f"known are {', '.join(NAME_FIELDS)}"
            raise SettingsError(f"{where} name has an unknown field {{{field}}}; {hint}")
    try:
        re.compile(settings.pattern)
    except re.error as error:
        raise SettingsError(f"{where} pattern: {settings.pattern!r:.80} is no regular expression ({error})") from None


def stem(settings: Settings, title_page: TitlePage, *, anonymous: bool = False) -> str:
    """The name of the hand-in without its suffix; several authors and numbers are joined by "_".

    In ASCII only if the settings say so. Anonymous: the assignment alone.
    """
    assignment = settings.assignment or title_page.title
    if anonymous:
        name = f"{assignment}-anonymous"
    else:
        author = settings.ascii_name if settings.ascii_names and settings.ascii_name else title_page.name
        name = settings.name.format(
            number="_".join(title_page.student_number.split("\n")), name="_".join(author.split("\n")),
            assignment=assignment,
        )  # fmt: skip
    name = unicodedata.normalize("NFC", name)
    return in_ascii(name) if settings.ascii_names else name


def in_ascii(text: str) -> str:
    """Accents dropped, blanks as "_"; what has no Latin base stays, so that name_problems can say it."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return plain.replace(" ", "_")


_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
_FORBIDDEN = set('<>:"/\\|?*')


def windows_fault(name: str) -> str | None:
    """Why Windows cannot have a file or folder of this name; None if it can."""
    if wrong := sorted({char for char in name if char in _FORBIDDEN or ord(char) < 32}):
        return f"has {' '.join(repr(char)[1:-1] for char in wrong)}, which Windows forbids in names"
    if name.endswith((".", " ")) or name != name.strip():
        return "begins or ends with a blank or a full stop, which Windows drops"
    if name.partition(".")[0].rstrip().upper() in _RESERVED:
        return "is a name that Windows keeps for a device"
    return None


def name_problems(settings: Settings, name: str, *, anonymous: bool = False) -> list[str]:
    """Why the hand-in must not be called so; empty if it may."""
    problems = []
    if fault := windows_fault(name):
        problems.append(f"the name {name!r} {fault}; change [submit] name or the title page")
    if len(name.encode()) > LONGEST:
        problems.append(
            f"the name {name[:40]!r}… has {len(name.encode())} bytes; at most {LONGEST} are safe everywhere"
        )
    if settings.ascii_names and not name.isascii():
        left = "".join(dict.fromkeys(char for char in name if not char.isascii()))
        hint = "set ascii_name" if not settings.ascii_name else "set assignment"
        problems.append(f"the name {name!r} is to be ASCII, but has {left}; {hint} in [submit], in Latin letters")
    if settings.pattern and not anonymous and not re.fullmatch(settings.pattern, name):
        problems.append(
            f"the name {name!r} does not match the course's pattern {settings.pattern!r}; change [submit] name"
        )
    return problems
