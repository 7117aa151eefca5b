"""How long a teacher waits for a class: .venv/bin/python -m benchmarks.desk [--hand-ins 60] [--reports 3]

Reports are made from synthetic results of three seeds with 6,000 test images in each set, which is as many rows as the
homework's real results have, and copied until there are enough; one in twenty is cut in two. Then --verify FOLDER.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.synthetic import write_results

ROOT = Path(__file__).resolve().parent.parent
PER_CLASS = 3000  # a fifth of them test images


def make_reports(folder: Path, number: int) -> list[bytes]:
    """So many reports by different authors."""
    reports = []
    for author in range(number):
        place = folder / f"author{author}"
        results = write_results(place / "results", seeds=3, per_class=PER_CLASS, accuracy={"cnn": 0.85 + author / 100})
        fields = place / "homework.toml"
        fields.write_text(f'name = "author {author}"\nstudent_number = "{20230000 + author}"\n', encoding="utf-8")
        where = ["--results", str(results), "--out", str(place), "--fields", str(fields)]
        subprocess.run([sys.executable, "build.py", "--skip-train", *where], cwd=ROOT, check=True, capture_output=True)
        reports.append((place / "HW1-DL.pdf").read_bytes())
    return reports


def main() -> None:
    """Make the class, check it, print the time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hand-ins", type=int, default=60)
    parser.add_argument("--reports", type=int, default=3, help="different ones among them")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reports = make_reports(folder, args.reports)
        desk = folder / "desk"
        desk.mkdir()
        for place in range(args.hand_ins):
            report = reports[place % len(reports)]
            (desk / f"{place:03}.pdf").write_bytes(report[: len(report) // 2] if place % 20 == 19 else report)
        start = time.perf_counter()
        command = [sys.executable, "build.py", "--verify", str(desk), "--out", str(folder / "out")]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        seconds = time.perf_counter() - start
    print(next(line for line in done.stdout.splitlines() if " hand-ins: " in line))
    size = sum(map(len, reports)) / len(reports) / 1e6
    print(f"{seconds:.0f} s for {args.hand_ins} hand-ins of {size:.1f} MB on {len(os.sched_getaffinity(0))} cores")


if __name__ == "__main__":
    main()
