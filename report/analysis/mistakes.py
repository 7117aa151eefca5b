"""The mistakes of one run on the test images."""

from dataclasses import dataclass

import pandas as pd

from report.analysis.measurements import is_right


@dataclass(frozen=True)
class Mistake:
    """A test image that a run took for another class, with the probability that it gave that class."""

    sample: int  # in the dataset
    place: int  # among the test images
    label: int
    predicted: int
    confidence: float


def mistakes_of(run: pd.DataFrame) -> tuple[Mistake, ...]:
    """The mistakes of one run, the most confident first."""
    run = run.sort_values("sample").reset_index(drop=True)
    wrong = run[~is_right(run)].sort_values("p_predicted", ascending=False, kind="stable")
    columns = [wrong[name].tolist() for name in ("sample", "label", "predicted", "p_predicted")]
    return tuple(
        Mistake(sample, place, label, predicted, confidence)
        for place, sample, label, predicted, confidence in zip(wrong.index.tolist(), *columns, strict=True)
    )
