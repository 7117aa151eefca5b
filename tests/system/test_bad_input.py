"""Every file that a build reads × everything that can be wrong with it, through the command line itself.

Each case ends in one of three ways: refused (exit code 1, one line with the thing and what to do, nothing written),
repaired (said so, and the same data as before), or accepted (the same data, since nothing of the damage was read).
"""

import builtins
import contextlib
import dataclasses
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import urllib.error
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import build
import report.write
from experiments import commands
from experiments.catalog import EXPERIMENTS
from experiments.cluster import planning
from experiments.data import fashion_mnist
from experiments.disk.records import sealed
from experiments.store.runs import FORMAT, RUN_FILES
from experiments.training import device
from report.cache import Cache
from report.page import fonts
from tests.experiments.data.test_images import noise, png_claiming
from tests.synthetic import write_results

# One variant of each experiment is read: a case then takes a hundredth of a second.
FEW = [
    dataclasses.replace(experiment, variants=dict([next(iter(experiment.variants.items()))]))
    for experiment in EXPERIMENTS
]
CURE = re.compile(
    r"delete|restore|run build\.py|write |save it|put |mend|move it away|make room|choose another"
    r"|name (?:a|another|the) |use --|did you mean|must |pick |known are|at most|leave|check its permissions"
)


# What can be wrong with a file


def flip(path: Path, part: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(part * (len(content) - 1))] ^= 1
    path.write_bytes(content)


def replace_by(content: bytes):
    return lambda path, monkeypatch: path.write_bytes(content)


def make_unreadable(path, monkeypatch):
    """Permissions do not stop root, who may run the tests: so this file, and not its replacement, refuses to open."""
    original, inode = io.open, path.stat().st_ino

    def refuse(file, *args, **options):
        if isinstance(file, str | os.PathLike) and os.fspath(file) == str(path) and os.stat(file).st_ino == inode:
            raise PermissionError(13, "Permission denied", str(path))
        return original(file, *args, **options)

    monkeypatch.setattr(builtins, "open", refuse)
    monkeypatch.setattr(io, "open", refuse)


def put_a_folder(path, monkeypatch):
    path.unlink()
    path.mkdir()
    (path / "file").touch()


def link_to(target):
    def damage(path, monkeypatch):
        path.unlink()
        path.symlink_to(path.name if target is None else target)

    return damage


DAMAGE = {
    "cut to half": lambda path, _: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "cut by two bytes": lambda path, _: path.write_bytes(path.read_bytes()[:-2]),
    "bit flipped at the start": lambda path, _: flip(path, 0),
    "bit flipped in the middle": lambda path, _: flip(path, 0.5),
    "bit flipped at the end": lambda path, _: flip(path, 1),
    "empty": replace_by(b""),
    "JSON of another kind": replace_by(b"[1, null]"),
    "nested too deep": replace_by(b"[" * 100_000),
    "bytes that are no text": replace_by(bytes(range(128, 256)) * 8),
    "missing": lambda path, _: path.unlink(),
    "unreadable": make_unreadable,
    "a folder": put_a_folder,
    "a link to itself": link_to(None),
    "a link to nowhere": link_to("gone"),
}
SLOW = (
    "cut by two bytes",
    "bit flipped at the start",
    "bit flipped at the end",
    "nested too deep",
    "a link to nowhere",
)
damaged = pytest.mark.parametrize(
    "damage", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in DAMAGE]
)


# The command line


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """results/, data/ with a small Fashion-MNIST and an image cache, and ten class folders, none of them damaged."""
    root = tmp_path_factory.mktemp("pristine")
    write_results(root / "results", seeds=1, per_class=10)
    raw = root / "data" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for part, n in (("train", 120), ("t10k", 20)):
        (raw / f"{part}-images-idx3-ubyte").write_bytes(bytes(16) + rng.bytes(n * 784))
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(bytes(8) + bytes(i % 10 for i in range(n)))
    for label in range(10):
        (root / "train" / f"class{label}").mkdir(parents=True)
        for i in range(6):
            Image.new("RGB", (4, 4), (label, i, 0)).save(root / "train" / f"class{label}" / f"{i}.png")
    return root


class Build:
    """The program over a copy of the pristine files; training and printing are replaced by looking at what they get."""

    def __init__(self, root: Path, pristine: Path, monkeypatch):
        self.seen = []
        self.results, self.data, self.out = root / "results", root / "data", root / "out"
        self.train, self.fields = pristine / "train", root / "homework.toml"
        self.fields.write_text('name = "王小明"\n', encoding="utf-8")
        for module in (build, commands):
            monkeypatch.setattr(module, "EXPERIMENTS", FEW)
        monkeypatch.setattr(report.write, "write_report", self._write_report)
        monkeypatch.setattr(planning, "wanted_runs", self._wanted_runs)
        monkeypatch.setattr(device, "choose_device", lambda *wanted: None)
        raw = pristine / "data" / "FashionMNIST" / "raw"
        for path in raw.iterdir():
            monkeypatch.setitem(fashion_mnist.SHA256, path.name, hashlib.sha256(path.read_bytes()).hexdigest())
        for name in ("FashionMNIST", "Imagenette"):
            monkeypatch.setattr(f"torchvision.datasets.{name}", self._offline)

    def _write_report(self, results, experiments, fields, out, lang, screen_first, say, words, draft):
        fonts.check_fonts()
        tables = [table.to_csv() for table in (results.curves, results.predictions, results.steps)]
        records = [repr(record) for record in results.records.values()]
        self.seen.append((tables, records, [dataset.record for dataset in results.datasets.values()], fields))
        return []

    def _wanted_runs(self, experiments, datasets, seeds):
        self.seen.append({name: (dataset.fingerprint, dataset.skipped) for name, dataset in datasets.items()})
        return []

    @staticmethod
    def _offline(*args, **options):
        raise urllib.error.URLError("Name or service not known")

    def render(self, *args):
        return self._run("--skip-train", "--out", self.out, "--fields", self.fields, "--results", self.results, *args)

    def plan(self, *args):
        folder = ("--imagenet10", self.train, "--images-per-class", 5)
        return self._run("--plan", "--data-dir", self.data, "--results", self.results, *(args or folder))

    def _run(self, *args):
        """Exit code and what was said; checks what holds in every case."""
        self.seen.clear()
        with contextlib.redirect_stderr(io.StringIO()) as stderr, contextlib.redirect_stdout(io.StringIO()):
            code = build.main([str(arg) for arg in args])
        said = stderr.getvalue()
        assert "Traceback" not in said
        assert code in (0, 1)
        if code == 1:
            error = [line for line in said.splitlines() if line.startswith("error: ")]
            assert len(error) == 1, said
            assert said.splitlines()[-1] == error[0], "the error is not one line"
            assert CURE.search(error[0]), f"no hint: {error[0]}"
            assert not self.seen
        assert not self.out.exists()
        return code, said


@pytest.fixture
def program(pristine, tmp_path, monkeypatch):
    return Build(tmp_path, pristine, monkeypatch)


@pytest.fixture
def stored(program, pristine):
    """The program over results that may be damaged."""
    shutil.copytree(pristine / "results", program.results)
    return program


@pytest.fixture
def loaded(program, pristine):
    """The program over data that may be damaged, the image cache among them."""
    shutil.copytree(pristine / "data", program.data)
    return program


@pytest.fixture(scope="module")
def whole(pristine, tmp_path_factory):
    """What undamaged files hold: as `render` reads them, and as `plan` does, which also leaves an image cache."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        program = Build(tmp_path_factory.mktemp("whole"), pristine, monkeypatch)
        program.results, program.data = pristine / "results", pristine / "data"
        assert program.render() == (0, "")
        (rendered,) = program.seen
        assert program.plan()[0] == 0
        (planned,) = program.seen
    return rendered, planned


# Stored files

STORED = [*(f"softmax/wrong/seed-0/{name}" for name in ("run.json", "steps.csv", *RUN_FILES)),
          *(f"data/imagenet10-*/{name}" for name in ("dataset.json", "split.csv", "samples.png"))]  # fmt: skip


@pytest.mark.parametrize("name", STORED)
@damaged
def test_a_damaged_result_is_never_reported(stored, whole, name, damage, monkeypatch):
    (path,) = stored.results.glob(name)
    DAMAGE[damage](path, monkeypatch)
    code, said = stored.render()
    if path.name == "model.safetensors":  # the report does not read the weights
        assert code == 0
        assert stored.seen == [whole[0]]
    else:
        assert code == 1
        run_is_gone = path.name == "run.json" and not path.exists()
        assert ("softmax/wrong seed 0" if run_is_gone else str(path)) in said


def edit_run(folder: Path, change) -> None:
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    change(record)
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")


EDITS = {
    "a newer version": lambda r: r.update(format=FORMAT + 1),
    "no version": lambda r: r.pop("format"),
    "the version as text": lambda r: r.update(format="2"),
    "another seed": lambda r: r.update(seed=1),
    "another setting": lambda r: r["config"].update(lr=9.0),
    "another code": lambda r: r.update(code="0" * 64),
    "another key": lambda r: r.update(key="0" * 64),
    "another dataset": lambda r: r["dataset"].update(fingerprint="0" * 64),
    "stand-in data called real": lambda r: r["dataset"].update(origin="imagenette-160"),
    "a shorter time": lambda r: r["seconds"].update(train=1.0),
    "fewer operations": lambda r: r.update(flops=1),
    "a NaN": lambda r: r.update(flops=float("nan")),
    "diverged": lambda r: r.update(diverged_at=3),
    "not diverged": lambda r: r.pop("diverged_at"),
    "a later date": lambda r: r.update(finished="2099-01-01T00:00:00+00:00"),
    "a date of another type": lambda r: r.update(finished=20260101),
    "files of another type": lambda r: r.update(files=["curves.csv"]),
    "a path out of the folder": lambda r: r["files"].update({"../../x": "0" * 64}),
    "a lone surrogate": lambda r: r.update(code="\ud800"),
    "no dataset": lambda r: r.pop("dataset"),
    "no digest": lambda r: r.pop("sha256"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_record_is_never_reported(stored, edit):
    folder = stored.results / "softmax/wrong/seed-0"
    edit_run(folder, EDITS[edit])
    code, said = stored.render()
    assert code == 1
    assert str(folder / "run.json") in said


TABLES = {
    "a missing column": lambda lines: [line.rpartition(",")[0] for line in lines],
    "one more column": lambda lines: [f"{line},1" for line in lines],
    "columns in another order": lambda lines: [",".join(reversed(line.split(","))) for line in lines],
    "no header": lambda lines: lines[1:],
    "a NaN": lambda lines: [*lines[:-1], f"{lines[-1].rpartition(',')[0]},nan"],
    "an infinity": lambda lines: [*lines[:-1], f"{lines[-1].rpartition(',')[0]},inf"],
    "a missing value": lambda lines: [*lines[:-1], f"{lines[-1].rpartition(',')[0]},"],
    "a word for a number": lambda lines: [*lines[:-1], f"{lines[-1].rpartition(',')[0]},good"],
    "a longer row": lambda lines: [*lines, f"{lines[-1]},1,2"],
    "nothing": lambda lines: [],
}


@pytest.mark.parametrize("name", ["curves.csv", "predictions.csv", "steps.csv"])
@pytest.mark.parametrize("change", TABLES)
def test_a_table_that_was_changed_together_with_its_digest_is_refused(stored, name, change):
    folder = stored.results / "softmax/wrong/seed-0"
    lines = (folder / name).read_text().splitlines()
    content = "".join(f"{line}\n" for line in TABLES[change](lines)).encode()
    (folder / name).write_bytes(content)
    record = json.loads((folder / "run.json").read_bytes())
    del record["sha256"]
    record["files"][name] = hashlib.sha256(content).hexdigest()
    (folder / "run.json").write_bytes(sealed(record))
    code, said = stored.render()
    assert code == 1
    assert f"{folder / name}: " in said


PLACES = {
    "the results are a file": (".", ""),
    "an experiment is a file": ("softmax", "softmax/wrong seed 0"),
    "a variant is a file": ("softmax/wrong", "softmax/wrong seed 0"),
    "a run is a file": ("softmax/wrong/seed-0", "softmax/wrong seed 0"),
    "the datasets are a file": ("data", "dataset.json"),
}


@pytest.mark.parametrize("case", PLACES)
@pytest.mark.parametrize("instead", ["file", "missing", "loop"])
def test_a_folder_of_results_that_is_none_is_refused(stored, case, instead):
    place, message = PLACES[case]
    path = stored.results / place
    shutil.rmtree(path)
    if instead == "file":
        path.touch()
    elif instead == "loop":
        path.symlink_to(path.name)
    code, said = stored.render()
    assert code == 1
    assert message in said
    if place == ".":
        assert ("not a folder; name" if instead == "file" else "no results there; run build.py") in said


# The title page


@damaged
def test_a_damaged_homework_toml_is_refused_or_holds_other_words(stored, damage, monkeypatch):
    DAMAGE[damage](stored.fields, monkeypatch)
    code, said = stored.render()
    if code == 1:
        assert str(stored.fields) in said
    else:  # missing, empty, or a flipped bit in the user's own words, which nothing can know
        assert damage in ("missing", "empty", "a link to nowhere", "cut to half") or damage.startswith("bit flipped")


FIELDS = [
    "name = 1.5", "name = true", "name = [[]]", "name = {}", "[name]", "[[name]]", "name = nan", "name = 'a\nb'",
    "nmae = 'x'", "'' = 'x'", "a.b.c = 1", "name = 'x'\nname = 'y'", "name = x", "name: x", "= 'x'", "name = '''",
    f"name = '{'x' * 201}'", f"date = {'9' * 5000}", f"name = {'[' * 5000}", "\0", "name = '\x1b[2J'", "{}",
    "title = ['HW1', 'HW2']", "course = {en = 'DL'}", "student_number = 2.5e3", "date = inf", '"\\ud800" = "x"',
    "<html>", "---\nname: x", '{"name": "x"}', "name = '\ufeff" + "x" * 200 + "'", "\ufeffname = 1.5",
]  # fmt: skip


@pytest.mark.parametrize("text", FIELDS, ids=lambda text: ascii(text[:30]))
def test_a_homework_toml_of_wrong_types_is_refused(program, text):
    program.fields.write_text(text, encoding="utf-8")
    code, said = program.render()
    assert code == 1
    assert f"{program.fields}: " in said
    assert len(said) < 600


# The bundled fonts


@pytest.mark.parametrize("name", fonts.SHA256)
@damaged
def test_a_damaged_face_is_refused(stored, name, damage, monkeypatch, tmp_path):
    folder = tmp_path / "fonts"
    folder.mkdir()
    for face in fonts.SHA256:
        (folder / face).symlink_to(fonts.FONTS / face)
    (folder / name).unlink()
    shutil.copy(fonts.FONTS / name, folder / name)
    monkeypatch.setattr(fonts, "FONTS", folder)
    DAMAGE[damage](folder / name, monkeypatch)
    code, said = stored.render()
    assert code == 1
    assert str(folder / name) in said


# Data


@pytest.mark.parametrize("name", list(fashion_mnist.SHA256))
@damaged
def test_a_damaged_fashion_mnist_is_refused(loaded, name, damage, monkeypatch):
    path = loaded.data / "FashionMNIST" / "raw" / name
    DAMAGE[damage](path, monkeypatch)
    code, said = loaded.plan()
    assert code == 1
    assert (str(path) if path.exists() else str(path.parent)) in said  # what is not there cannot be downloaded here


@pytest.mark.parametrize("suffix", [".npy", ".json"])
@damaged
def test_a_damaged_image_cache_is_set_aside_and_made_anew(loaded, whole, suffix, damage, monkeypatch):
    (path,) = (loaded.data / "cache").glob(f"*{suffix}")
    DAMAGE[damage](path, monkeypatch)
    code, said = loaded.plan()
    assert code == 0
    assert loaded.seen == [whole[1]]
    assert "decoded 60 images" in said
    unfinished = suffix == ".json" and damage == "missing"
    assert unfinished or ("is made again" if damage == "unreadable" else "is damaged") in said


@damaged
def test_a_damaged_piece_of_a_report_is_made_anew(damage, monkeypatch, tmp_path):
    cache = Cache(tmp_path)
    assert cache.get("inputs", lambda: b"piece") == b"piece"
    (path,) = tmp_path.iterdir()
    DAMAGE[damage](path, monkeypatch)
    assert cache.get("inputs", lambda: b"made again") == b"made again"


# Images


def saved(image: Image.Image, format: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


PHOTO = Image.fromarray(noise(40, 40))
JPEG, PNG = saved(PHOTO, "JPEG"), saved(PHOTO, "PNG")
GREY16 = Image.fromarray(np.arange(1600, dtype=np.uint16).reshape(40, 40) * 40)
REFUSED = {
    "truncated.JPEG": JPEG[: len(JPEG) // 2],
    "header.JPEG": JPEG[:20],
    "truncated.png": PNG[: len(PNG) // 2],
    "flipped.png": PNG[:300] + bytes([PNG[300] ^ 1]) + PNG[301:],
    "truncated.gif": saved(PHOTO, "GIF")[:500],
    "truncated.webp": saved(PHOTO, "WEBP")[:500],
    "truncated.tiff": saved(PHOTO, "TIFF")[:500],
    "truncated.bmp": saved(PHOTO, "BMP")[:500],
    "empty.JPEG": b"",
    "text.JPEG": b"not a picture\n" * 20,
    "html.JPEG": b"<html><body>404 Not Found</body></html>",
    "script.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "postscript.JPEG": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n(x) (w) file\n",
    "document.pdf": b"%PDF-1.7\n1 0 obj <</Type/Catalog>> endobj\n",
    "packed.JPEG": gzip.compress(JPEG),
    "bomb.png": png_claiming(100_000, 100_000),
    "wide.png": png_claiming(2**31 - 1, 1),
    "large.png": png_claiming(8_001, 8_000),
    "no-pixels.png": png_claiming(8, 8),
    "zero-wide.png": png_claiming(0, 8),
    "float.tiff": saved(Image.fromarray(np.ones((4, 4), np.float32)), "TIFF"),
    "32-bit.tiff": saved(Image.fromarray(np.full((4, 4), 10**6, np.int32)), "TIFF"),
    "thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
}
ACCEPTED = {
    "grey.png": saved(PHOTO.convert("L").rotate(1), "PNG"),
    "palette.png": saved(PHOTO.convert("P").rotate(2), "PNG"),
    "bilevel.png": saved(PHOTO.convert("1"), "PNG"),
    "16-bit.png": saved(GREY16, "PNG"),
    "16-bit.tiff": saved(GREY16.rotate(90), "TIFF"),
    "cmyk.JPEG": saved(PHOTO.convert("CMYK"), "JPEG"),
    "transparent.png": saved(PHOTO.convert("RGBA").rotate(3), "PNG"),
    "animated.gif": saved(PHOTO, "GIF", save_all=True, append_images=[PHOTO.rotate(90)]),
    "animated.webp": saved(PHOTO, "WEBP", save_all=True, append_images=[PHOTO.rotate(90)]),
    "really-a-png.JPEG": saved(PHOTO.rotate(4), "PNG"),
    "really-a-jpeg.png": saved(PHOTO.rotate(5), "JPEG"),
    "one-pixel.png": saved(Image.new("RGB", (1, 1), "red"), "PNG"),
    "a-line.png": saved(Image.fromarray(noise(1, 4000)), "PNG"),
    "progressive.JPEG": saved(PHOTO.rotate(6), "JPEG", progressive=True),
}


@pytest.fixture
def album(loaded, pristine, tmp_path):
    """Ten class folders that may be changed."""
    shutil.copytree(pristine / "train", tmp_path / "train")
    loaded.train = tmp_path / "train"
    return tmp_path / "train"


def test_a_bad_image_is_skipped_and_named_and_an_odd_one_taken(loaded, album):
    for name, content in {**REFUSED, **ACCEPTED}.items():
        (album / "class0" / name).write_bytes(content)
    (album / "class0" / "loop.png").symlink_to("loop.png")
    (album / "class0" / "gone.png").symlink_to("gone")
    os.mkfifo(album / "class0" / "pipe.png")
    code, said = loaded.plan()
    assert code == 0
    (seen,) = loaded.seen
    skipped = dict(seen["imagenet10"][1])
    assert skipped.keys() == {f"class0/{name}" for name in (*REFUSED, "loop.png", "gone.png", "pipe.png")}
    assert all(reason and "\n" not in reason for reason in skipped.values())
    assert "skipped: class0/32-bit.tiff" in said
    assert loaded.plan() == (0, "")


def few(album):
    shutil.rmtree(album / "class9")


def many(album):
    shutil.copytree(album / "class9", album / "class10")


def emptied(album):
    for path in (album / "class3").iterdir():
        path.unlink()


def twice(album):
    for path in (album / "class3").iterdir():
        shutil.copy(path, album / "class4" / f"copy-of-{path.name}")


def all_bad(album):
    for path in (album / "class3").iterdir():
        path.write_bytes(b"")


def looped(album):
    shutil.rmtree(album / "class3")
    (album / "class3").symlink_to("class3")


def linked_up(album):
    shutil.rmtree(album / "class3")
    (album / "class3").symlink_to("..")


def gone(album):
    shutil.rmtree(album)


def a_file(album):
    shutil.rmtree(album)
    album.touch()


def a_loop(album):
    shutil.rmtree(album)
    album.symlink_to(album.name)


ALBUMS = {
    few: "must hold 10 class folders, found 9",
    many: "must hold 10 class folders, found 11",
    emptied: "class class3 has 0 good images of 0 files",
    twice: "class class3 has 0 good images of 6 files",
    all_bad: "class3/0.png: empty file",
    looped: "must hold 10 class folders, found 9",
    linked_up: "must hold 10 class folders, found 9",
    gone: "does not exist",
    a_file: "not a folder",
    a_loop: "cannot be opened (Too many levels of symbolic links)",
}


@pytest.mark.parametrize("change", ALBUMS, ids=lambda change: change.__name__)
def test_a_folder_that_is_no_ten_classes_is_refused(loaded, album, change):
    change(album)
    code, said = loaded.plan()
    assert code == 1
    assert ALBUMS[change] in said


@pytest.mark.parametrize(("folder", "message"), [("", "permission denied"), ("class3", "class3: permission denied")])
def test_an_unreadable_folder_is_refused(loaded, album, monkeypatch, folder, message):
    original = os.scandir

    def refuse(path):
        if str(path) == str(album / folder):
            raise PermissionError(13, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(os, "scandir", refuse)
    code, said = loaded.plan()
    assert code == 1
    assert message in said


# Options


@pytest.mark.parametrize(
    "args", [("--imagenet10", "train", "--images-per-class", 10**9 - 5), ("--data", "real")], ids=str
)
def test_options_that_do_not_fit_the_data_are_refused(loaded, args):
    args = [loaded.train if arg == "train" else arg for arg in args]
    assert loaded.plan(*args)[0] == 1


@pytest.mark.parametrize("option", ["--data-dir", "--imagenet10", "--results", "--out", "--fields"])
@pytest.mark.parametrize("place", ["a file", "a folder", "a loop", "a link to nowhere", "below a file"])
def test_a_place_of_the_wrong_kind_is_refused(loaded, option, place, tmp_path):
    path = tmp_path / "place"
    if place in ("a file", "below a file"):
        path.write_text("x")
        path = path / "below" if place == "below a file" else path
    elif place == "a folder":
        path.mkdir()
    else:
        path.symlink_to("place" if place == "a loop" else "nowhere")
    if place == "a folder" and option in ("--data-dir", "--results", "--out"):
        return  # as it ought to be
    if option in ("--out", "--fields"):
        code, said = loaded.render(option, path)
    else:
        code, said = loaded.plan("--imagenet10", loaded.train, "--images-per-class", 5, option, path)
    assert code == 1
    assert str(path) in said
