"""Facts computed from the tables, with verdicts; no prose.

Every number that the report's text states about the results comes from here. A sentence that compares is
chosen by a verdict: supported, contradicted or undecided.
"""

from typing import NamedTuple

from report.analysis.image_models import ImageFindings, image_findings
from report.analysis.softmax import SoftmaxFindings, softmax_findings
from report.results import Results


class Findings(NamedTuple):
    """What the results say, section by section of the homework."""

    softmax: SoftmaxFindings
    images: ImageFindings


def compute_findings(results: Results) -> Findings:
    """The facts of both sections. Raises ResultsError if too many runs diverged for a section to be written."""
    return Findings(softmax_findings(results), image_findings(results))
