"""Reports on four, five and six image models: every table, figure and edition, printed and verified."""

import re
import subprocess
import sys
import zipfile

import pytest

from tests.extended import NAMES, extend

WRITE = """
import sys
from pathlib import Path
from tests.synthetic import write_results
write_results(Path(sys.argv[1]), seeds=3, accuracy={"vit-small": 0.6, "mixer": 0.55, "wide": 0.62})
"""


@pytest.mark.slow
@pytest.mark.parametrize(("more", "editions"), [(1, ["both"]), (2, ["en"]), (3, ["both", "zh", "en"])])
def test_more_models_stand_in_every_table_and_figure_of_every_edition(tmp_path, more, editions):
    root = extend(tmp_path / "program", NAMES[:more], fonts=True)
    results, out = tmp_path / "results", tmp_path / "out"
    subprocess.run([sys.executable, "-c", WRITE, results], cwd=root, check=True)
    for lang in editions:
        command = [sys.executable, "build.py", "--skip-train", "--lang", lang, "--results", results, "--out", out]
        done = subprocess.run(command, cwd=root, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    pages = {path.stem: path.read_text(encoding="utf-8") for path in out.glob("*.html")}
    assert len(pages) == len(editions)
    for stem, page in pages.items():
        tables = dict(re.findall(r'<figure id="(tab:[^"]+)" class="table(.*?)</figure>', page, flags=re.DOTALL))
        texts = {id: re.sub(r"<[^>]+>|\s", "", table) for id, table in tables.items()}
        alts = re.sub(r"\s", "", "\n".join(re.findall(r'alt="([^"]+)"', page)))
        for file, zh, en in NAMES[:more]:
            for name in (*([zh] if not stem.endswith("-en") else []), *([en] if not stem.endswith("-zh") else [])):
                shown = name.replace(" ", "")
                holds = {id for id, text in texts.items() if shown in text}
                assert {"tab:settings", f"tab:layers-{file}", "tab:results", "tab:pairs", "tab:cost"} <= holds, (
                    stem,
                    name,
                )
                assert alts.count(shown) >= 5, (stem, name)  # curves, classes, confusion, calibration, cost
        assert "三个模型" not in page
        assert "three models" not in page
    reports = sorted(out.glob("*.pdf"))
    verify = subprocess.run(
        [sys.executable, "build.py", "--verify", *reports], cwd=root, capture_output=True, text=True
    )
    assert verify.returncode == 0, verify.stdout
    assert len(re.findall(r"claims: (\d+)/\1 hold", verify.stdout)) == len(editions)


@pytest.mark.slow
def test_a_fourth_model_is_handed_in_with_the_others(tmp_path):
    root = extend(tmp_path / "program", fonts=True)
    results, out = tmp_path / "results", tmp_path / "out"
    subprocess.run([sys.executable, "-c", WRITE, results], cwd=root, check=True)
    (root / "homework.toml").write_text('name = "张三"\nstudent_number = "1"\n', encoding="utf-8")
    command = [sys.executable, "build.py", "--submit", "--results", results, "--out", out]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    with zipfile.ZipFile(out / "1-张三-HW1-DL.zip") as archive:
        files = {name.partition("/")[2]: archive.read(name).decode(errors="replace") for name in archive.namelist()}
    file, zh, en = NAMES[0]
    assert files[f"{file}.py"] == (root / "experiments" / "models" / f"{file}.py").read_text(encoding="utf-8")
    assert f"`{file}.py`" in files["README.md"]
    assert en in files["main.ipynb"]
    assert zh in files["main.ipynb"]
