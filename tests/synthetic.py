"""Stored results made by hand, so that the report side is tested without training and without torch."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from unittest import mock

import numpy as np

from experiments.catalog import EXPERIMENTS
from experiments.config import SoftmaxConfig
from experiments.disk import files
from experiments.rules import rules_digest
from experiments.store.datasets import read_dataset, record_dataset
from experiments.store.reference import pack_reference
from experiments.store.runs import Key, Run, RunId, to_csv, write_run
from report.selection import Selection, select_runs
from tests.conftest import make_dataset

SOURCES = {
    "inherited_loss": "def loss(self, Y_hat, Y):\n    return F.cross_entropy(Y_hat, Y)\n",
    "forward": "def forward(self, X):\n    return self.softmax(X @ self.W + self.b)\n",
    "softmax": "def softmax(self, X):\n    return X.exp() / X.exp().sum(1, keepdim=True)\n",
    "double_loss": "",
    "corrected_loss": "    def loss(self, Y_hat, Y):\n        return -Y_hat[range(len(Y_hat)), Y].log().mean()\n",
    "reference_forward": "",
    "wrong_class": "class SoftmaxRegressionScratch(Classifier):\n    def forward(self, X):\n        return X\n",
}
LAYERS = [{"name": "head", "type": "Linear", "shape": [10], "parameters": 7850}]
ACCURACY = {
    "wrong": 0.70,
    "double": 0.70,
    "corrected": 0.80,
    "wrong-lr10": 0.78,
    "reference": 0.80,
    "layer2nn": 0.45,
    "mlp": 0.50,
    "cnn": 0.85,
}

# As long and as hard to break as the names of folders may be.
LONG_NAMES = [
    "W" * 255,
    "i" * 255,
    "汉" * 85,
    "Tomato___Tomato_Yellow_Leaf_Curl_Virus",
    "Tomato___Tomato_Yellow_Leaf_Curl_Virus_2",
    "TomatoLeafMoldSeptoriaSpiderMites" * 7,
    "leaf.disease-dataset_v2.2024" * 9,
    "x" * 63 + "\u200b",
    "A&B<C>D" * 20,
    "n" * 64 + "汉" * 20,
]


@mock.patch.object(files, "_flush", id)  # nothing is brought to the disk: that would take six times as long as the rest
def write_results(
    results: Path,
    *,
    seeds: int = 2,
    accuracy: Mapping[str, float] | None = None,
    diverged: Sequence[tuple[str, int]] = (),
    origin: str = "folder",
    quick: bool = False,
    classes: Sequence[str] | None = None,
    code: str | None = None,
    per_class: int = 100,
    by_class: Mapping[int, float] | None = None,
    day: int = 1,
    series: str = "",
    rules: str | None = None,
) -> Path:
    """A complete store: every variant with the test accuracy given, classes alike, mistakes spread evenly.

    diverged: (variant, seed) pairs stored as diverged in epoch 2.
    by_class: label → accuracy on that class, whichever variant. day: of January, when seed 0 was finished.
    series: what the seeds are drawn from. rules: digest stored with each run, today's unless given.
    """
    accuracy = {**ACCURACY, **(accuracy or {})}
    datasets = {
        "fashion-mnist": make_dataset("fashion-mnist", 4, 1, per_class),
        "imagenet10": make_dataset("imagenet10", 8, 3, per_class, len(classes) if classes else 10),
    }
    for name, dataset in datasets.items():
        changes = {"origin": origin} | ({"classes": tuple(classes)} if classes and name == "imagenet10" else {})
        for field, value in changes.items():
            object.__setattr__(dataset, field, value)
        record_dataset(results, dataset)
    for experiment in [experiment.drawn_from(series) for experiment in EXPERIMENTS]:
        dataset = datasets[experiment.dataset]
        for variant, config in (experiment.quick() if quick else experiment).variants.items():
            for seed in range(seeds):
                key = Key(config, seed, dataset.fingerprint, code or experiment.code_of(variant))
                lost = (variant, seed) in diverged
                facts = {
                    "dataset": {"name": dataset.name, "origin": origin, "fingerprint": dataset.fingerprint},
                    "finished": f"2026-01-{(seed + day - 1) % 31 + 1:02}T00:00:00+00:00",
                    "rules": rules_digest() if rules is None else rules,
                    "diverged_at": 2 if lost else None,
                    "device": {"kind": "cpu", "name": "Test CPU", "threads": 1, "dtype": "float32", "dtype_reason": ""},
                    "versions": {"python": "3.11.0", "torch": "2.9", "torchvision": "0.24", "numpy": "2.0"},
                    "seconds": {"train": 10.0, "measure": 1.0, "test": 0.5},
                    "parameters": 7850,
                    "flops": 15680,
                    "input": [3, 8, 8],
                    "layers": LAYERS,
                    "sources": SOURCES if experiment.name == "softmax" else {},
                }
                last = 1 if lost else config.epochs
                contents = {
                    "curves.csv": _curves(config, variant, last, accuracy[variant]),
                    "predictions.csv": _predictions(dataset, seed, 0 if lost else 1, accuracy[variant], by_class or {}),
                    "steps.csv": to_csv(("step", "loss"), [(1, 2.3), (2, 2.0 if variant in _DOUBLE else 1.0)]),
                    "model.safetensors": b"weights",
                }
                write_run(results, RunId(experiment.name, variant, seed), key, facts, contents)
    return results


def pack_as_reference(results: Path, folder: Path) -> list[Run]:
    """The runs of a store as a reference run in a folder; returns them."""
    runs = select_runs(results, EXPERIMENTS, Selection())
    datasets = {run.record["dataset"]["name"]: run.record["dataset"]["fingerprint"] for run in runs}
    pack_reference(folder, runs, [read_dataset(results, *dataset) for dataset in datasets.items()])
    return runs


_DOUBLE = ("wrong", "double", "wrong-lr10")


def _curves(config, variant: str, last: int, accuracy: float) -> bytes:
    rows = []
    softmax = isinstance(config, SoftmaxConfig)
    low = 1.7 if variant in _DOUBLE else 0.5
    for epoch in range(0 if softmax else 1, last + 1):
        loss = low + (math.log(10) - low) * math.exp(-epoch)
        acc = 0.1 + (accuracy - 0.1) * epoch / config.epochs
        for split in ("train", "val"):
            rows += [(epoch, split, "loss", loss), (epoch, split, "acc", acc)]
        if softmax:
            rows.append((epoch, "val", "grad_norm", (0.095 if variant in _DOUBLE else 0.95) * math.exp(-epoch / 10)))
    if not softmax:
        rows += [(last, "train", "clean_loss", 0.4), (last, "train", "clean_acc", min(1.0, accuracy + 0.05))]
    return to_csv(("epoch", "split", "metric", "value"), rows)


def _predictions(dataset, seed: int, whole: int, accuracy: float, by_class: Mapping[int, float]) -> bytes:
    """The same images are wrong for equal accuracies; where one model is better, it is right on more of the same."""
    samples = np.flatnonzero(dataset.split == 2)
    rng = np.random.default_rng(seed)
    luck = rng.permutation(len(samples)) / len(samples)
    rows = []
    for sample, draw in zip(samples, luck, strict=True):
        label = int(dataset.labels[sample])
        right = draw < by_class.get(label, accuracy)
        others = len(dataset.classes) - 1
        predicted = label if right else (label + 1 + int(sample) % min(others, 9)) % (others + 1)
        # The mistakes' confidence is spread over several bins of the reliability diagram.
        p_label, p_predicted = (0.8, 0.8) if right else (0.05, 0.5 + 0.4 * draw)
        rows.append((int(sample), label, predicted, p_label, p_predicted))
    return to_csv(("sample", "label", "predicted", "p_label", "p_predicted"), rows if whole else [])
