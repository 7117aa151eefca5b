"""The reference run that is in the repository: whole, small, fit to be shown, and what README.md says of it."""

import pytest

from experiments.catalog import EXPERIMENTS
from experiments.store.reference import LARGEST, REFERENCE, unpacked
from report.findings import compute_findings
from report.results import Results, read_results
from report.title_page import TitlePage
from report.write import report_html
from tests.synthetic import write_results
from tools import readme

in_repository = pytest.mark.skipif(not REFERENCE.exists(), reason="there is no reference run yet")


@pytest.fixture(scope="module")
def shipped():
    """Its results, and the names of all its files."""
    with unpacked() as folder:
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        yield read_results(folder, EXPERIMENTS), files


@in_repository
def test_it_is_whole_small_and_without_weights_or_pictures(shipped):
    results, files = shipped
    assert {path.name for path in REFERENCE.iterdir()} == {"about.json", "results.xz"}
    assert sum(path.stat().st_size for path in REFERENCE.iterdir()) <= LARGEST
    assert {name.rpartition(".")[2] for name in files} == {"csv", "json"}
    assert results.reference
    assert results.seeds >= 3
    assert results.stale or not results.ablation.empty  # models on equal terms are shown next to today's alone
    assert not [run_id for run_id, record in results.records.items() if record["diverged_at"] is not None]


@in_repository
@pytest.mark.parametrize("edition", ["print", "screen"])
def test_its_report_can_be_written(shipped, edition):
    results, _ = shipped
    html = report_html(results, EXPERIMENTS, compute_findings(results), TitlePage(), "both", edition)
    assert "参考运行" in html


@in_repository
@pytest.mark.parametrize("lang", readme.READMES)
def test_the_readme_says_what_it_gives(lang, shipped):
    text = readme.READMES[lang].read_text(encoding="utf-8")
    assert readme.replaced(text, readme.account(shipped[0], lang)) == text, "run .venv/bin/python tools/readme.py"


@in_repository
def test_it_is_of_the_committed_code(shipped):
    """It goes on being shown when the code changes, as of older code: a hint to renew it, and no fault."""
    if stale := sorted({f"{run_id.experiment}/{run_id.variant}" for run_id in shipped[0].stale}):
        pytest.xfail(f"of older code or settings: {', '.join(stale)}; train again, then build.py --pack-reference")


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory) -> Results:
    return read_results(write_results(tmp_path_factory.mktemp("r"), seeds=3), EXPERIMENTS)


def test_accuracies_losses_and_times_of_the_readme_are_those_of_the_runs(synthetic):
    said = readme.account(synthetic, "en")
    rows = {line.split(" | ")[0].strip("| "): line.split(" | ")[1:4] for line in said.splitlines()}
    softmax, images = compute_findings(synthetic)
    wrong, cnn = softmax.variants["wrong"], images.models["cnn"]
    assert rows["softmax regression, double softmax"] == ["70.00 ± 0.00 %", f"{wrong.cross_entropy:.3f}", "12 s"]
    assert rows["CNN, 50 epochs"] == ["85.0 ± 0.0 %", f"{cnn.test_loss:.3f}", "12 s"]
    assert cnn.test_acc == pytest.approx(0.85)
    assert "over 3 seeds, " in said
    assert "Test CPU (float32) with PyTorch 2.9, finished on 2026-01-03,\n4 min 36 s" in said
    assert "| CNN，50 轮 | 85.0 ± 0.0 % |" in readme.account(synthetic, "zh")


@pytest.mark.parametrize("lang", readme.READMES)
def test_only_what_is_between_the_marks_is_replaced(lang, synthetic):
    text = readme.READMES[lang].read_text(encoding="utf-8")
    before, after = text.partition(readme.BEGIN)[0], text.partition(readme.END)[2]
    new = readme.replaced(text, readme.account(synthetic, lang))
    assert new != text
    assert new.startswith(before)
    assert new.endswith(after)
    assert readme.replaced(new, readme.account(synthetic, lang)) == new
    with pytest.raises(ValueError, match="lacks the marks"):
        readme.replaced("nothing", "")
