"""Why a hand-in must not go out: every reason, each naming the thing and what to do. Empty lists are good news."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from experiments.store.reference import is_reference, read_about
from report.handin.archive import path_faults
from report.handin.naming import Settings
from report.judged import Verdicts
from report.results import Results
from report.title_page import TitlePage

MB = 1_000_000
WARN_MB = 20  # a common limit of learning platforms, where the course names none
_SHOWN = 3


@dataclass(frozen=True)
class Statement:
    """A sentence of the author's own and what the results say of it."""

    sentence: str
    outcome: str  # "holds", "contradicted" or "unmatched"
    where: str = ""  # file and line
    right: str = ""  # what the results give instead


def data_problems(results: Results) -> list[str]:
    """Demo and quick data, runs of other code or settings, and diverged runs."""
    problems = []
    for name, dataset in results.datasets.items():
        if dataset.record["origin"] == "demo":
            problems.append(f"{name}: demo data, drawn by the program; train on real data: build.py --data real")
    if results.quick:
        problems.append("quick runs, on a small part; train at full scale: build.py")
    if results.stale:
        shown = _listed([str(run_id) for run_id in results.stale])
        problems.append(f"stale runs, of other code or settings than today's: {shown}; train them: build.py")
    if lost := [str(run_id) for run_id, record in results.records.items() if record["diverged_at"] is not None]:
        problems.append(f"diverged runs: {_listed(lost)}; look at their settings, then train them: build.py")
    return problems


def reference_problems(results: Results) -> list[str]:
    """Runs that are those of the reference run."""
    about = read_about()
    found = [str(run_id) for run_id, record in results.records.items() if is_reference(run_id, record, about)]
    if not found:
        return []
    return [f"reference results, which come with the program and are not yours: {_listed(found)}; run build.py"]


def field_problems(title_page: TitlePage, settings: Settings, fields: Path) -> list[str]:
    """Fields of the title page that the course requires and that are empty."""
    empty = [field for field in settings.required if not getattr(title_page, field)]
    return [f"{fields}: {field} is empty; fill it in, or change required in [submit]" for field in empty]


def words_problems(statements: Iterable[Statement], settings: Settings) -> list[str]:
    """The author's own sentences that the results contradict, or, unless allowed, say nothing about."""
    problems = []
    for said in statements:
        where = f"{said.where}: " if said.where else ""
        right = f" (they give {said.right})" if said.right else ""
        if said.outcome == "contradicted":
            problems.append(f"{where}the results contradict “{said.sentence}”; correct the sentence{right}")
        elif said.outcome == "unmatched" and not settings.allow_unmatched:
            problems.append(
                f"{where}no finding speaks about “{said.sentence}”; reword it, or set allow_unmatched in [submit]"
            )
    return problems


def report_problems(verdicts: Verdicts, pages: int, settings: Settings) -> list[str]:
    """A report that does not hold, or is too long."""
    problems = []
    if not verdicts.holds:
        first = verdicts.faults[0] if verdicts.faults else "no details"
        problems.append(f"the PDF does not verify: {verdicts}; {first}")
    if settings.max_pages and pages > settings.max_pages:
        problems.append(
            f"{pages} pages, at most {settings.max_pages} are allowed; --lang zh or --lang en drops one language"
        )
    return problems


def path_problems(files: Iterable[str], folder: str) -> list[str]:
    """Paths in the archive that some system cannot have."""
    paths = [f"{folder}/{name}" if folder else name for name in files]
    return [f"the path {fault}; shorten [submit] name, or set top_folder = false" for fault in path_faults(paths)]


def size_problems(files: Mapping[str, bytes], uploads: Mapping[str, int], settings: Settings) -> list[str]:
    """Too many MB or files. uploads: file to be handed in → bytes."""
    problems = []
    for name, size in uploads.items():
        if settings.max_mb and size > settings.max_mb * MB:
            problems.append(f"{name}: {size / MB:.2f} MB, at most {settings.max_mb:g} are allowed; {_largest(files)}")
    if settings.max_files and len(files) > settings.max_files:
        problems.append(f"{len(files)} files, at most {settings.max_files} are allowed; {_fullest(files)}")
    return problems


def _largest(files: Mapping[str, bytes]) -> str:
    """The largest files and how to leave them out."""
    largest = sorted(files, key=lambda name: (-len(files[name]), name))[:_SHOWN]
    shown = ", ".join(f"{name} {len(files[name]) / MB:.2f} MB" for name in largest)
    options = list(dict.fromkeys(filter(None, map(_option, largest))))
    return f"largest: {shown}; {'; '.join(options) or 'ask the course for more'}"


def _option(name: str) -> str:
    if name.startswith("weights/"):
        return 'weights = "none" in [submit] drops the weights'
    if name.endswith(".html"):
        return "html = false in [submit] drops the HTML edition"
    if name.endswith(".pdf"):
        return 'as = "apart" in [submit] takes the PDF out of the archive'
    return ""


def _fullest(files: Mapping[str, bytes]) -> str:
    folders: dict[str, int] = {}
    for name in files:
        if "/" in name:
            folders[name.partition("/")[0]] = folders.get(name.partition("/")[0], 0) + 1
    fullest = max(folders, key=lambda folder: folders[folder])
    options = list(dict.fromkeys(filter(None, map(_option, files))))
    return f"{fullest}/ has {folders[fullest]}; {'; '.join(options)}"


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
