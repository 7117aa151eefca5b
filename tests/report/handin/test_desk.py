"""A folder of hand-ins: one row each, whatever is in them."""

import csv
import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

import build
from experiments.errors import UserError
from report.handin.copies import equal_predictions
from report.handin.desk import FAILS, HOLDS, OTHER_VERSION, UNREADABLE, Row, Run, check_all, hand_ins
from report.handin.overview import overview, summary
from report.judged import Verdicts


def fake_check(path: Path) -> Verdicts:
    """Run in a process of its own: does what the file's name says."""
    if path.stem == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if path.stem == "slow":
        time.sleep(60)
    if path.stem == "memory":
        bytearray(8 << 30)
    if path.stem == "bug":
        raise RuntimeError("nobody\nexpected this")
    if path.stem == "unreadable":
        raise UserError(f"{path}: not a PDF")
    verdicts = Verdicts(path)
    verdicts.check(path.stem != "altered", "page 1: altered")
    return verdicts


def test_every_file_is_a_row_whatever_the_others_do():
    names = ["good", "crash", "slow", "memory", "bug", "unreadable", "altered", "good2"]
    rows = check_all([Path(f"{name}.pdf") for name in names], fake_check, seconds=8)
    assert [row.path.stem for row in rows] == names
    assert [(row.verdict, row.fault) for row in rows] == [
        (HOLDS, ""),
        (UNREADABLE, f"the process that checked it ended with code {-signal.SIGSEGV}"),
        (UNREADABLE, "not checked within 8 s"),
        (UNREADABLE, "needs more than 2048 MB of memory"),
        (UNREADABLE, "RuntimeError: nobody\\nexpected this"),
        (UNREADABLE, "not a PDF"),
        (FAILS, "page 1: altered"),
        (HOLDS, ""),
    ]


def test_a_folder_gives_its_reports_and_those_below_it(tmp_path):
    for name in (
        *("b.PDF", "a.zip", "notes.txt", "sub/c.pdf", ".hidden.pdf", "__MACOSX/._c.pdf", ".git/d.pdf"),
        *("b.html", "a.HTML", "sub/alone.html", "hand-ins.html"),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert [str(path.relative_to(tmp_path)) for path in hand_ins(tmp_path)] == [
        "a.zip",
        "b.PDF",
        "sub/alone.html",
        "sub/c.pdf",
    ]
    with pytest.raises(UserError, match="no PDF, HTML or zip in it"):
        hand_ins(tmp_path / ".git/none")


def row(name, *runs, **changes):
    return replace(Row(Path(f"{name}.pdf"), HOLDS, name=name, kind="full", runs=runs), **changes)


A = Run("imagenet10/cnn seed 0", "digest", "key", "noon")


def test_one_run_in_two_hand_ins_is_told_from_two_equal_ones():
    (group,) = equal_predictions([row("张三", A), row("李四", A), row("王五", replace(A, predictions="other"))])
    assert [r.name for r in group.rows] == ["张三", "李四"]
    assert group.one_run
    (group,) = equal_predictions([row("张三", A), row("李四", replace(A, ended="evening"))])
    assert (group.one_run, group.alike) == (False, True)
    (group,) = equal_predictions([row("张三", A), row("李四", replace(A, ended="evening", key="other"))])
    assert (group.one_run, group.alike) == (False, False)
    assert equal_predictions([row("张三", A), row("李四", replace(A, name="imagenet10/mlp seed 0"))]) == []


def test_equal_predictions_from_personal_seeds_are_a_copy():
    own = replace(A, series="student-1")
    other = replace(own, ended="evening")
    (group,) = equal_predictions([row("张三", own, number="1"), row("李四", other, number="2")])
    assert group.copied
    _, listing = overview([row("张三", own, number="1"), row("李四", other, number="2")])
    assert listing.rows[0][2].startswith("a copy: the seeds are drawn from the student number")
    assert listing.bad == {0}
    (again,) = equal_predictions([row("first", own, number="1"), row("second", other, number="1")])
    assert not again.copied  # one student, who handed in twice


def test_a_class_of_equal_runs_is_one_group():
    rows = [row(f"n{number}", replace(A, ended=str(number))) for number in range(60)]
    (group,) = equal_predictions(rows)
    assert len(group.rows) == 60


def test_a_lesser_report_that_holds_does_not_read_like_a_finished_one():
    rows = [row("张三"), row("李四", kind="demo"), row("王五", kind="quick")]
    (table,) = overview(rows)
    assert [cells[3] for cells in table.rows] == [
        "holds",
        "holds, but demo: not a finished report",
        "holds, but quick: not a finished report",
    ]
    assert table.bad == {1, 2}
    assert summary(rows).en.startswith("3 hand-ins: 3 hold (2 of them no finished reports), 0 do not, 0 cannot")


def test_a_report_of_another_version_is_counted_apart():
    rows = [row("张三"), row("李四", verdict=OTHER_VERSION)]
    assert summary(rows).en.endswith("0 do not, 0 cannot be checked, 1 made by another version of the program")
    assert overview(rows)[0].bad == {1}


def test_a_teacher_gets_a_table_a_spreadsheet_and_a_page(finished, tmp_path, capsys):
    folder, out = tmp_path / "class", tmp_path / "out"
    folder.mkdir()
    (folder / "张三.pdf").write_bytes(finished.pdf.read_bytes())
    (folder / "copy.pdf").write_bytes(finished.pdf.read_bytes())
    (folder / "broken.pdf").write_bytes(finished.pdf.read_bytes()[:200_000])
    (folder / "none.zip").write_bytes(b"PK")
    assert build.main(["--verify", str(folder), "--out", str(out)]) == 1
    said = capsys.readouterr().out
    assert "4 hand-ins: 2 hold (0 of them no finished reports), 0 do not, 2 cannot be checked" in said
    rows = list(csv.DictReader((out / "hand-ins.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [r["file"] for r in rows] == ["broken.pdf", "copy.pdf", "none.zip", "张三.pdf"]
    assert [r["verdict"] for r in rows] == [UNREADABLE, HOLDS, UNREADABLE, HOLDS]
    good = rows[-1]
    assert (good["name"], good["kind"], good["seeds"]) == ("张三", "full", "2")
    assert good["test accuracy"] == "layer2nn 45.00%, mlp 50.00%, cnn 85.00%"
    passed, of = good["claims"].split("/")
    assert passed == of
    page = (out / "hand-ins.html").read_text(encoding="utf-8")
    assert "one run: it ended at the same second" in page
    assert "copy.pdf (张三), 张三.pdf (张三)" in page


def test_out_without_a_folder_is_refused(finished, capsys):
    assert build.main(["--verify", str(finished.pdf), "--out", "o"]) == 1
    assert "--out has no effect with --verify and files alone" in capsys.readouterr().err
