"""What a page knows about itself while it is written: headings, numbers, and where references lead."""

import html
import re
from dataclasses import dataclass, field

from markupsafe import Markup

from experiments.bilingual import Bilingual
from report.errors import RenderError
from report.page.bibliography import Bibliography
from report.page.glossary import Glossary
from report.page.typography import tokens

LABELS = {  # prefix of an id -> label
    "fig": Bilingual("图", "Figure"),
    "tab": Bilingual("表", "Table"),
    "lst": Bilingual("代码", "Listing"),
    "eq": Bilingual("式", "Equation"),
    "sec": Bilingual("第", "Section"),
}
_REFERENCE = re.compile(r'<a class="ref( listed)?" href="#([^"]+)"></a>')


@dataclass(frozen=True)
class Heading:
    level: int  # 1 is a section of the homework, 2 a subsection
    number: str
    id: str
    zh: str
    en: str


@dataclass
class Document:
    """Collected by the macros in page order; references are filled in when all numbers are known."""

    headings: list[Heading] = field(default_factory=list)
    glossary: Glossary = field(default_factory=Glossary)
    bibliography: Bibliography = field(default_factory=Bibliography)
    _numbers: dict[str, str] = field(default_factory=dict)  # "fig:loss" -> "3"
    _counts: dict[str, int] = field(default_factory=dict)

    def heading(self, level: int, number: str, id: str, zh: str, en: str) -> str:
        """Enter a heading into the contents; `id` begins with sec:."""
        self._enter(id, "sec", str(number))
        self.headings.append(Heading(level, str(number), id, zh, en))
        return ""

    def number(self, kind: str, id: str) -> str:
        """The next number of a kind (fig, tab, lst, eq), entered under `id`, which begins with the kind."""
        self._counts[kind] = self._counts.get(kind, 0) + 1
        self._enter(id, kind, str(self._counts[kind]))
        return self._numbers[id]

    def appendix(self) -> str:
        """The letter of the next appendix."""
        self._counts["appendix"] = self._counts.get("appendix", 0) + 1
        return chr(ord("A") - 1 + self._counts["appendix"])

    def _enter(self, id: str, kind: str, number: str) -> None:
        if not re.fullmatch(rf"{kind}:[\w.-]+", id):
            raise RenderError(f"{id!r} is no id for this; it must look like {kind}:name")
        if id in self._numbers:
            raise RenderError(f"{id} is defined twice")
        self._numbers[id] = number

    def ref(self, id: str) -> Markup:
        """A link to what `id` names, worded in the language it stands in; it may be defined further down."""
        return Markup('<a class="ref" href="#{}"></a>').format(id)

    def ids(self, *kinds: str) -> list[str]:
        """What has been numbered so far, kind by kind, each in page order."""
        return [id for kind in kinds for id in self._numbers if id.startswith(f"{kind}:")]

    def listed(self, id: str) -> Markup:
        """A link as `ref` gives it, for a list of everything: it does not count as a sentence about what it names."""
        return Markup('<a class="ref listed" href="#{}"></a>').format(id)

    def resolve(self, page: str) -> str:
        """Word every reference in `page`.

        Raises RenderError for a reference that leads nowhere, and for a figure or table that no sentence
        mentions.
        """
        mentioned: set[str] = set()
        out = []
        for token in tokens(page):
            if token.tag == "a" and (match := _REFERENCE.match(token.text + "</a>")):
                target = html.unescape(match[2])
                if not match[1]:
                    mentioned.add(target)
                out.append(token.text + self._wording(target, token.lang))
            else:
                out.append(token.text)
        for id in self._numbers:
            if id.startswith(("fig:", "tab:")) and id not in mentioned:
                raise RenderError(f'no sentence refers to {id}; write ref("{id}") where it is discussed')
        return "".join(out)

    def _wording(self, target: str, lang: str) -> str:
        if target not in self._numbers:
            near = ", ".join(sorted(id for id in self._numbers if id[:3] == target[:3])) or "nothing of that kind"
            raise RenderError(f"a reference leads to {target}, which is not in the report (there is {near})")
        kind, number = target.split(":")[0], html.escape(self._numbers[target])
        zh, en = LABELS[kind]
        if not lang.startswith("zh"):
            return f"{en} ({number})" if kind == "eq" else f"{en} {number}"
        if kind == "eq":
            return f'<span class="g">{zh}</span>({number})'
        return f"{zh}{number}{'节' if kind == 'sec' else ''}"
