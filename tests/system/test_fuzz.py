"""What the readers do with files that nobody thought of: an error that says what to do, or a sound answer."""

import contextlib
import hashlib
import io
import json
import os
import string
import subprocess
import sys
from dataclasses import astuple
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from rich.console import Console

from experiments.catalog import EXPERIMENTS
from experiments.config import SoftmaxConfig
from experiments.data.dataset import printable
from experiments.data.image_cache import decoded_images
from experiments.data.images import BadImageError, decode_image
from experiments.disk.records import sealed
from experiments.errors import UserError
from experiments.store.datasets import FORMAT as DATASET_FORMAT
from experiments.store.datasets import read_dataset, write_dataset
from experiments.store.runs import Key, Run, RunId, read_run, write_run
from report.page.class_labels import shown_classes
from report.results import CURVES, _read_table, read_results
from report.title_page import TitlePage, read_title_page, unprintable
from tests.experiments.data.test_images import noise
from tests.synthetic import write_results

RUN = RunId("softmax", "wrong", 0)
KEY = Key(SoftmaxConfig(model="wrong"), seed=0, dataset="f" * 64, code="c" * 64)
FACTS = {
    "dataset": {"name": "fashion-mnist", "origin": "demo", "fingerprint": KEY.dataset},
    "finished": "2026-01-01T00:00:00+00:00",
}
FILES = {name: b"x" for name in ("curves.csv", "predictions.csv", "steps.csv", "model.safetensors")}
JSON = st.recursive(
    # Other tests of the same process have the CPU flush subnormal numbers, as training does.
    st.none() | st.booleans() | st.integers() | st.floats(allow_subnormal=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
fuzz = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def few_and_many(function):
    """The same test twice: with 60 examples always, with 1,000 among the slow ones."""
    return pytest.mark.parametrize("many", [False, pytest.param(True, marks=pytest.mark.slow)])(function)


def run_fuzz(many, strategy, check):
    settings(fuzz, max_examples=1000 if many else 60)(given(strategy)(check))()


@contextlib.contextmanager
def one_line(error):
    """Takes an error of this kind, if its message is one line that a terminal can show."""
    try:
        yield
    except error as caught:
        if not str(caught).isprintable():
            raise AssertionError(f"not one line: {caught!r}") from caught


def mutated(content: bytes):
    """The content with some of it replaced, cut out, put in or repeated."""
    place = st.integers(0, len(content))
    return st.builds(
        lambda a, b, new: content[: min(a, b)] + new + content[max(a, b) :], place, place, st.binary(max_size=12)
    )


@few_and_many
def test_bytes_as_run_json(many, tmp_path):
    path = write_run(tmp_path, RUN, KEY, FACTS, FILES).path
    whole = (path / "run.json").read_bytes()

    def check(content):
        (path / "run.json").write_bytes(content)
        with contextlib.suppress(UserError):
            assert read_run(path, RUN).record == {k: v for k, v in json.loads(whole).items() if k != "sha256"}

    run_fuzz(many, mutated(whole) | st.binary(max_size=200), check)


@few_and_many
def test_fields_of_run_json_whose_digest_was_made_to_fit(many, tmp_path):
    run = write_run(tmp_path, RUN, KEY, FACTS, FILES)
    path, whole = run.path, run.record

    def check(changes):
        try:
            content = sealed({**whole, **changes})
        except ValueError:  # NaN or an infinity, which is never stored
            return
        (path / "run.json").write_bytes(content)
        with contextlib.suppress(UserError):
            run = read_run(path, RUN)
            assert run.why_not(KEY) == [] or run.key != KEY.digest
            assert isinstance(run.record["finished"], str)

    run_fuzz(many, st.dictionaries(st.sampled_from(sorted({*whole, "x"} - {"format"})), JSON, max_size=3), check)


@few_and_many
def test_bytes_as_dataset_json(many, tmp_path):
    write_dataset(tmp_path, "d", "f" * 64, {"origin": "demo", "classes": ["a"]}, {"split.csv": b"x"})
    (path,) = tmp_path.glob("data/*/dataset.json")
    whole = path.read_bytes()

    def check(content):
        path.write_bytes(content)
        with contextlib.suppress(UserError):
            assert read_dataset(tmp_path, "d", "f" * 64).record["format"] == DATASET_FORMAT

    run_fuzz(many, mutated(whole) | JSON.map(lambda value: json.dumps(value).encode()), check)


@few_and_many
def test_bytes_as_a_table(many, tmp_path):
    whole = b"epoch,split,metric,value\n0,train,loss,2.5\n1,val,acc,0.5\n"

    def check(content):
        (tmp_path / "curves.csv").write_bytes(content)
        run = Run(RUN, tmp_path, {"files": {"curves.csv": hashlib.sha256(content).hexdigest()}})
        with contextlib.suppress(UserError):
            table = _read_table(run, "curves.csv", CURVES)
            assert list(table.columns) == list(CURVES)
            assert np.isfinite(table["value"]).all()
            assert table["epoch"].dtype == np.int64

    run_fuzz(many, mutated(whole) | st.text(string.printable, max_size=60).map(str.encode), check)


@few_and_many
def test_bytes_among_stored_results(many, tmp_path):
    write_results(tmp_path, seeds=1, per_class=10)
    whole = read_results(tmp_path, EXPERIMENTS)
    paths = [path for path in sorted(tmp_path.rglob("*")) if path.is_file() and path.suffix != ".safetensors"]

    def check(drawn):
        place, bit = drawn
        path = paths[place % len(paths)]
        content = path.read_bytes()
        changed = bytearray(content)
        changed[bit // 8 % len(changed)] ^= 1 << bit % 8
        path.write_bytes(changed)
        try:
            with contextlib.suppress(UserError):
                results = read_results(tmp_path, EXPERIMENTS)
                assert results.records == whole.records
                assert results.curves.equals(whole.curves)
                assert results.predictions.equals(whole.predictions)
                assert {k: d.record for k, d in results.datasets.items()} == {
                    k: d.record for k, d in whole.datasets.items()
                }
        finally:
            path.write_bytes(content)

    settings(fuzz, max_examples=200 if many else 30)(
        given(st.tuples(st.integers(0, 10**4), st.integers(0, 10**7)))(check)
    )()


@few_and_many
def test_bytes_as_homework_toml(many, tmp_path):
    path = tmp_path / "homework.toml"
    whole = 'title = "HW1"\nname = "王小明"\nstudent_number = 20231234\ndate = 2026-11-23\n'.encode()

    def check(content):
        path.write_bytes(content)
        with one_line(UserError):
            words = "".join(astuple(read_title_page(path))).replace("\n", "")
            assert not any(map(unprintable, words))

    run_fuzz(many, mutated(whole) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace")), check)


@few_and_many
def test_any_text_as_a_field(many, tmp_path):
    path = tmp_path / "homework.toml"

    def check(text):
        path.write_text(f"name = {json.dumps(text, ensure_ascii=True)}")
        with contextlib.suppress(UserError):
            assert read_title_page(path) == TitlePage(name=read_title_page(path).name)

    run_fuzz(many, st.text(max_size=250), check)


@few_and_many
def test_bytes_as_the_record_of_an_image_cache(many, tmp_path):
    (tmp_path / "a").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "a" / "y.png")
    console = Console(file=io.StringIO())
    good = decoded_images("x", {"a": tmp_path / "a"}, tmp_path / "cache", console)
    (path,) = (tmp_path / "cache").glob("*.json")

    def check(content):
        path.write_bytes(content)
        decoded = decoded_images("x", {"a": tmp_path / "a"}, tmp_path / "cache", console)
        assert (decoded.images == good.images).all()
        assert decoded.files == good.files

    settings(fuzz, max_examples=150 if many else 20)(given(mutated(path.read_bytes()))(check))()


@few_and_many
@pytest.mark.filterwarnings("ignore")  # Pillow's remarks, which the program does not pass on either
@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_bytes_as_an_image(many, tmp_path, format):
    buffer = io.BytesIO()
    Image.fromarray(noise(24, 24)).save(buffer, format)
    path = tmp_path / "x"

    def check(content):
        path.write_bytes(content)
        with one_line(BadImageError):
            image = decode_image(str(path), px=8)
            assert (image.shape, image.dtype) == ((8, 8, 3), np.uint8)

    settings(fuzz, max_examples=300 if many else 20)(given(mutated(buffer.getvalue()))(check))()


@few_and_many
def test_any_name_of_a_class(many):
    def check(name):
        names = shown_classes([name, name[::-1], "a"], 28)
        for text in (printable(name, 28), *(text for pair in names for text in pair)):
            assert len(text) <= 28
            assert text.isprintable()
        assert len(set(names)) == 3

    run_fuzz(many, st.text(max_size=60), check)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed; it builds on few machines")
@pytest.mark.parametrize("name", ["homework.toml", "run.json", "curves.csv"])
def test_bytes_that_reach_new_code(name, tmp_path):
    command = [sys.executable, Path(__file__).parents[1] / "fuzz.py", name, "-runs=5000", "-seed=1"]
    # libFuzzer ends the process by itself, and its folder stays.
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "TMPDIR": str(tmp_path)})
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Done 5000 runs" in done.stderr


def test_the_fuzz_would_see_a_traceback(tmp_path):
    """The harness itself: an error that is no UserError goes through."""

    def check(content):
        Path(tmp_path / "x").write_bytes(content)
        json.loads((tmp_path / "x").read_bytes())

    with pytest.raises((ValueError, ExceptionGroup)):
        run_fuzz(False, st.binary(max_size=20), check)
