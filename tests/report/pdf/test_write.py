import io
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pikepdf
import pytest

from report.errors import RenderError
from report.pdf.inspection import inspect
from report.pdf.write import _with_files, finished_pdf, pdf_bytes
from tests.sample_report import HERE, sample_html, write_figures

needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler-utils")


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return write_figures(tmp_path_factory.mktemp("report") / "figures")


@pytest.fixture(scope="module")
def report(figures):
    path = figures.parent / "report.pdf"
    path.write_bytes(finished_pdf(sample_html(figures, banner=("演示数据", "demo data")), figures=figures))
    return path, inspect(path.read_bytes())


def test_the_report_holds_only_bundled_faces_and_all_its_figures(report):
    _, seen = report
    assert seen.fonts == ("Report-Mono", "Report-Sans", "Report-Sans-Bold", "Report-Serif")
    assert seen.figures > 2  # two figures, and every formula
    assert seen.pages >= 3


def test_every_passage_names_its_language(report):
    _, seen = report
    assert seen.languages["zh-Hans"] >= 15
    assert seen.languages["en"] >= 15


def test_the_same_files_attached_to_the_same_pages_give_the_same_bytes(report):
    data, files = report[0].read_bytes(), {"runs.json": b"{}", "curves.csv": b"epoch\n"}
    once = _with_files(data, files, "2026-01-01")
    time.sleep(1.1)  # by default an identifier is made from the second in which a file is saved
    assert _with_files(data, files, "2026-01-01") == once != _with_files(data, files, "2026-01-02")


def test_the_outline_and_the_title_are_there(report):
    with pikepdf.open(report[0]) as pdf:
        assert str(pdf.docinfo["/Title"]) == "双重 softmax · The double softmax"
        assert str(pdf.Root.Lang) == "zh-Hans"
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == [
                "1 代码分析 · Code analysis",
                "2 图像分类 · Image classification",
            ]
            assert outline.root[0].children[1].title == "1.2 实验与结果 · Experiments and results"


def elements(pdf, element=None):
    """The structure tree in reading order."""
    element = pdf.Root.StructTreeRoot if element is None else element
    children = element.get("/K", pikepdf.Array())
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield child
            yield from elements(pdf, child)


def test_the_file_can_be_archived(report):
    with pikepdf.open(report[0]) as pdf, pdf.open_metadata() as metadata:
        assert metadata.pdfa_status == "3A"
        assert metadata["dc:title"] == str(pdf.docinfo["/Title"])
        (intent,) = pdf.Root.OutputIntents
        assert intent.S == "/GTS_PDFA1"
        assert intent.DestOutputProfile.read_bytes()[36:40] == b"acsp"  # an ICC profile
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert "/ID" in pdf.trailer
        assert not pdf.is_encrypted
        assert not pdf.Root.keys() & {"/AA", "/OpenAction", "/AcroForm"}  # nothing that runs


def test_everything_that_is_drawn_is_content_or_artifact_and_content_has_its_place(report):
    drawing = {"TJ", "Tj", "f", "f*", "S", "s", "B", "B*", "b", "b*", "Do", "sh"}
    with pikepdf.open(report[0]) as pdf:
        # All elements, not the tree's alone: WeasyPrint keeps those of the running heads out of it.
        placed = {
            (element.Pg.objgen, int(child))
            for element in pdf.objects
            if isinstance(element, pikepdf.Dictionary) and element.get("/Type") == "/StructElem"
            for child in (element.get("/K") if isinstance(element.get("/K"), pikepdf.Array) else [element.get("/K")])
            if isinstance(child, int)
        }
        for page in pdf.pages:
            marks = []
            for step in pikepdf.parse_content_stream(page):
                operator = str(step.operator)
                if operator == "BDC":
                    marks.append(int(step.operands[1].MCID))
                elif operator == "BMC":
                    assert step.operands[0] == "/Artifact"
                    marks.append(None)
                elif operator == "EMC":
                    marks.pop()
                elif operator in drawing:
                    assert marks, f"{operator} outside all marks"
                    assert None in marks or all((page.obj.objgen, mark) in placed for mark in marks)


def test_headings_and_tables_are_what_a_screen_reader_expects(report):
    with pikepdf.open(report[0]) as pdf:
        found = list(elements(pdf))
        levels = [int(str(element.S)[2:]) for element in found if re.fullmatch(r"/H\d", str(element.S))]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert levels.count(1) == 1
        tables = [element for element in found if element.S == "/Table"]
        assert tables
        for table in tables:
            kinds = [[str(cell.S) for cell in row.K] for row in elements(pdf, table) if row.S == "/TR"]
            assert set(kinds[0]) == {"/TH"}
            assert all(row[0] == "/TH" and set(row[1:]) <= {"/TD"} for row in kinds[1:])
            assert len({len(row) for row in kinds}) == 1


@needs_poppler
def test_the_text_comes_back_in_order(report):
    text = subprocess.run(["pdftotext", "-raw", report[0], "-"], capture_output=True, check=True, text=True).stdout
    text = re.sub(r"\s", "", text)
    passages = [
        "双重softmax与图像分类",
        "模型先输出概率，损失函数又把它当作未归一化的预测",
        "Themodelalreadyreturnsprobabilities",
        "没有定义自己的loss，于是用了父类的默认实现（见代码1）。",
        "sotheparent’sdefaultisused(Listing1)",
        "“wrong”与“double”两条曲线",
        "图1Fashion-MNIST上的训练损失",
        "表1四种变体的结果",
        "十类图像各600张",
    ]
    places = [text.find(passage) for passage in passages]
    assert -1 not in places, passages[places.index(-1)]
    assert places == sorted(places)
    assert text.count("演示数据·demodata") == report[1].pages


@pytest.mark.slow
def test_the_same_report_has_the_same_bytes_in_any_process(figures):
    code = (
        "import sys, hashlib\n"
        "from pathlib import Path\n"
        "from report.pdf.write import pdf_bytes; from tests.sample_report import sample_html\n"
        "f = Path(sys.argv[1]); s = sample_html(f, edition='screen')\n"
        "b = pdf_bytes(sample_html(f), figures=f) + s.encode()\n"
        "print(hashlib.sha256(b).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code, figures],
            cwd=HERE.parent,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(digests) == 1


def test_a_character_that_no_face_has_is_named(figures):
    with pytest.raises(RenderError, match=r"no font here shows \U0001f9ff U\+1F9FF \(NAZAR AMULET\)"):
        pdf_bytes(sample_html(figures, values={"name": "王\U0001f9ff"}), figures=figures)


def test_a_faulty_page_is_no_finished_pdf(figures):
    with pytest.raises(RenderError, match="nowhere"):
        finished_pdf(sample_html(figures).replace("</main>", '<a href="#nowhere">x</a></main>'), figures=figures)


def test_rendering_that_takes_too_long_is_stopped(figures):
    start = time.monotonic()
    with pytest.raises(RenderError, match=r"not finished after 0\.2 seconds"):
        pdf_bytes(sample_html(figures), figures=figures, timeout=0.2)
    assert time.monotonic() - start < 5


def pages_of(pdf: Path) -> list[str]:
    return subprocess.run(["pdftotext", pdf, "-"], capture_output=True, check=True, text=True).stdout.split("\f")


@needs_poppler
def test_long_paragraphs_go_on_over_the_page(tmp_path, figures):
    (tmp_path / "long.html").write_text(
        '{% extends "base.html" %}{% block content %}{% both %}'
        + "损失不会低于下限。" * 120
        + "{% en %}"
        + "The loss cannot fall below its floor. " * 120
        + "{% endboth %}{% endblock %}",
        encoding="utf-8",
    )
    pdf = pdf_bytes(sample_html(figures, "long.html", tmp_path), figures=figures)
    with pikepdf.open(io.BytesIO(pdf)) as document:
        # 1080 characters at 20 a line are 54 lines; below the contents there is room for some, and a page holds 44.
        assert len(document.pages) == 2
    (tmp_path / "long.pdf").write_bytes(pdf)
    text = "".join(pages_of(tmp_path / "long.pdf"))
    assert text.count("损") == text.count("限") == text.count("floor") == 120


def shares(tmp_path: Path, figures: Path, tables: list[tuple[int, int]]) -> list[list[int]]:
    """For each table (mm of the page above it, rows): how many of its rows stand on each page that has any."""
    (tmp_path / "tables.html").write_text(
        '{% extends "base.html" %}{% block content %}{% for above, rows in tables %}'
        '<p style="break-before: page; height: {{ above }}mm">{{ ref("tab:" ~ loop.index) }}</p>'
        '{{ table("tab:" ~ loop.index, ["a", "b"], rows, "表", "table") }}'
        "{% endfor %}{% endblock %}",
        encoding="utf-8",
    )
    values = [
        (above, [[f"row {number}-{row}", str(row)] for row in range(rows)])
        for number, (above, rows) in enumerate(tables)
    ]
    html = sample_html(figures, "tables.html", tmp_path, values={"tables": values})
    (tmp_path / "tables.pdf").write_bytes(pdf_bytes(html, figures=figures))
    pages = pages_of(tmp_path / "tables.pdf")
    return [[n for page in pages if (n := page.count(f"row {number}-"))] for number in range(len(tables))]


@needs_poppler
def test_the_last_rows_of_a_long_table_are_never_alone_on_a_page(tmp_path, figures):
    counts = range(34, 44)  # some more than a page holds
    found = shares(tmp_path, figures, [(6, count) for count in counts])
    assert [sum(share) for share in found] == list(counts)
    assert max(len(share) for share in found) == 2
    assert min(share[-1] for share in found) >= 4


@needs_poppler
def test_the_first_rows_of_a_table_are_never_alone_on_a_page(tmp_path, figures):
    found = shares(tmp_path, figures, [(above, 12) for above in range(180, 240, 4)])  # of 248 mm
    assert {sum(share) for share in found} == {12}
    assert min(map(min, found)) == 4
    assert max(map(len, found)) == 2


@needs_poppler
def test_a_short_table_stays_where_only_what_follows_it_does_not_fit(tmp_path, figures):
    (tmp_path / "short.html").write_text(
        '{% extends "base.html" %}{% block content %}'
        '<p style="break-before: page; height: 180mm">{{ ref("tab:x") }}</p>'
        '{{ table("tab:x", ["a", "b"], [["r", "1"], ["r", "2"], ["r", "3"]], "表", "table") }}'
        '<p style="height: 60mm; break-inside: avoid">after</p>{% endblock %}',
        encoding="utf-8",
    )
    pdf = tmp_path / "short.pdf"
    pdf.write_bytes(pdf_bytes(sample_html(figures, "short.html", tmp_path), figures=figures))
    pages = pages_of(pdf)
    assert [("table" in page, "after" in page) for page in pages[1:3]] == [(True, False), (False, True)]


def test_ctrl_c_ends_rendering_at_once(figures):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from report.pdf.write import pdf_bytes; from tests.sample_report import sample_html\n"
        "f = Path(sys.argv[1]); html = sample_html(f, values={'paragraphs': 300}); print('now', flush=True)\n"
        "pdf_bytes(html, figures=f)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, figures],
        cwd=HERE.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as program:
        assert program.stdout.readline() == b"now\n"
        time.sleep(1.5)  # in the middle of the layout
        start = time.monotonic()
        os.killpg(program.pid, signal.SIGINT)  # as a terminal does: to parent and child
        _, message = program.communicate(timeout=20)
    assert time.monotonic() - start < 2
    assert b"KeyboardInterrupt" in message


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS limits no address space")
def test_rendering_that_takes_too_much_memory_is_stopped(figures):
    with pytest.raises(RenderError, match="the PDF process ended"):
        pdf_bytes(sample_html(figures), figures=figures, memory=150 << 20)
