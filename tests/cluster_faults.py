"""Trains small builds on a scheduler and nodes that fail in many ways, and looks whether they end as if they had not.

    python -m benchmarks.cluster_faults --faults 200

Each build gets a few faults, drawn from its seed, and is attached to again and again, as its user would. In the end
every result must be, byte for byte, that of a local build; no epoch but the one under way be lost for a fault; and
where a run was trained by two tasks, the user have been told.
"""

import dataclasses
import errno
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torch

import build
from experiments import commands, options
from experiments.catalog import Experiment
from experiments.cluster import arrays, attach, status, table, task
from experiments.cluster.status import TWICE
from experiments.data import downloads, load
from experiments.disk import files
from experiments.training import pipeline
from tests import crash, fake_slurm
from tests.faults import Faults, install, kill

EPOCHS = crash.EPOCHS
SCHEDULER = {  # fault → what sbatch or squeue does
    "taken, its reply lost": ("sbatch", "lost"),
    "not taken, its reply a time-out": ("sbatch", "timeout"),
    "taken, then forgotten": ("sbatch", "forgotten"),
    "listed late": ("sbatch", "late"),
    "run, but never listed": ("sbatch", "unseen"),
    "squeue does not answer": ("squeue", "down"),
}
NODE = (
    "killed at an epoch, requeued", "killed at an epoch, not requeued", "killed at a file operation",
    "stopped by SIGTERM, requeued", "reads fail with ESTALE", "the reply of a rename is lost",
)  # fmt: skip
BUILDS = ("two builds at once",)
FAULTS = (*SCHEDULER, *NODE, *BUILDS)
ROUNDS = 25  # calls of the same command, after which a build counts as stuck
SIDE_BY_SIDE = 2  # tasks that run at the same time
GRACE, LATE = 0.3, 0.25  # seconds that stand for minutes


@dataclass
class Outcome:
    """What became of one build."""

    faults: Counter[str] = field(default_factory=Counter)  # that happened
    stopped: Counter[str] = field(default_factory=Counter)  # tasks that did not end by themselves, by fault
    twice: int = 0  # runs trained by two tasks, told
    calls: int = 0
    seconds: float = 0.0


class Place:
    """One build's folders, its scheduler, and the nodes."""

    def __init__(self, root: Path, images: Path, draw: random.Random):
        self.root, self.results, self.draw = root, root / "results", draw
        self.slurm = root / "slurm"
        self.environment = fake_slurm.install(self.slurm)
        self.stub = root / "python"  # tells what it was called with, instead of starting an interpreter
        self.stub.write_text('#!/bin/sh\nprintf "%s\\n" "$HW1_DL_TASK" "$@"\n')
        self.stub.chmod(0o755)
        fields = root / "homework.toml"
        fields.write_text("")
        self.args = [
            *("--imagenet10", images, "--images-per-class", 10, "--seeds", 1, "--softmax-seeds", 1),
            *("--device", "cpu", "--threads", 1),
            *("--data-dir", root / "data", "--results", self.results),
        ]
        self.attach_args = [*self.args, "--out", root / "out", "--fields", fields]
        self.epochs: Counter[str] = Counter()  # trained, by group
        self.begun = 0  # tasks

    def fork(self, work: Callable[[], int], log: Path) -> int:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                os.dup2(handle, 1)
                os.dup2(handle, 2)
                code = work()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        return child

    def attach(self) -> int:
        """Start `build.py --cluster`; returns its process."""

        def work() -> int:
            os.environ.update(self.environment, SLURM_JOB_ID="1", SBATCH_PARTITION="x", PMI_RANK="0")
            attach.program = lambda: [str(self.stub), "build.py"]
            return build.main(["--cluster", *map(str, self.attach_args)])

        return self.fork(work, self.root / "attach.log")

    def start(self, task: dict, wrong: str) -> int:
        """Start a task on a node, with a fault; returns its process."""
        environment = {**os.environ, **self.environment, "SLURM_ARRAY_TASK_ID": str(task["index"])}
        told = subprocess.run(
            ["bash", "-c", task["script"]], env=environment, capture_output=True, text=True, check=True
        ).stdout
        name, _program, *argv = told.splitlines()
        at = self.draw.randint(1, EPOCHS)
        operation, reads = self.draw.randint(1, 60), self.draw.randint(1, 8)

        def work() -> int:
            os.environ["HW1_DL_TASK"] = name
            if "epoch" in wrong or "SIGTERM" in wrong:
                _at_epoch(at, signal.SIGTERM if "SIGTERM" in wrong else signal.SIGKILL)
            elif "file operation" in wrong:
                install(Faults(self.results, operation, kill))
            elif "ESTALE" in wrong:
                _stale_reads(self.results, reads)
            elif "rename" in wrong:
                _lose_replies(self.results)
            return build.main(argv)

        self.begun += 1
        return self.fork(work, Path(task["log"]))

    def content(self) -> dict[str, bytes]:
        """Every file of the results; what hidden files there are, and what the cluster's room keeps, is no result."""
        paths = [path for path in self.results.rglob("*") if path.is_file() and not path.name.startswith(".")]
        named = {str(path.relative_to(self.results)): path.read_bytes() for path in paths}
        return {name: data for name, data in named.items() if not name.startswith("cluster/")}


def _at_epoch(epoch: int, what: signal.Signals) -> None:
    told = status.ToldProgress.reached

    def reached(self: status.ToldProgress, number: int) -> None:
        told(self, number)
        if number == epoch:
            os.kill(os.getpid(), what)
            time.sleep(0.05)

    status.ToldProgress.reached = reached


def _stale_reads(root: Path, first: int) -> None:
    """Some reads below `root` fail, as of files that were replaced on a share's server."""
    read, count = Path.read_bytes, [0]

    def read_bytes(path: Path) -> bytes:
        if str(path).startswith(str(root)):
            count[0] += 1
            if first <= count[0] < first + 2:
                raise OSError(errno.ESTALE, os.strerror(errno.ESTALE), str(path))
        return read(path)

    Path.read_bytes = read_bytes


def _lose_replies(root: Path) -> None:
    """Every rename below `root` is done, then done again by a client that got no answer."""
    for name in ("rename", "replace"):
        real = getattr(os, name)

        def twice(source, target, real=real):
            real(source, target)
            if str(target).startswith(str(root)):
                real(source, target)

        setattr(os, name, twice)


def _without_cnn(experiment: Experiment) -> Experiment:
    return dataclasses.replace(experiment, variants={n: c for n, c in experiment.variants.items() if n != "cnn"})


def prepare(root: Path) -> tuple[Path, dict[str, bytes]]:
    """A process in which builds are small; returns the images, and what a local build stores."""
    images = crash.prepare(root)
    cpu = dataclasses.replace(crash.device.choose_device("cpu"), dtype=torch.float32, reason="asked for")
    pipeline.choose_device = lambda kind="auto", precision="auto", threads=None: dataclasses.replace(
        cpu, threads=threads or 1
    )
    build.EXPERIMENTS = [_without_cnn(experiment) for experiment in build.EXPERIMENTS]
    commands.EXPERIMENTS = build.EXPERIMENTS
    options.EQUAL_TERMS = _without_cnn(options.EQUAL_TERMS)
    files._flush = lambda handle: None
    for experiment in (*build.EXPERIMENTS, options.EQUAL_TERMS):
        for variant in experiment.variants:
            experiment.code_of(variant)  # read once, for all processes
    arrays.GRACE = table.GRACE = GRACE
    task.LATE = table.LATE = LATE
    downloads.require_on_disk = load.require_on_disk = lambda *args, **options: None
    status.EPOCH_PAUSE, status.BEAT = 0.0, 0.05
    build.report = lambda options, selection, progress: progress.say("rendered")
    place = Place(root / "local", images, random.Random(0))
    child = place.fork(
        lambda: build.main(["--train-only", "--precision", "float32", *map(str, place.args)]), root / "local.log"
    )
    _, code = os.waitpid(child, 0)
    assert code == 0, (root / "local.log").read_text()
    return images, place.content()


def one_build(root: Path, images: Path, expected: dict[str, bytes], seed: int, faults: int) -> Outcome:
    """Train one build with so many faults. Raises AssertionError."""
    draw = random.Random(seed)
    place, outcome = Place(root, images, draw), Outcome()
    waiting = [FAULTS[(seed * faults + n) % len(FAULTS)] for n in range(faults)]  # each kind as often
    draw.shuffle(waiting)
    start = time.monotonic()
    log = root / "attach.log"
    running: dict[int, tuple[dict, str]] = {}
    while not (log.exists() and "rendered" in log.read_text()):
        assert outcome.calls < ROUNDS, f"stuck: {log}"
        builds = 1
        for wrong in list(waiting):
            if wrong in SCHEDULER and draw.random() < 0.6:
                command, action = SCHEDULER[wrong]
                with fake_slurm.state(place.slurm) as known:
                    known["faults"].setdefault(command, []).append(action)
            elif wrong in BUILDS and draw.random() < 0.6:
                builds = 2
            else:
                continue
            waiting.remove(wrong)
            outcome.faults[wrong] += 1
        for child in [place.attach() for _ in range(builds)]:
            _, code = os.waitpid(child, 0)
            assert os.waitstatus_to_exitcode(code) == 0, log.read_text()[-3000:]
            outcome.calls += 1
        _run_tasks(place, waiting, outcome, running)
        time.sleep(GRACE + 0.05)
        if outcome.calls > ROUNDS // 2:
            waiting.clear()  # faults that found no moment
    outcome.seconds = time.monotonic() - start
    _check(place, expected, outcome)
    return outcome


def _run_tasks(place: Place, waiting: list[str], outcome: Outcome, running: dict[int, tuple[dict, str]]) -> None:
    """Run what the scheduler has, side by side, until nothing waits."""
    queue: list[dict] = []
    while queue or running or (queue := fake_slurm.take(place.slurm)):
        while queue and len(running) < SIDE_BY_SIDE:
            task = queue.pop(0)
            wrong = next((fault for fault in waiting if fault in NODE), "") if place.draw.random() < 0.8 else ""
            if wrong:
                waiting.remove(wrong)
                outcome.faults[wrong] += 1
            running[place.start(task, wrong)] = task, wrong
        child, code = os.wait()
        task, wrong = running.pop(child)
        code = os.waitstatus_to_exitcode(code)
        assert code in (0, 1, -signal.SIGKILL, 143), f"exit code {code}: {task['log']}"
        assert wrong or code == 0, f"exit code {code} without a fault: {Path(task['log']).read_text()[-2000:]}"
        if code:
            outcome.stopped[wrong] += 1
        fake_slurm.end(place.slurm, task, requeue=code != 0 and ", requeued" in wrong)


def _check(place: Place, expected: dict[str, bytes], outcome: Outcome) -> None:
    """What holds when all is rendered."""
    found = place.content()
    different = [name for name in found.keys() | expected if found.get(name) != expected.get(name)]
    assert not different, f"{different} differ in {place.root}"
    said = (place.root / "attach.log").read_text()
    logs = [path.read_text() for path in place.results.glob("cluster/*/logs/*.txt")]
    assert "Traceback" not in said + "".join(logs), place.root
    assert not any("damaged" in log for log in logs), f"a half-written file was read in {place.root}"
    epochs = Counter(name for log in logs for name in re.findall(r"\] (.+?)  epoch \d+/", log))
    told = said.count(TWICE)
    spare = sum(outcome.stopped.values())
    lost = sum(max(0, count - EPOCHS) for count in epochs.values())
    assert lost <= spare + EPOCHS * told, f"{lost} epochs were trained twice for {spare} stops: {place.root}"
    outcome.twice = told
    with fake_slurm.state(place.slurm) as known:
        assert "sacct" not in known["calls"], "accounting was asked for"


def simulate(root: Path, faults: int, each: int = 8, seed: int = 0) -> Iterator[Outcome]:
    """Builds with `each` faults, until there were so many."""
    images, expected = prepare(root)
    happened, number = 0, seed
    while happened < faults:
        place = root / f"build{number}"
        place.mkdir()
        outcome = one_build(place, images, expected, number, each)
        happened += sum(outcome.faults.values())
        number += 1
        yield outcome
