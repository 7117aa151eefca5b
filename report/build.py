"""Results in, report out: findings, figures, templates, HTML, PDF."""

import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from experiments.catalog import Experiment
from experiments.files import naming, sha256, write_atomically
from report.attachments import Source, pack
from report.cache import NO_CACHE, Cache, digest_of, toolchain
from report.content import report_values
from report.fields import Fields
from report.findings import ImageFindings, SoftmaxFindings, image_findings, softmax_findings
from report.fonts import check_faces
from report.illustrations import draw_figures
from report.pdf import press, write_pdf
from report.render import Edition, Lang, render_html
from report.results import Results


def write_report(
    results: Results,
    experiments: Sequence[Experiment],
    fields: Fields,
    out: Path,
    lang: Lang = "both",
    *,
    screen_first: bool = False,
) -> list[Path]:
    """Write the PDF and its HTML twin into `out`; returns their paths.

    Raises RenderError if anything is wrong with the page; older files are then left as they are. screen_first: the
    HTML does not wait for the PDF, and stays where only that is faulty.
    """
    check_faces()
    softmax, images = softmax_findings(results), image_findings(results)
    files = pack(Source(results, fields, lang, program()), softmax, images)
    out.mkdir(parents=True, exist_ok=True)
    stem = out / report_name(results, lang)
    cache = Cache(out / ".cache")
    with press() as child, tempfile.TemporaryDirectory(prefix="hw1-dl-") as folder:
        figures = Path(folder).resolve()
        with naming(figures):
            draw_figures(results, softmax, images, figures, lang, cache)

        def page(edition: Edition) -> str:
            return report_html(results, experiments, softmax, images, fields, lang, edition, figures, cache)

        pdf, html = stem.with_name(f"{stem.name}.pdf"), stem.with_name(f"{stem.name}.html")
        printed = page("print")
        with ThreadPoolExecutor(1) as pool:  # the PDF is made by a process of its own: meanwhile, the other edition
            made = _created(results)
            printing = pool.submit(
                write_pdf, printed, pdf, figures=figures, files=files, created=made, child=child, cache=cache
            )
            try:
                screen = page("screen")
                if screen_first:
                    write_atomically(html, screen.encode())
                printing.result()
            except BaseException:  # a fault, or Ctrl-C: else the pool would wait until the PDF is finished
                child.kill()
                raise
        if not screen_first:
            write_atomically(html, screen.encode())
    return [pdf, html]


def report_html(
    results: Results,
    experiments: Sequence[Experiment],
    softmax: SoftmaxFindings,
    images: ImageFindings,
    fields: Fields,
    lang: Lang,
    edition: Edition,
    figures: Path | None = None,
    cache: Cache = NO_CACHE,
) -> str:
    """The report as HTML; without a folder of figures its text alone. Raises RenderError, see render_html."""
    return render_html(
        "report.html",
        report_values(results, experiments, softmax, images, fields),
        figures=figures,
        title=_title(fields),
        lang=lang,
        edition=edition,
        banner=_banner(results),
        author=fields.name or None,
        created=_created(results),
        cache=cache,
    )


def program() -> str:
    """Digest of everything but the results that a report depends on."""
    return sha256(f"{toolchain()} {digest_of('templates')}".encode())


def _created(results: Results) -> str:
    """The report's date, ISO 8601: that of its newest run, so that the same results give the same bytes."""
    return str(max(record["finished"] for record in results.records.values()))[:10]


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
