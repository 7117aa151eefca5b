import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMPLETE = """
source /dev/stdin <<<"$SCRIPT"
COMP_WORDS=(./build.py "$@"); COMP_CWORD=$#; COMP_LINE="./build.py $*"
"$(complete -p build.py | sed 's/.*-F \\([^ ]*\\) .*/\\1/')"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def script(*args: str, code: str = "pass") -> subprocess.CompletedProcess[str]:
    program = f"import sys; {code}; import build; build.main()"
    return subprocess.run([sys.executable, "-c", program, *args], cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def bash() -> str:
    pytest.importorskip("shtab")
    if not shutil.which("bash"):
        pytest.skip("no bash")
    return script("--completion", "bash").stdout


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["--skip-t"], ["--skip-train"]),
        (["--quick", "--lang", ""], ["both", "en", "zh"]),
        (["--out", "rep"], ["report"]),
        (["--verify", "build"], ["build.py"]),
        (["--verify", "a.pdf", "build"], ["build.py"]),
        (["--completion", "z"], ["zsh"]),
    ],
)
def test_a_shell_offers_options_values_and_places(bash, typed, offered):
    done = subprocess.run(
        ["bash", "-c", COMPLETE, "bash", *typed], cwd=ROOT, env={"SCRIPT": bash}, capture_output=True, text=True
    )
    assert sorted(done.stdout.split()) == offered, done.stderr


def test_a_script_for_zsh_names_every_option(bash):
    assert "--pack-reference" in re.findall(r"--[a-z-]+", script("--completion", "zsh").stdout)


def test_without_shtab_one_line_says_what_to_do():
    done = script("--completion", "bash", code="sys.modules['shtab'] = None")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: --completion needs the Python package shtab; run make setup\n")
