"""What a report is made from, as files inside its PDF, so that the PDF alone can be checked (report.verify).

report.json     edition, title page, and which program made it
findings.json   every computed fact with its verdict
runs.json       run.json of every run;  datasets.json  what was trained on
curves.csv, predictions.csv, steps.csv  the measurements of all runs, a row each
ablation.csv    the curves of the ablation, if it was run
manifest.json   the SHA-256 of each of these files and of the drawing of every page
"""

import csv
import dataclasses
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import canonicalize

import numpy as np
import pandas as pd
import pikepdf

from experiments.errors import UserError
from experiments.files import sha256
from experiments.store import DatasetRecord, RunId
from report.fields import Fields
from report.findings import ImageFindings, SoftmaxFindings
from report.results import CURVES, IDENTITY, PREDICTIONS, STEPS, Results

TABLES = {"curves": CURVES, "predictions": PREDICTIONS, "steps": STEPS, "ablation": CURVES}
MANIFEST = "manifest.json"
MEDIA = {".json": "application/json", ".csv": "text/csv"}


class AttachmentError(UserError):
    """The files in a PDF are not those of a report; the message names the file and the fault."""


@dataclasses.dataclass(frozen=True)
class Source:
    """Everything that the words of one report depend on."""

    results: Results
    fields: Fields
    lang: str
    program: str  # digest of the code that wrote it


def pack(source: Source, softmax: SoftmaxFindings, images: ImageFindings) -> dict[str, bytes]:
    """The files by name, without the manifest; equal sources give equal bytes."""
    results = source.results
    report = {
        "lang": source.lang,
        "fields": dataclasses.asdict(source.fields),
        "stale": [str(_path(run_id)) for run_id in results.stale],
        "program": source.program,
    }
    files = {
        "report.json": report,
        "findings.json": facts(softmax, images),
        "runs.json": {_path(run_id): record for run_id, record in results.records.items()},
        "datasets.json": {name: dataset.record for name, dataset in results.datasets.items()},
    }
    packed = {name: _to_json(content) for name, content in files.items()}
    for name in TABLES:
        packed[f"{name}.csv"] = _to_csv(getattr(results, name))
    return packed


def unpack(files: Mapping[str, bytes]) -> Source:
    """What `pack` was given. Raises AttachmentError, whatever the files hold: they come from anywhere."""
    for name in ("report.json", "runs.json", "datasets.json", *(f"{table}.csv" for table in TABLES)):
        if name not in files:
            raise AttachmentError(f"{name} is not attached; this is no report of build.py, or it was altered")
    name = ""
    try:
        tables = {}
        for name, columns in TABLES.items():
            tables[name] = _read_csv(files[f"{name}.csv"], {**IDENTITY, **columns})
        name = "runs.json"
        records = {_run_id(path): record for path, record in json.loads(files[name]).items()}
        name = "datasets.json"
        datasets = {key: DatasetRecord(Path(), record) for key, record in json.loads(files[name]).items()}
        name = "report.json"
        report = json.loads(files[name])
        results = Results(
            **tables, records=records, datasets=datasets, stale=tuple(_run_id(path) for path in report["stale"])
        )
        if report["lang"] not in ("both", "zh", "en"):
            raise ValueError(f"lang is {report['lang']!r}")
        return Source(results, Fields(**report["fields"]), report["lang"], str(report["program"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
        raise AttachmentError(f"{name}: cannot be read ({type(error).__name__}: {error})") from None


def read_json(name: str, data: bytes) -> Any:
    """The content of an attached file. Raises AttachmentError if it is not JSON."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AttachmentError(f"{name}: not JSON ({error})") from None


def read_manifest(data: bytes) -> dict[str, Any]:
    """{"files": name → SHA-256, "pages": [SHA-256], "document": SHA-256}. Raises AttachmentError for anything else."""
    manifest = read_json(MANIFEST, data)
    kinds = {"files": dict, "pages": list, "document": str}
    if not isinstance(manifest, dict) or any(not isinstance(manifest.get(key), kind) for key, kind in kinds.items()):
        raise AttachmentError(f"{MANIFEST}: not as this program writes it")
    return {key: manifest[key] for key in kinds}


def facts(softmax: SoftmaxFindings, images: ImageFindings) -> dict[str, Any]:
    """Every finding by name, those that are computed from others (verdicts among them) too."""
    return {"softmax": _plain(softmax), "images": _plain(images)}


def _plain(value: Any) -> Any:
    """Dataclasses, arrays and tuples as JSON has them."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        derived = {
            name: getattr(value, name) for name, member in vars(type(value)).items() if isinstance(member, property)
        }
        simple = {name: content for name, content in derived.items() if isinstance(content, str | int | float)}
        return fields | simple
    if isinstance(value, Mapping):
        return {str(key): _plain(content) for key, content in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def attach(pdf: pikepdf.Pdf, files: Mapping[str, bytes], created: str) -> None:
    """Embed the files and their manifest as PDF/A-3 has it: each an associated file of the document.

    created: ISO 8601 date, the files' own.
    """
    manifest = {
        "files": {name: sha256(data) for name, data in files.items()},
        "pages": [sha256(data) for data in drawings(pdf)],
        "document": sha256(frame(pdf)),
    }
    stamp = f"D:{created.replace('-', '')}000000Z"
    associated = []
    for name, data in {**files, MANIFEST: _to_json(manifest)}.items():
        spec = pikepdf.AttachedFileSpec(
            pdf,
            data,
            filename=name,
            description=f"{name}: data of this report",
            mime_type=MEDIA[Path(name).suffix],
            creation_date=stamp,
            mod_date=stamp,
            relationship=pikepdf.Name.Data,
        )
        pdf.attachments[name] = spec
        associated.append(pdf.attachments[name].obj)
    pdf.Root.AF = pikepdf.Array(associated)


def drawings(pdf: pikepdf.Pdf) -> Iterator[bytes]:
    """What each page draws: its content and all that it uses (faces, forms, pictures), and the notes that lie on it."""
    for page in pdf.pages:
        yield page.Contents.read_bytes() + _canonical(page.obj, {}, skip=("/Contents",))


def frame(pdf: pikepdf.Pdf) -> bytes:
    """What a document has besides its pages and its files: structure and its texts, bookmarks, targets, metadata."""
    seen: dict[tuple[int, int], int] = {pdf.Root.objgen: 0}
    for number, page in enumerate(pdf.pages, start=1):
        seen[page.obj.objgen] = -number
    names = pdf.Root.get("/Names", pikepdf.Dictionary())
    parts = {
        **{name: pdf.Root[name] for name in pdf.Root.keys() - {"/Pages", "/AF", "/Names", "/Metadata"}},
        **{f"/Names{name}": names[name] for name in names.keys() - {"/EmbeddedFiles"}},
        "Info": pdf.docinfo,
    }
    metadata = _canonical_xml(pdf.Root.Metadata.read_bytes()) if "/Metadata" in pdf.Root else b""
    return b" ".join([metadata, *(name.encode() + b" " + _canonical(parts[name], seen) for name in sorted(parts))])


def _canonical_xml(data: bytes) -> bytes:
    """XML the same however it is laid out: pikepdf writes the metadata in its own way when it saves a file."""
    elements = re.sub(rb"<\?.*?\?>", b"", data, flags=re.S)
    return canonicalize(elements.decode(), strip_text=True, rewrite_prefixes=True).encode()


# A page's place among the others and in the structure tree is not its drawing.
_ELSEWHERE = frozenset(("/Parent", "/StructParents", "/StructParent", "/P", "/Length"))


def _canonical(value: Any, seen: dict[tuple[int, int], int], skip: tuple[str, ...] = ()) -> bytes:
    """An object and everything that it refers to, the same however the objects are numbered in the file."""
    number = getattr(value, "objgen", (0, 0))
    if number != (0, 0):
        if number in seen:
            return b"@%d" % seen[number]
        seen[number] = len(seen)
        if len(seen) > 1 and isinstance(value, pikepdf.Dictionary) and value.get("/Type") == "/Page":
            return b"page"  # where a link leads
    if isinstance(value, pikepdf.Stream | pikepdf.Dictionary):
        body = sha256(value.read_raw_bytes()).encode() if isinstance(value, pikepdf.Stream) else b""
        names = sorted(value.keys() - _ELSEWHERE - set(skip))
        return b"<%s>%s" % (b" ".join(name.encode() + b" " + _canonical(value[name], seen) for name in names), body)
    if isinstance(value, pikepdf.Array):
        return b"[%s]" % b" ".join(_canonical(item, seen) for item in value)
    return bytes(value.unparse()) if isinstance(value, pikepdf.Object) else repr(value).encode()


def _path(run_id: RunId) -> str:
    return f"{run_id.experiment}/{run_id.variant}/{run_id.seed}"


def _run_id(path: str) -> RunId:
    experiment, variant, seed = path.split("/")
    return RunId(experiment, variant, int(seed))


def _to_json(content: Any) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _to_csv(table: pd.DataFrame) -> bytes:
    return table.to_csv(index=False, lineterminator="\n").encode()


def _read_csv(data: bytes, columns: Mapping[str, str]) -> pd.DataFrame:
    # Numbers by way of text: the parser of older pandas is off by one bit now and then.
    table = pd.read_csv(io.BytesIO(data), dtype=dict.fromkeys(columns, "str"))  # type: ignore[arg-type]
    if list(table.columns) != list(columns):
        raise ValueError(f"expected columns {', '.join(columns)}; found {', '.join(table.columns)}")
    return table.astype(dict(columns))  # type: ignore[arg-type]
