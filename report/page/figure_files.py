"""The figures as files, drawn only where they are not among the pieces of an earlier report."""

import json
from pathlib import Path
from typing import Literal

from report.analysis.image_models import ImageFindings
from report.analysis.mistakes import Mistake
from report.cache import NO_CACHE, Cache
from report.findings import Findings
from report.results import Results

SHOWN_MISTAKES = 12


def draw_figures(
    results: Results, findings: Findings, folder: Path, lang: Literal["both", "zh", "en"], cache: Cache = NO_CACHE
) -> None:
    """Write the report's figures into a folder as SVG files. Raises RenderError if one cannot be drawn."""
    folder.mkdir(parents=True, exist_ok=True)
    made_from = json.dumps(
        [
            [(str(run_id), record["files"], record["diverged_at"]) for run_id, record in results.records.items()],
            results.further.to_dict("records"),
            [dataset.record for dataset in results.datasets.values()],
        ]
    )

    def make() -> bytes:
        # Late: matplotlib takes longer to load than all else on the page's side, and mostly nothing is to be drawn.
        from report.page.illustrations import draw_all

        draw_all(results, findings, folder, lang)
        return json.dumps({path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.svg")}).encode()

    for name, text in json.loads(cache.get(f"figures {lang} {made_from}", make)).items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def shown_mistakes(results: Results, images: ImageFindings) -> tuple[str, tuple[Mistake, ...]]:
    """The model of highest accuracy and its most confident mistakes; none without the sheet of test images."""
    best = images.ranking[0]
    has_images = "test.jpg" in results.datasets["imagenet10"].record["files"]
    return best.variant, best.mistakes[:SHOWN_MISTAKES] if has_images else ()
