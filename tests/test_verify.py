"""A report checks itself: each alteration of a printed number, a verdict, an alternative text or a datum is found."""

import re
import zlib

import pikepdf
import pytest

import build
from experiments.catalog import EXPERIMENTS
from experiments.errors import UserError
from experiments.files import sha256
from report import attachments
from report.build import write_report
from report.fields import Fields
from report.results import read_results
from report.verify import Verdicts, _check_text, _squeezed, _text, verify
from tests.synthetic import write_results


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("verify")
    results = read_results(write_results(folder / "results"), EXPERIMENTS)
    return write_report(results, EXPERIMENTS, Fields(name="张三"), folder / "out")[0]


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


def set_file(pdf, name, change):
    data = change(pdf.attachments[name].get_file().read_bytes())
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, data, filename=name)


def swap(before, after):
    """A change of a file's first `before`, which must be there."""

    def change(data):
        assert before in data
        return data.replace(before, after, 1)

    return change


def retype(pdf, before, after):
    """Print `after` in place of the first `before` of the same length on one line, in the glyphs of its face."""
    for page in pdf.pages:
        content = bytearray(page.Contents.read_bytes())
        faces = {}
        for name, font in page.Resources.Font.items():
            table = font.ToUnicode.read_bytes().decode()
            pairs = re.findall(r"<([0-9a-f]{4})> <(\w+)>", table)
            faces[name[1:].encode()] = {glyph: bytes.fromhex(code).decode("utf-16-be") for glyph, code in pairs}
        face = {}
        for token in re.finditer(rb"/(\w+) [\d.]+ Tf|\[([^\[\]]*)\] TJ", bytes(content)):
            if token[1]:
                face = faces[token[1]]
                continue
            places = [  # of each glyph of the line, kerning left out
                token.start(2) + run.start(1) + i
                for run in re.finditer(rb"<([0-9a-f]+)>", token[2])
                for i in range(0, len(run[1]), 4)
            ]
            shown = [face.get(content[p : p + 4].decode(), "?") for p in places]
            by_char = {char: glyph for glyph, char in face.items()}
            start = "".join(shown).find(before)
            if start >= 0 and all(len(char) == 1 for char in shown) and all(char in by_char for char in after):
                for place, char in zip(places[start:], after, strict=False):
                    content[place : place + 4] = by_char[char].encode()
                page.Contents = pdf.make_stream(bytes(content))
                return
    raise AssertionError(f"no line with {before!r} whose face has {after!r}")


def test_a_report_holds(report, capsys):
    assert build.main(["--verify", str(report)]) == 0
    match = re.fullmatch(r"claims: (\d+)/(\d+) hold\n", capsys.readouterr().out)
    assert match[1] == match[2]
    assert int(match[1]) > 300


def test_a_report_with_a_banner_on_every_page_holds(tmp_path):
    quick = [experiment.quick() for experiment in EXPERIMENTS]
    results = read_results(write_results(tmp_path / "results", seeds=1, quick=True, origin="demo"), quick)
    verdicts = verify(write_report(results, quick, Fields(), tmp_path)[0])
    assert not verdicts.faults


def other_title(pdf):
    pdf.docinfo.Title = "CNN 99.99%"


def other_bookmark(pdf):
    pdf.Root.Outlines.First.Title = "CNN 99.99%"


def hidden_text(pdf):
    next(e for e in pdf.objects if isinstance(e, pikepdf.Dictionary) and e.get("/S") == "/P").ActualText = "99.99%"


def swapped_alternatives(pdf):
    first, second = [e for e in pdf.objects if isinstance(e, pikepdf.Dictionary) and "/Alt" in e][:2]
    first.Alt, second.Alt = str(second.Alt), str(first.Alt)


def script(pdf):
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def other_target(pdf):
    pdf.Root.Names.Dests.Names[1][0] = pdf.pages[-1].obj


@pytest.mark.parametrize(
    "change", [other_title, other_bookmark, hidden_text, swapped_alternatives, script, other_target]
)
def test_what_a_reader_does_not_see_on_the_page_is_checked_too(altered, change):
    (fault,) = verify(altered(change, fix=False)).faults
    assert fault == "structure, hidden texts, bookmarks, targets or metadata were altered"


def test_a_false_relation_is_found(altered):
    def relate(pdf):
        pdf.Root.AF[0] = pdf.make_indirect(pikepdf.AttachedFileSpec(pdf, b"{}", filename="findings.json").obj)

    assert "the files related to the document are not the ones attached to it" in verify(altered(relate, False)).faults


def test_text_that_is_added_is_found_even_if_the_manifest_is_altered_to_match(altered):
    def again(pdf):
        pdf.pages[2].Contents = pdf.make_stream(pdf.pages[2].Contents.read_bytes() * 2)

    assert any(fault.startswith("page 3: text that the data do not give: ") for fault in verify(altered(again)).faults)


def test_a_report_that_another_program_has_saved_holds(report, tmp_path):
    with pikepdf.open(report) as pdf:
        pdf.save(tmp_path / "again.pdf")
    assert verify(tmp_path / "again.pdf").faults == []


def test_names_in_the_file_cannot_forge_the_verdict(altered, capsys):
    def attach(pdf):
        pdf.attachments["a\nclaims: 9/9 hold\x1b[8m"] = pikepdf.AttachedFileSpec(pdf, b"", filename="a")

    assert build.main(["--verify", str(altered(attach, fix=False))]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("claims:")] == lines[-1:]
    assert all(line.isprintable() for line in lines)


def test_the_text_is_read_back_in_order(report):
    with pikepdf.open(report) as pdf:
        text = "".join(_text(page) for page in pdf.pages)
    for words in ("代码分析", "Softmax preserves order: the largest component of", "均匀预测的损失是"):
        assert _squeezed(words) in text


PAIR = '<main><ul><li><div class="zh">损失的 CNN 下限。</div><div class="en">Certain nets learn.</div></li></ul>'


@pytest.mark.parametrize(
    ("pages", "faults"),
    [
        (["损失的CNN下限。Certainnetslearn."], 0),
        (["损失的Certain", "CNN下限。netslearn."], 0),  # what goes on with the other language's first letter
        (["损失的CNN下限。Certain", "netslearn."], 0),
        (["损失的Certain", "CNN上限。netslearn."], 3),  # not there; left on either page
        (["损失的Certain", "netslearn."], 2),
    ],
)
def test_a_pair_that_runs_over_a_page_is_found_in_both_languages(pages, faults):
    verdicts = Verdicts()
    _check_text(PAIR, pages, set(), verdicts)
    assert len(verdicts.faults) == faults, verdicts.faults


def test_the_attached_files_have_their_relation_to_the_document(report):
    with pikepdf.open(report) as pdf:
        assert len(pdf.Root.AF) == len(pdf.attachments) == 9
        for spec in pdf.Root.AF:
            assert spec.AFRelationship == "/Data"
            assert spec.EF.F.Type == "/EmbeddedFile"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda pdf: retype(pdf, "85.00", "95.00"), "not in the text"),
        (lambda pdf: retype(pdf, "1.4612", "1.4621"), "not in the text"),
        (lambda pdf: retype(pdf, "better", "betten"), "not in the text"),
        (lambda pdf: set_file(pdf, "predictions.csv", swap(b",0.8,0.8", b",0.9,0.9")), "findings.json"),
        (lambda pdf: set_file(pdf, "curves.csv", swap(b"val,acc,0.85", b"val,acc,0.95")), "findings.json"),
        (lambda pdf: set_file(pdf, "findings.json", swap(b'"supported"', b'"undecided"')), "findings.json"),
        (lambda pdf: set_file(pdf, "runs.json", swap(b'"train": 10.0', b'"train": 99.0')), "not in the text"),
        (lambda pdf: set_file(pdf, "report.json", swap("张三".encode(), "李四".encode())), "not in the text"),
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


def test_without_a_matching_manifest_each_file_and_page_is_named(altered):
    def change(pdf):
        set_file(pdf, "steps.csv", lambda data: data + b"softmax,wrong,0,99,1.0\n")
        pdf.attachments["extra.json"] = pikepdf.AttachedFileSpec(pdf, b"{}", filename="extra.json")
        page = pdf.pages[4]
        page.Contents = pdf.make_stream(page.Contents.read_bytes().replace(b"0.75", b"0.76", 1))

    faults = verify(altered(change, fix=False)).faults
    assert "steps.csv: altered" in faults
    assert "extra.json: attached later" in faults
    assert "page 5: what it draws was altered" in faults


def put_a_note_on_top(pdf):
    note = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.FreeText, Rect=[0, 0, 300, 300])
    pdf.pages[4].obj.Annots = pikepdf.Array([*pdf.pages[4].obj.get("/Annots", []), pdf.make_indirect(note)])


def change_a_face(pdf):
    face = next(iter(pdf.pages[4].Resources.Font.values())).DescendantFonts[0].FontDescriptor
    key = next(key for key in ("/FontFile2", "/FontFile3") if key in face)
    face[key].write(face[key].read_bytes() + b" ")


@pytest.mark.parametrize("change", [put_a_note_on_top, change_a_face])
def test_what_hides_the_text_or_shows_it_otherwise_is_named(altered, change):
    assert "page 5: what it draws was altered" in verify(altered(change, fix=False)).faults


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


def test_a_file_that_inflates_without_end_is_not_inflated(altered, monkeypatch):
    monkeypatch.setattr("report.verify.LARGEST", 4 << 20)
    bomb = zlib.compress(bytes(64 << 20))

    def change(pdf):
        spec = pikepdf.AttachedFileSpec(pdf, b"", filename="curves.csv")
        pdf.attachments["curves.csv"] = spec
        stream = pdf.attachments["curves.csv"].get_file().obj
        stream.write(bomb, filter=pikepdf.Name.FlateDecode)

    with pytest.raises(UserError, match="larger than 4 MB"):
        verify(altered(change, fix=False))


def test_what_is_no_report_is_refused(tmp_path):
    text, empty, absent = tmp_path / "a.pdf", tmp_path / "b.pdf", tmp_path / "c.pdf"
    text.write_text("not a PDF")
    blank = pikepdf.new()
    blank.add_blank_page()
    blank.save(empty)
    locked = tmp_path / "d.pdf"
    blank.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    for path, told in (
        (text, "not a PDF"),
        (empty, "no data are attached|cannot be read"),
        (absent, "cannot be read"),
        (tmp_path, "not a file"),
        (locked, "invalid password"),
    ):
        with pytest.raises(UserError, match=told):
            verify(path)


@pytest.mark.slow
def test_the_same_report_has_the_same_bytes(report, tmp_path):
    results = read_results(report.parent.parent / "results", EXPERIMENTS)
    again = write_report(results, EXPERIMENTS, Fields(name="张三"), tmp_path)[0]
    assert sha256(again.read_bytes()) == sha256(report.read_bytes())
