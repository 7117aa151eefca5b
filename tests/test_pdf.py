import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pikepdf
import pytest

from report.errors import RenderError
from report.pdf import pdf_bytes, write_pdf
from tests.sample_report import HERE, sample_html, write_figures


@pytest.fixture(scope="module")
def figures(tmp_path_factory):
    return write_figures(tmp_path_factory.mktemp("report") / "figures")


@pytest.fixture(scope="module")
def report(figures):
    path = figures.parent / "report.pdf"
    return path, write_pdf(sample_html(figures, banner=("演示数据", "demo data")), path, figures=figures)


def test_the_report_holds_only_bundled_faces_and_all_its_figures(report):
    _, seen = report
    assert seen.fonts == ("Report-Mono", "Report-Sans", "Report-Sans-Bold", "Report-Serif")
    assert seen.figures > 2  # two figures, and every formula
    assert seen.pages >= 3


def test_every_passage_names_its_language(report):
    _, seen = report
    assert seen.languages["zh-Hans"] >= 15
    assert seen.languages["en"] >= 15


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


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler-utils")
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


def test_the_same_report_has_the_same_bytes_in_any_process(figures):
    code = (
        "import sys, hashlib; sys.path.insert(0, 'tests')\n"
        "from pathlib import Path; from sample_report import sample_html; from report.pdf import pdf_bytes\n"
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
    with pytest.raises(RenderError, match=r"no face shows the character '\U0001f9ff' \(U\+1F9FF\)"):
        pdf_bytes(sample_html(figures, values={"name": "王\U0001f9ff"}), figures=figures)


def test_a_faulty_page_leaves_the_old_report_as_it_was(tmp_path, figures):
    path = tmp_path / "report.pdf"
    path.write_bytes(b"old")
    with pytest.raises(RenderError, match="nowhere"):
        write_pdf(sample_html(figures).replace("</main>", '<a href="#nowhere">x</a></main>'), path, figures=figures)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["report.pdf"]


def test_rendering_that_takes_too_long_is_stopped(figures):
    start = time.monotonic()
    with pytest.raises(RenderError, match=r"not finished after 0\.2 seconds"):
        pdf_bytes(sample_html(figures), figures=figures, timeout=0.2)
    assert time.monotonic() - start < 5


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
        # 1080 characters at 20 a line are 54 lines, and a page holds 44: it begins on a page of its own, like every
        # pair that the rest of a page cannot hold, and goes on over the next.
        assert len(document.pages) == 3


def test_ctrl_c_ends_rendering_at_once(figures):
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from pathlib import Path; from sample_report import sample_html; from report.pdf import pdf_bytes\n"
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
