"""Tables of measurements, column by column and run by run: what repeats is written once, so that they pack small.

Twenty runs predict the same images under the same labels, most predictions are right, and some runs are equal to the
last digit. A run's column that has been there is one line, a cell like the one at its left is empty, and neither costs
the program that unpacks it any memory beyond the table's own.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

KEYS = 3  # the first columns of every table: experiment, variant, seed
WIDEST = 20  # further columns


def folded(table: bytes) -> bytes | None:
    """A table of a report in this form; None if it is not one that comes back byte for byte."""
    try:
        head, *lines = table.decode().split("\n")
        if lines.pop():
            return None
        text = "\n".join(_folded(head, [line.split(",") for line in lines])).encode()
        return text if unfolded(text) == table else None
    except (ValueError, LookupError):
        return None


def _folded(head: str, rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The head; for each run a line of keys and length, and its columns: "+" and the cells, or "=" and a number."""
    yield head
    known: dict[tuple[str, ...], int] = {}
    for keys, group in groupby(rows, lambda row: row[:KEYS]):
        own = [row[KEYS:] for row in group]
        yield ",".join([*keys, str(len(own))])
        before: tuple[str, ...] = ("",) * len(own)
        for column in zip(*own, strict=True):
            if column in known:
                yield f"={known[column]}"
            else:
                yield "+"
                known[column] = len(known)
                yield from ("" if cell == left else cell for cell, left in zip(column, before, strict=True))
            before = column


def unfolded(text: bytes, largest: int = 1 << 30) -> bytes:
    """The table again. Raises ValueError or LookupError for what `folded` does not write, or gives more bytes."""
    head, *lines = text.decode().split("\n")
    width = len(head.split(",")) - KEYS
    if not 0 < width <= WIDEST:
        raise ValueError(f"{width} columns")
    known, rows, place, left = list[list[str]](), [head], 0, largest
    while place < len(lines):
        keys, _, number = lines[place].rpartition(",")
        count, place = int(number), place + 1
        own: list[list[str]] = []
        for _ in range(width):
            mark, place = lines[place], place + 1
            if mark == "+":
                cells, place = lines[place : place + count], place + count
                if own:
                    cells = [cell or before for cell, before in zip(cells, own[-1], strict=True)]
                known.append(cells)
            else:
                cells = known[int(mark.removeprefix("="))]
            if len(cells) != count:
                raise ValueError("columns of unequal length")
            own.append(cells)
        run = [f"{keys},{','.join(cells)}" for cells in zip(*own, strict=True)]
        left -= sum(map(len, run)) + len(run)
        if left < 0:
            raise ValueError(f"a table is larger than {largest >> 20} MB")
        rows += run
    return ("\n".join(rows) + "\n").encode()
