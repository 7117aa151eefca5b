import json
import re
from pathlib import Path

import pytest

from report.errors import RenderError
from report.page.bibliography import REFERENCES, WORKS, Bibliography, Work

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = ROOT / "templates" / "sections"
CITED = re.compile(r'cite\("([\w-]+)"\)')
NAMED = re.compile(r"(?:arXiv:\d{4}\.\d{4,5}|doi:10\.\d+/[\w.()-]*\w)")


def test_works_are_numbered_in_the_order_of_their_first_mention():
    bibliography = Bibliography()
    numbers = [re.search(r"\[\d+\]", bibliography.cite(name))[0] for name in ("muon", "adamw", "muon", "cutmix")]
    assert numbers == ["[1]", "[2]", "[1]", "[3]"]
    assert bibliography.entries() == [(name, WORKS[name]) for name in ("muon", "adamw", "cutmix")]


def test_a_work_that_is_not_known_is_an_error():
    with pytest.raises(RenderError, match="attention"):
        Bibliography().cite("attention")


def test_the_sections_cite_every_work():
    text = "".join(path.read_text(encoding="utf-8") for path in SECTIONS.rglob("*.html"))
    assert set(CITED.findall(text)) == WORKS.keys()


def test_both_languages_cite_the_same_works():
    cited = 0
    for path in SECTIONS.rglob("*.html"):
        for zh, en in re.findall(
            r"{% both[ a-z]*%}(.*?){% en %}(.*?){% endboth %}", path.read_text(encoding="utf-8"), re.S
        ):
            assert sorted(CITED.findall(zh)) == sorted(CITED.findall(en)), zh
            cited += len(CITED.findall(zh))
    assert cited > 25


def test_what_the_code_names_as_its_source_is_cited():
    files = [*(ROOT / "experiments").rglob("*.py"), *(ROOT / "report" / "analysis").glob("*.py")]
    named = {name for path in files for name in NAMED.findall(path.read_text(encoding="utf-8"))}
    assert len(named) > 20
    assert named <= {work.address for work in WORKS.values()}


def test_every_reference_has_a_name_of_its_own():
    items = json.loads(REFERENCES.read_text(encoding="utf-8"))
    assert len({item["id"] for item in items}) == len(items) == len(WORKS)


@pytest.mark.parametrize(
    ("name", "work"),
    [
        ("crops", Work("C. Szegedy et al.", "Going deeper with convolutions", "CVPR 2015", "arXiv:1409.4842")),
        ("imagenette", Work("J. Howard", "Imagenette", "2019", "https://github.com/fastai/imagenette")),
    ],
)
def test_a_reference_reads_as_in_a_list_of_references(name, work):
    assert WORKS[name] == work


def test_a_journal_has_its_volume_before_its_year():
    assert WORKS["holm"].published == "Scandinavian Journal of Statistics 6, 1979"


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("arXiv:1512.03385", "https://arxiv.org/abs/1512.03385"),
        ("doi:10.1007/BF02295996", "https://doi.org/10.1007/BF02295996"),
        ("https://github.com/fastai/imagenette", "https://github.com/fastai/imagenette"),
    ],
)
def test_an_address_leads_somewhere(address, url):
    assert Work("", "", "", address).url == url


@pytest.mark.parametrize("work", WORKS.values(), ids=list(WORKS))
def test_an_entry_is_complete(work):
    assert re.fullmatch(r"arXiv:\d{4}\.\d{4,5}|doi:10\.\d+/\S+|https://[\w./-]+[^/]", work.address)
    assert re.search(r"\b(19|20)\d\d$", work.published)
    assert re.match(r"[A-Z]\. ", work.authors)


def test_every_citation_of_a_report_leads_to_its_entry(finished):
    html = finished.html.read_text(encoding="utf-8")
    cited = re.findall(r'<a class="cite" href="#(work:[\w-]+)">\[(\d+)\]</a>', html)
    listed = re.findall(r'<li id="(work:[\w-]+)"><span class="number">\[(\d+)\]</span>', html)
    assert len(listed) > 25
    assert set(cited) == set(listed)
    assert [int(number) for _, number in listed] == list(range(1, len(listed) + 1))
