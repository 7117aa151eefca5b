"""Results in, report out: findings, figures, templates, HTML, PDF."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from experiments.catalog import Experiment
from experiments.files import write_atomically
from report.cache import Cache
from report.content import report_values
from report.fields import Fields
from report.findings import image_findings, softmax_findings
from report.illustrations import draw_figures
from report.pdf import press, write_pdf
from report.render import Lang, render_html
from report.results import Results


def write_report(
    results: Results, experiments: Sequence[Experiment], fields: Fields, out: Path, lang: Lang = "both"
) -> list[Path]:
    """Write the PDF and its HTML twin into `out`; returns their paths.

    Raises RenderError if anything is wrong with the page; older files are then left as they are.
    """
    softmax, images = softmax_findings(results), image_findings(results)
    values = report_values(results, experiments, softmax, images, fields)
    out.mkdir(parents=True, exist_ok=True)
    stem = out / report_name(results, lang)
    created = max(record["finished"] for record in results.records.values())[:10]
    cache = Cache(out / ".cache")
    with press() as child, tempfile.TemporaryDirectory(prefix="hw1-dl-") as folder:
        figures = Path(folder).resolve()
        draw_figures(results, softmax, images, figures, lang, cache)

        def page(edition: str) -> str:
            return render_html(
                "report.html", values, figures=figures, title=_title(fields), lang=lang, edition=edition,  # type: ignore[arg-type]
                banner=_banner(results), author=fields.name or None, created=created, cache=cache,
            )  # fmt: skip

        pdf, html = stem.with_name(f"{stem.name}.pdf"), stem.with_name(f"{stem.name}.html")
        printed = page("print")
        with ThreadPoolExecutor(1) as pool:  # the PDF is made by a process of its own: meanwhile, the other edition
            screen = pool.submit(page, "screen")
            write_pdf(printed, pdf, figures=figures, child=child, cache=cache)
            write_atomically(html, screen.result().encode())
    return [pdf, html]


def report_name(results: Results, lang: Lang) -> str:
    """HW1-DL, with -demo for stand-in data and the language of a one-language edition."""
    return "HW1-DL" + ("-demo" if results.demo else "") + ("" if lang == "both" else f"-{lang}")


def _title(fields: Fields) -> tuple[str, str]:
    return f"{fields.title} 代码分析与图像分类", f"{fields.title}: code analysis and image classification"


def _banner(results: Results) -> tuple[str, str] | None:
    """What must stand on every page of a report that is not a finished one on real data."""
    parts = []
    if results.demo:
        parts.append(("演示数据", "demo data"))
    if results.quick:
        parts.append(("快速试跑", "quick run"))
    if results.stale:
        parts.append(("部分结果出自其他版本的代码", "some results from other code"))
    if not parts:
        return None
    return "，".join(zh for zh, _ in parts), ", ".join(en for _, en in parts)
