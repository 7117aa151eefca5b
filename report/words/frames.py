"""Sentences on something else than the runs of the report: no finding can confirm or refute them."""

import re

from report.words.lexer import Lexed
from report.words.values import Lang

# Part of a training, another machine, other settings, other people's work.
_FRAMES = {
    "zh": re.compile(
        r"一开始(?!我们?以为|我们?觉得|以为)|刚开始|最初|起初|早期|中途|训练到(?!测试|验证)|训练初期|第\d{1,4}(?:轮|个epoch)|前\d{1,4}(?:轮|个epoch)|"
        r"笔记本|我的电脑|自己的电脑|GPU上|改成|改为|换成|换用|换了|调成|调到|加了|加上了?|去掉|去除|不加|试过|尝试|消融|减轻|缓解|"
        r"及格|助教|老师|论文中|论文里|原论文|文献|别人|其他同学|其他组|网上|官方",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(?:(?:up|down) from (?:about |around |only )?\d+|"
        r"at the beginning|initially|early on|the first \d{1,4} epochs|(?:at|by|in|after) epoch \d{1,4}|"
        r"\d{1,4}(?:st|nd|rd|th) epoch|"
        r"halfway|laptop|my computer|on a gpu|on gpus?|changed|changing|replaced|replacing|switched|switching|removed|"
        r"removing|adding|tried|trying|ablation|tutor|teacher|enough to pass|literature|the paper|other students|"
        r"other groups?|published|online|in \d{4})\b",
        re.IGNORECASE,
    ),
}  # fmt: skip
_UP_FROM = re.compile(r"\b(?:up|down) from (?:about |around |only )?\d+", re.IGNORECASE)


def elsewhere(lexed: Lexed, lang: Lang) -> bool:
    """Whether a sentence speaks of other runs, or of a part of one: in words that are no name of a subject."""
    named = [(t.start, t.end) for t in lexed.of("SUBJ", "HW", "PAIR")]
    if any(str(t.value).startswith("softmax") for t in lexed.of("SUBJ")):
        named += [(m.start(), m.end()) for m in _UP_FROM.finditer(lexed.text)]  # of the correction
    return any(not any(a < m.end() and m.start() < b for a, b in named) for m in _FRAMES[lang].finditer(lexed.text))
