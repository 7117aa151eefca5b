import pytest

from report.pdf.svg_paths import path_operators


def test_a_path_has_the_operators_that_pdf_has_for_it():
    assert path_operators("M 1 2.5 \nL -3 4 \nC 1 2 3 4 5 6 \nz\n") == b"1 2.5 m\n-3 4 l\n1 2 3 4 5 6 c\nh"


def test_a_quadratic_curve_becomes_the_cubic_one_that_it_is():
    # Two thirds of the way from either end to the control point (3, 6): from (0, 0) to (2, 4), from (9, 0) to (5, 4)
    assert path_operators("M 0 0 Q 3 6 9 0") == b"0 0 m\n2.000000 4.000000 5.000000 4.000000 9 0 c"


def test_after_its_end_a_path_goes_on_from_where_it_began():
    assert path_operators("M 3 0 L 9 9 z Q 3 3 3 6").splitlines()[-1] == b"3.000000 2.000000 3.000000 4.000000 3 6 c"


@pytest.mark.parametrize(
    "path", ["", "L 1 2", "M 1 2 l 3 4", "M1 2", "M 1e-05 2", "M 1 2 L 3", "M 1 2 A 1 1 0 0 1 3 4", "M 1 2 z z Q"]
)
def test_any_other_path_is_left_to_weasyprint(path):
    assert path_operators(path) is None
