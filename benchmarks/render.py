"""Where the time of a report goes: .venv/bin/python -m benchmarks.render [--results DIR] [--lang both]

Each phase alone, one after the other; then whole builds of PDF and HTML as a user runs them, in which phases overlap:
with an empty cache, after a change of style (the figures are kept, the page is printed again), with nothing changed.
Needs no torch. Without results, train first or pass a folder that has some.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print the seconds on the clock, and of the processor, that the block takes."""
    clock, cpu = time.perf_counter(), _processor()
    yield
    print(f"{name:42}{time.perf_counter() - clock:8.2f} s{_processor() - cpu:8.2f} s")


def _processor() -> float:
    """Seconds of this process and its finished children."""
    return sum(os.times()[:4])


def phases(results_folder: Path, lang: str) -> None:
    """Every phase alone, nothing kept from before."""
    with timed("imports"):
        from experiments.catalog import EXPERIMENTS
        from report import write
        from report.cache import Cache
        from report.findings import compute_findings
        from report.page import fonts
        from report.page.figure_files import draw_figures
        from report.pdf import write as pdf
        from report.pdf.inspection import inspect
        from report.results import read_results
        from report.title_page import TitlePage
    with timed("read results"):
        results = read_results(results_folder, EXPERIMENTS)
    with timed("findings"):
        findings = compute_findings(results)
    with tempfile.TemporaryDirectory() as folder:
        figures, cache = Path(folder, "figures"), Cache(Path(folder, "cache"))

        def draw() -> None:
            draw_figures(results, findings, figures, lang, cache)

        def page(edition: str) -> str:
            return write.report_html(results, EXPERIMENTS, findings, TitlePage(), lang, edition, figures, cache)

        _twice("figures", draw)
        html = _twice("HTML for print", lambda: page("print"))
        _twice("HTML for the screen", lambda: page("screen"))
        with timed("PDF: process, layout, writing"):
            data = pdf.pdf_bytes(html, figures=figures)
        with timed("inspection"):
            inspect(data, foreign=fonts.uncovered(html))


def _twice(name: str, make: Callable[[], T]) -> T:
    with timed(f"{name}, cold"):
        make()
    with timed(f"{name}, warm"):
        return make()


def builds(results: Path, lang: str) -> None:
    """Whole builds in processes of their own."""
    with tempfile.TemporaryDirectory() as out:
        for state in ("empty cache", "another style", "nothing changed"):
            if state == "another style":  # what such a change does: the printed page is no longer among the pieces
                newest = max(Path(out, ".cache").iterdir(), key=lambda path: path.stat().st_size)
                newest.unlink()
            with timed(f"build.py --skip-train, {state}"):
                command = ["build.py", "--skip-train", "--results", str(results), "--out", out, "--lang", lang]
                subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=ROOT / "results", metavar="DIR")
    parser.add_argument("--lang", choices=("both", "zh", "en"), default="both")
    args = parser.parse_args()
    print(f"{'':42}{'clock':>10}{'processor':>10}")
    phases(args.results.resolve(), args.lang)
    builds(args.results.resolve(), args.lang)


if __name__ == "__main__":
    main()
