"""Where finished runs lie and how they are found again. Free of torch: training writes, the report reads.

    results/<experiment>/<variant>/seed-<n>/            the newest run
    results/<experiment>/<variant>/seed-<n>.<key8>/     a run of other settings that it replaced
    results/data/<dataset>-<fingerprint12>/             what the runs were trained on

A run is complete or absent. run.json names the SHA-256 of every other file, which is checked before a file is read,
and ends with its own.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from experiments.config import Config
from experiments.errors import UserError
from experiments.files import sha256, write_folder

FORMAT = 2  # of run.json and dataset.json; a reader refuses others
RUN_FILES = ("curves.csv", "predictions.csv", "model.safetensors")


class StoreError(UserError):
    """Something stored is missing, damaged or of another format; the message names the file and the cure."""


@dataclass(frozen=True, order=True)
class RunId:
    """A variant trained from one seed."""

    experiment: str
    variant: str
    seed: int

    def __str__(self) -> str:
        return f"{self.experiment}/{self.variant} seed {self.seed}"

    def folder(self, results: Path) -> Path:
        return results / self.experiment / self.variant / f"seed-{self.seed}"


@dataclass(frozen=True)
class Key:
    """The parts that decide a run's numbers: two runs of the same parts are the same run."""

    config: Config
    seed: int
    dataset: str  # fingerprint
    code: str  # digest

    @property
    def digest(self) -> str:
        return _key_digest(self.config.to_dict(), self.seed, self.dataset, self.code)


def _key_digest(config: Mapping[str, Any], seed: int, dataset: str, code: str) -> str:
    parts = {"config": config, "seed": seed, "dataset": dataset, "code": code}
    return sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode())


@dataclass(frozen=True)
class Run:
    """A complete run on the disk. `record` is the content of run.json."""

    id: RunId
    path: Path
    record: dict[str, Any] = field(repr=False)

    @property
    def key(self) -> str:
        return str(self.record["key"])

    def read(self, name: str) -> bytes:
        """One of the run's files.

        Raises StoreError if the file is missing or its SHA-256 is not the one in run.json.
        """
        return _read_verified(self.path / name, self.record["files"].get(name))

    def why_not(self, key: Key) -> list[str]:
        """The parts in which this run differs from a wanted one: setting names, "seed", "dataset", "code"."""
        reasons = key.config.differences(self.record["config"])
        reasons += ["seed"] * (self.record["seed"] != key.seed)
        reasons += ["dataset"] * (self.record["dataset"]["fingerprint"] != key.dataset)
        reasons += ["code"] * (self.record["code"] != key.code)
        return reasons


def _read_verified(path: Path, digest: str | None) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror}); {CURE}") from None
    if digest is None or sha256(data) != digest:
        raise StoreError(f"{path}: its content is not what was stored; {CURE}")
    return data


CURE = "delete this folder and run build.py without --skip-train to make it anew"


def stored_runs(results: Path, run_id: RunId) -> list[Run]:
    """All complete runs of a variant and seed, of whatever settings, the newest first."""
    folder = run_id.folder(results)
    paths = [folder, *sorted(folder.parent.glob(f"{folder.name}.*"))]
    runs = [read_run(path, run_id) for path in paths if (path / "run.json").exists()]
    return sorted(runs, key=lambda run: run.record["finished"], reverse=True)


def find_run(results: Path, run_id: RunId, key: Key) -> Run | None:
    """The complete run stored under a key, or None."""
    return next((run for run in stored_runs(results, run_id) if run.key == key.digest), None)


def examine(results: Path, run_id: RunId) -> tuple[list[Run], dict[Path, StoreError]]:
    """The stored runs of a variant and seed, every file read: those that are whole, and what ails the others."""
    sound, damaged = [], {}
    folder = run_id.folder(results)
    for path in filter(Path.exists, (folder, *sorted(folder.parent.glob(f"{folder.name}.*")))):
        try:
            run = read_run(path, run_id)
            for name in run.record["files"]:
                run.read(name)
            sound.append(run)
        except StoreError as error:
            damaged[path] = error
    return sound, damaged


def set_aside_damaged(results: Path, run_id: RunId) -> list[str]:
    """Rename every stored run of a variant and seed of which a file is damaged; returns what to tell the user."""
    _, damaged = examine(results, run_id)
    return [_set_aside(path, error) for path, error in damaged.items()]


def _set_aside(folder: Path, damage: StoreError) -> str:
    """Rename a damaged folder to a hidden name that is free; returns what to tell the user."""
    names = (folder.with_name(f".{folder.name}.damaged-{n}") for n in count(1))
    aside = next(name for name in names if not name.exists())
    folder.rename(aside)
    return f"{str(damage).removesuffix(f'; {CURE}')}; set aside as {aside.name}, to be made anew"


def read_run(path: Path, run_id: RunId) -> Run:
    """The run in a folder.

    Raises StoreError if run.json is no JSON, is of another format, was edited or lacks a field.
    """
    record = _read_record(path / "run.json", _RUN_FIELDS)
    digest = _key_digest(record["config"], record["seed"], record["dataset"]["fingerprint"], record["code"])
    complete = record["finished"] and set(RUN_FILES) <= record["files"].keys()
    if record.get("key") != digest or not complete or record["seed"] != run_id.seed:
        raise StoreError(f"{path / 'run.json'}: its settings do not match its key; {CURE}")
    return Run(run_id, path, record)


# What every reader of a record relies on; what only some page shows is covered by the record's own SHA-256.
_RUN_FIELDS: dict[str, Any] = {
    "config": dict,
    "seed": int,
    "code": str,
    "finished": str,
    "files": dict,
    "dataset": {"name": str, "origin": str, "fingerprint": str},
}
_DATASET_FIELDS: dict[str, Any] = {"fingerprint": str, "origin": str, "classes": list, "files": dict}


def _read_record(path: Path, fields: Mapping[str, Any]) -> dict[str, Any]:
    """run.json or dataset.json, without its own SHA-256, which was right. Raises StoreError if it cannot be used."""
    record = _read_json(path)
    if record.get("format") != FORMAT:
        raise StoreError(f"{path}: format {record.get('format')!r}, this version reads {FORMAT}; {CURE}")
    if record.pop("sha256", None) != _record_digest(record):
        raise StoreError(f"{path}: its content is not what was stored; {CURE}")
    _check_types(path, record, fields)
    return record


def _check_types(path: Path, record: Mapping[str, Any], fields: Mapping[str, Any], within: str = "") -> None:
    for name, kind in fields.items():
        value = record.get(name)
        if not isinstance(value, dict if isinstance(kind, dict) else kind):
            raise StoreError(
                f"{path}: the field {within}{name} is missing or of the wrong type ({value!r:.40}); {CURE}"
            )
        if isinstance(kind, dict):
            _check_types(path, value, kind, f"{name}.")


def _record_digest(record: Mapping[str, Any]) -> str:
    try:
        return sha256(to_json(record))
    except ValueError:  # NaN, which was never stored
        return ""


def _sealed(record: Mapping[str, Any]) -> bytes:
    """A record as JSON that ends with its SHA-256."""
    return to_json({**record, "sha256": _record_digest(record)})


def _read_json(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise StoreError(f"{path}: cannot be read ({error.strerror}); {CURE}") from None
    except (ValueError, RecursionError) as error:
        raise StoreError(f"{path}: not valid JSON ({error}); {CURE}") from None
    if not isinstance(record, dict):
        raise StoreError(f"{path}: expected an object, found {type(record).__name__}; {CURE}")
    return record


def write_run(results: Path, run_id: RunId, key: Key, facts: Mapping[str, Any], files: Mapping[str, bytes]) -> Run:
    """Store a finished run, complete or not at all; a run of other settings at its place is kept beside it.

    `facts` is what run.json says besides the key's parts; it must hold "dataset" with the "fingerprint" and "finished".
    """
    record = {
        "format": FORMAT,
        "experiment": run_id.experiment,
        "variant": run_id.variant,
        "seed": run_id.seed,
        "key": key.digest,
        "config": key.config.to_dict(),
        "code": key.code,
        **facts,
        "files": {name: sha256(data) for name, data in files.items()},
    }
    folder = run_id.folder(results)
    keep = None
    if (folder / "run.json").exists():
        old = _read_json(folder / "run.json").get("key", "damaged")
        keep = None if old == key.digest else folder.with_name(f"{folder.name}.{str(old)[:8]}")
    content = {**files, "run.json": _sealed(record)}
    write_folder(folder, content, keep_old_as=keep)
    return read_run(folder, run_id)


def to_json(value: object) -> bytes:
    """Readable JSON with a fixed layout; Raises ValueError for NaN and infinities, which JSON does not have."""
    return (json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file; floats with the nine digits that hold every float32."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([f"{value:.9g}" if isinstance(value, float) else value for value in row] for row in rows)
    return text.getvalue().encode()


@dataclass(frozen=True)
class DatasetRecord:
    """What is stored of a dataset: dataset.json, the split of every file, and sample images for the report."""

    path: Path
    record: dict[str, Any] = field(repr=False)

    def read(self, name: str) -> bytes:
        """One of its files. Raises StoreError if missing or changed."""
        return _read_verified(self.path / name, self.record["files"].get(name))


def dataset_folder(results: Path, name: str, fingerprint: str) -> Path:
    return results / "data" / f"{name}-{fingerprint[:12]}"


def write_dataset(
    results: Path, name: str, fingerprint: str, facts: Mapping[str, Any], files: Mapping[str, bytes]
) -> str | None:
    """Store what is known of a dataset, unless it is there already.

    What is damaged is set aside; returns what to tell the user of it, or None.
    """
    folder = dataset_folder(results, name, fingerprint)
    record = {
        "format": FORMAT,
        "name": name,
        "fingerprint": fingerprint,
        **facts,
        "files": {file: sha256(data) for file, data in files.items()},
    }
    content = _sealed(record)
    told = None
    if folder.exists():
        try:
            stored = read_dataset(results, name, fingerprint)
            for file in stored.record["files"]:
                stored.read(file)
            if (folder / "dataset.json").read_bytes() == content:
                return None
        except StoreError as error:
            told = _set_aside(folder, error)
    write_folder(folder, {**files, "dataset.json": content})
    return told


def read_dataset(results: Path, name: str, fingerprint: str) -> DatasetRecord:
    """What was stored of a dataset. Raises StoreError if it is missing or damaged."""
    folder = dataset_folder(results, name, fingerprint)
    record = _read_record(folder / "dataset.json", _DATASET_FIELDS)
    if record["fingerprint"] != fingerprint:
        raise StoreError(f"{folder / 'dataset.json'}: of another dataset; {CURE}")
    return DatasetRecord(folder, record)
