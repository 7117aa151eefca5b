"""Asks pip-audit whether the installed packages have known vulnerabilities: python tools/audit.py PIP_AUDIT

Ends with 1 for a finding, with 0 if there is none or nobody could be asked, and says which of the two it was.
pip-audit itself ends with 1 when the advisory service cannot be reached, and calls packages clean about which the
service knew nothing.
"""

import json
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from typing import Any

ACCEPTED: dict[str, str] = {}  # advisory → why it does not concern this program


def audit(command: str) -> Mapping[str, Any] | None:
    """pip-audit's report on this environment, or None if it gave none."""
    packages = sysconfig.get_path("purelib")
    arguments = [command, "--path", packages, "--skip-editable", "--format", "json"]
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=300)
        report: Mapping[str, Any] = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return report


def verdict(report: Mapping[str, Any] | None) -> tuple[int, list[str]]:
    """The exit code, and what to print."""
    if report is None:
        return 0, ["pip-audit: the advisory service could not be asked; nothing is known"]
    packages = report["dependencies"]
    found = [
        f"{package['name']} {package['version']}: {finding['id']}"
        for package in packages
        for finding in package.get("vulns", [])
        if finding["id"] not in ACCEPTED
    ]
    unknown = sum("skip_reason" in package for package in packages)
    asked = f"pip-audit: {len(found)} findings in {len(packages) - unknown} of {len(packages)} packages"
    rest = f"; the service knew nothing of the other {unknown}" if unknown else ""
    return int(bool(found)), [*found, asked + rest]


if __name__ == "__main__":
    code, lines = verdict(audit(sys.argv[1]))
    print("\n".join(lines))
    sys.exit(code)
