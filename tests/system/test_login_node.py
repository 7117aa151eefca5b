"""What a cluster's login node does has to work where torch cannot be imported."""

import os
import subprocess
import sys
from pathlib import Path

from tests import fake_slurm

ROOT = Path(__file__).resolve().parents[2]
BUILD = (
    "import sys; sys.modules.update(dict.fromkeys(('torch', 'torchvision')));"
    "import build; sys.exit(build.main(sys.argv[1:]))"
)


def test_a_login_node_without_torch_plans_and_submits(tmp_path):
    fields = tmp_path / "homework.toml"
    fields.write_text("")
    settings = ["--quick", "--data", "demo", "--seeds", "1", "--data-dir", tmp_path, "--results", tmp_path / "results"]

    def built(*words):
        environment = os.environ | fake_slurm.install(tmp_path / f"slurm-{len(words)}")
        command = [sys.executable, "-c", BUILD, *words, *settings]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr

    (about,) = (line for line in built("--plan").splitlines() if line.startswith("plan "))
    digest = about.split()[1].rstrip(":")
    assert about == f"plan {digest}: cpu, float32, 1 thread or 2 threads or 8 threads a task"
    assert [path.parent.name for path in tmp_path.glob("results/cluster/*/plan.json")] == [digest]
    said = built("--cluster", "--out", tmp_path / "out", "--fields", fields)
    assert f"plan {digest}: 6 tasks" in said  # the same, so that what --only is told goes for both
    assert "10 queued" in said
