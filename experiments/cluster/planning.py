"""build.py --plan: what a build would train, and the plan of it as a file that --only goes by."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.catalog import Experiment
from experiments.cluster.plan import make_plan
from experiments.disk.records import to_json
from experiments.plan import plan_runs, wanted_runs
from experiments.progress import counted

if TYPE_CHECKING:
    from rich.console import Console

    from experiments.options import TrainingOptions


def plan(options: "TrainingOptions", experiments: Sequence[Experiment], console: "Console") -> list[str]:
    """What a build with these options would train, a line a run, one about all and one about the plan, which is stored
    in the results; or the plan alone as JSON. Nothing is downloaded for it."""
    from experiments.data.load import load_datasets

    datasets = load_datasets(options, console, download=False)
    made = make_plan(options, experiments, datasets)
    record = made.record
    threads = sorted({group["threads"] for group in record["groups"].values()})
    each = " or ".join(counted(number, "thread") for number in threads)
    computed_in = f"{record['device']}, {record['precision']}, {each} a task"
    about = f"plan {made.digest}: {computed_in}"
    try:
        made.write(options.results)
    except OSError as error:
        about += f" (not stored: {options.results}: {error.strerror})"
    if options.json:
        return [to_json({**record, "digest": made.digest}).decode().rstrip()]
    wanted = wanted_runs(options.counted(options.trained(experiments), datasets), datasets, options.seeds_for(datasets))
    return [*plan_runs(wanted, options.results), about]
