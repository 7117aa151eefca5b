"""ro-crate-metadata.json: what the files of a hand-in are and what they came from, as a Process Run Crate.

RO-Crate 1.1 (https://w3id.org/ro/crate/1.1), profile Process Run Crate 0.5 (https://w3id.org/ro/wfrun/process/0.5).
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

from experiments.disk.files import sha256

CRATE = "ro-crate-metadata.json"
SUMS = "SHA256SUMS"
MAIN = "experiments/__main__.py"
UNNAMED = "anonymous"  # the agent of a hand-in for peer review
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_CRATE_PROFILE = "https://w3id.org/ro/crate/1.1"
_MEDIA = {
    ".pdf": "application/pdf",
    ".html": "text/html",
    ".py": "text/x-python",
    ".ipynb": "application/x-ipynb+json",
    ".csv": "text/csv",
    ".json": "application/json",
    ".md": "text/markdown",
    ".safetensors": "application/octet-stream",
}


def crate(
    files: Mapping[str, bytes],
    *,
    title: str,
    authors: Iterable[str],
    created: str,
    finished: str,
    data: Mapping[str, str],
    versions: Mapping[str, str],
) -> bytes:
    """The metadata of all files, which are those of the hand-in but for itself and SHA256SUMS.

    created: ISO 8601 date. finished: time of the newest run. data: dataset → what it is. versions: library → version.
    """
    program_id = f"urn:sha256:{sha256(sums({n: data for n, data in files.items() if n.startswith('experiments/')}))}"
    named = list(authors) or [UNNAMED]
    people = [{"@id": f"#author-{n}", "@type": "Person", "name": name} for n, name in enumerate(named, start=1)]
    sets = [
        {"@id": f"#{name}", "@type": "Dataset", "name": name, "description": description}
        for name, description in data.items()
    ]
    measured = [name for name in files if name.startswith("results/")]
    trained = [*measured, *(name for name in files if name.startswith("weights/"))]
    written = [name for name in files if PurePosixPath(name).suffix in (".pdf", ".html", ".ipynb")]
    training: dict[str, Any] = {
        "@id": "#training",
        "@type": "CreateAction",
        "name": "training and evaluation of every run",
        "description": "python -m experiments",
        "endTime": finished,
        "agent": _one_or_more(people),
        "instrument": {"@id": program_id},
        "object": [{"@id": entry["@id"]} for entry in sets],
        "result": _refs(trained),
    }
    writing: dict[str, Any] = {
        "@id": "#writing",
        "@type": "CreateAction",
        "name": "the report and the notebooks, computed from the results",
        "description": "python build.py --submit",
        "endTime": finished,  # as the report is dated: the same results give the same bytes
        "agent": _one_or_more(people),
        "instrument": {"@id": program_id},
        "object": _refs(measured),
        "result": _refs(written),
    }
    libraries = [
        {"@id": _url(name), "@type": "SoftwareApplication", "name": name, "softwareVersion": version, "url": _url(name)}
        for name, version in versions.items()
    ]
    program = {
        "@id": program_id,
        "@type": "SoftwareApplication",
        "name": "HW1-DL",
        "url": {"@id": MAIN},  # it has no other address
        "softwareVersion": "0.1.0",
        "softwareRequirements": [{"@id": library["@id"]} for library in libraries],
    }
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": title,
        "description": f"{title}: report, code, notebooks and results",
        "datePublished": created,
        "license": {"@id": "https://spdx.org/licenses/MIT"},
        "conformsTo": {"@id": _PROFILE},
        "hasPart": _refs(files),
        "author": _one_or_more(people),
        "mentions": [{"@id": "#training"}, {"@id": "#writing"}],
    }
    graph = [
        {
            "@id": CRATE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": _CRATE_PROFILE},
            "about": {"@id": "./"},
        },
        root,
        {"@id": _PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        {
            "@id": "https://spdx.org/licenses/MIT",
            "@type": "CreativeWork",
            "name": "MIT License",
            "description": "of the code; text and results are the authors'",
        },
        program,
        *libraries,
        *people,
        *sets,
        training,
        writing,
        *(_file(name, content) for name, content in files.items()),
    ]
    context = [f"{_CRATE_PROFILE}/context", {"sha256": "https://schema.org/sha256"}]  # which 1.1 does not define
    document = {"@context": context, "@graph": graph}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _refs(names: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": quote(name)} for name in names]


def _url(library: str) -> str:
    return "https://www.python.org/" if library == "python" else f"https://pypi.org/project/{library}/"


def _one_or_more(entities: list[dict[str, str]]) -> object:
    """References to entities; a single one is no list: RO-Crate 1.1, JSON-LD appendix."""
    refs = [{"@id": entity["@id"]} for entity in entities]
    return refs[0] if len(refs) == 1 else refs


def _file(name: str, content: bytes) -> dict[str, Any]:
    path = PurePosixPath(name)
    return {
        "@id": quote(name),
        "@type": "File",
        "name": path.name,
        "encodingFormat": _MEDIA.get(path.suffix, "text/plain"),
        "contentSize": str(len(content)),
        "sha256": sha256(content),
    }


def crate_faults(files: Mapping[str, bytes]) -> list[str]:
    """How the crate in a hand-in and its files differ; empty if they do not."""
    if CRATE not in files:
        return [f"{CRATE}: not there"]
    try:
        graph = {entry["@id"]: entry for entry in json.loads(files[CRATE])["@graph"]}
        listed = {unquote(part["@id"]) for part in graph["./"]["hasPart"]}
        sums = {unquote(key): entry["sha256"] for key, entry in graph.items() if entry["@type"] == "File"}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        return [f"{CRATE}: cannot be read ({type(error).__name__})"]
    there = files.keys() - {CRATE, SUMS}
    faults = [f"{name}: listed in {CRATE}, not there" for name in sorted(listed - there)]
    faults += [f"{name}: not listed in {CRATE}" for name in sorted(there - listed)]
    different = (name for name in sorted(there & listed) if sums.get(name) != sha256(files[name]))
    return faults + [f"{name}: not as {CRATE} says" for name in different]


def sums(files: Mapping[str, bytes]) -> bytes:
    """SHA256SUMS, as sha256sum -c reads it."""
    return "".join(f"{sha256(files[name])}  {name}\n" for name in sorted(files)).encode()


def sums_faults(files: Mapping[str, bytes]) -> list[str]:
    """How SHA256SUMS and the files of a hand-in differ; empty if they do not."""
    if SUMS not in files:
        return [f"{SUMS}: not there"]
    lines = files[SUMS].decode(errors="replace").splitlines()
    said = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    there = files.keys() - {SUMS}
    faults = [f"{name}: in {SUMS}, not there" for name in sorted(said.keys() - there)]
    faults += [f"{name}: not in {SUMS}" for name in sorted(there - said.keys())]
    return faults + [f"{name}: altered" for name in sorted(there & said.keys()) if said[name] != sha256(files[name])]
