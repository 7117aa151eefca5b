"""The runs that a report claims to have trained, as they can be trained again."""

from collections.abc import Mapping
from typing import cast

import pandas as pd

from experiments.catalog import EXPERIMENTS, IMAGENET10
from experiments.claims import Claim
from experiments.errors import UserError
from experiments.store.runs import RunId, to_csv
from report.pdf.attachments import Source
from report.results import CURVES, PREDICTIONS, STEPS
from report.selection import as_trained

MOST_SEEDS = 20


def claims_of(source: Source, part: str) -> list[Claim]:
    """The runs of one part: softmax, an image model, or all. Raises UserError if the report has none of it."""
    results = source.results
    quick = results.quick
    experiments = as_trained([e.quick() if quick else e for e in EXPERIMENTS], results.records)
    configs = {(e.name, variant): config for e in experiments for variant, config in e.variants.items()}
    chosen = [
        run_id
        for run_id in results.records
        if part in ("all", run_id.experiment if run_id.experiment != IMAGENET10.name else run_id.variant)
        and (run_id.experiment, run_id.variant) in configs
    ]
    if not chosen:
        raise UserError(f"--replay {part}: the report has no such runs")
    if any(not 0 <= run_id.seed < MOST_SEEDS for run_id in chosen):
        raise UserError(f"--replay {part}: seeds beyond {MOST_SEEDS - 1}; no report of this program has so many runs")
    tables = {
        name: _by_run(table)
        for name, table in (("predictions", results.predictions), ("curves", results.curves), ("steps", results.steps))
    }
    return [
        Claim(
            run_id,
            configs[run_id.experiment, run_id.variant],
            results.records[run_id],
            _per_class(source, run_id),
            {
                "predictions.csv": _stored(tables["predictions"].get(run_id), PREDICTIONS),
                "curves.csv": _stored(tables["curves"].get(run_id), CURVES),
                "steps.csv": _stored(tables["steps"].get(run_id), STEPS),
            },
        )
        for run_id in chosen
    ]


def _by_run(table: pd.DataFrame) -> dict[RunId, pd.DataFrame]:
    groups = table.groupby(["experiment", "variant", "seed"], sort=False)
    return {RunId(*cast("tuple[str, str, int]", name)): rows for name, rows in groups}


def _stored(rows: pd.DataFrame | None, columns: Mapping[str, str]) -> bytes:
    """The bytes that were stored: the nine digits of to_csv come back from what was read of them."""
    if rows is None:
        return to_csv(list(columns), [])
    return to_csv(list(columns), zip(*(rows[name].tolist() for name in columns), strict=True))


def _per_class(source: Source, run_id: RunId) -> int:
    dataset = source.results.datasets[source.results.records[run_id]["dataset"]["name"]]
    return int(dataset.record["used"][0])
