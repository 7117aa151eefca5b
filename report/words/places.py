"""The author's own words as files: which places there are, and how their files are read, whatever is in them."""

import stat
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.disk.files import sha256
from experiments.disk.reading import read_bytes
from experiments.errors import UserError
from report.title_page import described, read_toml, unprintable

if TYPE_CHECKING:  # a wrong option is refused before a library is loaded
    from report.words.values import Lang

SECTIONS = ("reflection", "contributions", "ai-use")  # each a section of its own, in this order
REMARKS = ("after-1-1", "after-1-2", "after-1-3", "after-2-1", "after-2-2", "after-2-3")  # after a section of the task
PLACES = SECTIONS + REMARKS
LANGS: tuple["Lang", ...] = ("zh", "en")
FILES = tuple(f"{place}.{lang}.md" for place in PLACES for lang in LANGS)

MAX_TEXT = 100_000  # bytes of a file: some forty pages
MAX_FILES = 500  # entries of the folder
PICTURES = (".png", ".jpg", ".jpeg")


class WordsError(UserError):
    """The author's words cannot be used; the message names the file, the line where there is one, and what to do."""


@dataclass(frozen=True)
class WordFile:
    """The words of one place in one language. shown: how messages name the file."""

    place: str
    lang: "Lang"
    text: str
    shown: str

    @property
    def name(self) -> str:
        return f"{self.place}.{self.lang}.md"


@dataclass(frozen=True)
class Words:
    """All words of the author, in the order of the report. folder: where pictures are; None in a finished report."""

    files: tuple[WordFile, ...] = ()
    folder: Path | None = None
    required: tuple[str, ...] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)  # src → SHA-256, as attached

    def of(self, place: str) -> Mapping["Lang", WordFile]:
        return {file.lang: file for file in self.files if file.place == place}

    def place_of(self, char: str) -> str | None:
        """File, line and column at which a character stands first; None if it does not."""
        for file in self.files:
            for number, line in enumerate(file.text.split("\n"), start=1):
                if char in line:
                    return f"{file.shown}:{number}:{line.index(char) + 1}"
        return None

    def picture(self, src: str) -> bytes | None:
        """A picture of the folder, whole; None in a finished report, which keeps no more than its digest.

        Raises WordsError, without the file and the line that show it.
        """
        if self.folder is None:
            if src not in self.pictures:
                raise WordsError(f"picture {src!r:.80} is not among those of the report")
            return None
        if ":" in src or Path(src).suffix.lower() not in PICTURES:
            raise WordsError(f"picture {src!r:.80}: only PNG and JPEG files in {self.folder} are shown; put it there")
        from report.page.image_check import MAX_BYTES, check_image  # noqa: PLC0415  late: loads Pillow

        data = _read(_inside(self.folder, src), str(self.folder / src), MAX_BYTES)
        check_image(src, data)
        return data

    def digest_of(self, src: str) -> str:
        """The SHA-256 of a picture, by which it is filed."""
        data = self.picture(src)
        return self.pictures[src] if data is None else sha256(data)


NO_WORDS = Words()


def read_words(folder: Path, fields: Path, *, named: bool = False) -> Words:
    """The words in a folder; without the folder there are none, unless it was named on the command line.

    fields: homework.toml, which may require places. Raises WordsError for a file that no place has, or that is not a
    text of a sensible size.
    """
    required = read_required(fields)
    if not folder.is_dir():
        if named or folder.exists() or folder.is_symlink():
            raise WordsError(f"--words {folder}: not a folder; name the one with your words, or write one with --init")
        return Words(required=required)
    folder = _shown(folder)
    names = _names(folder)
    for name in names:
        _check_name(folder, name)
    files = [_word_file(folder, name) for name in FILES if name in names]
    return Words(tuple(file for file in files if file.text.strip()), folder, required)


def _shown(folder: Path) -> Path:
    """The folder as messages name it: from where one is, if it is below."""
    try:
        return folder.absolute().relative_to(Path.cwd())
    except ValueError:
        return folder


def read_required(fields: Path) -> tuple[str, ...]:
    """The places that homework.toml requires: required = ["reflection", "ai-use"]."""
    value = read_toml(fields).get("required", [])
    if not isinstance(value, list) or not all(isinstance(place, str) for place in value):
        raise WordsError(f'{fields}: required must be a list of places; write required = ["reflection", "ai-use"]')
    for place in value:
        if place not in PLACES:
            raise WordsError(f"{fields}: required: no place is called {place!r:.60}{_nearest(place, PLACES)}")
    return tuple(dict.fromkeys(value))


def check_required(words: Words, written: Iterable[str], folder: Path, fields: Path) -> None:
    """Raise WordsError if a required place is not among those at which something is written."""
    for place in words.required:
        if place not in written:
            raise WordsError(
                f"{fields} requires {place}, but nothing is written there; write {folder / place}.zh.md, .en.md or "
                "both (--init writes examples)"
            )


def _names(folder: Path) -> list[str]:
    try:
        names = sorted(path.name for path in folder.iterdir())
    except OSError as error:
        raise WordsError(f"--words {folder}: cannot be read ({error.strerror}); fix that, or name another") from None
    if len(names) > MAX_FILES:
        raise WordsError(f"--words {folder}: holds {len(names)} files; a folder of words has at most {MAX_FILES}")
    return [name for name in names if not name.startswith((".", "~$")) and not name.endswith(("~", ".bak", ".swp"))]


def _check_name(folder: Path, name: str) -> None:
    """Refuse what looks like words and would be overlooked: another ending, a place or a language that is not there."""
    lower = name.lower()
    looks = lower.endswith((".md", ".markdown", ".mdown")) or (
        lower.endswith(".txt") and lower.partition(".")[0] in PLACES
    )
    if not looks or name in FILES:
        return
    place = lower.partition(".")[0]
    if place in PLACES:
        hint = f"; write {place}.zh.md or {place}.en.md"
    else:
        hint = _nearest(name, FILES)
    raise WordsError(f"{folder / name:}: no place has words of this name{hint}")


def _nearest(name: str, names: Iterable[str]) -> str:
    names = list(names)
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(PLACES)}"


def _word_file(folder: Path, name: str) -> WordFile:
    path = _inside(folder, name)
    shown = str(folder / name)
    return word_file(name, decoded(_read(path, shown, MAX_TEXT), shown), shown)


def word_file(name: str, text: str, shown: str) -> WordFile:
    """A text as the file of a place, its characters looked at, in NFC. Raises WordsError."""
    if name not in FILES:
        raise WordsError(f"{shown}: no place has words of this name{_nearest(name, FILES)}")
    if len(text.encode(errors="replace")) > MAX_TEXT:
        raise WordsError(f"{shown}: has more than {MAX_TEXT:,} bytes; write less")
    place, lang, _ = name.split(".")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line in enumerate(text.split("\n"), start=1):
        for column, char in enumerate(line, start=1):
            if char != "\t" and (why := unprintable(char)):
                raise WordsError(f"{shown}:{number}:{column}: {described(char)} {why}")
    return WordFile(place, "zh" if lang == "zh" else "en", unicodedata.normalize("NFC", text), shown)


def decoded(data: bytes, shown: str) -> str:
    """The text of a file: UTF-8, or UTF-16 with its mark, both as Windows' Notepad saves them."""
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    if b"\0" in data and not utf16:
        raise WordsError(f"{shown}: not text (a zero byte at {data.index(0)}); write Markdown, saved as UTF-8")
    try:
        return data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise WordsError(
            f"{shown}:{line}: not UTF-8 ({error.reason} at byte {error.start}); save it as UTF-8 "
            "(in Notepad: Save as, Encoding UTF-8)"
        ) from None


def _inside(folder: Path, name: str) -> Path:
    """A file of the folder, not led out of it by .. or by a link."""
    root = folder.resolve()
    try:
        path = (root / name).resolve()
    except (OSError, ValueError, RuntimeError):  # too long, not a name at all, a loop of links
        raise WordsError(f"{folder / name!s:.200}: cannot be read; name a file of {folder}") from None
    if not path.is_relative_to(root):
        raise WordsError(f"{folder / name!s:.200}: leads out of {folder}; put the file itself there")
    return path


def _read(path: Path, shown: str, most: int) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for
            raise WordsError(f"{shown}: not a file; put a file there, or take it away")
        if found.st_size > most:
            raise WordsError(f"{shown}: has {found.st_size:,} bytes, more than {most:,}; make it smaller")
        return read_bytes(path)
    except FileNotFoundError:
        raise WordsError(f"{shown}: not there") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise WordsError(f"{shown:.200}: cannot be read ({reason}); fix that, or take it away") from None
