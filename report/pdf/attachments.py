"""What a report is made from, as files inside its PDF, so that the PDF alone can be checked (report.verify).

report.json     edition, title page, and which program made it
findings.json   every computed fact with its verdict
runs.json       run.json of every run;  datasets.json  what was trained on
curves.csv, predictions.csv, steps.csv  the measurements of all runs, a row each
further.csv     what the further seeds of softmax regression predict, a row a run
ablation.csv    the curves of the ablation, if it was run
words.json      the author's own words, their outcomes and the version of the rules, if there are any
manifest.json   digests of these files, of what every page draws and of the rest of the document, and its metadata
"""

import csv
import dataclasses
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pikepdf

from experiments.disk.files import sha256
from experiments.errors import UserError
from experiments.store.datasets import DatasetRecord
from experiments.store.runs import RunId
from report.findings import Findings
from report.further import FURTHER
from report.pdf.content import Content
from report.results import CURVES, IDENTITY, PREDICTIONS, STEPS, Results
from report.title_page import TitlePage
from report.words.check import RULES_VERSION
from report.words.held import NOTHING_HELD, Held, as_object
from report.words.places import FILES, NO_WORDS, Words, WordsError, word_file

TABLES = {"curves": CURVES, "predictions": PREDICTIONS, "steps": STEPS, "further": FURTHER, "ablation": CURVES}
MANIFEST, WORDS = "manifest.json", "words.json"
MEDIA = {".json": "application/json", ".csv": "text/csv"}


class AttachmentError(UserError):
    """The files in a PDF are not those of a report; the message names the file and the fault."""


@dataclasses.dataclass(frozen=True)
class Source:
    """Everything that the words of one report depend on."""

    results: Results
    fields: TitlePage
    lang: str
    program: str  # digest of the code that wrote it
    words: Words = NO_WORDS


def pack(source: Source, findings: Findings, held: Held = NOTHING_HELD) -> dict[str, bytes]:
    """The files by name, without the manifest; equal sources give equal bytes. held: the source's words."""
    results = source.results
    report = {
        "lang": source.lang,
        "fields": dataclasses.asdict(source.fields),
        "stale": [str(_path(run_id)) for run_id in results.stale],
        "program": source.program,
        **({"reference": True} if results.reference else {}),
    }
    files = {
        "report.json": report,
        "findings.json": facts(findings),
        "runs.json": {_path(run_id): record for run_id, record in results.records.items()},
        "datasets.json": {name: dataset.record for name, dataset in results.datasets.items()},
    }
    packed = {name: to_json(content) for name, content in files.items()}
    for name in TABLES:
        packed[f"{name}.csv"] = _to_csv(getattr(results, name))
    if held.texts:
        packed[WORDS] = to_json(words_content(held))
    return packed


def words_content(held: Held) -> dict[str, Any]:
    """The words, what became of each sentence, and by which rules; of the pictures, their digests."""
    pictures = dict.fromkeys(block.src for text in held.texts for block in text.blocks if block.src)
    return {
        "rules": RULES_VERSION,
        "files": {text.file.name: text.file.text for text in held.texts},
        "pictures": {src: held.words.digest_of(src) for src in pictures},
        "sentences": [{**as_object(*pair), "file": pair[0].name} for pair in held.sentences()],
    }


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
            **tables,
            records=records,
            datasets=datasets,
            stale=tuple(_run_id(path) for path in report["stale"]),
            reference=report.get("reference") is True,
        )
        if report["lang"] not in ("both", "zh", "en"):
            raise ValueError(f"lang is {report['lang']!r}")
        name = WORDS
        words = _read_words(files[WORDS]) if WORDS in files else NO_WORDS
        return Source(results, TitlePage(**report["fields"]), report["lang"], str(report["program"]), words)
    except WordsError as error:
        raise AttachmentError(f"{WORDS}: {error}") from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, csv.Error) as error:
        raise AttachmentError(f"{name}: cannot be read ({type(error).__name__}: {error})") from None


def _read_words(data: bytes) -> Words:
    content = json.loads(data)
    files = {name: word_file(name, str(text), name) for name, text in content["files"].items()}
    pictures = {str(src): str(digest) for src, digest in content["pictures"].items()}
    if not all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in pictures.values()):
        raise ValueError("a picture has no SHA-256")
    return Words(tuple(files[name] for name in FILES if name in files), pictures=pictures)


def read_json(name: str, data: bytes) -> Any:
    """The content of an attached file. Raises AttachmentError if it is not JSON."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AttachmentError(f"{name}: not JSON ({error})") from None


def read_manifest(data: bytes) -> dict[str, Any]:
    """The manifest: "files", "parts" and "metadata" are name → digest or text, "pages" is a list of digests.

    Raises AttachmentError for anything else.
    """
    manifest = read_json(MANIFEST, data)
    if isinstance(manifest, dict) and "document" in manifest:
        raise AttachmentError(f"{MANIFEST}: of an older version of the program; verify it with that one")
    kinds = {"files": dict, "pages": list, "parts": dict, "metadata": dict}
    if not isinstance(manifest, dict) or any(not isinstance(manifest.get(key), kind) for key, kind in kinds.items()):
        raise AttachmentError(f"{MANIFEST}: not as this program writes it")
    return {key: manifest[key] for key in kinds}


def facts(findings: Findings) -> dict[str, Any]:
    """Every finding by name, those that are computed from others (verdicts among them) too."""
    return {"softmax": _plain(findings.softmax), "images": _plain(findings.images)}


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
    content = Content(pdf)
    manifest = {
        "files": {name: sha256(data) for name, data in files.items()},
        "pages": content.pages(),
        "parts": content.parts(),
        "metadata": content.metadata(),
    }
    stamp = f"D:{created.replace('-', '')}000000Z"
    associated = []
    for name, data in {**files, MANIFEST: to_json(manifest)}.items():
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


def _path(run_id: RunId) -> str:
    return f"{run_id.experiment}/{run_id.variant}/{run_id.seed}"


def _run_id(path: str) -> RunId:
    experiment, variant, seed = path.split("/")
    return RunId(experiment, variant, int(seed))


def to_json(content: Any) -> bytes:
    """JSON as every file of a report has it."""
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _to_csv(table: pd.DataFrame) -> bytes:
    """As pandas writes it, in half the time where every cell is a number or a plain word, as those of a report are."""
    words = [name for name, kind in table.dtypes.items() if kind.kind not in "iuf"]
    numbers = table.drop(columns=words)
    if not np.isfinite(numbers).all(axis=None) or any(_QUOTED.search(str(w)) for n in words for w in table[n].unique()):
        return table.to_csv(index=False, lineterminator="\n").encode()
    columns = [map(repr if kind.kind == "f" else str, table[name].tolist()) for name, kind in table.dtypes.items()]
    return ("\n".join([",".join(table.columns), *map(",".join, zip(*columns, strict=True))]) + "\n").encode()


_QUOTED = re.compile('[,"\r\n]|^(nan)?$')  # what CSV quotes, and what pandas leaves out


def _read_csv(data: bytes, columns: Mapping[str, str]) -> pd.DataFrame:
    # Numbers by way of text: the parser of older pandas is off by one bit now and then.
    table = pd.read_csv(io.BytesIO(data), dtype=dict.fromkeys(columns, "str"))  # type: ignore[arg-type]
    if list(table.columns) != list(columns):
        raise ValueError(f"expected columns {', '.join(columns)}; found {', '.join(table.columns)}")
    return table.astype(dict(columns))  # type: ignore[arg-type]
