"""The rules by which runs will be judged, fixed before they are trained. Free of torch.

The report side has the tests; here they are named, with every number that a verdict depends on. Each run stores the
digest of this record, so that a report can tell whether the rules changed after the runs were known.
"""

import json
from collections.abc import Mapping

from experiments.disk.files import sha256

RULES: Mapping[str, Mapping[str, object]] = {
    "two models, or two variants": {
        "test": "exact McNemar on the first seed that did not diverge",
        "level": 0.05,
        "adjusted": "Holm, over all pairs that are compared",
        "better": "the test rejects, and every seed is on the side of the mean",
        "otherwise": "undecided",
    },
    "two classes of one model": {
        "test": "Fisher's exact test on the run shown",
        "level": 0.05,
        "adjusted": "Holm, over all pairs of classes",
    },
    "intervals": {
        "of one run": "Wilson",
        "of a difference": "percentile bootstrap over seeds and images",
        "level": 0.05,
    },
    "overfitting": {"training accuracy above the validation's interval": "Wilson", "level": 0.05},
    "validation loss": {"no rise, nats": 0.00005, "clear rise, nats": 0.01},
}


def rules_digest(rules: Mapping[str, object] = RULES) -> str:
    """Hex SHA-256 of the record, whatever the order of its entries."""
    return sha256(json.dumps(rules, sort_keys=True, separators=(",", ":")).encode())
