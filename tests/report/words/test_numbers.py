"""Typed numbers: units, scales, bounds, precision, in both languages."""

import pytest

from report.words.numbers import chinese_number, find_numbers, normalised


def numbers(text, lang=None):
    lang = lang or ("zh" if any("\u4e00" <= char <= "\u9fff" for char in text) else "en")
    return find_numbers(normalised(text), lang)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("准确率是 86.3%", 0.863, "percent"),
        ("准确率是８６．３％", 0.863, "percent"),
        ("百分之八十六点三", 0.863, "percent"),
        ("八成六", 0.86, "percent"),
        ("高出三十个百分点", 0.30, "points"),
        ("约 203 万个参数", 2_030_000, "params"),
        ("2,034,570 个参数", 2_034_570, "params"),
        ("两百万个参数", 2_000_000, "params"),
        ("训练了五十轮", 50, "epochs"),
        ("5 分 5 秒", 305, "seconds"),
        ("约 5 分钟", 300, "seconds"),
        ("认对了 1025 张", 1025, "images"),
        ("是它的 28 倍", 28, "times"),
        ("只有三分之一", 1 / 3, "fraction"),
        ("学习率 3e-3", 0.003, ""),
        ("86.3 %", 0.863, "percent"),
        ("86.3 per cent", 0.863, "percent"),
        ("eighty-six percent", 0.86, "percent"),
        ("35 percentage points", 0.35, "points"),
        ("7.9 points ahead", 0.079, "points"),
        ("2.03 million parameters", 2_030_000, "params"),
        ("2.03M weights", 2_030_000, "params"),
        ("three random seeds", 3, "seeds"),
        ("1,200 test images", 1200, "images"),
        ("5 min 5 s", 305, "seconds"),
        ("half of them", 0.5, "fraction"),
        ("28 times as long", 28, "times"),
    ],
)
def test_a_number_has_its_value_and_unit(text, value, unit):
    (typed,) = numbers(text)
    assert (typed.value, typed.unit) == (pytest.approx(value), unit)


@pytest.mark.parametrize(
    "text",
    [
        "见第 2.1 节和表 3", "2026 年 11 月 20 日", "图 4", "一方面", "ResNet-18", "种子 0", "按 3:1:1 划分",
        "see Section 2.1 and Table 3",
        "on 20 November 2026", "one of them", "Python 3.11", "ln 10", "[3, 4]", "seed 0",
    ],
)  # fmt: skip
def test_references_dates_and_names_are_no_numbers(text):
    assert numbers(text) == []


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("超过 80%", "gt"), ("不到一半", "lt"), ("不超过 80%", "le"), ("至少 80%", "ge"), ("80% 以上", "ge"),
        ("80%", ""),
        ("more than 80%", "gt"), ("fewer than half", "lt"), ("at most 80%", "le"), ("at least 80%", "ge"),
        ("cannot be lower than 1.46", "ge"),
    ],
)  # fmt: skip
def test_a_bound_is_read_with_its_number(text, bound):
    (typed,) = numbers(text)
    assert typed.bound == bound


@pytest.mark.parametrize(
    ("text", "raw", "agrees"),
    [
        ("86.3%", 0.86333, True),  # rounds to 86.3
        ("86.3%", 0.8636, False),
        ("86%", 0.8636, True),
        ("84.3%", 0.84249999, True),  # printed as 84.25, which rounds to 84.3
        ("约 35 个百分点", 0.3483, True),
        ("约 35 个百分点", 0.3333, False),  # more than one unit of its last digit
        ("about 300 seconds", 305, True),  # ends in zeros
        ("300 seconds", 305, False),
        ("超过 80%", 0.854, True),
        ("超过 80%", 0.79, False),
        ("六成左右", 0.52, False),
    ],
)
def test_a_number_is_compared_at_the_precision_in_which_it_is_typed(text, raw, agrees):
    (typed,) = numbers(text)
    assert typed.agrees(raw) == agrees


def test_a_spread_and_a_row_share_their_unit():
    mean, spread = numbers("(85.42 ± 0.83)%")
    assert [mean.value, spread.value] == pytest.approx([0.8542, 0.0083])
    assert (mean.sd, spread.sd) == (False, True)
    row = numbers("1.78, 2.10 and 2.03 million parameters")
    assert [typed.value for typed in row] == pytest.approx([1.78e6, 2.10e6, 2.03e6])


@pytest.mark.parametrize(
    ("text", "value"),
    [("十", 10), ("二十三", 23), ("一百零五", 105), ("八十五点四", 85.4), ("两千", 2000), ("二三", None)],
)
def test_chinese_numerals(text, value):
    assert chinese_number(text) == (pytest.approx(value) if value else None)
