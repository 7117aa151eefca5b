"""Hand-ins that carry the same predictions, and what that says."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from report.handin.desk import Row, Run


@dataclass(frozen=True)
class Equal:
    """Hand-ins of which some runs predict the same on every image, to the last digit of every probability.

    one_run: these runs also ended at the same second, after the same time to the millisecond: trained once, handed in
    several times. alike: they have equal settings, seed, data and code, which give everybody the same on like machines.
    copied: some of their seeds are a student's own, and they name different students.
    """

    rows: tuple[Row, ...]
    runs: tuple[str, ...]
    one_run: bool
    alike: bool
    copied: bool


def equal_predictions(rows: Sequence[Row]) -> list[Equal]:
    """Groups of hand-ins that share runs, those of one run first, then those that share most."""
    found: dict[tuple[frozenset[int], bool, bool, bool], list[str]] = defaultdict(list)
    for (name, _), holders in _holders(rows).items():
        ended: dict[str, set[int]] = defaultdict(set)
        for place, run in holders:
            ended[run.ended].add(place)
        alike = len({run.key for _, run in holders}) == 1
        personal = any(run.series for _, run in holders)
        everyone = {place for place, _ in holders}
        for places, one_run in [*((places, True) for places in ended.values()), (everyone, len(ended) == 1)]:
            copied = personal and len({rows[place].number for place in places}) > 1
            kind = frozenset(places), one_run, alike, copied
            if len(places) > 1 and name not in found[kind]:
                found[kind].append(name)
    groups = [
        Equal(tuple(rows[place] for place in sorted(places)), tuple(names), *kind)
        for (places, *kind), names in found.items()
    ]
    return sorted(
        groups,
        key=lambda group: (not group.copied, not group.one_run, group.alike, -len(group.runs), group.rows[0].path),
    )


def _holders(rows: Sequence[Row]) -> dict[tuple[str, str], list[tuple[int, Run]]]:
    """(run, digest of its predictions) → the hand-ins that have it, by place."""
    holders: dict[tuple[str, str], list[tuple[int, Run]]] = defaultdict(list)
    for place, row in enumerate(rows):
        for run in row.runs:
            holders[run.name, run.predictions].append((place, run))
    return holders
