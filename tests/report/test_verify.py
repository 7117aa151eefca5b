"""A report checks itself: each alteration of a printed number, a verdict, an alternative text or a datum is found."""

import re
import zlib
from itertools import cycle

import pikepdf
import pytest

import build
from experiments.errors import UserError
from report import judged, verify_pdf
from report import verify as module
from report.pdf import attachments
from report.pdf.text import squeezed
from report.verify import verify
from tests.tampering import (
    ALTERATIONS,
    PACKINGS,
    change_a_font,
    hidden_text,
    other_author,
    other_bookmark,
    other_date,
    other_element,
    other_link,
    other_target,
    other_title,
    other_xmp,
    pack_again,
    put_a_note_on_top,
    retype,
    script,
    set_file,
    swap,
    swapped_alternatives,
)

pytestmark = pytest.mark.usefixtures("written_once")
EVERY_PAGE = "every page was altered or drawn again by another program: only text and data can be compared"


@pytest.fixture(scope="module")
def report(finished):
    return finished.pdf


@pytest.fixture
def altered(report, tmp_path):
    """alter(change, fix=...) → the report after change(pdf); with fix its manifest says what it now holds."""

    def alter(change, fix=True):
        path = tmp_path / "altered.pdf"
        with pikepdf.open(report) as pdf:
            change(pdf)
            if fix:
                files = {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}
                created = "2026-01-01"
                files.pop(attachments.MANIFEST, None)
                for name in list(pdf.attachments):
                    del pdf.attachments[name]
                attachments.attach(pdf, files, created)
            pdf.save(path)
        return path

    return alter


def test_a_report_holds(report, capsys):
    assert build.main(["--verify", str(report)]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first == f"{report}: 深度学习 · HW1-DL · 张三 · full run · 2 seeds · Test CPU"
    match = re.fullmatch(r"claims: (\d+)/(\d+) hold", last)
    assert match[1] == match[2]
    assert int(match[1]) > 300


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (other_title, "metadata, Title: 'CNN 99.99%', printed as 'HW1-DL 代码分析与图像分类 ·"),
        (other_author, "metadata, Author: '李四', printed as '张三'"),
        (other_date, "metadata, CreationDate: 'D:20250101', printed as 'D:20260102'"),
        (other_xmp, "metadata, xmp:CreateDate: '1026-01-02', printed as '2026-01-02'"),
        (other_bookmark, "bookmark 'CNN 99.99%', the data give '1 代码分析 · Code analysis'"),
        (hidden_text, "hidden texts: altered"),
        (swapped_alternatives, "hidden texts: altered"),
        (other_element, "structure: altered"),
        (script, "catalog entry /OpenAction: added"),
        (other_target, "link targets: altered"),
        (other_link, "link targets: altered"),
    ],
)  # fmt: skip
def test_what_a_reader_does_not_see_on_the_page_is_checked_and_named(altered, change, fault):
    (found,) = verify(altered(change, fix=False)).faults
    assert found.startswith(fault)


def test_a_false_relation_is_found(altered):
    def relate(pdf):
        pdf.Root.AF[0] = pdf.make_indirect(pikepdf.AttachedFileSpec(pdf, b"{}", filename="findings.json").obj)

    assert "the files related to the document are not the ones attached to it" in verify(altered(relate, False)).faults


def test_text_that_is_added_is_found_even_if_the_manifest_is_altered_to_match(altered):
    def again(pdf):
        pdf.pages[2].Contents = pdf.make_stream(pdf.pages[2].Contents.read_bytes() * 2)

    assert any(fault.startswith("page 3: the data do not give the text ") for fault in verify(altered(again)).faults)


ALL_PACKINGS = [  # two of them in the quick suite; see test_pdf_content, which tries all of them
    packing if packing in ("object streams", "locked") else pytest.param(packing, marks=pytest.mark.slow)
    for packing in PACKINGS
]


@pytest.mark.parametrize("packing", ALL_PACKINGS)
def test_a_report_packed_again_holds_and_one_altered_before_that_does_not(report, altered, tmp_path, packing):
    path = tmp_path / "again.pdf"
    pack_again(report, path, packing)
    verdicts = verify(path)
    assert verdicts.holds, verdicts.faults
    assert verdicts.notes == ["packed again by another program; content unchanged"]
    pack_again(altered(lambda pdf: retype(pdf, "85.00", "95.00"), fix=False), path, packing)
    verdicts = verify(path)
    assert not verdicts.holds
    assert verdicts.faults[0].startswith("page 1: 95.00%, the data give 85.00%")
    assert verdicts.notes == ["packed again by another program"]


@pytest.mark.slow
@pytest.mark.parametrize(("alteration", "packing"), list(zip(ALTERATIONS, cycle(PACKINGS), strict=False)))
def test_every_alteration_is_found_each_in_one_packing(report, tmp_path, alteration, packing):
    """What verify compares is the same in all packings: test_pdf_content tries each alteration in each."""
    path = tmp_path / "altered.pdf"
    with pikepdf.open(report) as pdf:
        ALTERATIONS[alteration](pdf)
        pdf.save(path)
    pack_again(path, path, packing)
    assert not verify(path).holds


def test_the_digit_that_differs_is_named_and_nothing_beside_it(altered):
    (fault,) = verify(altered(lambda pdf: retype(pdf, "85.00", "95.00"), fix=False)).faults
    assert fault.startswith("page 1: 95.00%, the data give 85.00% (in: …")
    assert "[finding: images.models.cnn.test_acc and " in fault


def test_an_added_or_missing_page_leaves_the_others_as_they_are(altered):
    def insert(pdf):
        with pikepdf.new() as cover:
            cover.add_blank_page()
            pdf.pages.insert(0, cover.pages[0])

    def remove(pdf):
        del pdf.pages[2]

    assert "page 1 is none of the report's" in verify(altered(insert, fix=False)).faults
    faults = verify(altered(remove, fix=False)).faults
    assert "page 3 of the report is missing" in faults
    assert not any("what it draws" in fault for fault in faults)


def test_a_report_drawn_again_by_another_program_is_told_from_altered_pages(altered):
    def draw_again(pdf):
        for page in pdf.pages:
            page.Contents = pdf.make_stream(b"q " + page.Contents.read_bytes() + b" Q")
        pdf.docinfo.Producer = "GPL Ghostscript 10.0"

    verdicts = verify(altered(draw_again, fix=False))
    assert verdicts.faults == [EVERY_PAGE]
    assert verdicts.notes == ["packed again by another program (GPL Ghostscript 10.0)"]


def test_many_faults_are_not_all_printed(altered):
    verdicts = verify(altered(lambda pdf: set_file(pdf, "predictions.csv", swap(b",0.8,0.8", b",0.9,0.9"))))
    verdicts.faults += ["x"] * judged.MOST_SHOWN
    assert len(verdicts.text().splitlines()) <= judged.MOST_SHOWN + 5
    assert f"and {len(verdicts.faults) - judged.MOST_SHOWN} more" in verdicts.text()


def test_names_in_the_file_cannot_forge_the_verdict(altered, capsys):
    def attach(pdf):
        pdf.attachments["a\nclaims: 9/9 hold\x1b[8m"] = pikepdf.AttachedFileSpec(pdf, b"", filename="a")

    assert build.main(["--verify", str(altered(attach, fix=False))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("claims:")] == lines[-1:]
    assert all(line.isprintable() for line in lines)


def test_the_attached_files_have_their_relation_to_the_document(report):
    with pikepdf.open(report) as pdf:
        assert len(pdf.Root.AF) == len(pdf.attachments) == 10
        for spec in pdf.Root.AF:
            assert spec.AFRelationship == "/Data"
            assert spec.EF.F.Type == "/EmbeddedFile"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda pdf: retype(pdf, "85.00", "95.00"), "the data give"),
        (lambda pdf: retype(pdf, "1.4612", "1.4621"), "the data give"),
        (lambda pdf: retype(pdf, "better", "betten"), "the data give"),
        (lambda pdf: set_file(pdf, "predictions.csv", swap(b",0.8,0.8", b",0.9,0.9")), "findings.json"),
        (lambda pdf: set_file(pdf, "curves.csv", swap(b"val,acc,0.85", b"val,acc,0.95")), "findings.json"),
        (lambda pdf: set_file(pdf, "findings.json", swap(b'"supported"', b'"undecided"')), "findings.json"),
        (lambda pdf: set_file(pdf, "runs.json", swap(b'"train": 10.0', b'"train": 99.0')), "the data give"),
        (lambda pdf: set_file(pdf, "report.json", swap("张三".encode(), "李四".encode())), "the data give"),
    ],
    ids=["number", "bound", "word", "prediction", "curve", "verdict", "record", "name"],
)  # fmt: skip
def test_an_alteration_is_found_even_if_the_manifest_is_altered_to_match(altered, change, named):
    faults = verify(altered(change)).faults
    assert any(named in fault for fault in faults), faults


def test_an_altered_alternative_text_is_found(altered):
    def change(pdf):
        for element in pdf.objects:
            if isinstance(element, pikepdf.Dictionary) and "/Alt" in element and "70.00%" in str(element.Alt):
                element.Alt = str(element.Alt).replace("70.00%", "99.00%")

    assert any("alternative text" in fault for fault in verify(altered(change)).faults)


def test_without_a_matching_manifest_each_file_and_page_is_named(altered, report):
    def change(pdf):
        set_file(pdf, "steps.csv", lambda data: data + b"softmax,wrong,0,99,1.0\n")
        pdf.attachments["extra.json"] = pikepdf.AttachedFileSpec(pdf, b"{}", filename="extra.json")
        page = pdf.pages[-1]  # whose text has nothing from the steps
        page.Contents = pdf.make_stream(page.Contents.read_bytes() + b" 0 0 9 9 re f")

    faults = verify(altered(change, fix=False)).faults
    assert "steps.csv: altered" in faults
    assert "extra.json: attached later" in faults
    with pikepdf.open(report) as pdf:
        assert f"page {len(pdf.pages)}: what it draws was altered" in faults


def test_a_note_that_hides_text_is_named(altered):
    assert verify(altered(put_a_note_on_top, fix=False)).faults == ["page 2: what it draws was altered"]


def test_a_changed_font_which_every_page_can_use_is_not_taken_for_harmless(altered):
    verdicts = verify(altered(change_a_font, fix=False))
    assert not verdicts.holds
    assert verdicts.faults == [EVERY_PAGE]


def test_a_missing_file_is_named(altered):
    def change(pdf):
        del pdf.attachments["datasets.json"]

    with pytest.raises(UserError, match=r"datasets\.json is not attached"):
        verify(altered(change, fix=False))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("report.json", b"{"),
        ("report.json", b'{"lang": "fr", "fields": {}, "stale": [], "program": ""}'),
        ("report.json", b"[" * 100_000),
        ("runs.json", b'{"../../etc/passwd": {}}'),
        ("runs.json", b'{"softmax/wrong/0": null}'),
        ("datasets.json", b"[]"),
        ("curves.csv", b"epoch\n1\n"),
        ("predictions.csv", b"\xff\xfe"),
        ("steps.csv", b""),
        ("manifest.json", b"[]"),
        ("findings.json", b"nonsense"),
    ],
)
def test_hostile_data_give_one_clear_error(altered, capsys, name, data):
    path = altered(lambda pdf: set_file(pdf, name, lambda _: data), fix=name != "manifest.json")
    assert build.main(["--verify", str(path)]) == 1
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert len(told.err.strip().splitlines()) == 1


def test_a_report_that_another_version_made_reads_as_such_and_an_altered_one_does_not(altered, monkeypatch):
    whole, changed = altered(lambda pdf: None, fix=False).read_bytes(), altered(other_author, fix=False).read_bytes()
    write = module._written_again

    def otherwise(*args):
        findings, html, held = write(*args)
        return {**findings, "more": 1.0}, html.replace("softmax", "softmaxx"), held

    monkeypatch.setattr(module, "_written_again", otherwise)
    path = altered(lambda pdf: None, fix=False)
    assert not verify(path).of_another_version  # of this version, it would be forged
    monkeypatch.setattr(module, "program", lambda: "another")
    verdicts = verify(path)
    assert verdicts.of_another_version
    assert not verdicts.holds
    _, *notes, last = verdicts.text().splitlines()
    assert notes[0] == "it was written by another version of the program: verify it with that one"
    assert last.startswith("made by another version of the program, which alone can judge it; ")
    path.write_bytes(changed)
    assert not verify(path).of_another_version
    assert "metadata, Author: '李四', printed as '张三'" in verify(path).faults
    path.write_bytes(whole)
    assert verify(path).of_another_version


def test_a_report_of_an_older_version_is_told_to_be_verified_with_that():
    with pytest.raises(UserError, match=r"of an older version of the program; verify it with that one"):
        attachments.read_manifest(b'{"document": "0", "files": {}, "pages": []}')


def test_a_file_that_inflates_without_end_is_not_inflated(altered, monkeypatch):
    monkeypatch.setattr("report.pdf.content.LARGEST", 4 << 20)
    bomb = zlib.compress(bytes(64 << 20))

    def change(pdf):
        spec = pikepdf.AttachedFileSpec(pdf, b"", filename="curves.csv")
        pdf.attachments["curves.csv"] = spec
        stream = pdf.attachments["curves.csv"].get_file().obj
        stream.write(bomb, filter=pikepdf.Name.FlateDecode)

    with pytest.raises(UserError, match="larger than 4 MB"):
        verify(altered(change, fix=False))


def test_more_files_than_a_report_has_are_not_read(altered):
    def attach(pdf):
        for number in range(verify_pdf.MOST_FILES):
            pdf.attachments[f"{number}.csv"] = pikepdf.AttachedFileSpec(pdf, b"", filename=f"{number}.csv")

    with pytest.raises(UserError, match=r"30 files are attached; a report has at most 20"):
        verify(altered(attach, fix=False))


def test_what_is_no_report_is_refused(tmp_path):
    text, empty, absent = tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.pdf"
    text.write_text("not a PDF")
    (page := tmp_path / "e.html").write_text("<!DOCTYPE html><title>HW1-DL</title>")
    blank = pikepdf.new()
    blank.add_blank_page()
    blank.save(empty)
    locked = tmp_path / "d.pdf"
    blank.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    for path, told in (
        (text, "not a PDF"),
        (empty, "carries no data|cannot be read"),
        (absent, "cannot be read"),
        (tmp_path, "not a file"),
        (locked, "opens only with a password"),
        (page, "carries no data"),
    ):
        with pytest.raises(UserError, match=told):
            verify(path)


def test_names_written_from_right_to_left_are_found_however_a_page_draws_them():
    for name in ("שלום כהן", "محمد علي", "Ann שלום Lee"):
        runs = [word[::-1] if word > "\u0590" else word for word in name.split()]
        drawn = " ".join(runs[::-1] if name[0] > "\u0590" else runs)
        assert drawn != name
        assert squeezed(drawn) == squeezed(name)
    assert squeezed("שלום") != squeezed("שלוט")
