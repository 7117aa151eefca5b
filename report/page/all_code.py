"""The code that `code_in_report = "all"` prints: the files of the models, whole."""

from dataclasses import dataclass
from pathlib import Path

from experiments.catalog import IMAGE_MODELS

MODELS = Path(__file__).resolve().parents[2] / "experiments" / "models"


@dataclass(frozen=True)
class CodeFile:
    """id: of its listing, after "lst:code-"."""

    id: str
    path: str
    code: str


def all_code(folder: Path = MODELS) -> list[CodeFile]:
    """The softmax regression first, then each image model. folder: where the files lie."""
    names = ("softmax_regression", *IMAGE_MODELS)
    return [
        CodeFile(name.replace("_", "-"), f"experiments/models/{name}.py", _text(folder / f"{name}.py"))
        for name in names
    ]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8").rstrip("\n")
