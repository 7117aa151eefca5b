"""Results made once, and words written into a folder."""

from pathlib import Path

import pytest

from report.words.facts import Facts, facts_from
from tests.report.page.test_screen import chromium
from tests.report.words.world import UPSIDE_DOWN, world

__all__ = ["chromium"]  # a fixture


@pytest.fixture(scope="session")
def facts(tmp_path_factory) -> Facts:
    return facts_from(*world(tmp_path_factory.mktemp("world") / "results"))


@pytest.fixture(scope="session")
def upside_down(tmp_path_factory) -> Facts:
    return facts_from(*world(tmp_path_factory.mktemp("upside-down") / "results", UPSIDE_DOWN))


@pytest.fixture
def written(tmp_path):
    """A function that writes files of words, by name, and returns their folder."""

    def write(files: dict[str, str | bytes]) -> Path:
        folder = tmp_path / "words"
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    return write
