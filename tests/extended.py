"""Copies of the program with more models than the homework's three, each added as one file and one name."""

import shutil
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = (
    ("vit-small", "视觉 Transformer", "vision transformer"),
    ("mixer", "多层混合网络", "mixer"),
    ("wide", "宽网络", "wide net"),
)


def extend(root: Path, models: Sequence[tuple[str, str, str]] = NAMES[:1], fonts: bool = False) -> Path:
    """The program under `root` with these models: (file, Chinese name, English name) of each. Returns root."""
    left_out = shutil.ignore_patterns("__pycache__", *([] if fonts else ["fonts"]))
    for folder in ("experiments", "report", "figures", "templates"):
        shutil.copytree(ROOT / folder, root / folder, ignore=left_out)
    (root / "tests").mkdir()
    tests = ("tests/__init__.py", "tests/conftest.py", "tests/synthetic.py")
    for file in ("build.py", "homework.toml", "requirements.lock", "LICENSE", *tests):
        shutil.copy(ROOT / file, root / file)
    source = (ROOT / "tests" / "vit.py").read_text(encoding="utf-8")
    for model, zh, en in models:
        text = source.replace('model="vit"', f'model="{model}"').replace(NAMES[0][1], zh).replace(NAMES[0][2], en)
        (root / "experiments" / "models" / f"{model}.py").write_text(text, encoding="utf-8")
    catalogue = root / "experiments" / "catalog.py"
    text = catalogue.read_text(encoding="utf-8")
    assert text.count('"cnn")') == 1
    added = ", ".join(f'"{model}"' for model, _, _ in models)
    catalogue.write_text(text.replace('"cnn")', f'"cnn", {added})'), encoding="utf-8")
    return root
