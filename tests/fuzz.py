"""Coverage-guided fuzzing of the readers: atheris makes the bytes, and keeps those that reach new code.

    .venv/bin/pip install atheris
    .venv/bin/python tests/fuzz.py homework.toml -runs=100000

Further arguments are libFuzzer's. An error that is no UserError ends it, with the bytes that caused it.
"""

import contextlib
import hashlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import atheris

with atheris.instrument_imports(include=["experiments", "report", "json", "tomllib"]):
    from experiments.config import SoftmaxConfig
    from experiments.errors import UserError
    from experiments.store.runs import Key, Run, RunId, read_run, write_run
    from report.results import CURVES, _read_table
    from report.title_page import read_title_page

RUN = RunId("softmax", "wrong", 0)
KEY = Key(SoftmaxConfig(model="wrong"), seed=0, dataset="f" * 64, code="c" * 64)
FACTS = {
    "dataset": {"name": "fashion-mnist", "origin": "demo", "fingerprint": KEY.dataset},
    "finished": "2026-01-01T00:00:00+00:00",
}
FILES = dict.fromkeys(("curves.csv", "predictions.csv", "steps.csv", "model.safetensors"), b"x")
Reader = Callable[[Path], object]


def read_curves(path: Path) -> object:
    """A table whose digest fits."""
    run = Run(RUN, path.parent, {"files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}})
    return _read_table(run, path.name, CURVES)


READERS: dict[str, tuple[Reader, bytes]] = {  # file name → its reader, and what it holds when all is well
    "homework.toml": (read_title_page, b'title = "HW1"\nname = "A"\nstudent_number = 1\ndate = 2026-11-23\n'),
    "run.json": (lambda path: read_run(path.parent, RUN), b""),
    "curves.csv": (read_curves, b"epoch,split,metric,value\n0,train,loss,2.5\n1,val,acc,0.5\n"),
}


def main() -> None:
    """Fuzz the reader of the file that the first argument names."""
    name = sys.argv[1]
    reader, whole = READERS[name]
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        path = Path(folder, name)
        if name == "run.json":
            stored = write_run(Path(folder), RUN, KEY, FACTS, FILES).path
            path = stored / name
            whole = path.read_bytes()
        (corpus / "whole").write_bytes(whole)

        def check(content: bytes) -> None:
            path.write_bytes(content)
            with contextlib.suppress(UserError):
                reader(path)

        atheris.Setup([sys.argv[0], *sys.argv[2:], str(corpus)], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
