import sys

import pytest

from tools import audit

CLEAN = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "b", "version": "2", "vulns": [{"id": "PYSEC-1"}]}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([CLEAN], 0, "pip-audit: 0 findings in 1 of 1 packages"),
        ([CLEAN, BAD], 1, "pip-audit: 1 findings in 2 of 2 packages"),
        ([CLEAN, UNKNOWN], 0, "pip-audit: 0 findings in 1 of 2 packages; the service knew nothing of the other 1"),
    ],
)
def test_a_finding_is_told_from_silence(packages, code, said):
    assert audit.verdict({"dependencies": packages})[0] == code
    assert audit.verdict({"dependencies": packages})[1][-1] == said


def test_a_finding_is_named_unless_it_is_accepted_with_a_reason(monkeypatch):
    assert audit.verdict({"dependencies": [BAD]})[1][0] == "b 2: PYSEC-1"
    monkeypatch.setitem(audit.ACCEPTED, "PYSEC-1", "that part of b is not used")
    assert audit.verdict({"dependencies": [BAD]})[0] == 0


@pytest.mark.parametrize("command", ["/nowhere/pip-audit", sys.executable, "/bin/false"])
def test_a_program_that_cannot_ask_is_no_finding(command):
    assert audit.verdict(audit.audit(command)) == (
        0,
        ["pip-audit: the advisory service could not be asked; nothing is known"],
    )
