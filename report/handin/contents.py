"""What goes into a hand-in: an allow-list, made from what the report is about. Nothing is looked for in folders.

The code is what `python -m experiments` imports, found from its imports as the key of a run is (experiments.
code_digest), so that a new model or helper comes along by itself, and the folder trains.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from experiments.catalog import IMAGE_MODELS, SOFTMAX
from experiments.code_digest import ROOT as CODE
from experiments.code_digest import source_files
from experiments.models.recipe import names
from experiments.store.runs import Run
from report.handin.crate import CRATE, SUMS, crate, sums
from report.handin.naming import Settings
from report.handin.notebooks import write_notebooks
from report.handin.texts import ROOT, render
from report.page.score_table import scores_csv
from report.pdf.content import stream_bytes
from report.results import Results
from report.title_page import TitlePage
from report.write import title_of

TRAINERS = ("experiments.__main__", "experiments.training.softmax_trainer", "experiments.training.image_trainer")
MODELS = (*(f"{model}.py" for model in IMAGE_MODELS), "softmax_regression.py")
PROGRAM_FILES = ("requirements.lock", "LICENSE")
TABLES = (
    "curves.csv",
    "predictions.csv",
    "steps.csv",
    "further.csv",
    "ablation.csv",
    "runs.json",
    "datasets.json",
    "findings.json",
)
SCORES = "results/per-class.csv"
OWN = (CRATE, SUMS)


@dataclass(frozen=True)
class Edition:
    """A finished report and what it is about."""

    pdf: bytes
    html: bytes
    results: Results
    title_page: TitlePage


def collect(
    edition: Edition, settings: Settings, stem: str, weights: Mapping[str, bytes], anonymous: bool
) -> dict[str, bytes]:
    """Every file of the hand-in by its path, the report's included; equal editions give equal bytes.

    weights: path → content, see weight_files.
    """
    results, report_in = edition.results, settings.layout == "zip"
    tables = attached(edition.pdf)
    values = _values(edition, settings, stem, anonymous=anonymous, report_in=report_in, weights=bool(weights))
    files: dict[str, bytes] = {"README.md": render("README.md", values).encode()}
    if report_in:
        files[f"{stem}.pdf"] = edition.pdf
        files |= {f"{stem}.html": edition.html} if settings.html else {}
    files |= write_notebooks(values, tables)
    files |= {model: _text(CODE / "models" / model) for model in MODELS}
    files |= code()
    files |= {name: _text(ROOT / name) for name in PROGRAM_FILES}
    files |= {f"results/{name}": data for name, data in tables.items()}
    files[SCORES] = scores_csv(json.loads(tables["findings.json"]), results.datasets["imagenet10"].record["classes"])
    files |= weights
    newest = max(str(record["finished"]) for record in results.records.values())
    files[CRATE] = crate(
        files,
        title=title_of(edition.title_page)[1],
        authors=() if anonymous else edition.title_page.authors,
        created=newest[:10],
        finished=newest,
        data={
            name: f"{data.record['origin']}, fingerprint {data.record['fingerprint']}"
            for name, data in results.datasets.items()
        },
        versions=next(iter(results.records.values()))["versions"],
    )
    files[SUMS] = sums(files)
    return files


def attached(pdf: bytes) -> dict[str, bytes]:
    """The measurements that a report carries, which the hand-in shows as files."""
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return {name: stream_bytes(opened.attachments[name].get_file().obj) for name in TABLES}


def code(root: Path = CODE) -> dict[str, bytes]:
    """The program that trains: experiments/, as far as it is imported. root: that folder."""
    modules = [*TRAINERS, *(f"experiments.models.{model}" for model in IMAGE_MODELS)]
    return {f"{CODE.name}/{path.relative_to(root).as_posix()}": _text(path) for path in source_files(modules, root)}


def weight_files(runs: list[Run], choice: str) -> dict[str, bytes]:
    """The weights of the chosen variant, of all, or of none, by their path in the hand-in.

    Raises StoreError if one is missing or damaged.
    """
    chosen = [run for run in runs if choice in ("all", run.id.variant)]
    return {
        f"weights/{run.id.experiment}-{run.id.variant}-seed-{run.id.seed}.safetensors": run.read("model.safetensors")
        for run in chosen
    }


def _text(path: Path) -> bytes:
    return path.read_bytes().replace(b"\r\n", b"\n")  # of a clone made by Windows


def _values(
    edition: Edition, settings: Settings, stem: str, *, anonymous: bool, report_in: bool, weights: bool
) -> dict[str, object]:
    """What the words of the hand-in are given."""
    page, results = edition.title_page, edition.results
    images = results.datasets["imagenet10"].record
    title_zh, title_en = title_of(page)
    series = results.series[0]
    return {
        "title_zh": title_zh,
        "title_en": title_en,
        "anonymous": anonymous,
        "authors": ", ".join(filter(None, (*page.authors, *page.student_number.split("\n")))),
        "pdf": f"{stem}.pdf",
        "html": f"{stem}.html",
        "report_in": report_in,
        "html_in": report_in and settings.html,
        "weights": weights,
        "models": [_described(model) for model in IMAGE_MODELS],
        "variants": list(IMAGE_MODELS),
        "runs": len(results.records),
        "date": max(str(record["finished"]) for record in results.records.values())[:10],
        "classes": results.datasets[SOFTMAX.dataset].record["classes"],
        "origin": images["origin"],
        "reason": settings.why_these_classes,
        "series": series,
        "options": f" --data real --seeds {results.seeds}"
        + (f" --series {series}" if series else "")
        + (" --imagenet10 DIR" if images["origin"] == "folder" else ""),
    }


def _described(model: str) -> dict[str, str]:
    said = names(model)
    return {
        "file": f"{model}.py",
        "zh": said.zh,
        "en": said.en,
        "description_zh": said.description_zh,
        "description_en": said.description_en,
    }
