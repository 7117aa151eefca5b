"""The three notebooks of the homework, with the outputs of the stored runs.

A notebook is a template in Markdown. A fence ```python is a cell; with "run" it is run here, on the tables of the
hand-in, and its outputs are kept. The others define torch's classes, or train only if that is asked for: they print
nothing but what a following fence ```output says.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbformat import v4

from report.errors import RenderError
from report.handin.texts import render

NOTEBOOKS = ("L4_wrong.ipynb", "L4_contrary.ipynb", "main.ipynb")
_FENCE = re.compile(r"^```(python|output)( run)?\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
_SECONDS = 120


@dataclass
class Cell:
    """A cell of a notebook before its outputs are known; text that is not code is Markdown."""

    source: str
    code: bool = False
    run: bool = False
    printed: str = ""
    outputs: list[dict[str, str]] = field(default_factory=list)


def write_notebooks(values: Mapping[str, Any], tables: Mapping[str, bytes]) -> dict[str, bytes]:
    """The notebooks by name. tables: the files that the cells find in results/.

    Raises RenderError if a cell fails.
    """
    cells = {name: split(render(name.replace(".ipynb", ".md"), values)) for name in NOTEBOOKS}
    _run(list(cells.values()), tables)
    return {name: _to_bytes(parts) for name, parts in cells.items()}


def split(text: str) -> list[Cell]:
    """The cells of a notebook in Markdown."""
    cells: list[Cell] = []
    end = 0
    for fence in _FENCE.finditer(text):
        cells += _markdown(text[end : fence.start()])
        language, run, source = fence.groups()
        if language == "output":
            cells[-1].printed = source
        else:
            cells.append(Cell(source.rstrip("\n"), code=True, run=bool(run)))
        end = fence.end()
    return [*cells, *_markdown(text[end:])]


def _markdown(text: str) -> list[Cell]:
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return [Cell(text)] if text else []


def _run(notebooks: list[list[Cell]], tables: Mapping[str, bytes]) -> None:
    """Fill in the outputs of the cells that are to be run."""
    sources = [[cell.source if cell.run else None for cell in cells if cell.code] for cells in notebooks]
    with tempfile.TemporaryDirectory(prefix="hw1-dl-") as folder:
        results = Path(folder, "results")
        results.mkdir()
        for name, data in tables.items():
            (results / name).write_bytes(data)
        program = Path(__file__).with_name("run_cells.py")
        done = subprocess.run(
            [sys.executable, "-I", str(program)],
            cwd=folder,
            input=json.dumps(sources).encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise RenderError(f"a cell of a notebook fails ({lines[-1]}); see templates/handin")
    for cells, outputs in zip(notebooks, json.loads(done.stdout), strict=True):
        for cell, found in zip([cell for cell in cells if cell.code], outputs, strict=True):
            cell.outputs = [{"text": cell.printed}] if cell.printed else found


def _to_bytes(cells: list[Cell]) -> bytes:
    """A notebook as JSON, its cells counted; equal cells give equal bytes."""
    notebook = v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        }
    )
    count = 0
    for number, cell in enumerate(cells, start=1):
        if cell.code:
            count += 1
            made = v4.new_code_cell(cell.source, execution_count=count, outputs=[_output(o) for o in cell.outputs])
        else:
            made = v4.new_markdown_cell(cell.source)
        made["id"] = f"cell-{number}"
        notebook.cells.append(made)
    nbformat.validate(notebook)
    return (nbformat.writes(notebook, version=4, sort_keys=True).rstrip("\n") + "\n").encode()


def _output(output: Mapping[str, str]) -> Any:
    if "text" in output:
        return v4.new_output("stream", name="stdout", text=output["text"])
    return v4.new_output("display_data", data={"image/png": output["png"], "text/plain": "<Figure>"})
