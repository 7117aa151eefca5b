"""Draws every figure of the report from its tables and findings."""

import io
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from figures import calibration, classes, confusion, cost, curves, mistakes, mosaic, seeds, style, svg
from figures.text import fit_all, text_width
from report.analysis.every_seed import MIN_RECALL
from report.analysis.image_models import ImageFindings
from report.analysis.mistakes import Mistake
from report.analysis.softmax import HIGHER
from report.analysis.theory import gradient_by_probability
from report.errors import RenderError
from report.findings import Findings
from report.page import numbers
from report.page.class_labels import shown_classes
from report.page.figure_files import shown_mistakes
from report.results import Results

Lang = style.Lang


def short_percent(fraction: float) -> str:
    """Axis labels and cells: 80%."""
    return numbers.percent(fraction, 0)


def short_points(fraction: float) -> str:
    """A calibration error in a panel's title: 3.2%."""
    return numbers.percent(fraction, 1)


def short_number(value: float) -> str:
    """A gradient at a point of a curve: 0.09."""
    return numbers.decimal(value, 2)


def round_count(value: float) -> str:
    """The tick of an axis of counts: 20 M."""
    return numbers.scaled(value, 1)


def draw_all(results: Results, findings: Findings, folder: Path, lang: Lang) -> None:
    """Draw every figure of the report into a folder, as SVG files. Raises RenderError if one cannot be drawn."""
    for name, draw in _figures(results, findings, lang).items():
        try:
            svg.save(draw(), folder / f"{name}.svg")
        except ValueError as error:  # a character that no font has, or rows that are not there
            raise RenderError(f"figure {name}: {error}") from error


def _curves(results: Results, experiment: str, without: Sequence[int]) -> pd.DataFrame:
    """Of an experiment, leaving out the seeds that diverged, as the means of the text do."""
    rows = results.curves
    return rows[rows["experiment"].eq(experiment) & ~rows["seed"].isin(without)]


def _figures(results: Results, findings: Findings, lang: Lang) -> Mapping[str, Callable[[], Figure]]:
    softmax, images = findings
    softmax_curves = _curves(results, "softmax", [seed for _, seed, _ in softmax.diverged])  # of no variant then
    labels = class_labels(results, lang)
    rows, columns = (class_labels(results, one if lang == "both" else lang) for one in ("zh", "en"))
    p = np.linspace(0, 1, 201)
    figures: dict[str, Callable[[], Figure]] = {
        "gradients": lambda: curves.gradients(
            p, *gradient_by_probability(p), softmax_curves, lang, number=short_number, logits="o"
        ),
        "softmax-curves": lambda: curves.softmax_curves(
            softmax_curves,
            softmax.theory.floor,
            softmax.theory.chance,
            lang,
            percent=short_percent,
            number=numbers.loss,
        ),
        "every-seed": lambda: seeds.every_seed(
            {name: softmax.variants[name].recalls for name in ("wrong", HIGHER, "corrected")},
            results.datasets["fashion-mnist"].record["classes"],
            MIN_RECALL,
            lang,
            percent=short_percent,
        ),
        "confusion": lambda: confusion.confusion_matrices(
            {name: model.confusion for name, model in images.models.items()},
            rows,
            columns,
            lang,
            percent=lambda share: numbers.percent_number(share, 0),
        ),
        "calibration": lambda: calibration.reliability_diagrams(
            {
                name: calibration.Bins(c.images, c.bin_confidence, c.bin_accuracy, f"ECE {short_points(c.ece_pooled)}")
                for name, c in ((name, model.calibration) for name, model in images.models.items())
            },
            lang,
        ),
        "cost": lambda: cost.cost_against_accuracy(
            _cost_table(images), lang, percent=numbers.percent, count=round_count
        ),
        "per-class-accuracy": lambda: classes.per_class_accuracy(_class_table(images), labels, lang),
    }
    if "samples.png" in results.datasets["imagenet10"].record["files"]:
        figures["mosaic"] = lambda: mosaic.mosaic(read_samples(results), labels, lang, cell_mm=8.8)
    _, shown = shown_mistakes(results, images)
    if shown:
        figures["mistakes"] = lambda: mistakes.mistakes(
            read_test_images(results, [mistake.place for mistake in shown]),
            [mistake_caption(results, mistake, lang) for mistake in shown],
        )
    for name, model in images.models.items():
        own = _curves(results, "imagenet10", [seed for seed, _ in model.diverged])
        figures[f"curves-{name}"] = lambda own=own, name=name: curves.learning_curves(  # type: ignore[misc]
            own, name, lang, percent=short_percent, number=numbers.loss
        )
    return figures


def mistake_caption(results: Results, mistake: Mistake, lang: Lang) -> list[str]:
    """Lines under a mistake: what it is, what it was taken for, and with what probability."""
    classes = shown_classes(results.datasets["imagenet10"].record["classes"])
    lines: dict[tuple[str, str], None] = {}
    for index, language in enumerate(("zh", "en")):
        if lang in ("both", language):
            # Cut here and not line by line, so that no two classes are shown under one name.
            names = fit_all([name[index] for name in classes], mistakes.CAPTION - text_width("→ "))
            lines[names[mistake.label], f"→ {names[mistake.predicted]}"] = None  # once where both languages agree
    return [*(line for pair in lines for line in pair), numbers.percent(mistake.confidence, 1)]


def read_test_images(results: Results, places: Sequence[int]) -> list[np.ndarray]:
    """Test images, by their place in the split, from the sheet stored with the dataset; uint8 (side, side, C)."""
    dataset = results.datasets["imagenet10"]
    columns = math.ceil(math.sqrt(dataset.record["images"]["test"]))
    with Image.open(io.BytesIO(dataset.read("test.jpg"))) as image:
        sheet = np.asarray(image)
    side = sheet.shape[1] // columns
    corners = [(place // columns * side, place % columns * side) for place in places]
    return [sheet[top : top + side, left : left + side] for top, left in corners]


def class_labels(results: Results, lang: Lang) -> list[str]:
    """The names of the ten classes by label, in the figure's languages; one name where both are the same."""
    names = shown_classes(results.datasets["imagenet10"].record["classes"])
    chosen = {"zh": lambda n: n[0], "en": lambda n: n[1], "both": lambda n: " ".join(dict.fromkeys(n))}[lang]
    return [chosen(name) for name in names]


def read_samples(results: Results) -> np.ndarray:
    """The sample images stored with the dataset, uint8 (K, n, side, side, C)."""
    dataset = results.datasets["imagenet10"]
    side = int(dataset.record["side"])
    with Image.open(io.BytesIO(dataset.read("samples.png"))) as image:
        sheet = np.asarray(image)
    rows, columns = sheet.shape[0] // side, sheet.shape[1] // side
    return sheet.reshape(rows, side, columns, side, -1).swapaxes(1, 2)


def _class_table(images: ImageFindings) -> pd.DataFrame:
    """variant, class, accuracy (mean over seeds), low, high (its interval)."""
    rows = [
        (name, label, accuracy, low, high)
        for name, model in images.models.items()
        for label, (accuracy, (low, high)) in enumerate(zip(model.class_acc, model.class_interval, strict=True))
    ]
    return pd.DataFrame(rows, columns=["variant", "class", "accuracy", "low", "high"])


def _cost_table(images: ImageFindings) -> pd.DataFrame:
    """variant, flops, accuracy (mean over seeds), low, high (its interval)."""
    rows = [(name, model.flops, model.test_acc, *model.interval) for name, model in images.models.items()]
    return pd.DataFrame(rows, columns=["variant", "flops", "accuracy", "low", "high"])
