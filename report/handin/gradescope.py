"""An autograder for Gradescope: an archive of the program that checks what a student uploads and says what it found.

The layout of the archive, of /autograder and of results.json is Gradescope's
(https://gradescope-autograders.readthedocs.io/en/latest/specs/). It unpacks uploaded archives by itself, so that a
hand-in comes as a folder. On the machine there: python -m report.handin.gradescope /autograder
"""

import json
import re
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from experiments.disk.files import write_atomically
from experiments.errors import UserError
from report.handin.archive import ArchiveError, write_archive
from report.handin.crate import SUMS
from report.handin.desk import HOLDS, Row, check_all, hand_ins
from report.handin.receipt import verify_archive, verify_files
from report.handin.texts import ROOT
from report.judged import Verdicts
from report.verify import verify

NAME = "gradescope-autograder.zip"
FOLDERS = ("experiments", "report", "figures", "templates")
FILES = ("build.py", "pyproject.toml", "tools/install_system_packages.sh")
SCRIPTS = ("setup.sh", "run_autograder")
SECONDS = 300.0  # Gradescope ends a run after 10 minutes by default
MOST_FILES, LARGEST = 2000, 1 << 30  # of an upload, and bytes of all its files
_PIN = re.compile(r"^([A-Za-z0-9._-]+==[^\s;\\]+(?:\s*;[^\\\n]+)?)", re.MULTILINE)


def write_autograder(out: Path, say: Callable[[str], None]) -> int:
    """Write the archive to be uploaded on the assignment's page; returns the exit code."""
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / NAME, write_archive(autograder(), executable=SCRIPTS))
    say(f"written: {out / NAME}")
    return 0


def autograder(root: Path = ROOT) -> dict[str, bytes]:
    """The files of the archive by their path: the program, without what trains beyond its code, and the two scripts."""
    places = [path for name in FOLDERS for path in sorted((root / name).rglob("*"))]
    places += [root / name for name in FILES]
    places += sorted((root / "reference").rglob("run.json"))  # by which other people's results are known
    files = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in places
        if path.is_file() and "__pycache__" not in path.parts
    }
    project = tomllib.loads(files["pyproject.toml"].decode())["project"]
    files["requirements.txt"] = ("\n".join(project["dependencies"]) + "\n").encode()
    lock = (root / "requirements.lock").read_text(encoding="utf-8")
    files["constraints.txt"] = ("\n".join(pin.strip() for pin in _PIN.findall(lock)) + "\n").encode()
    for name in SCRIPTS:
        files[name] = (root / "templates" / "gradescope" / name).read_bytes().replace(b"\r\n", b"\n")
    return files


def grade(autograder: Path) -> None:
    """Check what lies in submission/ and write results/results.json. Whatever was uploaded, it is written."""
    start = time.monotonic()
    try:
        path = submitted(autograder / "submission")
        (row,) = check_all([path], check, seconds=SECONDS)
        content = results(row)
    except UserError as error:
        content = _failed(str(error))
    content["execution_time"] = round(time.monotonic() - start, 1)
    (autograder / "results").mkdir(exist_ok=True)
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (autograder / "results" / "results.json").write_text(text, encoding="utf-8")


def submitted(folder: Path) -> Path:
    """What is to be checked: the unpacked hand-in, or the only report. Raises ArchiveError if that is not clear."""
    if unpacked := sorted(folder.rglob(SUMS)):
        return min(unpacked, key=lambda path: len(path.parts)).parent
    try:
        found = hand_ins(folder)
    except UserError:
        found = []
    if len(found) != 1:
        names = ", ".join(path.name for path in found[:3]) or "nothing"
        raise ArchiveError(f"one hand-in or one report is wanted; uploaded: {names}")
    return found[0]


def check(path: Path) -> Verdicts:
    """Check an unpacked hand-in, an archive or a report; in a process of its own.

    A PDF that the sums of an unpacked hand-in do not name was uploaded next to it.
    """
    if path.is_dir():
        files = _files(path)
        sums = files[SUMS].decode(errors="replace")
        apart = [name for name in files if name.endswith(".pdf") and "/" not in name and f"  {name}\n" not in sums]
        whole = {name: data for name, data in files.items() if name not in apart}
        return verify_files(path, whole, [*(path / name for name in apart), *sorted(path.parent.glob("*.pdf"))])
    return verify_archive(path) if path.suffix.lower() == ".zip" else verify(path)


def _files(folder: Path) -> dict[str, bytes]:
    """The files of a hand-in that was unpacked."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]
    if len(paths) > MOST_FILES or sum(path.stat().st_size for path in paths) > LARGEST:
        raise ArchiveError(f"more than {MOST_FILES} files or {LARGEST >> 20} MB; no hand-in is so large")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def results(row: Row) -> dict[str, Any]:
    """results.json of one hand-in: one point if nothing is wrong with it."""
    wrong = row.words.get("contradicted", 0)
    tests = [
        _test("本报告可以核验 · the report can be checked", bool(row.claims), row.fault),
        _test(f"论断成立 · its claims hold: {row.claims or '—'}", row.verdict == HOLDS, row.text),
        _test(f"完整报告 · a finished report: {row.kind or '—'}", row.kind == "full", f"it is {row.kind or 'unknown'}"),
        _test("作者的话 · own words", not wrong, f"{wrong} sentences are contradicted by the results"),
    ]
    passed = all(test["status"] == "passed" for test in tests)
    about = [row.name, row.number, row.verdict, f"{row.pages} pages" if row.pages else "", row.accuracy]
    return {
        "score": float(passed),
        "output": " · ".join(filter(None, about)),
        "output_format": "text",
        "test_output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
        "extra_data": {"claims": row.claims, "kind": row.kind, "words": dict(row.words)},
    }


def _failed(reason: str) -> dict[str, Any]:
    return {"score": 0.0, "output": reason, "output_format": "text", "visibility": "visible", "tests": []}


def _test(name: str, passed: bool, otherwise: str) -> Mapping[str, Any]:
    return {
        "name": name,
        "status": "passed" if passed else "failed",
        "output": "" if passed else otherwise,
        "visibility": "visible",
    }


if __name__ == "__main__":
    grade(Path(sys.argv[1]))
