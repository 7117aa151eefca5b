"""Kills a small but real build again and again, and looks whether it ends as if it had never been.

    python tests/crash.py --kills 200 --runs 40
    python tests/crash.py --kills 50 --runs 10 --politely

Each run starts with nothing stored and an old report. Its build is killed, at a random moment or in the midst of a
random file operation, and started again, until it ends. Then every result, the PDF and the HTML must be, byte for
byte, those of a build that was left alone; on the way no finished run may be lost or trained twice, no half-written
file read, no epoch but the one under way be lost, and the report be the old or the new one.

--politely: by Ctrl-C and SIGTERM, which must end the build within two seconds, with code 130 or 143 and a line on how
to go on.
"""

import argparse
import dataclasses
import os
import random
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
import torch
from PIL import Image

import build
from experiments import options
from experiments.catalog import EQUAL_TERMS, EXPERIMENTS
from experiments.config import ImageConfig
from experiments.data import load
from experiments.training import device, runner
from tests.conftest import make_dataset
from tests.faults import Faults, install, kill

OLD = b"an old report"
EPOCHS = 2
JOBS = 6  # the softmax variants are one; then the three image models, and two of them on equal terms
BESIDE = 2  # runs side by side, at most
POLITE = {signal.SIGINT: 130, signal.SIGTERM: 143}  # signal → exit code
PATIENCE = 2.0  # seconds


def small(config):
    """A variant that trains in a fraction of a second."""
    if isinstance(config, ImageConfig):
        return dataclasses.replace(config, epochs=EPOCHS, batch_size=20, sizes=((1, 32),), eval_size=32)
    return dataclasses.replace(config, epochs=EPOCHS)


*SMALL, SMALL_EQUAL_TERMS = [
    dataclasses.replace(experiment, variants={name: small(config) for name, config in experiment.variants.items()})
    for experiment in (*EXPERIMENTS, EQUAL_TERMS)
]


class Place:
    """The folders of one run, and the builds in it."""

    def __init__(self, root: Path, images: Path, train_only: bool):
        self.root, self.results, self.out = root, root / "results", root / "out"
        self.pdf, self.log = self.out / "HW1-DL.pdf", root / "log"
        self.args = [
            *("--imagenet10", images, "--images-per-class", 10, "--seeds", 1, "--softmax-seeds", 1, "--device", "cpu"),
            *("--data-dir", root / "data", "--results", self.results),
            *(["--train-only"] if train_only else ["--out", self.out]),
        ]
        self.out.mkdir(parents=True)
        self.pdf.write_bytes(OLD)

    def start(self, act: Callable[[str], None] = kill, at: int = 0) -> int:
        """Start a build in a process of its own, with `act` at its `at`-th file operation; returns its id."""
        child = os.fork()
        if child == 0:
            code = 70  # a fault of this program itself
            try:
                log = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
                os.dup2(log, 1)
                os.dup2(log, 2)
                faults = install(Faults(self.root, at, act))
                code = build.main([str(arg) for arg in self.args])
                (self.root / "operations").write_text(str(faults.count))
            finally:
                sys.stderr.flush()
                os._exit(code)
        return child

    def finish(self) -> float:
        """A build that is left alone; returns its seconds."""
        start = time.monotonic()
        _, status = os.waitpid(self.start(), 0)
        assert status == 0, self.log.read_text()
        return time.monotonic() - start

    def finished(self) -> dict[Path, int]:
        """Every complete run, with the time at which it was stored."""
        return {path: path.stat().st_mtime_ns for path in self.results.glob("*/*/seed-*/run.json")}

    def content(self) -> dict[str, bytes]:
        """Every file of results and report; what hidden files there are is no result."""
        paths = [*self.results.rglob("*"), *self.out.glob("*")]
        shown = [path for path in paths if path.is_file() and not path.name.startswith(".")]
        return {str(path.relative_to(self.root)): path.read_bytes() for path in shown}

    def check(self, expected: dict[str, bytes], stops: int) -> None:
        """What holds when the last build has ended."""
        log, found = self.log.read_text(), self.content()
        different = [name for name in found.keys() | expected if found.get(name) != expected.get(name)]
        assert not different, f"{different} differ in {self.root}"
        left = [path for folder in (self.results, self.out) for path in folder.rglob(".*.checkpoint")]
        assert not left, f"{left} left"
        assert "Traceback" not in log, f"a traceback in {self.log}"
        assert "damaged" not in log, f"a half-written file was read: {self.log}"
        epochs = len(re.findall(r"epoch \d+/\d+ ", log))
        most = EPOCHS * JOBS + BESIDE * stops
        assert epochs <= most, "more than one epoch of each run under way lost for a stop"


def prepare(root: Path) -> Path:
    """Ten folders of images, and a process in which a build is small, starts at once and tells no times."""
    import_module("report.write")
    rng = np.random.default_rng(0)
    for label in range(10):
        (root / "images" / f"class{label}").mkdir(parents=True)
        for i in range(10):
            pixels = rng.integers(0, 25 * (label + 1), (24, 24, 3), np.uint8)
            Image.fromarray(pixels).save(root / "images" / f"class{label}" / f"{i}.png")
    garments = make_dataset("fashion-mnist", 28, 1, per_class=60)
    facts = runner._facts
    torch.set_num_threads(1)  # none is lost in a fork
    # Its self-test tells how fast the machine is at the moment.
    cpu = dataclasses.replace(device.choose_device("cpu"), threads=BESIDE)
    device.choose_device = lambda *wanted: cpu
    build.EXPERIMENTS = SMALL
    options.EQUAL_TERMS = SMALL_EQUAL_TERMS
    load.choose_origin = lambda *args, **options: "real"
    load.load_fashion_mnist = lambda *args, **options: garments
    runner._facts = lambda *args: {**facts(*args), "finished": "2026-01-01T00:00:00+00:00"}
    runner._seconds = lambda *args: {"train": 1.0, "measure": 1.0, "test": 1.0}
    runner.CHECKPOINT_SECONDS = 0.0
    return root / "images"


def reference(root: Path, images: Path, train_only: bool) -> tuple[dict[str, bytes], float, int]:
    """What a build that is left alone makes, its seconds and its file operations."""
    place = Place(root / "reference", images, train_only)
    seconds = place.finish()
    return place.content(), seconds, int((place.root / "operations").read_text())


def end(child: int, at: int, after: float, stop: signal.Signals) -> bool:
    """End a build after so many seconds, or let its `at`-th file operation end it; whether it had not ended before."""
    if not at:
        time.sleep(after)
        os.kill(child, stop)
    start = time.monotonic()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, POLITE.get(stop, -stop)), f"{stop.name}: exit code {code}"
    assert stop not in POLITE or time.monotonic() - start < PATIENCE, f"{stop.name} took too long"
    return code != 0


def crash(
    kills: int, least_runs: int, seed: int = 0, train_only: bool = False, politely: bool = False
) -> Iterator[str]:
    """Kill `kills` builds over at least `runs` runs; yields one line a run. Raises AssertionError."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="crash-") as folder:
        root = Path(folder)
        images = prepare(root)
        expected, seconds, operations = reference(root, images, train_only)
        killed, run = 0, 0
        while killed < kills or run < least_runs:
            place = Place(root / f"run{run}", images, train_only)
            finished: dict[Path, int] = {}
            stops = 0
            while stops < -(-kills // least_runs):
                at = draw.randint(1, operations) if draw.random() < 0.5 and not politely else 0
                stop = draw.choice(list(POLITE)) if politely else signal.SIGKILL
                # A little later than the fork: before main() has begun, nothing is there to answer a polite signal.
                ended = end(place.start(at=at), at, 0.1 * politely + draw.uniform(0, seconds), stop)
                assert place.pdf.read_bytes() in (OLD, expected["out/HW1-DL.pdf"])
                now = place.finished()
                assert finished.items() <= now.items(), "a finished run was lost or trained again"
                finished = now
                if not ended:
                    break  # it was faster
                if politely:
                    assert "the same command goes on" in place.log.read_text().splitlines()[-1]
                stops += 1
            place.finish()
            place.check(expected, stops)
            assert finished.items() <= place.finished().items(), "a finished run was lost or trained again"
            shutil.rmtree(place.root)
            killed, run = killed + stops, run + 1
            yield f"run {run}: {killed} kills, every result and the report as undisturbed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--train-only", action="store_true", help="leave the report out")
    parser.add_argument("--politely", action="store_true", help="by Ctrl-C and SIGTERM")
    args = parser.parse_args()
    for line in crash(args.kills, args.runs, args.seed, args.train_only, args.politely):
        print(line, flush=True)


if __name__ == "__main__":
    main()
