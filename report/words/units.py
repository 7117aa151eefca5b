"""How units, bounds and scales are written: patterns tried at one place of a text, none of which repeats freely."""

import re

_Patterns = tuple[tuple[re.Pattern[str], str], ...]


def _patterns(*pairs: tuple[str, str]) -> _Patterns:
    return tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in pairs)


ZH_DIGITS = dict(zip("零〇一二两三四五六七八九十", (0, 0, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10), strict=True))
EN_WORDS = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {w: 10 * n for n, w in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), 3)}

_ZH_UNITS = (
    (" ?多?个?多?百分点", "points"),
    ("个点(?![，,]?[儿])", "points"),
    (" ?%", "percent"),
    ("倍", "times"),
    ("(?:个)?(?:轮次?|epochs?)", "epochs"),
    ("张", "images"),
    ("(?:秒钟?| ?s(?![a-z]))", "seconds"),
    ("(?:分钟| ?min(?![a-z]))", "minutes"),
    ("(?:个)?小时", "hours"),
    ("毫秒", "milliseconds"),
    ("个?(?:左右|上下)?的?(?:可训练)?参数", "params"),
    ("个?(?:不同的?)?(?:类别?|类)(?![似型])", "classes"),
    ("(?:个|种)?(?:不同的?)?(?:图像)?(?:模型|网络)", "models"),
    ("个?(?:不同的?)?(?:随机)?种子", "seeds"),
    ("个?变体", "variants"),
    ("nats?", "nats"),
)
_EN_ADJECTIVES = r"(?:(?:different|random|of the|training|validation|test|image|trainable|more|the) ){0,3}"
_EN_UNITS = (
    (r" ?(?:percentage[- ]points?|%[- ]points?|pp\b|p\.p\.|points?\b)", "points"),
    (r" ?(?:%|percent\b|per cent\b)", "percent"),
    (r"(?: times\b| ?×| ?x\b|-?fold\b)", "times"),
    (rf"[ -]{_EN_ADJECTIVES}epochs?\b", "epochs"),
    (rf" {_EN_ADJECTIVES}(?:images?|pictures?|photos?|examples?|samples?)\b", "images"),
    (r" ?(?:ms\b|milliseconds?\b)", "milliseconds"),
    (r" ?(?:s\b|secs?\b|seconds?\b)", "seconds"),
    (r" ?(?:min\b|minutes?\b)", "minutes"),
    (r" ?(?:h\b|hours?\b)", "hours"),
    (rf" {_EN_ADJECTIVES}(?:parameters?|params|weights)\b", "params"),
    (
        rf" {_EN_ADJECTIVES}class(?:es)?\b|(?= of (?:the |its |our |all )?(?:[a-z0-9-]+'s )?(?:ten )?classes\b)",
        "classes",
    ),
    (rf" {_EN_ADJECTIVES}(?:models?|networks?|nets?)\b", "models"),
    (rf" {_EN_ADJECTIVES}seeds?\b", "seeds"),
    (rf" {_EN_ADJECTIVES}variants?\b", "variants"),
    (r" ?nats?\b", "nats"),
)
UNITS = {"zh": _patterns(*_ZH_UNITS), "en": _patterns(*_EN_UNITS)}
# A number in words counts only with its unit: "one" and 一 are words of many uses.
UNITS_IN_WORDS = {"zh": UNITS["zh"], "en": UNITS["en"]}

# What shows that a number counts something else.
UNKNOWN_UNITS = {
    "zh": re.compile(
        r"(?:个(?![,，。;；)]|$)|名|位|行|次|块|层|步|种|份|页|字|人|天|周|月|年|元|遍|组|条|项|台|核|像素|维|度|GB|MB|KB)"
    ),
    "en": re.compile(
        r" (?!(?:for|of|and|or|on|in|by|to|as|but|with|against|at|correctly|incorrectly|right|wrong|"
        r"lower|higher|fewer|short|longer|faster|slower|ahead|behind|above|below|mistakes|errors|less|more|after|is|was|are|while|versus|vs|from|than|the|respectively|"
        r"if|when|because|since|so|which|that|compared|per|each|"
        r"whereas|rather|instead|only|a|an|points)\b)[a-z]",
        re.IGNORECASE,
    ),
}

SCALES = {
    "zh": (
        re.compile(r"(百万|万|亿|千(?!克)|[kKM](?![A-Za-z]))"),
        {"百万": 1e6, "万": 1e4, "亿": 1e8, "千": 1e3, "k": 1e3, "K": 1e3, "M": 1e6},
    ),
    "en": (
        re.compile(r" ?(million|thousand|billion|[kKMB](?![A-Za-z]))", re.IGNORECASE),
        {"million": 1e6, "thousand": 1e3, "billion": 1e9, "k": 1e3, "K": 1e3, "M": 1e6, "m": 1e6, "B": 1e9, "b": 1e9},
    ),
}

APPROX = {
    "zh": re.compile(r"(?:大约|大概|将近|接近|差不多|大致|几乎|约|近)(?:为|有|是|等于)?(?:\()?$"),
    "en": re.compile(r"(?:\b(?:about|around|roughly|approximately|nearly|almost|some|close to|circa)\s|[~≈]\s?)$"),
}
_CANNOT = r"\b(?:cannot|can't|can not|never|not)"
BOUNDS_BEFORE = {
    "zh": _patterns(
        ("(?:(?:不会|不可能|从不|不能|绝不会?)(?:低于|小于|少于)|降不到|不会降到|没有降到)$", "ge"),
        ("(?:不会|不可能|从不|不能|绝不会?)(?:高于|大于|多于|超过)$", "le"),
        ("(?:低不过|不会低于)$", "ge"),
        ("(?:不超过|至多|最多(?:为|是)?|不高于|不大于)$", "le"),
        ("(?:不低于|不少于|至少|最少|不小于)(?:有|为)?$", "ge"),
        ("(?:不到|不足|低于|少于|小于|未到|未达|没到|没有达到|未达到)了?$", "lt"),
        ("(?:超过|高于|多于|大于|逾|突破|刚过|略高于|超出|好于)了?$", "gt"),
    ),
    "en": _patterns(
        (rf"{_CANNOT} (?:be |fall |go |get )?(?:lower than|below|less than|smaller than|under) $", "ge"),
        (rf"{_CANNOT} (?:be |rise |go |get )?(?:higher than|above|more than|exceeds?|larger than) $", "le"),
        (r"\b(?:at most|(?<!% )(?<!\d )up to|no more than|not more than|not above) $", "le"),
        (r"\b(?:at least|no less than|no fewer than|not below) $", "ge"),
        (r"\b(?:just )?(?:less than|fewer than|lower than|smaller than|below|under|short of|not quite) $", "lt"),
        (r"\b(?:just|slightly|a little|a bit) (?:over|above|more than) $", "over"),
        (r"\b(?:just )?(?:more than|over|above|exceed(?:s|ed|ing)?|surpass(?:es|ed)?|greater than|better than|"
         r"higher than|beyond|past) $", "gt"),
    ),
}  # fmt: skip
BOUNDS_BEHIND = {
    "zh": _patterns(
        ("(?:及|或)?以上|或更多", "ge"),
        ("(?:及|或)?以下", "le"),
        ("(?:左右|上下)", "approx"),
        ("(?:出头|有余|多一?点|挂零)", "over"),
    ),
    "en": _patterns((r" or (?:more|above|better|higher)\b", "ge"), (r" or (?:less|below|fewer)\b", "le")),
}
FRACTIONS = {
    "zh": ((re.compile(r"一半|半数|对半"), 0.5),),
    "en": (
        (re.compile(r"\b(?:(?:one|a) )?half\b(?! an\b)", re.I), 0.5),
        (re.compile(r"\btwice\b|\bdouble the\b", re.I), 2.0),
        (re.compile(r"\b(?:one|a)[- ]third\b", re.I), 1 / 3),
        (re.compile(r"\btwo[- ]thirds\b", re.I), 2 / 3),
        (re.compile(r"\b(?:one|a)[- ]quarter\b", re.I), 0.25),
        (re.compile(r"\bthree[- ]quarters\b", re.I), 0.75),
        (re.compile(r"\b(?:one|a)[- ]fifth\b", re.I), 0.2),
        (re.compile(r"\b(?:one|a)[- ]tenth\b"), 0.1),
        (re.compile(r"\btwo[- ]fifths\b"), 0.4),
        (re.compile(r"\bthree[- ]fifths\b"), 0.6),
        (re.compile(r"\bfour[- ]fifths\b"), 0.8),
    ),
}
# Numbers that state nothing of results: references, dates, versions, names.
IGNORED = (
    re.compile(r"\d{1,3}(?: ?: ?\d{1,3}){1,3}"),
    re.compile(r"第[\d.]{1,8}(?:节|章|页|次|步|题|部分|行|小节|层|周|个)?"),
    re.compile(r"(?:图|表|式|附录|公式|算法|列表|习题|作业)\(?\d{1,3}(?:[.-]\d{1,3}){0,2}\)?"),
    re.compile(r"(?<![A-Za-z0-9_])(?:figures?|tables?|sections?|sec\.|fig\.|tab\.|eqs?\.|equations?|pages?|chapters?|"
               r"appendix|homework|hw|listing|step|part|question|exercise|version|python|pytorch|torch|week)"
               r" ?\(?\d{1,3}(?:[.-]\d{1,3}){0,2}\)?",
               re.IGNORECASE),
    re.compile(r"\d{4}年(?:\d{1,2}月)?(?:\d{1,2}[日号])?|\d{1,2}月\d{1,2}[日号]"),
    re.compile(r"(?<![A-Za-z0-9_])\d{4}-\d{2}-\d{2}\b"),
    re.compile(r"(?<![A-Za-z0-9_])(?:\d{1,2} )?(?:January|February|March|April|May|June|July|August|September|"
               r"October|November|December)(?: \d{1,2},?)?(?: \d{4})?\b"),
    re.compile(r"(?<![A-Za-z0-9_])(?:in|of|since) (?:19|20)\d\d\b"),
    re.compile(r"(?<![A-Za-z0-9_])(?:ln|log) ?\(?\d{1,4}\)?"),
    re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]+-?\d{1,4}[A-Za-z]?\b(?![%.]\d)"),
    re.compile(r"(?:种子|\bseed) ?\d{1,3}"),
    re.compile(r"\[\d{1,3}(?:[,-] ?\d{1,3}){0,5}\]"),
    re.compile(r"(?<![A-Za-z0-9_])\d{1,2}(?:st|nd|rd|th)\b"),
)  # fmt: skip
