"""Everything the templates are given: finished values, no prose."""

import difflib
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.catalog import Experiment
from experiments.dataset import PER_CLASS, SMALL_PER_CLASS
from experiments.record import SAMPLES
from report import numbers
from report.ablation import equal_terms, left_out
from report.fields import Fields
from report.findings import (
    LOST,
    MODELS,
    DoubleSoftmaxTheory,
    ImageFindings,
    ModelFindings,
    SoftmaxFindings,
    gradient_by_probability,
)
from report.illustrations import shown_mistakes
from report.names import shown, shown_class
from report.origins import ORIGINS
from report.reference import REFERENCE, TEST_IMAGES
from report.results import Results
from report.statistics import BINS, LEVEL, POWER

LONGEST_NAME = 28  # characters of a class name in a table or a sentence
IMAGENETTE_FILES = 9469  # in the training part, as https://github.com/fastai/imagenette offers it for download


def report_values(
    results: Results,
    experiments: Sequence[Experiment],
    softmax: SoftmaxFindings,
    images: ImageFindings,
    fields: Fields,
) -> dict[str, Any]:
    """Name → value, for templates/report.html."""
    settings = {experiment.name: experiment.variants for experiment in experiments}
    first = {name: _first_record(results, "imagenet10", name) for name in MODELS}
    sources = _first_record(results, "softmax", "wrong")["sources"]
    mistakes_model, mistakes = shown_mistakes(results, images)
    p = np.linspace(0, 1, 2001)
    devices = [record["device"] for record in results.records.values()]
    of_images = [record for run_id, record in results.records.items() if run_id.experiment == "imagenet10"]
    return {
        "fields": fields,
        "n_seeds": results.seeds,
        "quick": results.quick,
        "demo": results.demo,
        "stale": results.stale,
        "some_diverged": any(model.diverged for model in images.models.values()),
        "unusual_size": _images_data(results)["per_class"] != _usual_size(results),
        "tuned_here": _tuned_here(results),
        "tuned_per_class": PER_CLASS,
        "left_over": _left_over(results, settings["imagenet10"]),
        "theory": softmax.theory,
        "gradient_ratios": _gradient_ratios(softmax.theory.classes),
        "bound_rows": _bound_rows(),
        "double_gradient_peak": float(gradient_by_probability(p)[1].max()),
        "softmax": softmax,
        "lost": _lost(results, softmax),
        "softmax_config": settings["softmax"]["wrong"],
        "fashion": results.datasets["fashion-mnist"].record["images"],
        "sources": {name: textwrap.dedent(source) for name, source in sources.items()},
        "correction_diff": _correction_diff(sources),
        "images": images,
        "configs": [settings["imagenet10"][name] for name in MODELS],
        "models": [_model(name, first[name], images.models.get(name)) for name in MODELS],
        "images_data": _images_data(results),
        "imagenette_files": IMAGENETTE_FILES,
        "class_names": _class_names(results),
        "mistakes_model": mistakes_model,
        "shown_mistakes": mistakes,
        "statistics": {"confidence": 1 - LEVEL, "power": POWER, "bins": BINS},
        "class_rows": _class_rows(results),
        "result_rows": _result_rows(results, images),
        "cost_rows": [(name, images.models.get(name), first[name]) for name in MODELS],
        "left_out": left_out(results),
        "equal_terms": equal_terms(results),
        "homework": REFERENCE,
        "homework_images": TEST_IMAGES,
        "homework_difference": abs(REFERENCE["mlp"].correct - REFERENCE["layer2nn"].correct),
        "device_names": list(dict.fromkeys(device["name"] for device in devices)),
        "device_dtypes": list(dict.fromkeys(record["device"]["dtype"] for record in of_images)),
        "device_threads": numbers.spread([device["threads"] for device in devices]),
        "versions": {
            name: ", ".join(dict.fromkeys(record["versions"][name] for record in results.records.values()))
            for name in ("python", "torch", "torchvision", "numpy")
        },
        "run_rows": _run_rows(results),
        "origins": ORIGINS,
    }


def _gradient_ratios(classes: int) -> list[tuple[float, float]]:
    """(p_y, |dL/do_y| of two softmaxes over that of one) for a label that is all but missed, unknown, half known."""
    p = np.array([0.01, 1 / classes, 0.5])
    one, two = gradient_by_probability(p, classes)
    return list(zip(p.tolist(), (two / one).tolist(), strict=True))


def _bound_rows() -> list[list[str]]:
    """What a double softmax allows for a few numbers of classes."""
    return [
        [
            numbers.count(theory.classes),
            *(numbers.loss(value) for value in (theory.floor, theory.ceiling, theory.chance, theory.room)),
            numbers.percent_number(theory.confidence_cap),
            numbers.decimal(theory.start_ratio, 3),
        ]
        for theory in map(DoubleSoftmaxTheory, (2, 3, 10, 1000))
    ]


def _lost(results: Results, softmax: SoftmaxFindings) -> dict[str, Any]:
    """Which classes each variant does not learn: their names, and how many they are, seed by seed."""
    names = results.datasets["fashion-mnist"].record["classes"]
    return {
        "below": LOST,
        "names": {
            name: [names[label] for label in sorted({label for labels in variant.lost for label in labels})]
            for name, variant in softmax.variants.items()
        },
        **{name: [len(labels) for labels in variant.lost] for name, variant in softmax.variants.items()},
    }


def _first_record(results: Results, experiment: str, variant: str) -> dict[str, Any]:
    return next(
        record
        for run_id, record in results.records.items()
        if (run_id.experiment, run_id.variant) == (experiment, variant)
    )


def _correction_diff(sources: Mapping[str, str]) -> str:
    """What `corrected` adds to the class of `wrong`, as a unified diff."""
    before = sources["wrong_class"].splitlines()
    after = [*before, "", *sources["corrected_loss"].splitlines()]
    lines = list(difflib.unified_diff(before, after, "wrong", "corrected", n=4, lineterm=""))
    return "\n".join(lines) + "\n"


def _model(name: str, record: Mapping[str, Any], findings: ModelFindings | None) -> dict[str, Any]:
    """A model's structure, from its run's record."""
    return {
        "variant": name,
        "parameters": record["parameters"],
        "flops": record["flops"],
        "input": _shape(record["input"]),
        "layer_rows": [
            [layer["name"], layer["type"], _shape(layer["shape"]), numbers.count(layer["parameters"])]
            for layer in record["layers"]
        ],
        "findings": findings,
    }


def _shape(sides: Sequence[int]) -> str:
    return " × ".join(str(side) for side in sides)


def _images_data(results: Results) -> dict[str, Any]:
    record = results.datasets["imagenet10"].record
    classes = len(record["classes"])
    return {
        "origin": record["origin"],
        "side": record["side"],
        **record["images"],
        "per_class": sum(record["images"].values()) // classes,
        **{f"{split}_per_class": count // classes for split, count in record["images"].items()},
        "duplicates": len(record["duplicates"]),
        "skipped": len(record["skipped"]),
        "found": sum(record["found"]),
        "samples": min(SAMPLES, record["images"]["train"] // classes),
    }


def _usual_size(results: Results) -> int:
    """Images of each class without --images-per-class."""
    return SMALL_PER_CLASS if results.quick or results.demo else PER_CLASS


def _tuned_here(results: Results) -> bool:
    """Whether the settings were chosen on these very validation images."""
    data = _images_data(results)
    return data["origin"] == "imagenette-160" and data["per_class"] == PER_CLASS


def _left_over(results: Results, configs: Mapping[str, Any]) -> dict[str, int]:
    """Model → training images that an epoch leaves out, since they do not fill a batch; those with any."""
    images = _images_data(results)["train"]
    left = {name: images % configs[name].batch_size for name in MODELS if images > configs[name].batch_size}
    return {name: number for name, number in left.items() if number}


def _class_names(results: Results) -> list[dict[str, str]]:
    names = [shown_class(class_id, LONGEST_NAME) for class_id in results.datasets["imagenet10"].record["classes"]]
    return [{"zh": zh, "en": en} for zh, en in names]


def _class_rows(results: Results) -> list[list[str]]:
    record = results.datasets["imagenet10"].record
    return [
        [
            str(label),
            shown(class_id, LONGEST_NAME),
            zh if zh != en else numbers.MISSING,
            en,
            numbers.count(found),
            numbers.count(used),
        ]
        for label, (class_id, found, used) in enumerate(
            zip(record["classes"], record["found"], record["used"], strict=True)
        )
        for zh, en in [shown_class(class_id, LONGEST_NAME)]  # a class without a Chinese name has its English one twice
    ]


def _result_rows(results: Results, images: ImageFindings) -> dict[str, list[Any]]:
    """The cells of the homework's table, without its row headers: for each model our figure, then the homework's."""

    def both(ours: Any, theirs: Any) -> list[str]:
        """One row: `ours` of a model's findings, `theirs` of the homework's figures."""
        cells = []
        for name in MODELS:
            model = images.models.get(name)
            cells += [ours(model) if model else numbers.MISSING, theirs(REFERENCE[name])]
        return cells

    percent = numbers.percent_number
    return {
        "epochs": both(lambda m: str(m.epochs), lambda r: str(r.epochs)),
        "loss": both(lambda m: numbers.loss(m.test_loss), lambda r: numbers.loss(r.test_loss)),
        "loss_sd": both(lambda m: numbers.loss(m.test_loss_sd), lambda r: numbers.MISSING),
        "acc": both(lambda m: percent(m.test_acc), lambda r: percent(r.test_acc)),
        "acc_sd": both(lambda m: percent(m.test_acc_sd), lambda r: numbers.MISSING),
        "classes": [
            both(lambda m, c=c: percent(m.class_acc[c]), lambda r, c=c: percent(r.class_acc[c]))
            for c in range(len(results.datasets["imagenet10"].record["classes"]))
        ],
    }


def _run_rows(results: Results) -> list[list[str]]:
    rows = []
    for variant in dict.fromkeys((run_id.experiment, run_id.variant) for run_id in results.records):
        runs = {
            run_id: record
            for run_id, record in results.records.items()
            if (run_id.experiment, run_id.variant) == variant
        }
        star = "*" if any(run_id in results.stale for run_id in runs) else ""
        record = next(iter(runs.values()))
        seconds = sum(sum(record["seconds"].values()) for record in runs.values())
        seeds = [run_id.seed for run_id in runs]
        rows.append(
            [
                "/".join(variant) + star,
                "0" if len(seeds) == 1 else f"0–{max(seeds)}",
                record["key"][:8],
                record["code"][:8],
                record["dataset"]["fingerprint"][:8],
                numbers.duration(seconds),
            ]
        )
    return rows
