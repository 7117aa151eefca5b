"""The rules by which runs will be judged, fixed before they are trained. Free of torch.

The report side has the tests; here they are named, with every number that a verdict depends on. Each run stores the
digest of this record, so that a report can tell whether the rules changed after the runs were known.
"""

import json
from collections.abc import Mapping

from experiments.disk.files import sha256

# Differences of accuracy that do not matter, by experiment. For ImageNet-10 the smallest that 1,200 test images can
# show to be absent; for softmax regression a hundred of 10,000.
MARGINS: Mapping[str, float] = {"softmax": 0.01, "imagenet10": 0.03}

RULES: Mapping[str, Mapping[str, object]] = {
    "two models, or two variants": {
        "interval": "half widths added as squares: over images, of the mean over seeds; over seeds, Student's t",
        "of one seed": "over images alone, and said of these nets alone",
        "level": 0.05,
        "adjusted": "Holm, over all pairs that are compared",
        "better": "the interval is without 0",
        "equivalent": "two one-sided tests: the interval of twice the level lies within the margin",
        "margins": MARGINS,
        "otherwise": "undecided",
    },
    "two classes of one model": {
        "test": "Fisher's exact test on the run shown",
        "level": 0.05,
        "adjusted": "Holm, over all pairs of classes",
    },
    "intervals": {
        "of one run": "Wilson",
        "of a mean over seeds": "Wilson over images, Student's t over seeds, half widths added as squares",
        "level": 0.05,
    },
    "overfitting": {"training accuracy above the validation's interval": "Wilson", "level": 0.05},
    "validation loss": {"no rise, nats": 0.00005, "clear rise, nats": 0.01},
}


def rules_digest(rules: Mapping[str, object] = RULES) -> str:
    """Hex SHA-256 of the record, whatever the order of its entries."""
    return sha256(json.dumps(rules, sort_keys=True, separators=(",", ":")).encode())
