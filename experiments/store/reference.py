"""The reference run: the results of one real run that come with the program, packed as two small files.

    reference/about.json    what it is: when, where and by what it was trained, its runs and their test accuracies
    reference/results.xz    run.json and the tables of every run, and what is stored of the data

Neither weights nor pictures are in it: these are photographs, which are not the program's to pass on. Numbers come back
to the last digit, but where all of them would be larger than a repository should carry, those of further seeds of
softmax regression are rounded; about.json then says so.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from experiments.disk.files import sha256, write_folder
from experiments.disk.records import StoreError, read_record, read_verified, sealed
from experiments.errors import UserError
from experiments.store.datasets import DatasetRecord, read_dataset
from experiments.store.record_types import ReferenceRecord, RunRecord
from experiments.store.runs import Run, RunId
from experiments.store.tables import accuracies

FORMAT = 1  # of about.json; a reader refuses others
REFERENCE = Path(__file__).resolve().parents[2] / "reference"
LARGEST = 3 << 20  # bytes
EXACT_SEEDS = 3  # of every variant, whose numbers are never rounded
BITS = (None, 14, 12, 10, 8)  # of a rounded number, behind the first: so many as fit
ROUNDED = ("predictions.csv", "steps.csv")
LEFT_OUT = (".safetensors", ".png", ".jpg", ".jpeg")
ABOUT, RESULTS = "about.json", "results.xz"


class PackError(UserError):
    """The reference run cannot be made; the message says why."""


def pack_reference(folder: Path, runs: Sequence[Run], datasets: Sequence[DatasetRecord]) -> None:
    """Write the reference run into a folder, complete or not at all.

    runs: finished ones, of one machine. Raises PackError if they cannot be packed small enough.
    """
    from experiments.store.columns import pack_files

    ordered = sorted(runs, key=lambda run: (run.id.experiment, run.id.seed, run.id.variant))  # alike next to each other
    for bits in BITS:
        packed = pack_files(_files(ordered, datasets, bits))
        about = sealed(_about(runs, packed, bits))
        if len(packed) + len(about) <= LARGEST:
            write_folder(folder, {ABOUT: about, RESULTS: packed})
            return
    raise PackError(
        f"{folder}: the results take {len(packed) / 2**20:.1f} MiB packed, at most {LARGEST >> 20} are to be in a "
        "repository; pack fewer runs"
    )


def read_about(folder: Path | None = None) -> ReferenceRecord | None:
    """What the reference run says of itself; None where there is none, or one that this program cannot read.

    folder: where it is, if not with the program.
    """
    try:
        return read_record((folder or REFERENCE) / ABOUT, ReferenceRecord, FORMAT)
    except StoreError:
        return None


def is_reference(run_id: RunId, record: RunRecord | Mapping[str, Any], about: ReferenceRecord | None) -> bool:
    """Whether a run is one of the reference run: each is unique by the time at which it ended."""
    known = about and about["runs"].get(_path(run_id))
    return bool(known) and known == {"key": record.get("key"), "finished": record.get("finished")}


@contextmanager
def unpacked(folder: Path | None = None, own: Path | None = None) -> Iterator[Path]:
    """A folder of results that holds the reference run while the block lasts.

    own: results whose pictures are taken, if they are of the same data. Raises StoreError if the reference is damaged.
    """
    from experiments.store.columns import unpack_files

    folder = folder or REFERENCE
    about = read_record(folder / ABOUT, ReferenceRecord, FORMAT)
    files = unpack_files(read_verified(folder / RESULTS, about["results"]))
    with tempfile.TemporaryDirectory(prefix="hw1-dl-reference-") as results:
        for name, data in chain(files.items(), _pictured(own, about["datasets"]).items()):
            path = Path(results, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        yield Path(results)


def _files(runs: Sequence[Run], datasets: Sequence[DatasetRecord], bits: int | None) -> dict[str, bytes]:
    """Every file of the reference run by its path in a folder of results."""
    from experiments.store.columns import rounded

    files: dict[str, bytes] = {}
    for run in runs:
        folder = f"{_path(run.id).rpartition('/')[0]}/seed-{run.id.seed}"
        tables = {name: run.read(name) for name in run.record["files"] if not name.endswith(LEFT_OUT)}
        record: Mapping[str, Any] = run.record
        if bits and run.id.experiment == "softmax" and run.id.seed >= EXACT_SEEDS:
            tables |= {name: rounded(tables[name], bits) for name in ROUNDED if name in tables}
            digests = {name: sha256(data) for name, data in tables.items()}
            record = {**record, "files": {**run.record["files"], **digests}}
        files[f"{folder}/run.json"] = sealed(record)
        files |= {f"{folder}/{name}": data for name, data in tables.items()}
    for dataset in datasets:
        folder = f"data/{dataset.path.name}"
        kept = [name for name in dataset.record["files"] if not name.endswith(LEFT_OUT)]
        withheld = [name for name in dataset.record["files"] if name not in kept]
        stored = {**dataset.record, "files": {name: dataset.record["files"][name] for name in kept}}
        files[f"{folder}/dataset.json"] = sealed({**stored, "withheld": withheld})
        files |= {f"{folder}/{name}": dataset.read(name) for name in kept}
    return files


def _about(runs: Sequence[Run], packed: bytes, bits: int | None) -> dict[str, Any]:
    records = [run.record for run in runs]
    main = [run for run in runs if run.record.get("evaluated_split", "test") == "test"]
    return {
        "format": FORMAT,
        "finished": max(record["finished"] for record in records),
        "machines": list(dict.fromkeys(record["device"]["name"] for record in records)),
        "versions": records[0]["versions"],
        "datasets": {record["dataset"]["name"]: record["dataset"]["fingerprint"] for record in records},
        "accuracies": accuracies(main),
        "rounded": f"predictions and steps of softmax from seed {EXACT_SEEDS} on, to {bits + 1} bits" if bits else "",
        "runs": {_path(run.id): {"key": run.key, "finished": run.record["finished"]} for run in runs},
        "results": sha256(packed),
    }


def _pictured(own: Path | None, datasets: Mapping[str, str]) -> dict[str, bytes]:
    """What one's own results hold of the same data, with pictures, by path."""
    files: dict[str, bytes] = {}
    for name, fingerprint in datasets.items() if own else ():
        assert own is not None
        try:
            dataset = read_dataset(own, name, fingerprint)
            found = {file: dataset.read(file) for file in [*dataset.record["files"]]}
        except StoreError:  # not there, or damaged
            continue
        found["dataset.json"] = sealed(dataset.record)
        files |= {f"data/{dataset.path.name}/{file}": data for file, data in found.items()}
    return files


def _path(run_id: RunId) -> str:
    return f"{run_id.experiment}/{run_id.variant}/{run_id.seed}"
