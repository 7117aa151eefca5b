"""The manifest as the community's own validator sees it; skipped where that is not installed, or has no network."""

import shutil
import subprocess

import pytest

VALIDATOR = shutil.which("rocrate-validator")  # pip install roc-validator


@pytest.mark.slow
@pytest.mark.skipif(VALIDATOR is None, reason="roc-validator is not installed")
def test_roc_validator_finds_every_requirement_of_the_profile_met(files, tmp_path):
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    profile = ["-p", "process-run-crate-0.5", "-l", "REQUIRED"]
    command = [VALIDATOR, "-y", "--disable-color", "validate", "--skip-availability-check", *profile, tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode == 2:  # the context of RO-Crate is fetched
        pytest.skip(f"roc-validator could not work: {done.stdout[-200:]}")
    assert done.returncode == 0, done.stdout
