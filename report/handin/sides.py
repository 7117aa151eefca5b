"""One side of a comparison: a report's PDF with the data that it carries, or a folder of results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.catalog import EXPERIMENTS
from experiments.data.dataset import printable
from experiments.errors import UserError
from report.findings import compute_findings
from report.judged import Verdicts
from report.pdf.attachments import facts
from report.results import Results, read_results
from report.selection import ResultsError
from report.title_page import TitlePage
from report.verify import verify


@dataclass(frozen=True)
class Side:
    """What is compared. facts: every finding, computed now from the data. What follows them is known of a PDF alone."""

    path: Path
    results: Results
    facts: Mapping[str, Any] = field(repr=False)
    fields: TitlePage | None = None
    program: str | None = None
    lang: str = ""
    verdicts: Verdicts | None = None

    @property
    def about(self) -> str:
        """One line: the file, and what it says that it is."""
        said = self.verdicts.about if self.verdicts else [f"results of {len(self.results.records)} runs"]
        return printable(f"{self.path}: {' · '.join(said)}", 600)


def read_side(path: Path) -> Side:
    """A report, verified, or a folder of results. Raises UserError if it is neither, or damaged."""
    if path.is_dir():
        results = _stored(path)
        return Side(path, results, facts(compute_findings(results)))
    verdicts = verify(path)
    if verdicts.source is None:
        raise UserError(f"{path}: carries no data to compare; name a report")
    source = verdicts.source
    return Side(path, source.results, verdicts.facts, source.fields, source.program, source.lang, verdicts)


def _stored(path: Path) -> Results:
    """The full runs in a folder, or else the quick ones."""
    try:
        return read_results(path, EXPERIMENTS)
    except ResultsError as error:
        try:
            return read_results(path, [experiment.quick() for experiment in EXPERIMENTS])
        except ResultsError:
            raise error from None
