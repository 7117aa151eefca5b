import csv
import io

from experiments.bilingual import Bilingual
from report.handin.listing import MOST_LINES, Listing, page

NAME = Bilingual("姓名", "name")


def of(*cells):
    return Listing(Bilingual("名单", "List"), (NAME,), tuple((cell,) for cell in cells), bad=frozenset({0}))


def test_cells_from_files_are_text_in_every_output():
    hostile = "<script>alert(1)</script>[red]\x1b[8m\n"
    listing = of(hostile)
    assert "\x1b" not in listing.text()
    assert "[red]" in listing.text()
    html = page(NAME, [], [listing]).decode()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert '<tr class="bad">' in html


def test_a_spreadsheet_takes_no_cell_for_a_formula():
    cells = ["=1+1", "@SUM(A1)", "+1", "-0.5", "−0.50", "张三"]
    rows = list(csv.reader(io.StringIO(of(*cells).csv().decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["name", "'=1+1", "'@SUM(A1)", "+1", "-0.5", "−0.50", "张三"]


def test_a_long_list_is_cut_on_the_terminal_alone():
    listing = of(*(f"row{number}" for number in range(MOST_LINES + 3)))
    assert listing.text().splitlines()[-1] == "and 3 more, on the page"
    assert f"row{MOST_LINES + 2}" in page(NAME, [], [listing]).decode()
