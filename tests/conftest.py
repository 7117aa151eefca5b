"""Small datasets on which the training side runs in seconds."""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from experiments.data.dataset import Dataset, fingerprint, pixel_digests
from experiments.disk.locks import locked
from figures.style import MODELS

# Read when torch is imported. Threads that spin while they wait make the tests three times as slow on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if os.environ.get("PYTEST_XDIST_WORKER"):
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # each worker has one core
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as a shell starts what it puts into the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


def make_dataset(name: str, side: int, channels: int, per_class: int = 10, classes: int = 10) -> Dataset:
    """Classes that differ in brightness by position, split 3:1:1 in each."""
    rng = np.random.default_rng(0)
    labels = np.tile(np.arange(classes), per_class)
    images = rng.integers(0, 60, (len(labels), side, side, channels), dtype=np.uint8)
    for i, label in enumerate(labels):
        images[i, (label * side) // classes : ((label + 1) * side) // classes] += 150
    fifth = len(labels) // 5
    split = np.repeat(np.array([0, 1, 2], np.uint8), [3 * fifth, fifth, fifth])
    names = tuple(f"class{k}" for k in range(classes))
    files = tuple(f"class{label}/{i}" for i, label in enumerate(labels))
    return Dataset(
        name=name,
        origin="folder",
        classes=names,
        images=images,
        labels=labels,
        split=split,
        files=files,
        fingerprint=fingerprint(names, files, labels, split, pixel_digests(images)),
        found=(per_class,) * classes,
        skipped=(),
        duplicates=(),
    )


@pytest.fixture(scope="session")
def tiny_garments() -> Dataset:
    return make_dataset("fashion-mnist", 28, 1, per_class=60)


@pytest.fixture(scope="session")
def tiny_images() -> Dataset:
    return make_dataset("imagenet10", 32, 3)


@pytest.fixture
def six_models(monkeypatch) -> list[str]:
    """The image models and three more, with names as long as they may come."""
    more = {
        "vit": ("视觉变换器 ViT", "vision transformer"),
        "resnet": ("残差网络 ResNet-18", "residual network"),
        "mixer": ("MLP-Mixer", "MLP-Mixer"),
    }
    for name, names in more.items():
        monkeypatch.setitem(MODELS, name, names)
    return list(MODELS)


@dataclass(frozen=True)
class Finished:
    """A report of two seeds by 张三 and what it was made from: for every test to read, for none to change."""

    results: Path
    fields: Path  # its homework.toml
    pdf: Path
    html: Path
    cache: Path  # its pieces: a copy next to another report of the same results saves their making


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Finished:
    """Made once for all workers, by the program itself, in a process that cannot import torch."""
    from tests.synthetic import write_results  # noqa: PLC0415 - which imports this file

    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    folder, out = shared / "finished", shared / "finished" / "out"
    found = Finished(folder / "r", folder / "homework.toml", out / "HW1-DL.pdf", out / "HW1-DL.html", out / ".cache")
    with locked(shared / "finished.lock"):
        if not found.html.exists():
            write_results(found.results)
            found.fields.write_text('name = "张三"\ncourse = "深度学习"\n', encoding="utf-8")
            code = (
                "import sys; sys.modules['torch'] = None; sys.modules['torchvision'] = None; import build;"
                "sys.exit(build.main(['--skip-train', *sys.argv[1:]]))"
            )
            folders = ["--results", found.results, "--fields", found.fields, "--out", out]
            subprocess.run([sys.executable, "-c", code, *folders], cwd=Path(__file__).parent.parent, check=True)
    return found
