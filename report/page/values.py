"""Everything the templates are given: finished values, no prose."""

import difflib
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from experiments.bilingual import Bilingual
from experiments.catalog import EQUAL_TO, Experiment
from experiments.config import ImageConfig
from experiments.data.dataset import PER_CLASS, SMALL_PER_CLASS
from experiments.options import SOFTMAX_SEEDS
from experiments.rules import MARGINS, rules_digest
from experiments.store.datasets import SAMPLES
from experiments.store.record_types import RunRecord
from figures.room import has_numbers, samples_shown
from report.analysis import homework
from report.analysis.ablation import left_out
from report.analysis.every_seed import MIN_RECALL
from report.analysis.image_models import ImageFindings, ModelFindings
from report.analysis.softmax import SoftmaxFindings
from report.analysis.statistics import BINS, LEVEL
from report.analysis.theory import gradient_by_probability
from report.findings import Findings
from report.page import numbers, tables
from report.page.ablation_tables import ablation_table, equal_terms_table
from report.page.all_code import all_code
from report.page.class_labels import shown_classes
from report.page.figure_files import shown_mistakes
from report.page.model_names import model_heading, model_names
from report.page.score_table import MOST_CLASSES, score_table
from report.page.settings import mixes, settings_table
from report.results import Results
from report.title_page import TitlePage

IMAGENETTE_FILES = 9469  # in the training part, as https://github.com/fastai/imagenette offers it for download


def report_values(
    results: Results,
    experiments: Sequence[Experiment],
    findings: Findings,
    title_page: TitlePage,
    lang: str = "both",
) -> dict[str, Any]:
    """Name → value, for templates/report.html. lang: the edition, on which the first column of one table depends."""
    softmax, images = findings
    settings = {experiment.name: experiment.variants for experiment in experiments}
    records = {
        run_id.variant: record
        for run_id, record in reversed(list(results.records.items()))  # the first seed last, and kept
        if run_id.experiment == "imagenet10"
    }
    records = {name: records[name] for name in reversed(records)}
    configs = {name: config for name, config in settings["imagenet10"].items() if isinstance(config, ImageConfig)}
    names = {name: model_names(name) for name in configs}
    return {
        "title_page": title_page,
        "code_files": all_code() if title_page.code_in_report == "all" else [],
        "softmax": softmax,
        "theory": softmax.theory,
        "images": images,
        "names": names,
        "models": [_model(name, configs[name], records[name], images.models.get(name)) for name in configs],
        "several_models": len(images.models) > 1,
        "tables": _tables(results, findings, configs, records, lang),
        "confusion_numbers": has_numbers(_images_data(results)["classes"], len(images.models)),
        "scores_by_class": _images_data(results)["classes"] <= MOST_CLASSES,
        "statistics": {"confidence": 1 - LEVEL, "bins": BINS, "margins": MARGINS},
        "reference": _reference(results),
        **_seeds(results, images),
        **_data(results),
        **_softmax_section(results, softmax, settings["softmax"]),
        **_training(results, configs, names),
        **_mistakes(results, images),
        **_homework(),
        **_ablation(results, images, configs),
        **_provenance(results, images, records),
    }


def _reference(results: Results) -> dict[str, Any] | None:
    """What the first page says of the reference run in place of an author; None for one's own."""
    if not results.reference:
        return None
    newest = max(str(record["finished"]) for record in results.records.values())
    return {"finished": newest[:10], "older_code": bool(results.stale)}


def _seeds(results: Results, images: ImageFindings) -> dict[str, Any]:
    return {
        "n_seeds": results.seeds,
        "several_seeds": results.seeds > 1,
        "series": results.series[0] if len(results.series) == 1 else "",
        "some_diverged": any(model.diverged for model in images.models.values()),
    }


def _data(results: Results) -> dict[str, Any]:
    data = _images_data(results)
    usual = SMALL_PER_CLASS if results.quick or results.demo else PER_CLASS  # without --images-per-class
    return {
        "quick": results.quick,
        "demo": results.demo,
        "fashion": results.datasets["fashion-mnist"].record["images"],
        "images_data": data,
        "imagenette_files": IMAGENETTE_FILES,
        "unusual_size": data["per_class"] != usual,
        "class_names": _class_names(results),
    }


def _softmax_section(results: Results, softmax: SoftmaxFindings, settings: Mapping[str, Any]) -> dict[str, Any]:
    sources = _first_record(results, "softmax", "wrong")["sources"]
    p = np.linspace(0, 1, 2001)
    return {
        "softmax_config": settings["wrong"],
        "gradient_ratios": _gradient_ratios(softmax.theory.classes),
        "double_gradient_peak": float(gradient_by_probability(p)[1].max()),
        "unlearned": _unlearned(results, softmax),
        "n_softmax_seeds": len(softmax.seeds),
        "several_softmax_seeds": len(softmax.seeds) > 1,
        "further_seeds": len(softmax.seeds) > results.seeds,
        "softmax_seeds_option": _softmax_seeds_option(results, softmax),
        "same_curves": all(agreement.verdict == "supported" for agreement in softmax.agreements),
        "sources": {name: textwrap.dedent(source) for name, source in sources.items()},
        "correction_diff": _correction_diff(sources),
    }


def _gradient_ratios(classes: int) -> list[tuple[float, float]]:
    """(p_y, |dL/do_y| of two softmaxes over that of one) for a label that is all but missed, unknown, half known."""
    p = np.array([0.01, 1 / classes, 0.5])
    one, two = gradient_by_probability(p, classes)
    return list(zip(p.tolist(), (two / one).tolist(), strict=True))


def _unlearned(results: Results, softmax: SoftmaxFindings) -> dict[str, Any]:
    """Which classes each variant does not learn, and from how many seeds; the most often lost first."""
    names = results.datasets["fashion-mnist"].record["classes"]
    lost = {}
    for name, variant in softmax.variants.items():
        lost[name] = [
            {"name": names[label], "seeds": seeds}
            for label, seeds in Counter(chain.from_iterable(variant.unlearned_classes)).most_common()
        ]
    return {
        "below": MIN_RECALL,
        "classes": lost,
        "lost": {name: sum(map(len, v.unlearned_classes)) for name, v in softmax.variants.items()},
        "never": {name: sum(map(len, v.never_predicted)) for name, v in softmax.variants.items()},
        "seeds": {name: sum(map(bool, v.unlearned_classes)) for name, v in softmax.variants.items()},
    }


def _softmax_seeds_option(results: Results, softmax: SoftmaxFindings) -> str:
    """Of the command that makes these results, where its number of softmax seeds is not the usual one."""
    usual = results.seeds if results.quick or results.demo else max(results.seeds, SOFTMAX_SEEDS)
    seeds = max(results.seeds, 1 + max(softmax.seeds))
    return "" if seeds == usual else f" --softmax-seeds {seeds}"


def _first_record(results: Results, experiment: str, variant: str) -> RunRecord:
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


def _model(name: str, config: ImageConfig, record: Mapping[str, Any], findings: ModelFindings | None) -> dict[str, Any]:
    """A model's names, settings and structure; record: of one of its runs. findings: None if every run diverged."""
    return {
        "variant": name,
        "name": model_names(name),
        "heading": model_heading(name),
        "file": f"experiments/models/{config.model}.py",
        "config": config,
        "grows": len(config.sizes) > 1,
        "size_changes": [epoch for epoch, _ in config.sizes[1:]],
        "averaged_from": config.epochs // 2 + 1 if config.ema else None,
        "unmixed_from": config.epochs - config.unmixed_epochs + 1 if mixes(config) and config.unmixed_epochs else None,
        "parameters": record["parameters"],
        "flops": record["flops"],
        "input": tables.shape(record["input"]),
        "layers": tables.layers(record),
        "findings": findings,
    }


def _images_data(results: Results) -> dict[str, Any]:
    record = results.datasets["imagenet10"].record
    classes = len(record["classes"])
    return {
        "origin": record["origin"],
        "side": record["side"],
        "classes": classes,
        **record["images"],
        "per_class": sum(record["images"].values()) // classes,
        **{f"{split}_per_class": count // classes for split, count in record["images"].items()},
        "duplicates": len(record["duplicates"]),
        "skipped": len(record["skipped"]),
        "near_duplicates": record.get("near_duplicates"),
        "found": sum(record["found"]),
        "pictures": "samples.png" in results.datasets["imagenet10"].record["files"],
        "samples": samples_shown(classes, min(SAMPLES, record["images"]["train"] // classes)),
    }


def _class_names(results: Results) -> list[Bilingual]:
    classes = results.datasets["imagenet10"].record["classes"]
    return [Bilingual(*names) for names in shown_classes(classes, tables.LONGEST_NAME)]


def _training(results: Results, configs: Mapping[str, ImageConfig], names: Mapping[str, Bilingual]) -> dict[str, Any]:
    """How the models are trained, as far as the text speaks of it: which of them use what."""
    data = _images_data(results)

    def those(use: Any) -> list[Bilingual]:
        return [names[name] for name, config in configs.items() if use(config)]

    return {
        # Whether the settings were chosen on these very validation images.
        "tuned_here": data["origin"] == "imagenette-160" and data["per_class"] == PER_CLASS,
        "tuned_per_class": PER_CLASS,
        "left_over": _left_over(data["train"], configs),
        "jittered": those(lambda c: c.colour_jitter),
        "mixed": those(mixes),
        "unmixed_epochs": sorted({config.unmixed_epochs for config in configs.values() if mixes(config)}),
        "with_muon": those(lambda c: c.muon_lr),
        "enlarged": those(lambda c: c.eval_crop < 1 or c.eval_size > c.sizes[-1][1]),
    }


def _left_over(images: int, configs: Mapping[str, ImageConfig]) -> dict[str, int]:
    """Model → training images that an epoch leaves out, since they do not fill a batch; those with any."""
    left = {name: images % config.batch_size for name, config in configs.items() if images > config.batch_size}
    return {name: number for name, number in left.items() if number}


def _mistakes(results: Results, images: ImageFindings) -> dict[str, Any]:
    model, mistakes = shown_mistakes(results, images)
    return {"mistakes_model": model, "shown_mistakes": mistakes}


def _homework() -> dict[str, Any]:
    """What the homework prints of the two models that its questions are about."""
    two, mlp = homework.get("layer2nn"), homework.get("mlp")
    assert two is not None
    assert mlp is not None
    return {
        "homework": {"layer2nn": two, "mlp": mlp},
        "homework_images": homework.TEST_IMAGES,
        "homework_difference": abs(mlp.correct - two.correct),
    }


def _equal_terms(images: ImageFindings) -> dict[str, Any]:
    """The models on equal terms that have a recipe of their own to stand beside, and how they compare."""
    found = images.equal_terms
    return {
        "equal_terms": [o for o in found.models if o.model in images.models] if found else [],
        "equal_pairs": found.comparisons if found else (),
        "equal_depth": found.compare(EQUAL_TO, "layer2nn") if found else None,
        "equal_lead": found.compare("cnn", EQUAL_TO) if found else None,
    }


def _ablation(results: Results, images: ImageFindings, configs: Mapping[str, ImageConfig]) -> dict[str, Any]:
    outcomes = left_out(results)
    models = list(dict.fromkeys(outcome.model for outcome in outcomes))
    option = "" if not models else " --ablation" if len(models) > 1 else f" --ablation {models[0]}"
    return {
        "left_out": outcomes,
        "ablation_option": option,  # of the command that makes these results
        **_equal_terms(images),
        "equal_terms_config": configs.get(EQUAL_TO),
    }


def _tables(
    results: Results,
    findings: Findings,
    configs: Mapping[str, ImageConfig],
    records: Mapping[str, Mapping[str, Any]],
    lang: str,
) -> dict[str, tables.Table]:
    softmax, images = findings
    return {
        "bounds": tables.bounds(),
        "softmax": tables.softmax_results(softmax),
        "classes": tables.classes(results.datasets["imagenet10"].record),
        "settings": settings_table(configs),
        "results": tables.results(list(configs), images, _class_names(results), results.seeds, lang),
        "scores": score_table(list(configs), images, _class_names(results), lang),
        "pairs": tables.pairs(images.comparisons),
        "cost": tables.cost(records, images),
        "ablation": ablation_table(left_out(results)),
        "equal_terms": equal_terms_table(images),
        "runs": tables.runs(results),
    }


def _rules(results: Results) -> dict[str, Any]:
    """The digest of today's rules, and of how many runs it is not the one that was stored with the run."""
    stored = [record.get("rules") for record in results.records.values()]
    return {
        "rules": rules_digest()[:16],
        "rules_unknown": not any(stored),
        "runs_of_other_rules": sum(digest != rules_digest() for digest in stored),
        "n_runs": len(stored),
    }


def _provenance(results: Results, images: ImageFindings, of_models: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Where, by which versions and how fast the results were computed; of_models: one run of each image model."""
    devices = [record["device"] for record in results.records.values()]
    of_images = [record for run_id, record in results.records.items() if run_id.experiment == "imagenet10"]
    names = list(dict.fromkeys(device["name"] for device in devices))
    threads = numbers.spread([device["threads"] for device in devices])
    return {
        "stale": results.stale,
        **_rules(results),
        "device_names": names,
        "device_dtypes": list(dict.fromkeys(record["device"]["dtype"] for record in of_images)),
        "device_threads": threads,
        "one_thread": threads == "1",
        "model_threads": [record["device"]["threads"] for record in of_models.values()],
        "on_cpu": any(record["device"]["kind"] == "cpu" for record in of_models.values()),
        "flops_differ": images.flops_ratio > 1,
        "speeds_compare": images.cost_ratio > 1 and len(names) == 1,
        "versions": {
            name: ", ".join(dict.fromkeys(record["versions"][name] for record in results.records.values()))
            for name in ("python", "torch", "torchvision", "numpy")
        },
    }
