"""A finished report as HTML: what is read from it, and how its text is held to the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from pathlib import Path
from typing import Any

from report.faults import with_finding
from report.judged import Verdicts, VerifyError
from report.page.render import policy
from report.pdf.passages import difference, shortened
from report.pdf.text import squeezed
from report.screen.carried import without_data
from report.screen.parts import parts, without_parts
from report.screen.reading import Piece, Reading

_MOST = 20_000  # pieces that are compared: a report has 3,000
_LAYOUT = "text and layout"


@dataclass(frozen=True)
class OpenedPage:
    """What is read from an HTML edition before anything is judged."""

    files: dict[str, bytes]
    page: str  # without them


def open_page(path: Path, data: bytes) -> OpenedPage:
    """Raises VerifyError, one line, whatever the data are. path: the file that they come from."""
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")  # as git and mail may have made them
    except UnicodeDecodeError as error:
        raise VerifyError(f"{path}: not UTF-8 ({error.reason} at byte {error.start}); it was damaged") from None
    page, files = without_data(text)
    return OpenedPage(files, page)


def check_page(opened: OpenedPage, manifest: dict[str, Any], html: str, same_version: bool, verdicts: Verdicts) -> None:
    """Text, attributes, pictures and fonts. html: the screen edition that the data give, without pictures."""
    found, wanted = Reading(without_parts(opened.page)), Reading(without_parts(html))
    faults = [
        *_faults(found.texts, wanted.texts),
        *_faults(found.values, wanted.values),
        *(f"an element <{tag}> that no report has" for tag in found.tags - wanted.tags),
    ]
    verdicts.check(policy(opened.page) in opened.page, "the policy: allows more than a report's page needs")
    now, then = parts(opened.page), manifest["parts"]
    explained = same_version and bool(faults)
    for name in sorted(now.keys() | then.keys()):
        change = "added" if name not in then else "removed" if name not in now else "altered"
        message = f"{name}: {change}"
        if name == _LAYOUT:
            message = "" if explained else f"{name}: altered; a browser may have saved it anew: verify the file itself"
        verdicts.check(now.get(name) == then.get(name), message)
    verdicts.claims += max(0, len(wanted.texts) + len(wanted.values) - len(faults))
    for fault in faults:
        verdicts.check(False, with_finding(fault, verdicts.facts))
        verdicts.rewritten += 1


def _faults(found: Sequence[Piece], wanted: Sequence[Piece]) -> list[str]:
    """What is said otherwise than the data give it, in the order of the report."""
    start = 0
    while start < min(len(found), len(wanted)) and _same(found[start], wanted[start]):
        start += 1
    end = 0
    while end < min(len(found), len(wanted)) - start and _same(found[-1 - end], wanted[-1 - end]):
        end += 1
    shown, given = found[start : len(found) - end], wanted[start : len(wanted) - end]
    if len(shown) == len(given):
        return [_fault(a, b) for a, b in zip(shown, given, strict=True) if not _same(a, b)]
    if max(len(shown), len(given)) > _MOST:
        return [f"{len(found)} pieces of text and labels, the data give {len(wanted)}"]
    then, now = ([(piece.kind, piece.text) for piece in pieces] for pieces in (given, shown))
    faults = []
    for change, a, a_end, b, b_end in SequenceMatcher(None, then, now, autojunk=False).get_opcodes():
        if change != "equal":
            faults += [_fault(*pair) for pair in zip_longest(shown[b:b_end], given[a:a_end])]
    return faults


def _same(a: Piece, b: Piece) -> bool:
    return (a.kind, a.text) == (b.kind, b.text)


def _fault(found: Piece | None, wanted: Piece | None) -> str:
    if wanted is None:
        assert found is not None
        return f"{found.place}: the data do not give the {found.kind} {shortened(found.text)}"
    if found is None:
        return f"{wanted.place}: the {wanted.kind} is missing that the data give: {shortened(wanted.text)}"
    if wanted.kind == found.kind == "text" and squeezed(found.text) != squeezed(wanted.text):
        return f"{wanted.place}: {difference(wanted.text, found.text)}"
    kind = "" if wanted.kind == "text" else f"{wanted.kind}: "
    return f"{wanted.place}, {kind}'{shortened(found.text, 60)}', the data give '{shortened(wanted.text, 60)}'"
