"""Typed numbers with their units, in Chinese and in English text.

A number is compared at the precision in which it is typed: 86.3 % stands for anything that rounds to it. "About" allows
one unit of the last digit, and where the number ends in zeros, half of the place before them.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from report.words.units import (
    APPROX,
    BOUNDS_BEFORE,
    BOUNDS_BEHIND,
    EN_WORDS,
    FRACTIONS,
    IGNORED,
    SCALES,
    UNITS,
    UNITS_IN_WORDS,
    UNKNOWN_UNITS,
    ZH_DIGITS,
)  # fmt: skip
from report.words.values import Lang

_CJK = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef\u201c\u201d]"
_BLANK_BY_CJK = re.compile(rf"(?<={_CJK})[ \t]+|[ \t]+(?={_CJK})")
_KEPT = str.maketrans({"，": "\ue000"})
_BACK = str.maketrans({"\ue000": "，", "−": "-", "’": "'", "‘": "'", "`": " ", "*": " ", "\u2011": "-"})
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])((?<![A-Za-z0-9_)])-)?(\d{1,3}(?:,\d{3})+(?!\d)|\d+)(\.\d+)?(?:e([-+]?\d{1,3})(?!\w))?"
)
_ZH_NUMBER = "[零〇一二两三四五六七八九十百千]"
_ZH = re.compile(rf"百分之({_ZH_NUMBER}{{1,8}}(?:点[零〇一二三四五六七八九]{{1,8}})?)|({_ZH_NUMBER}{{1,8}})")
_TENTHS = re.compile(r"(?<!完)(?<!达)([一二三四五六七八九\d])成([一二三四五六七八九半])?(?![为功就熟本立了])")
_OF_THE_CLASSES = re.compile(r"(?:十|10) ?个?类别?(?:里|中|当中|之中)(?:就)?有([一二三四五六七八九两\d])个")
_TIMES_AND_A_HALF = re.compile(r"([一二两三四五六七八九\d])倍半")
_EN = re.compile(rf"\b(?:{'|'.join(EN_WORDS)})(?:-(?:{'|'.join(EN_WORDS)}))?\b", re.IGNORECASE)
_SMALL = rf"(?:{'|'.join(EN_WORDS)}|\d{{1,2}})"
_OUT_OF = re.compile(
    rf"\b({_SMALL})(?: (?:\w+ )?)(?:out of|in) (?:every )?({_SMALL})\b"
    r"(?![ -]?(?:%|class|point|epoch|second|minute|\d))",
    re.I,
)
_OF_SO_MANY = re.compile(  # 每五张 … 有一张
    rf"(?:每|(?<!\d))((?:{_ZH_NUMBER}|十){{1,3}}|\d{{1,3}}) ?张[^,，。;；张]{{0,6}}?"
    rf"(?:里|中|就|有|能|错|对|认|会)[^,，。;；张]{{0,6}}?"
    rf"((?:{_ZH_NUMBER}|十){{1,3}}|\d{{1,3}}) ?张"
)
_LONG_TIME = re.compile(r"(\d{1,4}) ?(?:分钟?|min(?:utes?)?) ?(?:and )?(\d{1,2}) ?(?:秒|s\b|seconds?\b)")
_SD = re.compile(r"( ?%)? ?± ?(\d{1,9}(?:\.\d{1,9})?)")
_LISTED = re.compile(
    r" ?(?:、|,|，|和|与|及|and|,and|, and|or|/|–|~|to|up to|to about|"
    r"(?:升|变|降|提高|提升|增加|涨|跌|掉|上升|下降)?(?:至|到|成|为)(?:了)?) ?(?:约|about )?\+?"
)
_WINDOW = 32  # characters before a number in which its modifiers stand


@dataclass(frozen=True)
class Typed:
    """A number as it is typed. value, step: in the unit's own base (fractions for %, seconds, whole parameters).

    start, end: of the number with its unit and modifiers, in the normalised text; step: one unit of its last digit.
    bound: gt, ge, lt or le for "more than" and its like, else "". sd: whether it stands behind ±. scale: of the unit.
    """

    start: int
    end: int
    value: float
    unit: str
    step: float
    rough: float
    approx: bool = False
    bound: str = ""
    sd: bool = False
    scale: float = 1.0

    def agrees(self, raw: float, slack: float = 0.0) -> bool:
        """Whether a finding with this value may be typed so. slack: more units of the last digit to allow."""
        if self.bound:
            near = abs(raw - self.value) <= min(self.step / 2, 0.02 * abs(self.value)) * (1 + 1e-9)
            above, below = raw > self.value, raw < self.value
            if self.bound == "over":  # 五成出头
                return (
                    self.value - 1e-10
                    <= raw
                    < self.value
                    + (
                        0.15 * self.value
                        if self.unit == "fraction"
                        else max(self.rough / (1 if self.unit == "points" else 2), self.step)
                    )
                )
            return {"gt": above, "lt": below, "ge": above or near, "le": below or near}[self.bound]
        allowed = self.step * (0.5 + slack)
        if self.approx:
            size = abs(self.value)
            allowed = max(min(self.step, 0.05 * size), min(self.rough / 2, 0.025 * size), allowed)
        if self.unit in ("fraction", "times") and self.rough > self.step:
            allowed = max(allowed, (0.12 if self.approx else 0.04) * abs(self.value))
        # 84.249 % is printed as 84.25 %, and who reads that types 84.3 %: the printed figure counts as well.
        return min(abs(raw - self.value), abs(round(raw, 4) - self.value)) <= allowed * (1 + 1e-9) + 1e-10


def normalised(text: str) -> str:
    """Text in one form: NFKC (full-width digits and signs as plain ones), no blanks next to Chinese characters."""
    text = unicodedata.normalize("NFKC", text.translate(_KEPT)).translate(_BACK)
    return _BLANK_BY_CJK.sub("", " ".join(text.split()))


def find_numbers(text: str, lang: Lang) -> list[Typed]:
    """The numbers of a normalised text that may state something, in order; no dates, references or versions."""
    taken: list[tuple[int, int]] = [m.span() for pattern in IGNORED for m in pattern.finditer(text)]
    found: list[Typed] = []
    free = bytearray(len(text) + 1)
    for start, end in taken:
        free[start:end] = b"\1" * (end - start)
    for typed in _candidates(text, lang):
        if not any(free[typed.start : typed.end]):
            free[typed.start : typed.end] = b"\1" * (typed.end - typed.start)
            found.append(typed)
    return _with_units(sorted(found, key=lambda t: t.start), text)


def _with_units(found: list[Typed], text: str) -> list[Typed]:
    """1.8, 2.1 and 2.0 million parameters: of numbers in a row, those without a unit have that of the next one."""
    for i in range(len(found) - 2, -1, -1):
        this, behind = found[i], found[i + 1]
        if (
            this.unit == behind.unit == ""
            and this.scale == 1 < behind.scale
            and _LISTED.fullmatch(text, this.end, behind.start)
        ):
            value, step, rough = (x * behind.scale for x in (this.value, this.step, this.rough))
            found[i] = replace(this, value=value, step=step, rough=rough, scale=behind.scale)
            continue
        if not this.unit and behind.unit in ("percent", "params", "epochs", "seconds", "points") and not behind.sd:
            if _LISTED.fullmatch(text, this.end, behind.start):
                value, step, rough = (x * behind.scale for x in (this.value, this.step, this.rough))
                found[i] = replace(this, value=value, step=step, rough=rough, unit=behind.unit, scale=behind.scale)
    return found


def _candidates(text: str, lang: Lang) -> Iterator[Typed]:
    for m in _LONG_TIME.finditer(text):
        yield _typed(text, m.start(), m.end(), 60 * float(m[1]) + float(m[2]), "seconds", 1, lang, 1)
    for pattern, value in FRACTIONS[lang]:
        for m in pattern.finditer(text):
            yield _typed(text, m.start(), m.end(), value, "fraction", 0.001, lang, 1)
    yield from _fractions(text)
    if lang == "zh":
        for m in _TENTHS.finditer(text):
            tenths = _ZH_DIGIT(m[1])
            more = 5 if m[2] == "半" else _ZH_DIGIT(m[2]) if m[2] else 0
            step = 0.01 if m[2] else 0.1
            yield _typed(text, m.start(), m.end(), tenths / 10 + more / 100, "percent", step, lang, step)
        for m in _OF_THE_CLASSES.finditer(text):
            yield _typed(text, m.start(), m.end(), _ZH_DIGIT(m[1]), "classes", 1, lang, 1)
        for m in _TIMES_AND_A_HALF.finditer(text):
            yield _typed(text, m.start(), m.end(), _ZH_DIGIT(m[1]) + 0.5, "times", 0.1, lang, 0.1)
        for m in _ZH.finditer(text):
            yield from _chinese(text, m, lang)
    for m in _NUMBER.finditer(text):
        yield from _digits(text, m, lang)
    if lang == "en":
        for m in _EN.finditer(text):
            scale, end = _scale(text, m.end(), lang)
            unit, end = _unit(text, end, lang, words=True)
            if unit:
                value = float(sum(EN_WORDS[word] for word in m[0].lower().split("-")))
                yield _scaled(text, m.start(), end, value * scale, scale, unit, lang)


def _digits(text: str, m: re.Match[str], lang: Lang) -> Iterator[Typed]:
    value = float(m[2].replace(",", "") + (m[3] or "")) * (-1 if m[1] else 1)
    step = 10.0 ** -(len(m[3]) - 1 if m[3] else 0)
    if m[4] and abs(int(m[4])) > 30:
        return
    if m[4]:
        value, step = value * 10.0 ** int(m[4]), step * 10.0 ** int(m[4])
    end, spread = m.end(), _SD.match(text, m.end())
    if spread:
        end = spread.end()
        end += text[end : end + 1] == ")"
    scale, end = _scale(text, end, lang)
    unit, end = _unit(text, end, lang)
    if not math.isfinite(value * scale) or step * scale == 0:
        return
    if spread:
        unit = "percent" if spread[1] else unit
        decimals = scale * 10.0 ** -len(spread[2].partition(".")[2])
        sd = _scaled(text, spread.start(), spread.end(), float(spread[2]) * scale, decimals, unit, lang)
        yield replace(sd, approx=False, bound="", sd=True)
        end = m.end()
    typed = _scaled(text, m.start(), end, value * scale, step * scale, unit, lang)
    if not typed.unit and step >= 0.1 and _of_something(text, typed.end, lang):
        typed = replace(typed, unit="?")
    yield replace(typed, scale=typed.step / step)


def _scaled(text: str, start: int, end: int, value: float, step: float, unit: str, lang: Lang) -> Typed:
    """In the base of its unit."""
    base = {"percent": 0.01, "points": 0.01, "minutes": 60.0, "hours": 3600.0, "milliseconds": 0.001}.get(unit, 1.0)
    rough = step
    while step >= 1 and rough < abs(value) and value % (rough * 10) == 0:
        rough *= 10  # the last digit that is not zero
    over = re.search("多个?百分点", text[start:end])
    unit = "seconds" if unit in ("minutes", "hours", "milliseconds") else unit
    typed = _typed(text, start, end, value * base, unit, step * base, lang, rough * base)
    return replace(typed, bound="over") if over else typed


def _typed(text: str, start: int, end: int, value: float, unit: str, step: float, lang: Lang, rough: float) -> Typed:
    """With the modifiers around it."""
    before = text[max(0, start - _WINDOW) : start].casefold()
    approx = "yes" if re.search(r"左右|上下", text[start:end]) else ""
    bound = ""
    while (m := APPROX[lang].search(before)) or (m and not approx):
        approx, before = "yes", before[: m.start()]
    for pattern, name in BOUNDS_BEFORE[lang]:
        if m := pattern.search(before):
            bound, before = name, before[: m.start()]
            break
    if bound and unit in ("points", "times"):  # "exceeds it by more than 3 points" is a bound, "above 3 points" none
        bound = bound if re.search(r"超过|不到|more than|less than|over|at least|至少|不足", text[:start][-14:]) else ""
    shift = len(text[max(0, start - _WINDOW) : start]) - len(before) if (approx or bound) else 0
    for pattern, name in BOUNDS_BEHIND[lang]:
        if m := pattern.match(text, end):
            end = m.end()
            if name == "approx":
                approx = "yes"
            elif not (bound == "ge" and name == "le"):  # 降不到 1.46 以下
                bound = name
    return Typed(max(0, start - shift), end, value, unit, step, rough, bool(approx), bound)


def _of_something(text: str, end: int, lang: Lang) -> bool:
    """Whether a number without a known unit counts things: 2 个残差块, 10 outputs."""
    return UNKNOWN_UNITS[lang].match(text, end) is not None


def _scale(text: str, end: int, lang: Lang) -> tuple[float, int]:
    m = SCALES[lang][0].match(text, end)
    return (SCALES[lang][1][m[1].casefold() if len(m[1]) > 1 else m[1]], m.end()) if m else (1.0, end)


def _unit(text: str, end: int, lang: Lang, *, words: bool = False) -> tuple[str, int]:
    for pattern, unit in (UNITS_IN_WORDS if words else UNITS)[lang]:
        if m := pattern.match(text, end):
            return unit, m.end()
    return "", end


def _ZH_DIGIT(char: str) -> int:  # noqa: N802
    return int(char) if char.isdecimal() else ZH_DIGITS[char]


def chinese_number(text: str) -> float | None:
    """The value of a Chinese numeral below ten thousand: 三十二, 八十五点四, 两百. None for one that is no numeral."""
    whole, _, decimals = text.partition("点")
    total = digit = 0
    for char in whole:
        if char in "十百千":
            total, digit = total + (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char], 0
        elif digit and char not in "零〇":
            return None  # 二三: two or three
        else:
            digit = ZH_DIGITS[char]
    value = float(total + digit)
    return value + sum(ZH_DIGITS[c] * 10.0 ** -(i + 1) for i, c in enumerate(decimals))


def _chinese(text: str, m: re.Match[str], lang: Lang) -> Iterator[Typed]:
    value = chinese_number(m[1] or m[2])
    if value is None:
        return
    if m[1]:
        digits = len(m[1].partition("点")[2])
        yield _scaled(text, m.start(), m.end(), value, 10.0**-digits, "percent", lang)
        return
    scale, end = _scale(text, m.end(), lang)
    unit, end = _unit(text, end, lang, words=True)
    if unit and (value != 1 or scale > 1 or unit in ("times", "points")):
        yield _scaled(text, m.start(), end, value * scale, scale, unit, lang)


def _fractions(text: str) -> Iterator[Typed]:
    """三分之一 and 1/10."""
    for m in re.finditer(rf"({_ZH_NUMBER}{{1,3}})分之({_ZH_NUMBER}{{1,3}})", text):
        below, above = chinese_number(m[1]), chinese_number(m[2])
        if below and above and m[1] != "百":
            yield _typed(text, m.start(), m.end(), above / below, "fraction", 0.001, "zh", 1)
    for m in _OF_SO_MANY.finditer(text):
        below, above = (float(x) if x.isdecimal() else chinese_number(x) for x in (m[1], m[2]))
        if below and above and above < below:
            yield _typed(text, m.start(), m.end(), above / below, "fraction", 0.001, "zh", 1)
    for m in _OUT_OF.finditer(text):
        above, below = (float(EN_WORDS.get(word.lower(), 0) or word) for word in m.groups())
        if above < below:
            yield _typed(text, m.start(), m.end(), above / below, "fraction", 0.001, "en", 1)
    for m in re.finditer(r"(?<![\d/.])(\d{1,3})/(\d{1,4})(?![\d/%])", text):
        if float(m[2]):
            yield _typed(text, m.start(), m.end(), float(m[1]) / float(m[2]), "fraction", 0.001, "en", 1)
