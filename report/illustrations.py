"""Draws every figure of the report from its tables and findings."""

import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from experiments.class_names import class_name
from figures import classes, confusion, curves, mosaic, style
from report import numbers
from report.cache import NO_CACHE, Cache
from report.errors import RenderError
from report.findings import ImageFindings, SoftmaxFindings, gradient_by_probability
from report.results import Results

Lang = style.Lang


def short_percent(fraction: float) -> str:
    """Axis labels and cells: 80%."""
    return numbers.percent(fraction, 0)


def draw_figures(
    results: Results,
    softmax: SoftmaxFindings,
    images: ImageFindings,
    folder: Path,
    lang: Lang,
    cache: Cache = NO_CACHE,
) -> None:
    """Write the report's figures into a folder as SVG files. Raises RenderError if one cannot be drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    made_from = json.dumps(
        [
            [(str(run_id), record["files"], record["diverged_at"]) for run_id, record in results.records.items()],
            [dataset.record for dataset in results.datasets.values()],
        ]
    )
    for name, draw in _figures(results, softmax, images, lang).items():
        path = folder / f"{name}.svg"

        def make(name: str = name, draw: Callable[[], Figure] = draw, path: Path = path) -> bytes:
            try:
                style.save(draw(), path)
            except ValueError as error:  # a character that no face has, or rows that are not there
                raise RenderError(f"figure {name}: {error}") from error
            return path.read_bytes()

        path.write_bytes(cache.get(f"figure {name} {lang} {made_from}", make))


def _figures(
    results: Results, softmax: SoftmaxFindings, images: ImageFindings, lang: Lang
) -> Mapping[str, Callable[[], Figure]]:
    softmax_curves = results.curves[results.curves["experiment"] == "softmax"]
    image_curves = results.curves[results.curves["experiment"] == "imagenet10"]
    labels = class_labels(results, lang)
    short = class_labels(results, "en" if lang == "en" else "zh")
    p = np.linspace(0, 1, 201)
    figures: dict[str, Callable[[], Figure]] = {
        "gradient-by-probability": lambda: curves.gradient_by_probability(
            p, *gradient_by_probability(p), lang, logits="o", width_mm=110
        ),
        "softmax-curves": lambda: curves.softmax_curves(
            softmax_curves,
            softmax.theory.floor,
            softmax.theory.chance,
            lang,
            percent=short_percent,
            number=numbers.loss,
        ),
        "gradient-norms": lambda: curves.gradient_norms(softmax_curves, lang, logits="o", width_mm=110),
        "mosaic": lambda: mosaic.mosaic(read_samples(results), labels, lang, cell_mm=10.5),
        "confusion": lambda: confusion.confusion_matrices(
            {name: model.confusion for name, model in images.models.items()},
            short,
            None,
            lang,
            percent=lambda share: numbers.percent_number(share, 0),
        ),
        "per-class-accuracy": lambda: classes.per_class_accuracy(_class_table(images), labels, lang),
    }
    for model in images.models:
        figures[f"curves-{model}"] = lambda model=model: curves.learning_curves(  # type: ignore[misc]
            image_curves, model, lang, percent=short_percent, number=numbers.loss
        )
    return figures


def class_labels(results: Results, lang: Lang) -> list[str]:
    """The names of the ten classes by label, in the figure's languages; one name where both are the same."""
    names = [class_name(class_id) for class_id in results.datasets["imagenet10"].record["classes"]]
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
    """variant, class, accuracy (mean over seeds), low, high (Wilson, seed 0)."""
    rows = [
        (name, label, accuracy, low, high)
        for name, model in images.models.items()
        for label, (accuracy, (low, high)) in enumerate(zip(model.class_acc, model.class_interval, strict=True))
    ]
    return pd.DataFrame(rows, columns=["variant", "class", "accuracy", "low", "high"])
