"""One group of runs, trained by a command of its own: build.py --only imagenet10/cnn/seed-2 --plan-digest D."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from experiments.catalog import Experiment
from experiments.cluster.plan import Plan, make_plan, read_plan
from experiments.cluster.status import Heart, ToldProgress, status_path
from experiments.disk.waiting import LATE
from experiments.errors import RefusedError

if TYPE_CHECKING:
    from experiments.data.dataset import Dataset
    from experiments.options import TrainingOptions
    from experiments.progress import Progress

# Imports are late: a name that is wrong is told before torch is loaded.


def train_only(options: "TrainingOptions", experiments: Sequence[Experiment], progress: "Progress") -> None:
    """Train the group of runs that --only names into the store, computed as the plan says.

    Its plan is the stored one of --plan-digest, or the one that these options make. Raises RefusedError if code, data,
    settings, precision, threads or device kind are not the plan's, and says which differ.
    """
    assert options.only
    if options.plan_digest is None:
        datasets = _datasets(options, progress, download=True)
        plan = make_plan(options, experiments, datasets)
        plan.write(options.results)
        group = plan.group_of(options.only)
        with _heart(plan, group, options, progress) as heart:
            if heart:
                _train(plan, group, datasets, experiments, options, heart, progress)
        return
    plan = read_plan(options.results, options.plan_digest, LATE)
    group = plan.group_of(options.only)
    options.device = plan.record["device"] if options.device == "auto" else options.device
    options.precision = plan.record["precision"] if options.precision == "auto" else options.precision
    options.threads = options.threads or plan.record["groups"][group]["threads"]
    with _heart(plan, group, options, progress) as heart:
        if not heart:
            return
        datasets = _datasets(options, progress, download=False)
        here = make_plan(options, experiments, datasets)
        if changes := plan.differences(here, group):
            raise RefusedError(
                f"{group}: not what plan {plan.digest} says: {'; '.join(changes)}; go back to that, or make another "
                "plan with build.py --plan"
            )
        _train(here, group, datasets, experiments, options, heart, progress)


class _NoHeart:
    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


def _heart(plan: Plan, group: str, options: "TrainingOptions", progress: "Progress") -> Heart | _NoHeart:
    """The task's sign of life; none if another task is training these runs. Raises UserError where that is in vain."""
    record = plan.record["groups"][group]
    first = next(iter(record["runs"])).rpartition("/")[0]
    heart = Heart(status_path(plan.folder(options.results), group), plan.record["variants"][first]["config"]["epochs"])
    if heart.others_life(LATE):
        progress.say(f"{group}: {heart.status.task} on {heart.status.node} is training it; left to that one")
        return _NoHeart()
    heart.give_up_in_vain()
    return heart


def _datasets(options: "TrainingOptions", progress: "Progress", *, download: bool) -> dict[str, "Dataset"]:
    """The data; those that another machine has downloaded may be seen late."""
    from experiments.data.dataset import DataError
    from experiments.data.downloads import require_on_disk
    from experiments.data.load import load_datasets

    end = time.monotonic() + LATE
    while not download and options.data != "demo":
        try:
            require_on_disk(options.data_dir, imagenette=options.imagenet10 is None)
            break
        except DataError:
            if time.monotonic() > end:
                raise
        time.sleep(1.0)
    return load_datasets(options, progress.console, download=download)


def _train(
    plan: Plan,
    group: str,
    datasets: dict[str, "Dataset"],
    experiments: Sequence[Experiment],
    options: "TrainingOptions",
    heart: Heart,
    progress: "Progress",
) -> None:
    from experiments.training.pipeline import train_planned

    job, threads = plan.jobs[group], plan.record["groups"][group]["threads"]
    (experiment,) = [e for e in options.trained(experiments) if e.name == job.members[0][0].experiment]
    found = plan.record["device"], plan.record["precision"], threads
    with ToldProgress(heart, progress.console) as told:
        stored_first = train_planned(job, experiment, datasets, found, options.results, told)
    if stored_first and stored_first < len(job.members):
        heart.status.notes.append(f"{stored_first} of {len(job.members)} runs were stored already")
