"""What a teacher gets of a folder of hand-ins: a table on the terminal, as CSV and as a page."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from experiments.bilingual import Bilingual
from experiments.disk.files import write_atomically
from report.handin.copies import Equal, equal_predictions
from report.handin.desk import FAILS, HOLDS, OTHER_VERSION, UNREADABLE, Check, Row, check_all, hand_ins
from report.handin.listing import Listing, page
from report.words.check import Outcome

NAME = "hand-ins"  # of the CSV and the page
MOST_NAMED = 8  # runs of a group, and hand-ins of one
_COLUMNS = (
    Bilingual("文件", "file"), Bilingual("姓名", "name"), Bilingual("学号", "number"), Bilingual("核验", "verdict"),
    Bilingual("论断", "claims"), Bilingual("页数", "pages"), Bilingual("测试准确率", "test accuracy"),
    Bilingual("种子数", "seeds"), Bilingual("类别", "kind"),
    *(Bilingual(f"作者的话：{zh}", f"words: {en}")
      for zh, en in zip(("成立", "不涉及结果", "未核对", "矛盾"), Outcome, strict=True)),
    Bilingual("重新训练", "replay"), Bilingual("原因", "first fault"),
)  # fmt: skip


def judge_folders(
    paths: Sequence[Path],
    out: Path,
    check: Check,
    say: Callable[[str], None],
    tell: Callable[[str], None],
    more: Callable[[Sequence[Row]], list[Row]] = list,
) -> bool:
    """Check every hand-in in folders, and files named next to them; returns whether all hold.

    more: what else is found out about the rows. say: gets the tables. tell: gets lines on what is being done.
    """
    files = [file for path in paths for file in (hand_ins(path) if path.is_dir() else [path])]
    rows = more(check_all(files, check, tell))
    root = paths[0] if len(paths) == 1 else Path()
    listings = overview(rows, root)
    for listing in listings:
        say(listing.text())
    say(summary(rows).en)
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / f"{NAME}.csv", listings[0].csv())
    write_atomically(out / f"{NAME}.html", page(Bilingual("作业核验", "Hand-ins checked"), [summary(rows)], listings))
    for ending in ("csv", "html"):
        say(f"written: {out / f'{NAME}.{ending}'}")
    return all(row.good for row in rows)


def summary(rows: Sequence[Row]) -> Bilingual:
    """How many of each verdict, and how many of those that hold are no finished reports."""
    counts = Counter(row.verdict for row in rows)
    other = counts[OTHER_VERSION]
    lesser = sum(row.good and row.kind != "full" for row in rows)
    return Bilingual(
        f"{len(rows)} 份作业：{counts[HOLDS]} 份成立（其中 {lesser} 份不是完整报告），"
        f"{counts[FAILS]} 份不成立，{counts[UNREADABLE]} 份无法核验"
        + (f"，{other} 份出自程序的其他版本" if other else ""),
        f"{len(rows)} hand-ins: {counts[HOLDS]} hold ({lesser} of them no finished reports), "
        f"{counts[FAILS]} do not, {counts[UNREADABLE]} cannot be checked"
        + (f", {other} made by another version of the program" if other else ""),
    )


def overview(rows: Sequence[Row], root: Path = Path()) -> list[Listing]:
    """The hand-ins, a row each, and those that share predictions. root: files are named relative to it."""
    table = Listing(
        Bilingual("作业", "Hand-ins"),
        _COLUMNS,
        tuple(_cells(row, root) for row in rows),
        bad=frozenset(
            place
            for place, row in enumerate(rows)
            if not row.good or row.kind != "full" or row.words.get(Outcome.CONTRADICTED)
        ),
    )
    groups = equal_predictions(rows)
    return [table, _equal(groups, root)] if groups else [table]


def _cells(row: Row, root: Path) -> tuple[str, ...]:
    pages, seeds = (str(number or "") for number in (row.pages, row.seeds))
    verdict = row.verdict
    if row.good and row.kind != "full":
        verdict = f"{verdict}, but {row.kind}: not a finished report"
    words = (str(row.words[outcome]) if row.words else "" for outcome in Outcome)
    shown = (row.name, row.number, verdict, row.claims, pages, row.accuracy, seeds, row.kind, *words, row.replay)
    return (_file(row, root), *shown, row.fault)


def _file(row: Row, root: Path) -> str:
    return str(row.path.relative_to(root)) if row.path.is_relative_to(root) else str(row.path)


def _equal(groups: Sequence[Equal], root: Path) -> Listing:
    rows = tuple(
        (
            _some([f"{_file(row, root)} ({row.name or '—'})" for row in group.rows]),
            _some(list(group.runs)),
            _meaning(group),
        )
        for group in groups
    )
    columns = (Bilingual("作业", "hand-ins"), Bilingual("训练", "runs"), Bilingual("说明", "what it says"))
    note = Bilingual(
        "设置、种子、数据和代码都相同时，同类机器给出相同的预测：除非种子取自学号，仅凭预测相同不能断定抄袭。",
        "Equal settings, seed, data and code give equal predictions on like machines: unless seeds are drawn from the "
        "student number, that is no proof of a copy.",
    )
    suspects = frozenset(place for place, group in enumerate(groups) if group.one_run or group.copied)
    return Listing(Bilingual("相同的预测", "Equal predictions"), columns, rows, bad=suspects, note=note)


def _meaning(group: Equal) -> str:
    if group.copied:
        return "a copy: the seeds are drawn from the student number, so that no two students' runs are equal"
    if group.one_run:
        return "one run: it ended at the same second, after the same time, in each"
    if group.alike:
        return "runs of equal settings, seed, data and code, trained at different times"
    return "trained at different times, equal although settings, data or code differ"


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
