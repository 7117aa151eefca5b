"""The verdicts on finished reports as they are printed, one a file, and what differs between two."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from experiments.claims import Claim, Outcome
from experiments.errors import UserError
from experiments.progress import Progress
from report.handin.claims import claims_of
from report.handin.compare import compare_reports
from report.handin.desk import Row
from report.handin.overview import judge_folders
from report.judged import Verdicts
from report.options import Options
from report.verify import verify

Replay = Callable[[Sequence[Claim]], list[Outcome]]
_FOR_REPLAY = ("--data-dir", "--imagenet10", "--classes", "--images-per-class", "--device")


def judge(options: Options, say: Callable[[str], None], progress: Progress, replay: Replay) -> int:
    """--verify or --compare; returns the exit code. replay: trains claimed runs again, for --replay."""
    if options.compare:
        first, second = options.compare
        return compare_reports(first, second, options.out, say, progress.fail)
    paths = options.verify or []
    if not options.replay and (without := sorted(options.given.intersection(_FOR_REPLAY))):
        raise UserError(f"{without[0]} has no effect with --verify without --replay; leave it out, or add --replay")
    if any(path.is_dir() for path in paths):
        rest: Callable[[Sequence[Row]], list[Row]] = list
        if options.replay:
            from report.handin.replays import replay_rows  # late, as below

            rest = partial(replay_rows, part=options.replay, replay=replay, say=progress.say)
        return 0 if judge_folders(paths, options.out, verify_one, say, progress.say, rest) else 1
    if "--out" in options.given:
        raise UserError("--out has no effect with --verify and files alone; leave it out, or name a folder of hand-ins")
    more = partial(replayed, options.replay, replay) if options.replay else None
    return 0 if verify_each(paths, say, progress.fail, more) else 1


def replayed(part: str, replay: Replay, verdicts: Verdicts) -> None:
    """Count what training the runs of a part again shows: a claim each, but for those that cannot be replayed."""
    if verdicts.source is None:
        raise UserError(f"{verdicts.path}: carries no data to replay")
    for outcome in replay(claims_of(verdicts.source, part)):
        if outcome.finding == "differs":
            verdicts.check(False, str(outcome))
            continue
        verdicts.notes.append(str(outcome))
        verdicts.claims += outcome.finding != "not replayed"


def verify_each(
    paths: Sequence[Path],
    say: Callable[[str], None],
    fail: Callable[[str], None],
    more: Callable[[Verdicts], None] | None = None,
) -> bool:
    """Check each report and say what was found; returns whether all hold.

    more: checks further. say: gets a verdict, which names its file.
    fail: gets the line of an error, of a file that cannot be checked at all.
    """
    hold = True
    for path in paths:
        try:
            verdicts = verify_one(path)
            if more:
                more(verdicts)
        except UserError as error:
            fail(str(error))
            hold = False
            continue
        say(verdicts.text())
        hold = hold and verdicts.holds
    return hold


def verify_one(path: Path) -> Verdicts:
    """Check one report or hand-in. Raises UserError if it cannot be checked at all."""
    if path.suffix.lower() != ".zip":
        return verify(path)
    from report.handin.receipt import verify_archive  # late: the notebooks' library is not needed for a PDF

    return verify_archive(path)
