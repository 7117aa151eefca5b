"""One path a line of text in place of one `<use>` a letter, which WeasyPrint draws in two thirds of the time."""

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_USE, _HREF = f"{{{SVG}}}use", f"{{{XLINK}}}href"
_SCALE = "scale(0.015625)"  # of matplotlib's letters, which are drawn 64 times as large
_TRANSLATION = re.compile(r"translate\((\S+) (\S+)\)")


def join_letters(svg: str) -> str:
    """An SVG by matplotlib, text as paths, with the letters of each line of text joined to one path.

    Formulas, whose letters differ in size, stay as they are, and so do the letters that they use.
    """
    root = ElementTree.fromstring(svg)
    letters = {path.get("id", ""): path for path in root.iter(f"{{{SVG}}}path") if _is_letter(path)}
    for group in list(root.iter(f"{{{SVG}}}g")):
        uses = group.findall(_USE)
        if uses and (path := _joined(uses, letters)) is not None and _holds_nothing_else(group):
            group[:] = [ElementTree.Element(f"{{{SVG}}}path", d=path, transform=_SCALE)] if path else []
    left = {path.get("id", "") for path in root.iter(f"{{{SVG}}}path")}
    used = {(use.get(_HREF) or "#")[1:] for use in root.iter(_USE)}
    if needed := sorted((used & letters.keys()) - left):  # they were defined where they were used first
        definitions = ElementTree.Element(f"{{{SVG}}}defs")
        definitions.extend(letters[name] for name in needed)
        root.insert(0, definitions)
    for prefix, namespace in (("", SVG), ("xlink", XLINK)):  # now: other libraries give the prefixes to theirs
        ElementTree.register_namespace(prefix, namespace)
    return ElementTree.tostring(root, encoding="unicode")


def _is_letter(path: ElementTree.Element) -> bool:
    return path.get("id") is not None and path.get("transform") == _SCALE


def _holds_nothing_else(group: ElementTree.Element) -> bool:
    return all(child.tag in (_USE, f"{{{SVG}}}defs") for child in group)


def _joined(uses: Sequence[ElementTree.Element], letters: Mapping[str, ElementTree.Element]) -> str | None:
    """The letters as one path; None if one of them is none, or is not only shifted."""
    parts = []
    for use in uses:
        path = letters.get((use.get(_HREF) or "#").removeprefix("#"))
        shift = _TRANSLATION.fullmatch(use.get("transform", "translate(0 0)"))
        if path is None or shift is None or use.get("x") or use.get("y"):
            return None
        parts.append(_shifted(path.get("d") or "", 64 * float(shift[1]), 64 * float(shift[2])))
    return " ".join(part for part in parts if part)


def _shifted(path: str, x: float, y: float) -> str:
    """A path of absolute M, L, Q, C and z, moved."""
    moved, across = [], True
    for token in path.split():
        if token.isalpha():
            moved.append(token)
            across = True
        else:
            moved.append(f"{float(token) + (x if across else y):.7g}")
            across = not across
    return " ".join(moved)
