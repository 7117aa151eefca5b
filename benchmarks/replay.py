"""How many forged runs a replay finds, and how many honest ones it doubts: .venv/bin/python -m benchmarks.replay

Many seeds of the cheap variants are trained on demo data. Forged is a run of which wrong predictions were flipped to
right. On a like machine the replay is the same run; elsewhere, another seed stands for the run as the other machine
trains it, which is the worst case: other last bits change a training less than another seed does.
"""

import argparse
import random
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from experiments.catalog import IMAGENET10, SOFTMAX
from experiments.claims import Claim, accuracy, judge
from experiments.data.load import load_fashion_mnist, load_imagenet10
from experiments.progress import Progress
from experiments.store.runs import Run
from experiments.training.device import choose_device
from experiments.training.runner import train_all

TABLES = ("predictions.csv", "curves.csv", "steps.csv")
SEEDS_OF_A_REPORT = 3


def trained(seeds: int) -> dict[str, list[Run]]:
    """Variant → its runs, with their files read into `record["tables"]`."""
    datasets = {d.name: d for d in (load_fashion_mnist(Path(), demo=True), load_imagenet10(Path(), demo=True))}
    cheap = {name: IMAGENET10.variants[name] for name in ("layer2nn",)}
    experiments = [SOFTMAX.quick(), replace(IMAGENET10, variants=cheap).quick()]
    runs: dict[str, list[Run]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, Progress() as progress:
        for run in train_all(experiments, datasets, seeds, choose_device("cpu"), Path(folder), progress):
            run.record["tables"] = {name: run.read(name) for name in TABLES}
            runs[run.id.variant].append(run)
    return runs


def forged(predictions: bytes, images: int, rng: random.Random) -> bytes:
    """So many wrong predictions flipped to right, drawn at random, their probabilities made to fit."""
    head, *rows = predictions.decode().splitlines()
    cells = [row.split(",") for row in rows]
    wrong = [row for row in cells if row[1] != row[2]]
    for row in rng.sample(wrong, min(images, len(wrong))):
        row[2], row[3] = row[1], row[4]
    return ("\n".join([head, *(",".join(row) for row in cells)]) + "\n").encode()


def found(runs: Sequence[Run], points: float, times: int, *, elsewhere: bool) -> float:
    """The share of claims that are doubted, each of a run whose accuracy was raised by these percentage points."""
    rng = random.Random(0)
    doubted = 0
    for _ in range(times):
        claimed, *replayed = rng.sample(list(runs), 1 + SEEDS_OF_A_REPORT)
        here = replayed[0] if elsewhere else claimed
        tables = dict(claimed.record["tables"])
        images = tables["predictions.csv"].count(b"\n") - 1
        tables["predictions.csv"] = forged(tables["predictions.csv"], round(points / 100 * images), rng)
        config = (SOFTMAX if claimed.id.experiment == "softmax" else IMAGENET10).variants[claimed.id.variant]
        record = claimed.record
        if elsewhere:
            record = {**record, "device": {**record["device"], "name": "another"}}
        spread = statistics.stdev(accuracy(run.record["tables"]["predictions.csv"]) for run in replayed)
        claim = Claim(claimed.id, config, record, 0, tables)
        doubted += judge(claim, here.record, here.record["tables"], spread).finding == "differs"
    return doubted / times


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=12)
    parser.add_argument("--times", type=int, default=200)
    args = parser.parse_args()
    gains = (0, 1, 2, 5, 10)
    print(
        f"{'doubted, % of ' + str(args.times):34}"
        + "".join(f"{'honest' if not g else f'+{g} points':>12}" for g in gains)
    )
    for variant, runs in trained(args.seeds).items():
        for elsewhere in (False, True):
            shares = [found(runs, gain, args.times, elsewhere=elsewhere) for gain in gains]
            where = "elsewhere" if elsewhere else "like machine"
            print(f"{f'{variant}, {where}':34}" + "".join(f"{share * 100:12.1f}" for share in shares))


if __name__ == "__main__":
    main()
