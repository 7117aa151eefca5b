"""Paths of matplotlib's SVG files as PDF has them, which WeasyPrint's parser of all SVG takes ten times as long for."""

import re

_NUMBER = r"\s+-?\d+(?:\.\d+)?"  # no exponent, which PDF does not know
_STEP = rf"M(?:{_NUMBER}){{2}}|L(?:{_NUMBER}){{2}}|Q(?:{_NUMBER}){{4}}|C(?:{_NUMBER}){{6}}|z"
_SHAPE = rf"M(?:{_NUMBER}){{2}}(?:\s+(?:{_STEP.partition('|')[2]}))*"
_PLAIN = re.compile(rf"\s*{_SHAPE}(?:\s+{_SHAPE})*\s*")
_NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6, "z": 0}
_OPERATORS = {"M": "m", "L": "l", "C": "c", "Q": "c", "z": "h"}


def path_operators(path: str) -> bytes | None:
    """The operators of a path of absolute M, L, Q, C and z, without painting; None for any other path."""
    if not _PLAIN.fullmatch(path):
        return None
    words, lines, at = path.split(), [], 0
    start = last = ["0", "0"]
    while at < len(words):
        letter = words[at]
        numbers = words[at + 1 : at + 1 + _NUMBERS[letter]]
        at += 1 + len(numbers)
        if letter == "M":
            start = numbers
        elif letter == "Q":
            numbers = [*_cubic(last, numbers[:2], numbers[2:]), *numbers[2:]]
        last = start if letter == "z" else numbers[-2:]
        lines.append(" ".join([*numbers, _OPERATORS[letter]]))
    return "\n".join(lines).encode("ascii")


def _cubic(start: list[str], control: list[str], end: list[str]) -> list[str]:
    """The two control points of the cubic curve that a quadratic one is."""
    ends = (start, end)
    return [f"{(2 * float(control[k]) + float(point[k])) / 3:.6f}" for point in ends for k in (0, 1)]
