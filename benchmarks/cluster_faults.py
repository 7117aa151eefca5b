"""Small builds on a fake scheduler and failing nodes: what each kind of fault costs.

python -m benchmarks.cluster_faults [--faults 200] [--seed 0]
"""

import argparse
import multiprocessing
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.cluster_faults import FAULTS, Outcome, simulate

STREAMS = 2  # builds side by side
SEEDS_APART = 10_000  # of two streams


def outcomes(faults: int, each: int, seed: int) -> list[Outcome]:
    """Builds with `each` faults, one after another, until there were so many."""
    with tempfile.TemporaryDirectory(prefix="cluster-faults-") as folder:
        return list(simulate(Path(folder), faults, each, seed))


def run(faults: int, each: int = 8, seed: int = 0) -> list[Outcome]:
    """The same in processes side by side. Raises AssertionError where something was lost."""
    share = -(-faults // STREAMS)
    with ProcessPoolExecutor(STREAMS, mp_context=multiprocessing.get_context("spawn")) as pool:
        streams = [pool.submit(outcomes, share, each, seed + n * SEEDS_APART) for n in range(STREAMS)]
        return [outcome for stream in streams for outcome in stream.result()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--faults", type=int, default=200)
    parser.add_argument("--each", type=int, default=8, help="faults of a build")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    start = time.monotonic()
    found = run(args.faults, args.each, args.seed)
    happened = sum((outcome.faults for outcome in found), Counter())
    stopped = sum((outcome.stopped for outcome in found), Counter())
    print("| fault | times | tasks that it ended |\n|---|---|---|")
    for fault in FAULTS:
        print(f"| {fault} | {happened[fault]} | {stopped[fault]} |")
    print(f"| all | {sum(happened.values())} | {sum(stopped.values())} |\n")
    calls, twice = (sum(getattr(outcome, name) for outcome in found) for name in ("calls", "twice"))
    seconds = time.monotonic() - start
    print(
        f"{len(found)} builds, {calls} calls of build.py --cluster, {seconds:.0f} s; every result as of "
        f"a local build, accounting off; runs trained by two tasks: {twice}, all told"
    )


if __name__ == "__main__":
    main()
