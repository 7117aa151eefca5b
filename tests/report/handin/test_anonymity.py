"""A hand-in for peer review: nobody is named in it, and whoever is named is found, wherever that is."""

import io
import json

import pikepdf
import pytest

from report.handin import anonymity
from report.handin.anonymity import NAME, anonymous, leaks, secrets
from report.handin.contents import collect
from report.handin.naming import Settings
from report.title_page import TitlePage
from tests.report.handin.conftest import PAGE, STEM


def test_the_title_page_loses_name_and_number_only():
    page = anonymous(TitlePage(title="HW1", course="DL", name="张三", student_number="7", date="2026"))
    assert page == TitlePage(title="HW1", course="DL", name=NAME, student_number="—", date="2026")


def test_what_must_not_be_found(monkeypatch):
    monkeypatch.setattr(anonymity, "_user", lambda: "zhangsan")
    monkeypatch.setattr("socket.gethostname", lambda: "zs-laptop.example.org")
    page = TitlePage(name="张三\nLi Si", student_number="20231234567")
    assert secrets(page, "Zhang San").items() >= {
        ("张三", "name"), ("Li Si", "name"), ("Zhang San", "name"), ("20231234567", "student number"),
        ("zhangsan", "user"), ("zs-laptop", "host"), ("/home/zhangsan", "home folder"),
    }  # fmt: skip


def test_a_common_account_is_looked_for_in_paths_only(monkeypatch):
    monkeypatch.setattr(anonymity, "_user", lambda: "root")
    monkeypatch.setattr("socket.gethostname", lambda: "pc")
    wanted = secrets(TitlePage())
    assert leaks({"a.py": b"root = 1"}, wanted) == []
    assert "a.py: the home folder '/home/root' stands there; remove it" in leaks({"a.py": b"/home/root/x"}, wanted)


SECRETS = {"张三": "name", "Li Si": "name", "20231234567": "student number", "Max": "name"}


@pytest.mark.parametrize(
    ("name", "data", "found"),
    [
        ("a.py", "# 张三 wrote this", "张三"),
        ("a.md", "张 三", "张三"),
        ("a.py", "# by li  si", "Li Si"),
        ("a.csv", "id,20231234567", "20231234567"),
        ("Max.py", "", "Max"),
        ("a.ipynb", json.dumps({"cells": ["张三"]}), "张三"),  # as \\u escapes
        ("a.html", "&#24352;&#19977;", "张三"),
    ],
)
def test_a_secret_is_found_however_it_is_written(name, data, found):
    (leak,) = leaks({name: data.encode()}, SECRETS)
    assert leak == f"{name}: the {SECRETS[found]} {found!r} stands there; remove it"


@pytest.mark.parametrize("data", ["maximum", "x = max_pages", "climax", "120231234567", "Li Sigma"])
def test_a_part_of_a_word_is_no_secret(data):
    assert leaks({"a.py": data.encode()}, {key: kind for key, kind in SECRETS.items() if key != "张三"}) == []


def altered(pdf: bytes, change) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        change(opened)
        buffer = io.BytesIO()
        opened.save(buffer)
    return buffer.getvalue()


def attach(pdf):
    pdf.attachments["note.json"] = pikepdf.AttachedFileSpec(pdf, '{"by": "李四"}'.encode(), filename="note.json")


def bookmark(pdf):
    with pdf.open_outline() as outline:
        outline.root[0].title = "李四"


def describe(pdf):
    element = next(
        e for e in pdf.objects if isinstance(e, pikepdf.Dictionary) and e.get("/Type") == "/StructElem" and "/Alt" in e
    )
    element.Alt = "a picture of 李四"


def tag(pdf):
    pdf.docinfo["/Author"] = "李四"


def xmp(pdf):
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata["dc:creator"] = ["李四"]


@pytest.mark.parametrize("change", [attach, bookmark, describe, tag, xmp])
def test_a_name_is_found_in_every_part_of_a_pdf(edition, change):
    assert leaks({"a.pdf": edition.pdf}, {"李四": "name"}) == []
    assert leaks({"a.pdf": altered(edition.pdf, change)}, {"李四": "name"})


def test_the_authors_own_report_names_them_on_its_page_and_in_its_data(edition):
    where = "\n".join(leaks({"a.pdf": edition.pdf}, secrets(PAGE)))
    for place in ("a.pdf, page 1", "a.pdf, attached report.json", "a.pdf, tags", "a.pdf, metadata"):
        assert f"{place}: the name '张三'" in where
    assert "the student number '20231234567'" in where


def test_every_other_file_of_a_hand_in_names_nobody(edition):
    files = collect(edition, Settings(html=False), "HW1-DL-anonymous", {}, anonymous=True)
    del files["HW1-DL-anonymous.pdf"]  # which is written anew for an anonymous one: tests of the refusals
    assert leaks(files, secrets(PAGE)) == []
    named = collect(edition, Settings(), STEM, {}, anonymous=False)
    del named[f"{STEM}.pdf"]
    found = {leak.partition(":")[0] for leak in leaks(named, secrets(PAGE))}
    assert found == {"README.md", "ro-crate-metadata.json", "SHA256SUMS"}
