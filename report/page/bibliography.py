"""The works that the report cites, numbered in the order in which a page first names them.

They are kept in templates/references.json, as CSL-JSON.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from report.errors import RenderError

REFERENCES = Path(__file__).resolve().parents[2] / "templates" / "references.json"


@dataclass(frozen=True)
class Work:
    """One entry of the list of references."""

    authors: str
    title: str
    published: str  # where, and when
    address: str  # arXiv:…, doi:…, or https://…

    @property
    def url(self) -> str:
        """Where a reader's link leads."""
        scheme, _, rest = self.address.partition(":")
        return {"arXiv": "https://arxiv.org/abs/", "doi": "https://doi.org/", "https": "https:"}[scheme] + rest


def read_work(item: Mapping[str, Any]) -> Work:
    """The work that one item of CSL-JSON describes: "et al." is an author with that as its literal name."""
    names = [author.get("literal") or f"{author['given']} {author['family']}" for author in item["author"]]
    year = str(item["issued"]["date-parts"][0][0])
    journal = " ".join(item[key] for key in ("container-title", "volume") if key in item)
    place = journal or item.get("publisher", "")
    event = item.get("event-title", "")
    if "DOI" in item:
        address = f"doi:{item['DOI']}"
    else:
        address = item["URL"] if "URL" in item else f"{item['archive']}:{item['number']}"
    return Work(
        authors=", ".join(names).replace(", et al.", " et al."),
        title=item["title"],
        published=f"{place}, {year}" if place else f"{event} {year}".lstrip(),
        address=address,
    )


WORKS = {item["id"]: read_work(item) for item in json.loads(REFERENCES.read_text(encoding="utf-8"))}


class Bibliography:
    """Which works a page has cited so far."""

    def __init__(self) -> None:
        self._cited: list[str] = []

    def cite(self, name: str) -> Markup:
        """The number of a work, a link to its entry. Raises RenderError for one not in WORKS."""
        if name not in WORKS:
            raise RenderError(f"{name!r} is no work that the report knows; add it to templates/references.json")
        if name not in self._cited:
            self._cited.append(name)
        return Markup('<a class="cite" href="#work:{}">[{}]</a>').format(name, self._cited.index(name) + 1)

    def entries(self) -> list[tuple[str, Work]]:
        """(name, work) of all that were cited, in the order of their numbers."""
        return [(name, WORKS[name]) for name in self._cited]
