"""A report on four image models, from synthetic results."""

import re
from dataclasses import replace

from experiments import catalog
from experiments.catalog import EXPERIMENTS, IMAGENET10
from experiments.models.recipe import Names, names
from report.findings import compute_findings
from report.page import model_names
from report.results import read_results
from report.title_page import TitlePage
from report.write import report_html
from tests import synthetic


def test_a_fourth_model_is_in_the_text_and_in_every_count(tmp_path, monkeypatch):
    monkeypatch.setitem(IMAGENET10.variants, "vit", replace(IMAGENET10.variants["mlp"], model="vit"))
    vit = Names(zh="小型 ViT", en="small ViT", description_zh="", description_en="")
    monkeypatch.setattr(model_names, "names", lambda model: vit if model == "vit" else names(model))
    monkeypatch.setitem(synthetic.ACCURACY, "vit", 0.6)
    monkeypatch.setattr(catalog.Experiment, "code_of", lambda self, variant: "0" * 64)  # it has no file
    results = read_results(synthetic.write_results(tmp_path, seeds=1), EXPERIMENTS)
    html = report_html(results, EXPERIMENTS, compute_findings(results), TitlePage(), "en", "print")
    text = " ".join(re.sub(r"<[^>]+>", "", html[html.index("<main") :]).split())
    assert "three models" not in text
    assert "All four models are trained from scratch" in text
    assert "60.00% for the small ViT" in text  # abstract
    assert "The structure of the small ViT, layer by layer, is in Table" in text
    assert "CNN and small ViT" in text or "small ViT and CNN" in text  # compared in pairs
