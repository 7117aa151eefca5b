"""The title page's fields, from homework.toml."""

import tomllib
import unicodedata
from dataclasses import dataclass, fields
from pathlib import Path

from experiments.errors import UserError


class FieldsError(UserError):
    """homework.toml cannot be used; the message names the file, the field and the cure."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """What stands on the title page; an empty field becomes a line to fill in."""

    title: str = "HW1-DL"
    course: str = ""
    name: str = ""
    student_number: str = ""
    date: str = ""


MAX_LENGTH = 200  # a longer value is a mistake and would not fit the title page


def read_fields(path: Path, *, required: bool = False) -> Fields:
    """The fields in a TOML file; a missing file gives empty fields, unless it is required.

    Raises FieldsError if it is not valid TOML, has an unknown field, or a value that is no short text.
    """
    try:
        odd = path.exists() and not path.is_file()  # a pipe would be waited for
        content = {} if odd else tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        if required:
            raise FieldsError(f"{path}: not there; name the file with the title page's fields") from None
        return Fields()
    except OSError as error:
        raise FieldsError(
            f"{path}: cannot be read ({error.strerror}); mend that, or name another with --fields"
        ) from None
    except UnicodeDecodeError as error:
        raise FieldsError(f"{path}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8") from None
    except (ValueError, RecursionError) as error:  # ValueError: TOMLDecodeError, and a number of 5,000 digits
        raise FieldsError(f'{path}: not valid TOML ({error}); write lines such as name = "王小明"') from None
    if odd:
        raise FieldsError(f"{path}: cannot be read (not a file); mend that, or name another with --fields")
    known = [field.name for field in fields(Fields)]
    values = {}
    for name, value in content.items():
        if name not in known:
            raise FieldsError(f"{path}: unknown field {name!r:.60}; known are {', '.join(known)}")
        # TOML has dates and numbers of its own, and an unquoted 2026-11-23 or 20231234 means the same here.
        text = value.isoformat() if hasattr(value, "isoformat") else value
        text = str(text) if isinstance(text, int) and not isinstance(text, bool) else text
        if not isinstance(text, str):
            raise FieldsError(f'{path}: {name} must be text in quotes, got {value!r:.60}; write {name} = "…"')
        if len(text) > MAX_LENGTH:
            raise FieldsError(f"{path}: {name} has {len(text)} characters; at most {MAX_LENGTH} fit the title page")
        shown = "".join(c for c in text if not unicodedata.category(c).startswith("C")).strip()
        if shown or name != "title":  # a report without a title would be called ": code analysis"
            values[name] = shown
    return Fields(**values)
