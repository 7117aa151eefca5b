import re
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PACKAGES = ("experiments", "report", "figures")


def room(module: str) -> str | None:
    """The folder that a module lies in, dotted; None for a file at the top of experiments or report."""
    folder = module if ROOT.joinpath(*module.split(".")).is_dir() else module.rpartition(".")[0]
    return folder if folder == "figures" or "." in folder else None


def arrows() -> list[str]:
    """The imports between rooms, but for those that others imply."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True, cache_dir=None)
    above: dict[str, set[str]] = {}
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            a, b = room(module), room(imported)
            if a and b and a != b:
                above.setdefault(a, set()).add(b)

    def reached(start: str) -> set[str]:
        return {there for step in above.get(start, ()) for there in (step, *reached(step))}

    return sorted(
        f"  {a} --> {b}"
        for a, targets in above.items()
        for b in targets
        if not any(b in reached(other) for other in targets - {b})
    )


def test_the_drawing_of_the_rooms_shows_the_imports_there_are():
    (drawn,) = re.findall(r"```mermaid\ngraph LR\n(.*?)```", PAGE, flags=re.DOTALL)
    assert drawn.splitlines() == arrows()


def test_every_file_and_folder_that_the_page_names_is_there():
    named = re.findall(r"`((?:experiments|report|figures|templates|tests)/[\w/]*(?:\.\w+)?)`", PAGE)
    places = [place for place in named if "NAME" not in place]
    assert len(places) > 8
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_no_file_of_the_program_is_longer_than_350_lines():
    files = [ROOT / "build.py", *(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert len(lengths) > 90
    assert {name: lines for name, lines in lengths.items() if lines > 350} == {}
    assert lengths["build.py"] <= 120
