"""The notebooks: sound, of the code that ran, of the stored runs, and the same when they are executed."""

import json
import warnings

import nbformat
import pytest
from nbclient import NotebookClient

from experiments.models import recipe
from report.errors import RenderError
from report.handin import notebooks
from report.handin.anonymity import leaks, secrets
from report.handin.notebooks import NOTEBOOKS, split
from report.handin.texts import ROOT, definition, source_of
from report.title_page import TitlePage


def opened(files, name):
    return nbformat.reads(files[name].decode(), as_version=4)


def cells(files, name, kind="code"):
    return [cell for cell in opened(files, name).cells if cell.cell_type == kind]


def test_a_template_is_split_into_cells():
    text = "# a\n\n\n\nb\n```python run\nprint(1)\n```\n```python\nx = 2\n```\n```output\n3\n```\nc\n"
    parts = split(text)
    assert [(part.source, part.code, part.run, part.printed) for part in parts] == [
        ("# a\n\nb", False, False, ""),
        ("print(1)", True, True, ""),
        ("x = 2", True, False, "3\n"),
        ("c", False, False, ""),
    ]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_valid_counted_and_has_its_outputs(files, name):
    notebook = opened(files, name)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    code = cells(files, name)
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert sum("image/png" in output.get("data", {}) for cell in code for output in cell.outputs) == 2
    assert any(output.get("name") == "stdout" for cell in code for output in cell.outputs)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_first_cell_says_where_the_outputs_come_from_and_how_to_train_again(files, name):
    first = opened(files, name).cells[0].source
    assert "输出取自已存的运行结果（16 次运行，2026-01-02）" in first  # 8 variants × 2 seeds
    assert "its outputs come from the stored runs (16 runs, 2026-01-02)" in first
    assert "set `TRAIN` to `True`" in first
    assert "`python -m experiments" in first
    assert any(cell.source.startswith("TRAIN = False") for cell in cells(files, name))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_every_text_is_in_both_languages(files, name):
    for cell in cells(files, name, "markdown"):
        words = cell.source
        assert any("\u4e00" <= char <= "\u9fff" for char in words), words
        assert any(word.isascii() for word in words.split()), words


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_of_this_machine_is_in_a_notebook(files, name):
    assert leaks({name: files[name]}, {**secrets(TitlePage()), str(ROOT): "this folder", "/tmp": "a folder"}) == []


def test_the_code_is_the_one_that_ran(files):
    wrong = "\n".join(cell.source for cell in cells(files, "L4_wrong.ipynb"))
    file = "experiments/models/softmax_regression.py"
    assert definition(file, "SoftmaxRegressionScratch") in wrong
    assert definition(file, "SoftmaxRegressionCorrected") not in wrong
    contrary = "\n".join(cell.source for cell in cells(files, "L4_contrary.ipynb"))
    assert definition(file, "SoftmaxRegressionCorrected") in contrary
    main = [cell.source for cell in cells(files, "main.ipynb")]
    for model in ("layer2nn", "mlp", "cnn"):
        assert source_of(f"experiments/models/{model}.py") in main
        assert recipe.names(model).zh in "\n".join(cell.source for cell in cells(files, "main.ipynb", "markdown"))


def test_the_table_is_that_of_the_runs(files):
    printed = "".join(o.text for cell in cells(files, "main.ipynb") for o in cell.outputs if o.output_type == "stream")
    row = next(line for line in printed.splitlines() if line.startswith("Test Acc"))
    assert row.split()[-3:] == ["45.00", "50.00", "85.00"]  # as tests/synthetic.py makes them
    # 85 % of the images have p = 0.8, 15 % p = 0.05: −0.85 ln 0.8 − 0.15 ln 0.05
    assert next(line for line in printed.splitlines() if line.startswith("Test Loss")).split()[-1] == "0.6390"
    assert printed.count("Accuracy of class") == 10


def test_a_definition_is_found_by_name_and_keeps_its_indentation(tmp_path):
    assert definition("experiments/models/mlp.py", "MLP.filters").startswith("    def filters(self)")
    with pytest.raises(LookupError, match=r"mlp\.py has no MLP\.nothing"):
        definition("experiments/models/mlp.py", "MLP.nothing")


def test_a_cell_that_fails_stops_the_hand_in(monkeypatch, files):
    monkeypatch.setattr(notebooks, "render", lambda *_: "```python run\n1 / 0\n```\n")
    with pytest.raises(RenderError, match="division by zero"):
        notebooks.write_notebooks({}, {})


def execute(folder, name, change=lambda source: source):
    notebook = nbformat.read(folder / name, 4)
    for cell in notebook.cells:
        cell.source = change(cell.source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's client, about sockets that it leaves open
        NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return notebook


def unpack(files, folder):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def outputs(notebook):
    return [[o.get("text", "picture") for o in cell.outputs] for cell in notebook.cells if cell.cell_type == "code"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_executed_in_the_unpacked_folder_it_prints_what_it_printed(files, tmp_path, name):
    unpack(files, tmp_path)
    before = outputs(nbformat.read(tmp_path / name, 4))
    assert outputs(execute(tmp_path, name)) == before


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_with_the_switch_it_trains_in_the_unpacked_folder(files, tmp_path, name):
    unpack(files, tmp_path)

    def small(source):
        return source.replace("TRAIN = False", "TRAIN = True").replace(
            'OPTIONS = ["--data", "real"]', 'OPTIONS = ["--quick", "--data", "demo", "--seeds", "1"]'
        )

    notebook = execute(tmp_path, name, small)
    records = json.loads((tmp_path / "trained/runs.json").read_text())
    assert records
    assert all(record["config"]["quick"] for record in records.values())
    printed = "".join(text for cell in outputs(notebook) for text in cell)
    assert "test accuracy" in printed
