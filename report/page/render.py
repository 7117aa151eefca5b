"""Templates and finished values in, HTML out: one source for the screen and for the printed page."""

import base64
import hashlib
import mimetypes
import re
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from experiments.bilingual import Bilingual
from report.cache import NO_CACHE, Cache
from report.errors import RenderError
from report.page import fonts, numbers, tables
from report.page import number_words as words
from report.page.code_listing import highlighted
from report.page.compiled_templates import CompiledTemplates
from report.page.cross_references import LABELS, Document
from report.page.decimal_alignment import decimals, sort_value
from report.page.formula import display_formula, formula
from report.page.image_check import read_figure
from report.page.notation import Notation
from report.page.typography import typeset
from report.title_page import own_style

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

FORMULAS = 300  # kept from report to report; one has about 30, small as they are

Lang = Literal["both", "zh", "en"]
Edition = Literal["print", "screen"]
# They stand for the fonts until it is known which characters the page uses, and for the policy until the page is done.
_FACES, _POLICY = "/* faces */", "(policy)"
LANG_TAGS = {"zh": "zh-Hans", "en": "en"}
SHOWN: dict[str, tuple[str, ...]] = {"both": ("zh", "en"), "zh": ("zh",), "en": ("en",)}


_COMPILED = CompiledTemplates(TEMPLATES)


def environment(
    document: Document,
    figures: Path | None,
    *,
    lang: Lang = "both",
    edition: Edition = "print",
    templates: Path = TEMPLATES,
    cache: Cache = NO_CACHE,
) -> SandboxedEnvironment:
    """The templates' world: values are escaped, undefined names stop it, and no value can call into Python.

    `figures` is the only folder that a template can show pictures from; None leaves them out.
    """
    env = SandboxedEnvironment(
        loader=FileSystemLoader([templates, TEMPLATES]),  # the page's frame is always found
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[Notation],
        bytecode_cache=_COMPILED,
    )
    shown = SHOWN[lang]
    env.shown = shown  # type: ignore[attr-defined]  # read by {% both %} while it compiles

    def image(src: str) -> str:
        if figures is None:
            return ""
        path, data = read_figure(figures, src)
        if edition == "print":
            return path.as_uri()
        kind = mimetypes.guess_type(path.name)[0]
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"

    def alt(zh: str, en: str) -> str:
        texts = [text for text, language in ((zh, "zh"), (en, "en")) if language in shown]
        if not all(str(text).strip() for text in texts):
            raise RenderError("a figure has an empty alternative text; say in words what it shows")
        return " / ".join(map(str, texts))

    drawn = Cache(cache.folder / "formulas", kept=FORMULAS) if cache.folder else NO_CACHE
    env.filters.update(numbers.FILTERS | words.FILTERS, running_head=running_head)
    env.tests["one"] = words.is_one
    env.globals.update(
        doc=document,
        shown=shown,
        lang=lang,
        edition=edition,
        labels=LABELS,
        tags=LANG_TAGS,
        classes={"l": "left", "c": "middle", "r": "right", ".": "decimal"},
        image=image,
        alt=alt,
        formula=partial(formula, cache=drawn),
        display_formula=partial(display_formula, cache=drawn),
        decimals=decimals,
        sort_value=sort_value,
        highlighted=highlighted,
        term=document.glossary.term if "zh" in shown else str,  # captions are given both
        glossary_table=lambda: tables.glossary(document),
        comma=words.comma,
        cite=document.bibliography.cite,
        own_style=own_style,
        source=lambda name: Markup((TEMPLATES / name).read_text(encoding="utf-8")),
    )
    # The macros become globals, so that a section needs no import to use them.
    macros = env.get_template("macros.html").module
    env.globals.update({name: macro for name, macro in vars(macros).items() if not name.startswith("_")})
    in_both = macros.words  # type: ignore[attr-defined]
    env.globals["origins_table"] = lambda: tables.origins(document, in_both)
    return env


def render_html(
    template: str,
    values: Mapping[str, Any],
    *,
    figures: Path | None,
    title: Bilingual,
    lang: Lang = "both",
    edition: Edition = "screen",
    banner: Bilingual | None = None,
    authors: Sequence[str] = (),
    created: str | None = None,
    templates: Path = TEMPLATES,
    cache: Cache = NO_CACHE,
) -> str:
    """The whole report as one HTML text.

    edition "screen" is a single self-contained file; "print" names fonts and figures as files and is meant
    for `report.pdf.write_pdf`. figures None leaves pictures and
    fonts out: what is left is the text. title and banner are pairs (Chinese,
    English); the banner stands on every page. created is the document's own ISO 8601 date; the clock is never
    read. templates is where `template` and what it includes are looked for first.

    Raises RenderError for an undefined name, a missing or damaged figure, a reference that leads nowhere, a
    figure that nobody refers to, a formula that cannot be typeset.
    """
    document = Document()
    env = environment(document, figures, lang=lang, edition=edition, templates=templates, cache=cache)
    faces = fonts.linked_fonts() if edition == "print" else _FACES
    frame = {
        "title": title,
        "banner": banner,
        "authors": authors,
        "created": created,
        "font_faces": Markup(faces),
        "policy": _POLICY,
    }
    if clash := frame.keys() & values.keys():
        raise ValueError(f"these values are the page's own: {', '.join(sorted(clash))}")
    try:
        page = env.get_template(template).render({**values, **frame})
    except UndefinedError as error:
        raise RenderError(f"{template}: {error.message}; a template may only use values it is given") from error
    except TemplateError as error:
        where = f"{error.name or template}, line {error.lineno}" if isinstance(error, TemplateSyntaxError) else template
        raise RenderError(f"{where}: {error}") from error
    page = typeset(document.resolve(page))
    if edition == "print":
        page = _keep_short(page)
    else:
        page = page.replace(_FACES, fonts.embedded_fonts(page, cache) if figures else "", 1)
        page = page.replace(_POLICY, policy(page), 1)
    return page


HEAD = 30.0  # em of 7.5 pt: a good half of the line that a page's title shares with its section


def running_head(title: str) -> str:
    """The title as it heads every page, cut to HEAD with an ellipsis; the first page has the whole."""
    if fonts.width(title) <= HEAD:
        return title
    length = max(n for n in range(len(title)) if fonts.width(title[:n]) <= HEAD - 1)
    return title[:length].rstrip() + "…"


_PAIR = re.compile(r'<(div|li) class="pair (\w+)">(.*?)</\1>', re.S)
_ENGLISH, _TAG = re.compile(r'<\w+ class="en"'), re.compile(r"<[^>]*>")
SHORT = 200  # Han characters: ten lines of a column


def _keep_short(page: str) -> str:
    """Mark the pairs whose Chinese is so short that a page need not end within them."""

    def marked(match: re.Match[str]) -> str:
        chinese = _TAG.sub("", _ENGLISH.split(match[3])[0])
        short = " short" if len("".join(chinese.split())) <= SHORT else ""
        return f'<{match[1]} class="pair {match[2]}{short}">{match[3]}</{match[1]}>'

    return _PAIR.sub(marked, page)


def policy(page: str) -> str:
    """What a browser may do for this page: its own style and script, its own pictures and fonts, nothing else."""

    def hashes(tag: str) -> str:
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)

    return (
        f"default-src 'none'; img-src data:; font-src data:; script-src {hashes('script')}; "
        f"style-src {hashes('style')}; style-src-attr 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
