"""What was found out about a finished report: its claims, and which of them do not hold."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from experiments.data.dataset import printable
from experiments.errors import UserError
from report.pdf.attachments import Source

MOST_SHOWN = 20  # faults; one altered prediction changes hundreds of numbers


class VerifyError(UserError):
    """The file cannot be checked at all; the message names it and says why."""


@dataclass
class Verdicts:
    """What was checked in which report, and what did not hold, in the order of the report."""

    path: Path = Path()
    about: list[str] = field(default_factory=list)  # what the report says that it is: title, author, kind, runs
    kind: str = ""  # "demo data", "quick run": not to be taken for a finished report; empty for a full one
    claims: int = 0
    failed: int = 0
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pages: int = 0
    source: Source | None = None  # what the report was made from
    facts: dict[str, Any] = field(default_factory=dict)  # the findings that the source gives
    rewritten: int = 0  # of the failed claims, those about what this version of the program would say
    elsewhere: bool = False  # whether another version of the program made it
    words: dict[str, int] = field(default_factory=dict)  # outcome → how many of the author's sentences, if any
    files: dict[str, bytes] = field(default_factory=dict, repr=False)  # what it carries, by name

    @property
    def holds(self) -> bool:
        return not self.failed

    def check(self, holds: bool, fault: str = "") -> None:
        """Count a claim; one that does not hold may be explained by the fault of another."""
        self.claims += 1
        if not holds:
            self.failed += 1
            if fault:
                self.faults.append(printable(fault, 400))  # names in it come from the file

    @property
    def of_another_version(self) -> bool:
        """Whether the report is as it was made, and only the words and findings of another version differ from ours."""
        return self.elsewhere and 0 < self.failed == self.rewritten

    def __str__(self) -> str:
        if self.of_another_version:
            same = f"{self.claims - self.failed} of {self.claims} claims are the same here"
            return f"made by another version of the program, which alone can judge it; {same}"
        return f"claims: {self.claims - self.failed}/{self.claims} hold{f' ({self.kind})' if self.kind else ''}"

    def text(self) -> str:
        """Everything, as lines to be printed: the file, what it says that it is, faults, notes, and the verdict."""
        shown = [] if self.of_another_version else self.faults[:MOST_SHOWN]
        if shown and (more := len(self.faults) - len(shown)):
            shown.append(f"and {more} more")
        return "\n".join([printable(f"{self.path}: {' · '.join(self.about)}", 600), *shown, *self.notes, str(self)])
