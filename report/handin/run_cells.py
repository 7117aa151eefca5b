"""Runs cells of notebooks in a process of its own, in the folder that it is started in, and returns their outputs.

In: a JSON list of notebooks, each a list of sources, null for a cell that is not run. Out: the same with lists of
outputs in place of sources: {"text": …} or {"png": base64}. It imports nothing of this program: as in a notebook, only
the folder and the libraries are there.
"""

import base64
import contextlib
import io
import json
import sys
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def run(cells: list[str | None]) -> list[list[dict[str, str]]]:
    """The outputs of each cell, run in order in one namespace."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    return [_outputs(source, namespace) if source is not None else [] for source in cells]


def _outputs(source: str, namespace: dict[str, Any]) -> list[dict[str, str]]:
    outputs: list[dict[str, str]] = []
    printed = io.StringIO()

    def flush() -> None:
        if text := printed.getvalue():
            outputs.append({"text": text})
        printed.seek(0)
        printed.truncate()

    def show() -> None:
        flush()
        for number in plt.get_fignums():
            picture = io.BytesIO()
            plt.figure(number).savefig(picture, format="png", dpi=100, bbox_inches="tight", metadata={"Software": None})
            outputs.append({"png": base64.b64encode(picture.getvalue()).decode()})
        plt.close("all")

    plt.show = show  # type: ignore[assignment]  # as a notebook shows figures: where the cell does
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "<cell>", "exec"), namespace)
    show()
    flush()
    return outputs


if __name__ == "__main__":
    json.dump([run(cells) for cells in json.load(sys.stdin)], sys.stdout)
