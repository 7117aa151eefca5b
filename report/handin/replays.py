"""Runs of a folder of hand-ins trained again: each run once for all that claim it with equal settings."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from experiments.catalog import EXPERIMENTS
from experiments.claims import Claim, Outcome
from experiments.errors import UserError
from report.handin.archive import read_archive
from report.handin.claims import claims_of
from report.handin.desk import FAILS, UNREADABLE, Row
from report.handin.receipt import reports_in
from report.pdf import attachments
from report.pdf.attachments import Source
from report.screen.carried import is_page
from report.verify_page import open_page
from report.verify_pdf import open_pdf

TOGETHER = 20  # hand-ins whose measurements are in memory at a time
Replay = Callable[[Sequence[Claim]], list[Outcome]]


def replay_rows(rows: Sequence[Row], part: str, replay: Replay, say: Callable[[str], None]) -> list[Row]:
    """The rows with what training a part of their runs again shows. A run that differs makes a hand-in fail.

    replay: takes the claims of several reports at once.
    """
    found = list(rows)
    readable = [place for place, row in enumerate(rows) if row.verdict != UNREADABLE]
    for start in range(0, len(readable), TOGETHER):
        groups: dict[str, list[tuple[int, list[Claim]]]] = defaultdict(list)
        for place in readable[start : start + TOGETHER]:
            try:
                claims = list(_usual(claims_of(source_in(rows[place].path), part)))
            except UserError as error:
                found[place] = replace(rows[place], replay=f"not replayed: {error}")
                continue
            groups[repr([(claim.run_id, claim.config, claim.images_per_class) for claim in claims])].append(
                (place, claims)
            )
        for group in groups.values():
            outcomes = iter(replay([claim for _, claims in group for claim in claims]))
            for place, claims in group:
                found[place] = _told(rows[place], [next(outcomes) for _ in claims])
        say(f"{min(start + TOGETHER, len(readable))} of {len(readable)} replayed")
    return found


def source_in(path: Path) -> Source:
    """What a hand-in carries, unchecked. Raises UserError if it cannot be read."""
    data = (
        reports_in(path, read_archive(path), [path.with_suffix(".pdf")])[0][1]
        if path.suffix.lower() == ".zip"
        else path.read_bytes()
    )
    return attachments.unpack((open_page if is_page(data) else open_pdf)(path, data).files)


def _usual(claims: Sequence[Claim]) -> Iterator[Claim]:
    """The claims. Raises UserError for settings that are not today's: what they cost nobody knows."""
    known = {(e.name, variant): config for e in EXPERIMENTS for variant, config in e.variants.items()}
    for claim in claims:
        config = known[claim.run_id.experiment, claim.run_id.variant]
        epochs = max(config.epochs, 1)
        if claim.config.epochs > epochs:
            raise UserError(
                f"{claim.run_id} claims {claim.config.epochs} epochs, {epochs} are usual; replay that file by itself"
            )
        yield claim


def _told(row: Row, outcomes: Sequence[Outcome]) -> Row:
    """A row with its outcomes in few words."""
    counts = Counter(outcome.finding for outcome in outcomes)
    told = ", ".join(f"{number} {finding}" for finding, number in counts.items())
    if wrong := [str(outcome) for outcome in outcomes if outcome.finding == "differs"]:
        return replace(row, replay=told, verdict=FAILS, fault=row.fault or wrong[0])
    if len(counts) == 1 and "not replayed" in counts:
        return replace(row, replay=outcomes[0].message)
    return replace(row, replay=told)
