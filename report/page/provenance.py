"""Where each figure, table and listing of the report comes from, for the list in its appendix."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from report.errors import RenderError
from report.page.numbers import MISSING


@dataclass(frozen=True)
class Origin:
    """runs: "experiment/variant" with * for all of them, or a dataset's record. code: a file and what it defines."""

    runs: str
    file: str
    name: str

    @property
    def code(self) -> str:
        return f"{self.file} · {self.name}"


_SOFTMAX, _IMAGES, _ALL = "softmax/*", "imagenet10/*", "softmax/*, imagenet10/*"
_SECTION_1, _SECTION_2 = "report/analysis/softmax.py", "report/analysis/image_models.py"
_TABLES, _CURVES = "report/page/tables.py", "figures/curves.py"

ORIGINS: Mapping[str, Origin] = {
    "lst:loss": Origin("softmax/wrong", "experiments/models/softmax_regression.py", "Classifier"),
    "lst:forward": Origin("softmax/wrong", "experiments/models/softmax_regression.py", "SoftmaxRegressionScratch"),
    "lst:diff": Origin("softmax/wrong", "report/page/values.py", "_correction_diff"),
    "tab:bounds": Origin(MISSING, "report/analysis/theory.py", "DoubleSoftmaxTheory"),
    "fig:softmax": Origin(_SOFTMAX, _CURVES, "softmax_curves"),
    "tab:softmax": Origin(_SOFTMAX, _SECTION_1, "SoftmaxVariant"),
    "fig:seeds": Origin(_SOFTMAX, "figures/seeds.py", "every_seed"),
    "fig:gradient": Origin(_SOFTMAX, _CURVES, "gradients"),
    "tab:classes": Origin("data/imagenet10", _TABLES, "classes"),
    "fig:mosaic": Origin("data/imagenet10", "figures/mosaic.py", "mosaic"),
    "tab:settings": Origin(_IMAGES, "experiments/catalog.py", "IMAGENET10"),
    "tab:results": Origin(_IMAGES, _SECTION_2, "ModelFindings"),
    "tab:scores": Origin(_IMAGES, "report/analysis/per_class.py", "class_scores"),
    "fig:per-class": Origin(_IMAGES, "figures/classes.py", "per_class_accuracy"),
    "fig:confusion": Origin(_IMAGES, "figures/confusion.py", "confusion_matrices"),
    "tab:pairs": Origin(_IMAGES, "report/analysis/comparison.py", "Comparison"),
    "fig:mistakes": Origin(_IMAGES, "figures/mistakes.py", "mistakes"),
    "fig:calibration": Origin(_IMAGES, "figures/calibration.py", "reliability_diagrams"),
    "tab:cost": Origin(_IMAGES, "experiments/training/model_summary.py", "flops"),
    "fig:cost": Origin(_IMAGES, "figures/cost.py", "cost_against_accuracy"),
    "tab:ablation": Origin("ablation/*, imagenet10/*", "report/analysis/ablation.py", "left_out"),
    "tab:equal-terms": Origin("same-terms/*, imagenet10/*", "report/analysis/equal_terms.py", "equal_terms"),
    "tab:glossary": Origin(MISSING, "report/page/glossary.py", "TERMS"),
    "tab:runs": Origin(_ALL, _TABLES, "runs"),
}
# Of each image model; the id ends with its name.
MODEL_ORIGINS: Mapping[str, Origin] = {
    "tab:layers-": Origin("imagenet10/{}", "experiments/training/model_summary.py", "layers"),
    "fig:curves-": Origin("imagenet10/{}", _CURVES, "learning_curves"),
    "lst:code-": Origin(MISSING, "report/page/all_code.py", "all_code"),
}


def origin_of(id: str) -> Origin:
    """The origin of what is numbered under `id`. Raises RenderError if none is known."""
    for start, origin in MODEL_ORIGINS.items():
        if id.startswith(start):
            return replace(origin, runs=origin.runs.format(id.removeprefix(start)))
    if id not in ORIGINS:
        raise RenderError(f"{id} has no origin; add one to report/page/provenance.py")
    return ORIGINS[id]
