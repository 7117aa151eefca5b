import pytest
from markupsafe import Markup

from report.page.decimal_alignment import decimals


def test_numbers_line_up_at_the_decimal_point():
    # A digit of the table's face is 0.555 em wide and a full stop 0.278 em: 1.6632 has four digits behind the
    # point, 10.45 two, 7 none and no point.
    cells = decimals([["a", "1.6632"], ["b", "10.45"], ["c", "7"]], "l.", ["", ""])
    assert [row[1][1] for row in cells] == pytest.approx([0, 2 * 0.555, 4 * 0.555 + 0.278], abs=0.002)
    assert [row[0][1] for row in cells] == [0, 0, 0]


def test_a_cell_without_a_number_is_left_alone():
    cells = decimals([["1.25"], ["—"], [("中", "en")]], ".", [""])
    assert [padding for ((_, padding),) in cells] == [0, 0, 0]


def test_bold_cells_are_measured_in_bold():
    plain, bold = decimals([["1.25 ± 0.30"], [Markup("<strong>1.25 ± 0.3</strong>")]], ".", [""])
    assert plain[0][1] == 0
    assert 0 < bold[0][1] < 0.555


def test_a_row_of_another_length_is_named():
    with pytest.raises(ValueError, match="2 cells for 1 columns"):
        decimals([["a", "b"]], "l", [""])
    with pytest.raises(ValueError, match="2 letters for 1 columns"):
        decimals([["a"]], "lr", [""])
