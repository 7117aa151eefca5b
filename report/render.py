"""Templates and finished values in, HTML out: one source for the screen and for the printed page."""

import base64
import hashlib
import mimetypes
import re
from collections.abc import Mapping
from pathlib import Path
from types import CodeType
from typing import Any, Literal

from jinja2 import BytecodeCache, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.bccache import Bucket
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from report import fonts, numbers
from report.cache import NO_CACHE, Cache
from report.document import LABELS, Document
from report.errors import RenderError
from report.formula import display_formula, formula
from report.listing import highlighted
from report.notation import Notation
from report.pictures import read_figure
from report.tabular import decimals, sort_value
from report.typography import typeset

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

Lang = Literal["both", "zh", "en"]
Edition = Literal["print", "screen"]
# They stand for the faces until it is known which characters the page uses, and for the policy until the page is done.
_FACES, _POLICY = "/* faces */", "(policy)"
SHOWN: dict[str, tuple[str, ...]] = {"both": ("zh", "en"), "zh": ("zh",), "en": ("en",)}


class _Compiled(BytecodeCache):
    """The templates that this process has compiled, in memory alone: both editions are made from the same ones."""

    def __init__(self) -> None:
        self._codes: dict[tuple[object, ...], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(self._key(bucket))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[self._key(bucket)] = bucket.code

    @staticmethod
    def _key(bucket: Bucket) -> tuple[object, ...]:
        return bucket.environment.shown, bucket.key, bucket.checksum  # type: ignore[attr-defined]  # see Notation


_COMPILED = _Compiled()


def environment(
    document: Document,
    figures: Path | None,
    *,
    lang: Lang = "both",
    edition: Edition = "print",
    templates: Path = TEMPLATES,
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

    env.filters.update(numbers.FILTERS)
    env.globals.update(
        doc=document,
        shown=shown,
        lang=lang,
        edition=edition,
        labels=LABELS,
        classes={"l": "left", "c": "middle", "r": "right", ".": "decimal"},
        image=image,
        alt=alt,
        formula=formula,
        display_formula=display_formula,
        decimals=decimals,
        sort_value=sort_value,
        highlighted=highlighted,
        term=document.glossary.term if "zh" in shown else str,  # captions are given both
        glossary_rows=document.glossary.rows,
        cite=document.bibliography.cite,
        source=lambda name: Markup((TEMPLATES / name).read_text(encoding="utf-8")),
    )
    # The macros become globals, so that a section needs no import to use them.
    macros = env.get_template("macros.html").module
    env.globals.update({name: macro for name, macro in vars(macros).items() if not name.startswith("_")})
    return env


def render_html(
    template: str,
    values: Mapping[str, Any],
    *,
    figures: Path | None,
    title: tuple[str, str],
    lang: Lang = "both",
    edition: Edition = "screen",
    banner: tuple[str, str] | None = None,
    author: str | None = None,
    created: str | None = None,
    templates: Path = TEMPLATES,
    cache: Cache = NO_CACHE,
) -> str:
    """The whole report as one HTML text.

    edition "screen" is a single self-contained file; "print" names fonts and figures as files and is meant
    for `report.pdf.write_pdf`. figures None leaves the pictures out. title and banner are pairs (Chinese,
    English); the banner stands on every page. created is the document's own ISO 8601 date; the clock is never
    read. templates is where `template` and what it includes are looked for first.

    Raises RenderError for an undefined name, a missing or damaged figure, a reference that leads nowhere, a
    figure that nobody refers to, a formula that cannot be typeset.
    """
    document = Document()
    env = environment(document, figures, lang=lang, edition=edition, templates=templates)
    faces = fonts.linked_faces() if edition == "print" else _FACES
    frame = {
        "title": title,
        "banner": banner,
        "author": author,
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
        page = page.replace(_FACES, fonts.embedded_faces(page, cache), 1)
        page = page.replace(_POLICY, _policy(page), 1)
    return page


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


def _policy(page: str) -> str:
    """What a browser may do for this page: its own style and script, its own pictures and faces, nothing else."""

    def hashes(tag: str) -> str:
        texts = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digests = (hashlib.sha256(text.encode()).digest() for text in texts)
        return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)

    return (
        f"default-src 'none'; img-src data:; font-src data:; script-src {hashes('script')}; "
        f"style-src {hashes('style')}; style-src-attr 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    )
