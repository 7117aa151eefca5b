"""Where each figure, table and listing of the report comes from: for its last page."""

from collections.abc import Mapping
from dataclasses import dataclass

from report.findings import MODELS
from report.numbers import MISSING


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
_CONTENT, _FINDINGS, _CURVES = "report/content.py", "report/findings.py", "figures/curves.py"

ORIGINS: Mapping[str, Origin] = {
    "lst:loss": Origin("softmax/wrong", "experiments/softmax.py", "Classifier"),
    "lst:forward": Origin("softmax/wrong", "experiments/softmax.py", "SoftmaxRegressionScratch"),
    "lst:diff": Origin("softmax/wrong", _CONTENT, "_correction_diff"),
    "tab:bounds": Origin(MISSING, _FINDINGS, "DoubleSoftmaxTheory"),
    "fig:softmax": Origin(_SOFTMAX, _CURVES, "softmax_curves"),
    "tab:softmax": Origin(_SOFTMAX, _FINDINGS, "SoftmaxVariant"),
    "fig:gradient": Origin(_SOFTMAX, _CURVES, "gradients"),
    "tab:classes": Origin("data/imagenet10", _CONTENT, "_class_rows"),
    "fig:mosaic": Origin("data/imagenet10", "figures/mosaic.py", "mosaic"),
    "tab:settings": Origin(_IMAGES, "experiments/catalog.py", "IMAGENET10"),
    **{f"tab:layers-{model}": Origin(f"imagenet10/{model}", "experiments/describe.py", "layers") for model in MODELS},
    **{f"fig:curves-{model}": Origin(f"imagenet10/{model}", _CURVES, "learning_curves") for model in MODELS},
    "tab:results": Origin(_IMAGES, _FINDINGS, "ModelFindings"),
    "fig:per-class": Origin(_IMAGES, "figures/classes.py", "per_class_accuracy"),
    "fig:confusion": Origin(_IMAGES, "figures/confusion.py", "confusion_matrices"),
    "tab:pairs": Origin(_IMAGES, _FINDINGS, "Comparison"),
    "fig:mistakes": Origin(_IMAGES, "figures/mistakes.py", "mistakes"),
    "fig:calibration": Origin(_IMAGES, "figures/calibration.py", "reliability_diagrams"),
    "tab:cost": Origin(_IMAGES, "experiments/describe.py", "flops"),
    "fig:cost": Origin(_IMAGES, "figures/cost.py", "cost_against_accuracy"),
    "tab:ablation": Origin("ablation/*, imagenet10/*", "report/ablation.py", "left_out"),
    "tab:equal-terms": Origin("ablation/equal-*, imagenet10/*", "report/ablation.py", "equal_terms"),
    "tab:glossary": Origin(MISSING, "report/glossary.py", "TERMS"),
    "tab:runs": Origin(_ALL, _CONTENT, "_run_rows"),
}
