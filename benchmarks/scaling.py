"""How a build grows with classes, images, seeds, models and nodes: reports measured, trainings simulated.

python -m benchmarks.scaling [--last] [--out DIR]
python -m benchmarks.scaling --simulate

Measured: a report of stored results made by hand is rendered in a process of its own, as build.py --skip-train does,
with nothing kept from an earlier one; with --out the last one stays there.

Simulated: the times of the README, which has them for 2 cores, in proportion to the images (benchmarks/growth.py
measures that), on nodes of 2 cores that take the next task when they are free.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from experiments.store.runs import RunId
from tests.synthetic import write_results

ROOT = Path(__file__).resolve().parents[1]
SIZES = (  # classes, images of each, seeds
    (10, 600, 3),
    (10, 600, 30),
    (10, 6000, 3),
    (100, 600, 3),
    (100, 600, 30),
)


def names(classes: int) -> list[str]:
    """wnids, as ImageNet's folders are called."""
    return [f"n{1440764 + 7919 * k:08}" for k in range(classes)]


def measured(classes: int, per_class: int, seeds: int, folder: Path, out: Path) -> tuple[float, float, float, int, int]:
    """(seconds on the clock, of the processor, GiB at the peak, pages, bytes of the PDF) of such a report."""
    results = write_results(folder, seeds=seeds, per_class=per_class, classes=names(classes))
    assert RunId("imagenet10", "cnn", seeds - 1).folder(results).is_dir()
    code = (  # VmHWM: its ru_maxrss begins with this process's
        "import re, resource, sys, build; code = build.main(sys.argv[1:]);"
        "own = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]);"
        "print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss));"
        "sys.exit(code)"
    )
    fields = folder / "homework.toml"
    fields.write_text("")
    start, processor = time.monotonic(), sum(os.times()[2:4])
    done = subprocess.run(
        [sys.executable, "-c", code, "--skip-train", "--results", results, "--out", out, "--fields", fields],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    seconds, used = time.monotonic() - start, sum(os.times()[2:4]) - processor
    if done.returncode:
        raise SystemExit(f"no report of {classes} classes and {seeds} seeds")
    pdf = next(out.glob("*.pdf"))
    info = subprocess.run(["pdfinfo", pdf], stdout=subprocess.PIPE, text=True, check=True).stdout
    pages = next(int(line.split()[1]) for line in info.splitlines() if line.startswith("Pages"))
    return seconds, used, int(done.stdout.split()[-1]) / 2**20, pages, pdf.stat().st_size


SECONDS = {"layer2nn": 6.0, "mlp": 11.0, "cnn": 317.0, "vit": 317.0, "resnet": 317.0, "mixer": 317.0}  # of 10 × 600
THREADS = {"layer2nn": 1, "mlp": 1}  # others take a whole node
CORES = 2


def simulated(classes: int, per_class: int, seeds: int, models: int, nodes: int) -> tuple[float, float]:
    """(seconds of the whole training, share of the cores' time that was used); long tasks come first."""
    images = classes * per_class / (10 * 600)
    names = list(SECONDS)[:models]
    tasks = [(SECONDS[name] * images, THREADS.get(name, CORES)) for name in names for _ in range(seeds)]
    tasks += [(2.0 * min(4, seeds - first), CORES) for first in range(0, seeds, 4)]  # softmax, five variants at once
    free = [[0.0] * CORES for _ in range(nodes)]  # when each core is
    for seconds, threads in sorted(tasks, reverse=True):
        node = min(free, key=lambda cores: sorted(cores)[threads - 1])
        start = sorted(node)[threads - 1]
        for core in sorted(range(CORES), key=node.__getitem__)[:threads]:
            node[core] = start + seconds
    end = max(max(cores) for cores in free)
    return end, sum(seconds * threads for seconds, threads in tasks) / (end * nodes * CORES)


def simulate() -> None:
    """Print the table of trainings."""
    print("| classes | images of each | seeds | models | nodes | hours | cores in use |\n|---|---|---|---|---|---|---|")
    base = (10, 600, 3, 3, 1)
    for place, value in ((0, 10), (0, 100), (1, 6000), (2, 30), (3, 6), (4, 2)):
        size = tuple(value if n == place else usual for n, usual in enumerate(base))
        seconds, used = simulated(*size)
        print(f"| {' | '.join(map(str, size))} | {seconds / 3600:.2f} | {used:.0%} |")
    for nodes in (1, 2, 10, 45):
        seconds, used = simulated(100, 600, 30, 3, nodes)
        print(f"| 100 | 600 | 30 | 3 | {nodes} | {seconds / 3600:.2f} | {used:.0%} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--last", action="store_true", help="only the largest")
    parser.add_argument("--simulate", action="store_true", help="the trainings")
    args = parser.parse_args()
    if args.simulate:
        simulate()
        return
    head = ("classes", "images of each", "seeds", "s", "of the processor", "peak GiB", "pages", "PDF, MB")
    print(f"| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for size in SIZES[-1:] if args.last else SIZES:
        with tempfile.TemporaryDirectory(prefix="scaling-") as folder:
            out = args.out if args.out and size == SIZES[-1] else Path(folder) / "out"
            seconds, used, memory, pages, length = measured(*size, Path(folder) / "results", out)
        columns = (*size, f"{seconds:.1f}", f"{used:.1f}", f"{memory:.2f}", pages, f"{length / 1e6:.1f}")
        print(f"| {' | '.join(map(str, columns))} |", flush=True)


if __name__ == "__main__":
    main()
