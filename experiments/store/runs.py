"""Where finished runs lie and how they are found again. Free of torch: training writes, the report reads.

    results/<experiment>/<variant>/seed-<n>/            the newest run
    results/<experiment>/<variant>/seed-<n>.<key8>/     a run of other settings that it replaced
    results/data/<dataset>-<fingerprint12>/             what the runs were trained on (record.py)

A run is complete or absent. run.json names the SHA-256 of every other file, which is checked before a file is read,
and ends with its own.
"""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.config import Config
from experiments.disk.files import sha256, write_folder
from experiments.disk.reading import patiently
from experiments.disk.records import (
    CURE,
    StoreError,
    UnreadableError,
    read_object,
    read_record,
    read_verified,
    sealed,
    set_aside,
)
from experiments.store.record_types import RunRecord

FORMAT = 3  # of run.json; a reader refuses others
RUN_FILES = ("curves.csv", "predictions.csv", "model.safetensors")


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
    record: RunRecord = field(repr=False)

    @property
    def key(self) -> str:
        return str(self.record["key"])

    def read(self, name: str) -> bytes:
        """One of the run's files.

        Raises StoreError if the file is missing or its SHA-256 is not the one in run.json.
        """
        return read_verified(self.path / name, self.record["files"].get(name))

    def why_not(self, key: Key) -> list[str]:
        """The parts in which this run differs from a wanted one: setting names, "seed", "dataset", "code"."""
        reasons = key.config.differences(self.record["config"])
        reasons += ["seed"] * (self.record["seed"] != key.seed)
        reasons += ["dataset"] * (self.record["dataset"]["fingerprint"] != key.dataset)
        reasons += ["code"] * (self.record["code"] != key.code)
        return reasons


def has_runs(results: Path) -> bool:
    """Whether a folder of results holds a complete run, of whatever settings."""
    return next(results.glob("*/*/seed-*/run.json"), None) is not None


def stored_runs(results: Path, run_id: RunId) -> list[Run]:
    """All complete runs of a variant and seed, of whatever settings, the newest first.

    Raises StoreError if one of them is damaged or cannot be read.
    """
    runs = [read_run(path, run_id) for path in _folders(results, run_id) if (path / "run.json").exists()]
    return sorted(runs, key=lambda run: run.record["finished"], reverse=True)


def find_run(results: Path, run_id: RunId, key: Key) -> Run | None:
    """The complete run stored under a key, or None."""
    return next((run for run in stored_runs(results, run_id) if run.key == key.digest), None)


def examine(results: Path, run_id: RunId) -> tuple[list[Run], dict[Path, StoreError]]:
    """The stored runs of a variant and seed, every file read: the valid ones, and what is wrong with the others.

    Raises UnreadableError if a file cannot be read now: whether its run is whole is then unknown.
    """
    sound, damaged = [], {}
    for path in _folders(results, run_id):
        try:
            run = read_run(path, run_id)
            for name in run.record["files"]:
                run.read(name)
            sound.append(run)
        except UnreadableError:
            raise
        except StoreError as error:
            damaged[path] = error
    return sound, damaged


def set_aside_damaged(results: Path, run_id: RunId) -> list[str]:
    """Rename every stored run of a variant and seed of which a file is damaged; returns what to tell the user.

    Raises UnreadableError, and renames nothing, if a file cannot be read now.
    """
    _, damaged = examine(results, run_id)
    return [set_aside(path, error) for path, error in damaged.items()]


def _folders(results: Path, run_id: RunId) -> list[Path]:
    """The folders of a variant and seed that this program has made."""
    folder = run_id.folder(results)
    own = re.compile(rf"{re.escape(folder.name)}(\.([0-9a-f]{{8}}|damaged))?")
    try:
        names = patiently(lambda: os.listdir(folder.parent))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [folder.parent / name for name in sorted(names) if own.fullmatch(name)]


def read_run(path: Path, run_id: RunId) -> Run:
    """The run in a folder.

    Raises StoreError if run.json is no JSON, is of another format, was edited or lacks a field.
    """
    record = read_record(path / "run.json", RunRecord, FORMAT)
    digest = _key_digest(record["config"], record["seed"], record["dataset"]["fingerprint"], record["code"])
    complete = record["finished"] and set(RUN_FILES) <= record["files"].keys()
    if record["key"] != digest or not complete or record["seed"] != run_id.seed:
        raise StoreError(f"{path / 'run.json'}: its settings do not match its key; {CURE}")
    return Run(run_id, path, record)


def write_run(results: Path, run_id: RunId, key: Key, facts: Mapping[str, Any], files: Mapping[str, bytes]) -> Run:
    """Store a finished run, complete or not at all; a run of other settings at its place is kept next to it.

    A sound run of the same key that another process has stored meanwhile stays and is returned: it is the same.

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
        old = read_object(folder / "run.json").get("key", "damaged")
        keep = None if old == key.digest else folder.with_name(f"{folder.name}.{str(old)[:8]}")
    content = {**files, "run.json": sealed(record)}
    write_folder(folder, content, keep_old_as=keep, may_replace=lambda: not _holds(folder, run_id, key))
    return read_run(folder, run_id)


def _holds(folder: Path, run_id: RunId, key: Key) -> bool:
    """Whether a folder holds a run of this key, whole."""
    try:
        run = read_run(folder, run_id)
        for name in run.record["files"]:
            run.read(name)
    except UnreadableError:
        raise
    except StoreError:
        return False
    return run.key == key.digest


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file; floats with the nine digits that hold every float32."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([f"{value:.9g}" if isinstance(value, float) else value for value in row] for row in rows)
    return text.getvalue().encode()
