import pytest

from report.page import numbers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (numbers.percent(0.775), "77.50%"),
        (numbers.percent(float("nan")), "—"),
        (numbers.percent_number(526 / 1200), "43.83"),
        (numbers.points(-0.0725), "7.25"),
        (numbers.signed_points(-0.0725), "−7.25"),
        (numbers.loss(1.66321), "1.6632"),
        (numbers.count(2034570), "2,034,570"),
        (numbers.scaled(230_400_000), "230 M"),
        (numbers.scaled(6_310_000), "6.31 M"),
        (numbers.scaled(950), "950"),
        (numbers.tiny(4.8e-7), "4.8×10<sup>−7</sup>"),
        (numbers.tiny(0), "0"),
        (numbers.p_value(0.0312), "=\u00a00.031"),
        (numbers.p_value(1e-9), "<\u00a00.001"),
        (numbers.duration(9.94), "9.9\u00a0s"),
        (numbers.duration(59.6), "1\u00a0min 0\u00a0s"),
        (numbers.duration(3725), "1\u00a0h 2\u00a0min"),
        (numbers.spread([4, 1, 2]), "1–4"),
        (numbers.spread([2, 2]), "2"),
    ],
)
def test_numbers_are_written_by_one_policy(written, expected):
    assert written == expected
