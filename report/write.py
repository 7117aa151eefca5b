"""Results in, report out: findings, figures, templates, HTML, PDF."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from experiments.bilingual import Bilingual
from experiments.catalog import Experiment
from experiments.disk.files import add_filename, sha256, write_atomically
from report.cache import NO_CACHE, Cache
from report.errors import RenderError
from report.existing import read_existing, report_name
from report.findings import Findings, compute_findings
from report.page.figure_files import draw_figures
from report.page.fonts import check_fonts
from report.page.render import Edition, Lang, render_html
from report.page.values import report_values
from report.pdf.attachments import MANIFEST, Source, pack, to_json
from report.pdf.write import MissingGlyphError, finished_pdf, press
from report.results import Results
from report.screen.carried import packed, with_data
from report.screen.parts import parts
from report.title_page import TitlePage
from report.toolchain import CODE, digest_of
from report.words.facts import facts_from
from report.words.held import NOTHING_HELD, Held, hold
from report.words.places import NO_WORDS, Words
from report.words.printed import pictures, printed


def write_report(
    results: Results,
    experiments: Sequence[Experiment],
    title_page: TitlePage,
    out: Path,
    lang: Lang = "both",
    screen_first: bool = False,
    say: Callable[[str], None] = lambda line: None,
    words: Words = NO_WORDS,
    draft: bool = False,
    cache: Path | None = None,
) -> list[Path]:
    """Write the PDF and its HTML twin into `out`; returns their paths, which never are those of a fuller report.

    Raises RenderError if anything is wrong with the page, and ContradictedError if the results contradict a sentence of
    the author's, unless it is a draft; older files are then left as they are. screen_first: the HTML does not wait for
    the PDF, and stays where only that is faulty. say: gets a line on what is done, and one on what was replaced.
    cache: where pieces of earlier reports lie, if that is not in `out`.
    """
    say(f"rendering {len(results.records)} runs: tables, findings, figures, page, PDF")
    check_fonts()
    findings = compute_findings(results)
    held = held_words(words, findings, results)
    for line in outcome_lines(held):
        say(line)
    if not draft:
        held.stop_if_wrong()
    files = pack(Source(results, title_page, lang, program(), words), findings, held)
    out.mkdir(parents=True, exist_ok=True)
    stem = out / (f"{report_name(results, lang)}-draft" if held.wrong else report_name(results, lang, out))
    if not held.wrong and stem.name != report_name(results, lang):
        say(f"kept: {out / report_name(results, lang)}.pdf, which is fuller")
    pdf, html = stem.with_name(f"{stem.name}.pdf"), stem.with_name(f"{stem.name}.html")
    before = read_existing(pdf)
    pieces = Cache(cache or out / ".cache")

    report = _Report(results, experiments, findings, title_page, lang, held)

    def make() -> bytes:
        def show(screen: str) -> None:
            write_atomically(html, screen.encode())

        return msgspec.msgpack.encode(_print(report, files, pieces, show if screen_first else None))

    # What the PDF carries is everything that the report is made of: --verify writes the pages again from it.
    made_from = json.dumps({name: sha256(data) for name, data in sorted(files.items())})
    try:
        finished, screen = msgspec.msgpack.decode(pieces.get(f"report {made_from}", make), type=tuple[bytes, str])
    except MissingGlyphError as error:
        where = words.place_of(error.characters[0])
        raise RenderError(f"{where}: {error}" if where else str(error)) from None
    write_atomically(pdf, finished)
    write_atomically(html, screen.encode())
    if before and before.digest != sha256(finished):
        say(f"replaced: {pdf} (was {before})")
    return [pdf, html]


@dataclass(frozen=True)
class _Report:
    """What the pages of a report are made of."""

    results: Results
    experiments: Sequence[Experiment]
    findings: Findings
    title_page: TitlePage
    lang: Lang
    held: Held

    @cached_property
    def values(self) -> Mapping[str, Any]:
        """What the templates of either edition are given."""
        return {
            **report_values(self.results, self.experiments, self.findings, self.title_page, self.lang),
            **printed(self.held, ("zh", "en") if self.lang == "both" else (self.lang,)),
        }

    def page(self, edition: Edition, figures: Path | None, cache: Cache) -> str:
        """An edition as HTML; without a folder of figures its text alone. Raises RenderError, see render_html."""
        return render_html(
            "report.html",
            self.values,
            figures=figures,
            title=title_of(self.title_page),
            lang=self.lang,
            edition=edition,
            banner=_banner(self.results, self.held),
            authors=self.title_page.authors,
            created=_created(self.results),
            cache=cache,
        )


def _print(
    report: _Report, files: Mapping[str, bytes], pieces: Cache, show: Callable[[str], None] | None
) -> tuple[bytes, str]:
    """The PDF with its files, and the HTML edition. show: gets that edition, which is then written before the other."""
    with press() as child, tempfile.TemporaryDirectory(prefix="hw1-dl-") as folder:
        figures = Path(folder).resolve()
        with add_filename(figures):
            draw_figures(report.results, report.findings, figures, report.lang, pieces)
            for name, picture in pictures(report.held).items():
                (figures / name).write_bytes(picture)
        screen = ""
        if show:
            screen = _with_data(report.page("screen", figures, pieces), files)
            show(screen)
        page, created = report.page("print", figures, pieces), _created(report.results)
        with ThreadPoolExecutor(1) as pool:  # the PDF is made by a process of its own: meanwhile, the other edition
            printing = pool.submit(finished_pdf, page, figures=figures, files=files, created=created, child=child)
            try:
                screen = screen or _with_data(report.page("screen", figures, pieces), files)
                return printing.result(), screen
            except BaseException:  # a fault, or Ctrl-C: else the pool would wait until the PDF is finished
                child.kill()
                raise


def _with_data(page: str, files: Mapping[str, bytes]) -> str:
    """The HTML edition with the files of the PDF, and a manifest of its own."""
    digests = {name: sha256(data) for name, data in files.items()}
    manifest = {"files": digests, "pages": [], "parts": parts(page), "metadata": {}}
    return with_data(page, packed(files), packed({MANIFEST: to_json(manifest)}))


def report_html(
    results: Results,
    experiments: Sequence[Experiment],
    findings: Findings,
    title_page: TitlePage,
    lang: Lang,
    edition: Edition,
    figures: Path | None = None,
    cache: Cache = NO_CACHE,
    held: Held = NOTHING_HELD,
) -> str:
    """The report as HTML; without a folder of figures its text alone. Raises RenderError, see render_html."""
    return _Report(results, experiments, findings, title_page, lang, held).page(edition, figures, cache)


def held_words(words: Words, findings: Findings, results: Results) -> Held:
    """The author's words, each sentence held to the findings of these results."""
    return hold(words, facts_from(findings, results)) if words.files else NOTHING_HELD


def outcome_lines(held: Held) -> list[str]:
    """How many of the author's sentences hold, and which could not be matched; no line without words."""
    if not held.texts:
        return []
    counts = ", ".join(f"{number} {outcome}" for outcome, number in held.counts.items())
    return [f"own words: {counts}", *held.open_lines(), *held.disagreements, *held.one_sided()]


def program() -> str:
    """Digest of the code, templates and fonts that a report is made by."""
    return digest_of(*CODE, "templates")


def _created(results: Results) -> str:
    """The report's date, ISO 8601: that of its newest run, so that the same results give the same bytes."""
    return str(max(record["finished"] for record in results.records.values()))[:10]


def title_of(title_page: TitlePage) -> Bilingual:
    """The title of the report, Chinese and English, beginning with the author's own."""
    own = title_page.title
    return Bilingual(f"{own} 代码分析与图像分类", f"{own}: code analysis and image classification")


def _banner(results: Results, held: Held = NOTHING_HELD) -> Bilingual | None:
    """What must stand on every page of a report that is not a finished one on real data."""
    parts = []
    if held.contradicted:
        parts.append(Bilingual("草稿：有与结果矛盾的句子", "draft: sentences contradict the results"))
    elif held.wrong:
        parts.append(Bilingual("草稿：中英文的数字不一致", "draft: the two languages disagree"))
    if results.reference:
        parts.append(Bilingual("参考运行", "reference run"))
    if results.demo:
        parts.append(Bilingual("演示数据", "demo data"))
    if results.quick:
        parts.append(Bilingual("快速试跑", "quick run"))
    if results.stale and not results.reference:  # which says so once, on its first page
        parts.append(Bilingual("部分结果出自其他的代码或设置", "some results from other code or settings"))
    if not parts:
        return None
    return Bilingual("，".join(part.zh for part in parts), ", ".join(part.en for part in parts))
