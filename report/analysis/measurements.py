"""What is read from the tables of measurements by every analysis: curves at an epoch, which images are right."""

import pandas as pd


def values_at(curves: pd.DataFrame, epoch: int, split: str, metric: str) -> pd.DataFrame:
    """Values at one epoch: one row per seed, one column per variant."""
    rows = curves[(curves["epoch"] == epoch) & (curves["split"] == split) & (curves["metric"] == metric)]
    return rows.pivot(index="seed", columns="variant", values="value")


def mean_over_seeds(curves: pd.DataFrame, variant: str, epoch: int, split: str, metric: str) -> float:
    """Of one variant, the mean over its seeds of a metric at one epoch."""
    at = curves["variant"].eq(variant) & curves["epoch"].eq(epoch) & curves["split"].eq(split)
    rows = curves[at & curves["metric"].eq(metric)]
    if rows.empty:
        raise KeyError(variant)
    return float(rows.sort_values("seed", kind="stable")["value"].mean())


def mean_by_epoch(curves: pd.DataFrame, split: str, metric: str) -> pd.Series:
    """The mean over seeds, epoch by epoch, of one model's curves."""
    return curves[curves["split"].eq(split) & curves["metric"].eq(metric)].groupby("epoch")["value"].mean()


def is_right(predictions: pd.DataFrame) -> pd.Series:
    """Whether each image was classified correctly."""
    return predictions["predicted"] == predictions["label"]
