"""What a build would train, why, and how long that takes. Free of torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.catalog import Experiment
from experiments.config import changes
from experiments.progress import duration
from experiments.store.runs import Key, Run, RunId, examine

if TYPE_CHECKING:  # a wrong option is refused before numpy is loaded
    from experiments.data.dataset import Dataset


def wanted_runs(
    experiments: Sequence[Experiment], datasets: Mapping[str, "Dataset"], seeds: int
) -> list[tuple[RunId, Key]]:
    """Every run of the catalogue, in its order, with the key under which it is stored."""
    return [
        (
            RunId(experiment.name, variant, seed),
            Key(config, seed, datasets[experiment.dataset].fingerprint, experiment.code_of(variant)),
        )
        for experiment in experiments
        for variant, config in experiment.variants.items()
        for seed in range(experiment.seeds or seeds)
    ]


def plan_runs(wanted: Sequence[tuple[RunId, Key]], results: Path) -> list[str]:
    """One line a run, stored or to be trained and why; then a line about all of them."""
    lines, todo = [], []
    stored: list[Run] = []
    for run_id, key in wanted:
        sound, damaged = examine(results, run_id)  # what is damaged, a build moves aside
        stored += sound
        if any(run.key == key.digest for run in sound):
            lines.append(f"{run_id}: stored")
            continue
        todo.append((run_id, key))
        none = ["damaged" if damaged else "nothing stored"]
        reasons = none if damaged else min((_why(run, key) for run in sound), key=len, default=none)
        lines.append(f"{run_id}: train ({', '.join(reasons)})")
    return [*lines, _summary(len(wanted), list(expected_seconds(todo, stored).values()))]


def expected_seconds(wanted: Sequence[tuple[RunId, Key]], stored: Sequence[Run]) -> dict[RunId, float | None]:
    """Seconds that each run takes by itself, by the newest stored run of its variant; None where there is none.

    In proportion to the epochs where these differ.
    """
    newest: dict[tuple[str, str, object], Run] = {}
    for run in sorted(stored, key=lambda run: str(run.record["finished"])):
        newest[run.id.experiment, run.id.variant, run.record["config"].get("quick")] = run
    expected: dict[RunId, float | None] = {}
    for run_id, key in wanted:
        like = newest.get((run_id.experiment, run_id.variant, key.config.quick))
        seconds = float(sum(like.record["seconds"].values())) / like.record["config"]["epochs"] if like else None
        expected[run_id] = seconds and seconds * key.config.epochs
    return expected


def _why(run: Run, key: Key) -> list[str]:
    """How a stored run differs from a wanted one."""
    settings = changes(key.config, run.record["config"])
    names = {name for name, _, _ in settings}
    return [
        *(f"{name} {old} -> {new}" for name, old, new in settings),
        *(part for part in run.why_not(key) if part not in names),
    ]


def _summary(runs: int, seconds: Sequence[float | None]) -> str:
    if not seconds:
        return f"nothing to train: all {runs} runs are stored"
    known = [value for value in seconds if value is not None]
    line = f"{len(seconds)} of {runs} runs to train"
    if known:
        line += f", about {duration(sum(known))} by stored runs, one after another"
        if unknown := len(seconds) - len(known):
            line += f", and {unknown} of which no time is known"
    return line
