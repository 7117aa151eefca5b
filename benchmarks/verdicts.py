"""What the rule of verdicts errs and finds: .venv/bin/python -m benchmarks.verdicts [--trials 2000]

Two models are simulated that recognise an image where its ease, the model's strength, the seed's own and a draw of
the run come to more than nothing; then the rule of report.analysis.comparison is applied, with McNemar's test on the
first seed beside it. The table stands in docs/statistics.md.
"""

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from report.analysis.statistics import LEVEL
from report.analysis.uncertainty import uncertainty

SEEDS = (1, 2, 3, 5, 10)
MARGIN = 0.03
EASE = 1.0  # spread of the images' ease, as large as that of a run's draws


@dataclass(frozen=True)
class Case:
    """accuracy: of b, on average; gain: of a over b; spread: s.d. over seeds, in accuracy. dead: probability that a
    seed of either loses a tenth of its images altogether."""

    name: str
    images: int
    accuracy: float
    gain: float = 0.0
    spread: float = 0.0
    dead: float = 0.0


CASES = (
    Case("no difference, seeds alike", 1200, 0.55),
    Case("no difference, seeds ± 1 point", 1200, 0.55, spread=0.01),
    Case("no difference, seeds ± 3 points", 1200, 0.85, spread=0.03),
    Case("no difference, half the seeds lose a class", 10_000, 0.83, dead=0.5),
    Case("5 points, seeds ± 1 point", 1200, 0.55, 0.05, spread=0.01),
    Case("8 points, half the seeds lose a class", 10_000, 0.75, 0.08, dead=0.5),
    Case("as large as the margin, seeds ± 1 point", 1200, 0.55, MARGIN, spread=0.01),
)


def trial(case: Case, seeds: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Whether a and b recognise each image, (seeds, images) each."""
    ease = EASE * rng.standard_normal(case.images, dtype=np.float32)
    sides = []
    for accuracy in (case.accuracy + case.gain, case.accuracy):
        own = np.clip(rng.normal(accuracy, case.spread, seeds), 0.01, 0.99)
        strength = np.array([NormalDist().inv_cdf(share) for share in own]) * math.sqrt(1 + EASE**2)
        right = rng.standard_normal((seeds, case.images), dtype=np.float32) < strength[:, None] + ease
        lost = np.arange(case.images) < case.images // 10
        sides.append(right & ~(lost & (rng.random(seeds) < case.dead)[:, None]))
    return sides[0], sides[1]


def judged(a: np.ndarray, b: np.ndarray) -> tuple[bool, bool, bool]:
    """Whether the rule calls two models different, whether equivalent, and whether McNemar rejects, of one seed."""
    found, gain = uncertainty(a.astype(int) - b), float(a.mean() - b.mean())
    differs = abs(gain) > found.half_width(LEVEL)
    equivalent = not differs and abs(gain) + found.half_width(2 * LEVEL) < MARGIN
    return differs, equivalent, len(a) == 1 and mcnemar(a[0], b[0])[2] < LEVEL


def simulate(case: Case, seeds: int, trials: int) -> tuple[float, float, float]:
    """How often, of so many trials, the rule says different, the rule says equivalent, and McNemar rejects."""
    rng = np.random.default_rng(seeds)
    return tuple(np.mean([judged(*trial(case, seeds, rng)) for _ in range(trials)], axis=0).tolist())


def rows(trials: int, cases: tuple[Case, ...] = CASES) -> Iterator[str]:
    """The table in Markdown: of each cell, by seeds, how often the rule calls the two different, or equivalent."""
    seeds = " | ".join(f"{n} seed{'s' * (n > 1)}" for n in SEEDS)
    yield f"| case | images | verdict | {seeds} | McNemar, one seed |"
    yield "|---|---|---|" + "---|" * (len(SEEDS) + 1)
    for case in cases:
        found = [simulate(case, seeds, trials) for seeds in SEEDS]
        one = f"{found[0][2]:.1%}"
        for place, verdict in enumerate(("different", "equivalent")):
            cells = " | ".join(f"{each[place]:.1%}" for each in found)
            yield f"| {case.name} | {case.images:,} | {verdict} | {cells} | {'—' if place else one} |"


def mcnemar(right_a: np.ndarray, right_b: np.ndarray) -> tuple[int, int, float]:
    """Exact McNemar test of two classifiers on the same images (doi:10.1007/BF02295996).

    right_a, right_b: booleans (N,), whether each image was classified correctly.
    Returns the images only a got right, the images only b got right, and the two-sided p.
    """
    only_a, only_b = int((right_a & ~right_b).sum()), int((~right_a & right_b).sum())
    tosses = only_a + only_b
    ways = tail = 1  # to win no toss, and at most so many
    for k in range(min(only_a, only_b)):
        ways = ways * (tosses - k) // (k + 1)
        tail += ways
    return only_a, only_b, min(1.0, 2 * tail / 2**tosses)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    for row in rows(parser.parse_args().trials):
        print(row, flush=True)


if __name__ == "__main__":
    main()
