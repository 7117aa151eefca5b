"""The teacher's desk: a folder of hand-ins checked side by side, one row each, whatever is in them.

Each file is checked in a process of its own, which has a limit of time and of memory: a file that crashes its reader
is a row like the others.
"""

import multiprocessing
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pandas as pd

from experiments.data.dataset import printable
from experiments.disk.files import sha256
from experiments.errors import UserError
from experiments.limits import usable_cores
from report.about import short_kind
from report.judged import Verdicts
from report.page.numbers import percent
from report.pdf.attachments import Source

SECONDS = 120.0  # for one hand-in; one of three seeds takes 3
MEMORY = 2 << 30  # bytes of address space of the process that checks it
MOST_FILES = 2000
ENDINGS = (".pdf", ".zip")
PAGE = ".html"  # a hand-in where neither a PDF nor an archive of the same name is
OWN_PAGES = ("hand-ins.html", "compare.html")  # what the program itself writes about reports
HOLDS, FAILS, UNREADABLE = "holds", "does not hold", "cannot be checked"
OTHER_VERSION = "made by another version"  # of the program: neither
Check = Callable[[Path], Verdicts]


@dataclass(frozen=True)
class Run:
    """A run in a hand-in, as far as another hand-in may have the same."""

    name: str  # imagenet10/cnn seed 0
    predictions: str  # digest of its table
    key: str  # of settings, seed, data and code
    ended: str  # time and duration: two runs do not share them to the millisecond
    series: str = ""  # what its seed is drawn from; a student's own if there is one


@dataclass(frozen=True)
class Row:
    """What the teacher sees of one hand-in. accuracy: of each image model, mean over seeds."""

    path: Path
    verdict: str
    fault: str = ""  # the first, or why it cannot be checked
    name: str = ""
    number: str = ""
    kind: str = ""
    claims: str = ""
    pages: int = 0
    accuracy: str = ""
    seeds: int = 0
    words: Mapping[str, int] = field(default_factory=dict)  # outcome → the author's sentences; empty without any
    replay: str = ""
    text: str = field(default="", repr=False)  # all that was found
    runs: tuple[Run, ...] = field(default=(), repr=False)

    @property
    def good(self) -> bool:
        return self.verdict == HOLDS


def hand_ins(folder: Path) -> list[Path]:
    """The PDFs and archives in a folder and those below it, in order; nothing hidden, no folder behind a link.

    An HTML edition counts where it stands alone: next to its PDF it is the same hand-in.

    Raises UserError if there are none, or too many to be one course's.
    """
    found = sorted(_files(folder))
    if not found:
        raise UserError(f"{folder}: no PDF, HTML or zip in it; name the folder of the hand-ins")
    if len(found) > MOST_FILES:
        raise UserError(f"{folder}: more than {MOST_FILES} reports and zips; name a folder of fewer")
    return found


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        seen = [name for name in names if not name.startswith(".")]
        reports = [name for name in seen if name.lower().endswith(ENDINGS)]
        stems = {Path(name).stem for name in reports} | {Path(name).stem for name in OWN_PAGES}
        pages = [name for name in seen if name.lower().endswith(PAGE) and Path(name).stem not in stems]
        yield from (Path(place, name) for name in (*reports, *pages))


def check_all(
    paths: Sequence[Path],
    check: Check,
    say: Callable[[str], None] = lambda line: None,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
) -> list[Row]:
    """A row for each path, in order, on all cores. check: a function that another process can import."""
    context = _context()
    waiting, rows = list(enumerate(paths)), dict[int, Row]()
    active: dict[Connection, tuple[int, BaseProcess, float]] = {}
    try:
        while waiting or active:
            while waiting and len(active) < usable_cores():
                place, path = waiting.pop(0)
                ours, theirs = context.Pipe(duplex=False)
                child = context.Process(target=_work, args=(path, check, memory, theirs), daemon=True)  # type: ignore[attr-defined]
                child.start()
                theirs.close()
                active[ours] = place, child, time.monotonic() + seconds
            left = min(until for _, _, until in active.values()) - time.monotonic()
            ready = set(wait(list(active), max(0.0, left)))
            now = time.monotonic()
            for connection in [c for c, (_, _, until) in active.items() if c in ready or until < now]:
                place, child, _ = active.pop(connection)
                rows[place] = _answer(paths[place], connection, child, connection in ready, seconds)
                if len(rows) % 10 == 0:
                    say(f"{len(rows)} of {len(paths)} checked")
    finally:  # also after Ctrl-C
        for _, child, _ in active.values():
            child.kill()
    return [rows[place] for place in range(len(paths))]


def _context() -> BaseContext:
    """Fresh processes that have the libraries loaded, where the system can make such."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "report.verify"])
    return context


def _answer(path: Path, connection: Connection, child: BaseProcess, in_time: bool, seconds: float) -> Row:
    """What a child found, or how it ended."""
    try:
        if in_time:
            return connection.recv()  # type: ignore[no-any-return]  # of our own process: it reads the file, is not it
        return Row(path, UNREADABLE, f"not checked within {seconds:g} s")
    except EOFError:
        child.join(5)
        return Row(path, UNREADABLE, f"the process that checked it ended with code {child.exitcode}")
    finally:
        child.kill()
        child.join()
        connection.close()


def _work(path: Path, check: Check, memory: int, answer: Connection) -> None:
    """In a process of its own: check a file and send its row."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this one
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    limit = memory if most == resource.RLIM_INFINITY else min(memory, most)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        row = _row(path, check(path))
    except UserError as error:
        row = Row(path, UNREADABLE, _reason(path, error))
    except MemoryError:
        row = Row(path, UNREADABLE, f"needs more than {memory >> 20} MB of memory")
    except Exception as error:  # whatever a hostile file brings about is told of that file
        row = Row(path, UNREADABLE, printable(f"{type(error).__name__}: {error}", 200))
    answer.send(row)
    answer.close()


def _reason(path: Path, error: UserError) -> str:
    return printable(str(error).removeprefix(f"{path}: "), 300)


def _row(path: Path, verdicts: Verdicts) -> Row:
    source, claims = verdicts.source, f"{verdicts.claims - verdicts.failed}/{verdicts.claims}"
    fault = verdicts.faults[0] if verdicts.faults and not verdicts.of_another_version else ""
    verdict = HOLDS if verdicts.holds else OTHER_VERSION if verdicts.of_another_version else FAILS
    if source is None:
        return Row(path, verdict, fault, claims=claims)
    return Row(
        path,
        verdict,
        fault,
        name=source.fields.name.replace("\n", ", "),
        number=source.fields.student_number.replace("\n", ", "),
        kind=short_kind(source),
        claims=claims,
        pages=verdicts.pages,
        accuracy=_accuracy(verdicts),
        seeds=source.results.seeds,
        words=verdicts.words,
        text=verdicts.text(),
        runs=tuple(_runs(source)),
    )


def _accuracy(verdicts: Verdicts) -> str:
    models = verdicts.facts["images"]["models"]
    return ", ".join(f"{name} {percent(found['test_acc'])}" for name, found in models.items())


def _runs(source: Source) -> Iterator[Run]:
    """The runs that predict anything, each with a digest of what it predicts."""
    identity = ["experiment", "variant", "seed"]
    tables = dict(iter(source.results.predictions.groupby(identity)))
    for run_id, record in source.results.records.items():
        table = tables.get((run_id.experiment, run_id.variant, run_id.seed))
        if table is None:  # diverged
            continue
        shown = table.drop(columns=identity)
        digest = sha256(pd.util.hash_pandas_object(shown, index=False).to_numpy().tobytes())
        ended = f"{record['finished']} {sorted(record['seconds'].items())}"
        yield Run(str(run_id), digest, str(record["key"]), ended, str(record["config"].get("series", "")))
