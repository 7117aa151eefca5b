"""Trains again what a report claims to have trained, and compares: --verify FILE --replay.

This closes what digests cannot: a report whose data, text and digests were forged together.
"""

import math
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import stdev

from experiments.catalog import EXPERIMENTS, Experiment
from experiments.claims import Claim, Outcome, accuracy, judge
from experiments.data.dataset import Dataset
from experiments.options import TrainingOptions
from experiments.progress import Progress

_OTHER_CODE = "not replayed: the program here has other code than the one that trained it; take that version"
Replay = Callable[[Sequence[Claim]], list[Outcome]]


def replayer(options: TrainingOptions, progress: Progress) -> Replay:
    """A function that replays claims with the data and on the device that the options name; torch comes late."""
    return lambda claims: replay(claims, options, progress)


def replay(claims: Sequence[Claim], options: TrainingOptions, progress: Progress) -> list[Outcome]:
    """What each claim turns out to be, in order. Nothing of it is kept.

    Claims of other code or other data than are here are not replayed, which their outcome says. Claims of several
    reports may come together, if those of one run have the same settings: it is trained once.
    """
    outcomes: dict[int, Outcome] = {}  # by the claim's place
    numbered = list(enumerate(claims))
    for experiment in EXPERIMENTS:
        here = {}
        for place, claim in numbered:
            if claim.run_id.experiment != experiment.name:
                continue
            if experiment.code_of(claim.run_id.variant) == claim.record["code"]:
                here[place] = claim
            else:
                outcomes[place] = Outcome(claim.run_id, "not replayed", _OTHER_CODE)
        if here:
            found = _replay(experiment, list(here.values()), options, progress)
            outcomes |= dict(zip(here, found, strict=True))
    return [outcomes[place] for place, _ in numbered]


def _replay(
    experiment: Experiment, claims: Sequence[Claim], options: TrainingOptions, progress: Progress
) -> list[Outcome]:
    """Claims of one experiment and of this program's code, an outcome each."""
    from experiments.training.device import choose_device
    from experiments.training.runner import train_all

    dataset = _dataset(experiment.dataset, claims[0], options, progress)
    message = (
        f"not replayed: the data here are {dataset.fingerprint[:12]} ({dataset.origin}), "
        "the report's are others; name them with --data-dir or --imagenet10"
    )
    same = [claim for claim in claims if claim.record["dataset"]["fingerprint"] == dataset.fingerprint]
    if not same:
        return [Outcome(claim.run_id, "not replayed", message) for claim in claims]
    trained = replace(experiment, variants={claim.run_id.variant: claim.config for claim in same})
    seeds = 1 + max(claim.run_id.seed for claim in same)
    with tempfile.TemporaryDirectory(prefix="hw1-dl-") as folder:
        device = choose_device(options.device, options.precision, options.threads)
        runs = train_all([trained], {dataset.name: dataset}, seeds, device, Path(folder), progress)
        found = {run.id: (run.record, {name: run.read(name) for name in same[0].files}) for run in runs}
    outcomes = []
    for claim in claims:
        if claim.record["dataset"]["fingerprint"] != dataset.fingerprint:
            outcomes.append(Outcome(claim.run_id, "not replayed", message))
            continue
        record, files = found[claim.run_id]
        of_seeds = [
            accuracy(tables["predictions.csv"])
            for run_id, (_, tables) in found.items()
            if run_id.variant == claim.run_id.variant
        ]
        known = [value for value in of_seeds if not math.isnan(value)]
        outcomes.append(judge(claim, record, files, stdev(known) if len(known) > 1 else 0.0))
    return outcomes


def _dataset(name: str, claim: Claim, options: TrainingOptions, progress: Progress) -> Dataset:
    """The data that a claim's run was trained on, as far as they are here or can be had."""
    from experiments.data.load import QUICK_FASHION_MNIST, load_fashion_mnist, load_imagenet10  # noqa: PLC0415

    demo = claim.record["dataset"]["origin"] == "demo"
    if name == "fashion-mnist":
        images = QUICK_FASHION_MNIST if claim.config.quick else None
        return load_fashion_mnist(options.data_dir, demo=demo, images=images, console=progress.console)
    with tempfile.TemporaryDirectory(prefix="hw1-dl-") as cache:
        return load_imagenet10(
            options.data_dir,
            folder=None if demo else options.imagenet10,
            classes=None if demo else options.classes,
            images_per_class=options.images_per_class or claim.images_per_class,
            demo=demo,
            console=progress.console,
            spare_cache=Path(cache),
        )
