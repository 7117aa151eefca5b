import ast
import re
from pathlib import Path

import pytest

from report.page.provenance import MODEL_ORIGINS, ORIGINS

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("id", [*ORIGINS, *MODEL_ORIGINS])
def test_what_made_a_figure_or_table_is_where_the_report_says(id):
    origin = {**ORIGINS, **MODEL_ORIGINS}[id]
    defined = set()
    for node in ast.parse((ROOT / origin.file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Assign):
            defined |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    assert origin.name in defined


def test_every_figure_table_and_listing_of_the_templates_has_an_origin():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "templates" / "sections").rglob("*.html"))
    defined = re.findall(r'\b(?:figure|table_of|listing)\("((?:fig|tab|lst):[\w-]+)"', text)
    assert len(defined) > 15
    assert set(defined) - {"tab:origins"} <= ORIGINS.keys() | MODEL_ORIGINS.keys()
