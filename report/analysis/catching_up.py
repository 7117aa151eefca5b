"""How soon one image model is as good as another at its end."""

from dataclasses import dataclass

import pandas as pd

from report.analysis.measurements import values_at


@dataclass(frozen=True)
class CatchUp:
    """When the residual MLP's validation accuracy reaches that of the 2-layer NN after its last epoch.

    by_seed: seed by seed, in which epoch it first does; None where it never does.
    """

    by_seed: tuple[int | None, ...]
    epochs: int  # of the 2-layer NN

    @property
    def reached(self) -> int:
        """In how many seeds it does."""
        return sum(epoch is not None for epoch in self.by_seed)

    @property
    def first(self) -> int:
        """The earliest of the epochs; 0 where there is none."""
        return min((epoch for epoch in self.by_seed if epoch is not None), default=0)

    @property
    def latest(self) -> int:
        """The latest of the epochs; 0 where there is none."""
        return max((epoch for epoch in self.by_seed if epoch is not None), default=0)


def catch_up(curves: pd.DataFrame, epochs: int) -> CatchUp | None:
    """From the curves of the runs that did not diverge; None where the two have no seed in common."""
    last = values_at(curves[curves["variant"] == "layer2nn"], epochs, "val", "acc").to_dict().get("layer2nn", {})
    rows = curves[curves["variant"].eq("mlp") & curves["split"].eq("val") & curves["metric"].eq("acc")]
    by_seed: list[int | None] = []
    for seed, run in rows.groupby("seed"):
        if seed in last:
            reached = run[run["value"] >= last[seed]]["epoch"]
            by_seed.append(int(reached.min()) if len(reached) else None)
    return CatchUp(tuple(by_seed), epochs) if by_seed else None
