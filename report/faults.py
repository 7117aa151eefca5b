"""A fault in words that lead to what was altered: the bookmark, the finding behind a number."""

import html as markup
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

from report.page.numbers import loss, percent, percent_number, signed_points
from report.pdf.passages import shortened

_GIVEN = re.compile(r"the data give ([−\d.]+%?) \(in: ")


def with_finding(message: str, findings: Mapping[str, Any]) -> str:
    """A fault about a number, with the finding that is printed so, or the likeliest where several are."""
    match = _GIVEN.search(message)
    if not match or len(match[1].strip("−%")) < 4:  # many findings have so short a number
        return message
    names = [name for name, value in leaves(findings) if match[1] in _printed(value)]
    if not names:
        return message
    names.sort(key=lambda name: (".test_" not in name, re.search(r"\.\d", name) is not None))  # the likelier first
    more = f" and {len(names) - 1} more of that value" if len(names) > 1 else ""
    return f"{message} [finding: {names[0]}{more}]"


def _printed(value: Any) -> tuple[str, ...]:
    if not isinstance(value, float):
        return ()
    return percent(value), percent_number(value), signed_points(value), loss(value)


def leaves(content: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of the findings, by the way to it: images.models.cnn.test_acc."""
    if isinstance(content, Mapping | list | tuple):
        for key, value in content.items() if isinstance(content, Mapping) else enumerate(content):
            yield from leaves(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, content


_BOOKMARK = re.compile(r'data-bookmark="([^"]*)"')


def bookmark_faults(page: str, found: Sequence[str]) -> list[str]:
    """The bookmarks that are not those of the report. page: its HTML; found: what stands in the PDF, in order."""
    wanted = [" ".join(markup.unescape(text).split()) for text in _BOOKMARK.findall(page)]
    shown = [" ".join(text.split()) for text in found]
    faults = []
    for kind, first, end, now, now_end in SequenceMatcher(None, wanted, shown, autojunk=False).get_opcodes():
        if kind != "equal":
            pairs = zip_longest(shown[now:now_end], wanted[first:end])
            faults += [f"bookmark {_quoted(was)}, the data give {_quoted(should)}" for was, should in pairs]
    return faults


def _quoted(text: str | None) -> str:
    return "nothing" if text is None else f"'{shortened(text, 60)}'"
