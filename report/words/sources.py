"""Everything that the author's words are held to comes in here: the one place that imports the rest of the report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from experiments.models.recipe import Names, names
from report.analysis import homework as _homework
from report.analysis.measurements import is_right
from report.analysis.statistics import LEVEL, fisher
from report.page.class_labels import shown_classes

__all__ = ["IMAGES", "LEVEL", "SOFTMAX", "Sources", "fisher", "homework", "shown_classes", "sources"]

IMAGES, SOFTMAX = "imagenet10", "fashion-mnist"  # the datasets of the two sections


class Printed(NamedTuple):
    """The homework's own figures of a model."""

    test_acc: float
    test_loss: float
    epochs: int
    correct: int
    images: int


@dataclass(frozen=True)
class Sources:
    """What the findings leave out. images: dataset → split → number; classes: dataset → ids; settings: by variant."""

    images: Mapping[str, Mapping[str, int]]
    classes: Mapping[str, tuple[str, ...]]
    settings: Mapping[str, Mapping[str, Any]]
    recorded: Mapping[str, Mapping[str, float]]
    seeds: int
    results: Any

    def model_names(self, model: str) -> Names:
        """A model's names as its file has them; the key itself for a model whose file is not there."""
        try:
            return names(model)
        except LookupError:
            return Names(zh=model, en=model, description_zh="", description_en="")

    def seed_accuracy(self, dataset: str, variant: str) -> dict[int, float]:
        """Seed → its test accuracy."""
        own = self._predictions(dataset, variant)
        return {int(str(seed)): float(acc) for seed, acc in is_right(own).groupby(own["seed"]).mean().items()}

    def _predictions(self, dataset: str, variant: str) -> Any:
        table = self.results.predictions
        experiments = {r.experiment for r in self.results.records if self._dataset(r) == dataset}
        return table[table["experiment"].isin(experiments) & table["variant"].eq(variant)]

    def _dataset(self, run_id: Any) -> str:
        return str(self.results.records[run_id]["dataset"]["name"])


def sources(results: Any) -> Sources:
    """The names, the numbers of images and the settings of these results."""
    records = {name: dataset.record for name, dataset in results.datasets.items()}
    return Sources(
        images={name: {split: int(n) for split, n in record["images"].items()} for name, record in records.items()},
        classes={name: tuple(record["classes"]) for name, record in records.items()},
        settings={f"{r.experiment}/{r.variant}": record["config"] for r, record in results.records.items()},
        recorded={
            f"{r.experiment}/{r.variant}": {"params": record["parameters"]} for r, record in results.records.items()
        },
        seeds=results.seeds,
        results=results,
    )


def homework(model: str) -> Printed | None:
    """What the homework prints of a model; None for one that is not in its table."""
    printed = _homework.get(model)
    if printed is None:
        return None
    return Printed(printed.test_acc, printed.test_loss, printed.epochs, printed.correct, _homework.TEST_IMAGES)
