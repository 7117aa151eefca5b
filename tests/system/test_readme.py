"""What README and docs tell to run is understood, and the two READMEs say the same."""

import re
import shlex
from pathlib import Path

import pytest

import build

ROOT = Path(build.__file__).parent
PAGES = sorted([ROOT / "README.md", ROOT / "README.zh.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md")])
COMMAND = re.compile(r"(?:python |/)?build\.py ([^`…\n)]*)")


def commands(page: Path) -> list[str]:
    """The arguments of every `build.py …` in a page's code."""
    text = page.read_text(encoding="utf-8")
    code = re.findall(r"`([^`\n]+)`", text) + [line for block in re.findall(r"```.*?\n(.*?)```", text, re.S)
                                               for line in block.splitlines()]  # fmt: skip
    return [match[1].split(" #")[0] for line in code for match in [COMMAND.search(line)] if match]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if commands(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_every_command_in_the_docs_is_understood(page, tmp_path, monkeypatch):
    (tmp_path / "DIR").mkdir()
    monkeypatch.chdir(tmp_path)  # placeholders name what is there
    for arguments in commands(page):
        try:
            build.parse_args(shlex.split(arguments))
        except SystemExit as end:  # --completion prints and ends
            assert end.code == 0, arguments  # noqa: PT017


def code_spans(name: str) -> list[str]:
    return re.findall(r"`[^`\n]+`|```.*?\n|^make .*?  |\b\d+\.\d+\b", (ROOT / name).read_text(encoding="utf-8"), re.M)


def test_both_readmes_name_the_same_commands_files_and_figures():
    assert sorted(code_spans("README.md")) == sorted(code_spans("README.zh.md"))


def test_links_of_readme_and_docs_lead_to_files():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"
