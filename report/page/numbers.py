"""The one rounding policy: every number in text, tables, captions and figures is written by these functions.

Rounding is half to even on the decimal value, as Python's format does; a value that is not there is an em dash.
"""

import math
from collections.abc import Sequence

from markupsafe import Markup

MISSING = "—"


def percent(fraction: float, digits: int = 2) -> str:
    """A fraction in [0, 1] as a percentage: 0.775 → 77.50%."""
    return f"{fraction * 100:.{digits}f}%" if math.isfinite(fraction) else MISSING


def percent_number(fraction: float, digits: int = 2) -> str:
    """A fraction as a percentage without its sign, for table columns that have it in their head."""
    return f"{fraction * 100:.{digits}f}" if math.isfinite(fraction) else MISSING


def percent_with_sd(fraction: float, sd: float) -> str:
    """A mean as a percentage with its standard deviation; without that where it is zero or unknown."""
    return f"({percent_number(fraction)} ± {percent_number(sd)})%" if sd > 0 else percent(fraction)


def points(fraction: float, digits: int = 2) -> str:
    """A difference of two accuracies in percentage points, always with its size only: -0.0725 → 7.25."""
    return f"{abs(fraction) * 100:.{digits}f}" if math.isfinite(fraction) else MISSING


def signed_points(fraction: float, digits: int = 2) -> str:
    """A difference of two accuracies in percentage points, with a sign only where it is negative."""
    return f"{fraction * 100:.{digits}f}".replace("-", "\u2212") if math.isfinite(fraction) else MISSING


def loss(nats: float, digits: int = 4) -> str:
    """A loss in nats per example."""
    return f"{nats:.{digits}f}" if math.isfinite(nats) else MISSING


def decimal(value: float, digits: int) -> str:
    """A plain number with a fixed count of decimals."""
    return f"{value:.{digits}f}" if math.isfinite(value) else MISSING


def count(number: int) -> str:
    """A whole number with thin groups: 2034570 → 2,034,570."""
    return f"{number:,}"


def scaled(number: float, digits: int = 3) -> str:
    """A large number in words of SI, with this many significant digits: 230_400_000 → 230 M."""
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(number) >= size:
            return f"{_significant(number / size, digits)} {unit}"
    return _significant(number, digits)


def _significant(value: float, digits: int) -> str:
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value)))) if value else 0
    return f"{value:.{decimals}f}"


def tiny(value: float) -> str:
    """A small positive number in scientific notation with one decimal, as HTML: 3.2e-7 → 3.2×10<sup>−7</sup>; zero
    stays 0. Few fonts have superscript digits of their own."""
    if value == 0:
        return "0"
    mantissa, exponent = f"{value:.1e}".split("e")
    power = str(int(exponent)).replace("-", "\u2212")
    return Markup(f"{mantissa}×10<sup>{power}</sup>")


def p_value(p: float) -> str:
    """A p-value with its relation: = 0.031, or < 0.001 where more digits would mean nothing; in one piece."""
    if not math.isfinite(p):
        return MISSING
    return "<\u00a00.001" if p < 0.001 else f"=\u00a0{p:.3f}"


def duration(seconds: float) -> str:
    """A time to read: 42 s, 9 min 5 s, 1 h 12 min; below ten seconds one decimal."""
    if seconds < 10:
        return f"{seconds:.1f}\u00a0s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}\u00a0s"
    if whole < 3600:
        return f"{whole // 60}\u00a0min {whole % 60}\u00a0s"
    return f"{whole // 3600}\u00a0h {whole % 3600 // 60}\u00a0min"


def spread(values: Sequence[int]) -> str:
    """The smallest and the largest of some whole numbers: 1–4, or 2 where all are 2."""
    low, high = min(values), max(values)
    return f"{low}" if low == high else f"{low}–{high}"


FILTERS = {
    function.__name__: function
    for function in (
        percent,
        percent_number,
        percent_with_sd,
        points,
        signed_points,
        loss,
        decimal,
        count,
        scaled,
        tiny,
        p_value,
        duration,
    )
}  # the names under which templates call them
