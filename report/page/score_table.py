"""The table of each class's precision, recall and F1, and the same numbers as CSV."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.bilingual import Bilingual
from report.analysis.image_models import ImageFindings
from report.page import numbers
from report.page.model_names import model_names
from report.page.numbers import MISSING
from report.page.tables import Cell, Table

MOST_CLASSES = 20  # with a row each for precision, recall and F1; of more, the means alone
_METRICS = {
    "precision": Bilingual("查准率，宏平均", "Precision, macro mean"),
    "recall": Bilingual("查全率，宏平均", "Recall, macro mean"),
    "f1": Bilingual("F1，宏平均", "F1, macro mean"),
}


def score_table(models: Sequence[str], images: ImageFindings, names: Sequence[Bilingual], lang: str) -> Table:
    """Three groups of rows, each with the mean over the classes first; a column a model."""
    rows: list[list[Cell]] = []
    starts = []
    shown = names if len(names) <= MOST_CLASSES else []
    for metric, heading in _METRICS.items():
        starts.append(len(rows))
        rows.append([heading, *(_cell(images, model, f"macro_{metric}") for model in models)])
        for label, name in enumerate(shown):
            rows.append([_named(label, name, lang), *(_cell(images, model, metric, label) for model in models)])
    columns: list[Cell] = [Bilingual("项目", "item"), *map(model_names, models)]
    return Table(columns, rows, "l" + "r" * len(models), rules=tuple(starts[1:]))


def _cell(images: ImageFindings, model: str, metric: str, label: int | None = None) -> str:
    if not (findings := images.models.get(model)):
        return MISSING
    value = getattr(findings.scores, metric)
    return numbers.percent_number(value if label is None else value[label])


def _named(label: int, name: Bilingual, lang: str) -> Cell:
    """The class with its number, which in two languages stands once, before the first of the names."""
    zh, en = name
    return f"{label} {en}" if zh == en else Bilingual(f"{label} {zh}", en if lang == "both" else f"{label} {en}")


def scores_csv(facts: Mapping[str, Any], classes: Sequence[str]) -> bytes:
    """A row a model and class, and one a model with the means. facts: findings.json of a report.

    Raises LookupError or TypeError if they are not those of one.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["model", "label", "class", *_METRICS])
    for model, findings in facts["images"]["models"].items():
        scores = findings["scores"]
        for label, name in enumerate(classes):
            writer.writerow([model, label, name, *(f"{scores[metric][label]:.9g}" for metric in _METRICS)])
        writer.writerow([model, "", "macro", *(f"{scores[f'macro_{metric}']:.9g}" for metric in _METRICS)])
    return text.getvalue().encode()
