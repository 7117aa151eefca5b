"""Sentences on something else than the runs of the report: no finding can confirm or refute them."""

import re

from report.words.values import Lang

# Part of a training, another machine, other settings, other people's work.
_FRAMES = {
    "zh": re.compile(
        r"一开始(?!我们?以为|我们?觉得|以为)|刚开始|最初|起初|早期|中途|训练到|训练初期|第\d{1,4}(?:轮|个epoch)|前\d{1,4}(?:轮|个epoch)|"
        r"笔记本|我的电脑|自己的电脑|GPU上|改成|改为|换成|换用|换了|调成|调到|加了|加上了?|去掉|去除|不加|试过|尝试|消融|减轻|缓解|"
        r"及格|助教|老师|论文中|论文里|原论文|文献|别人|其他同学|其他组|随机猜测|瞎猜|网上|官方",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"\b(?:(?:up|down) from (?:about |around |only )?\d+|"
        r"at the beginning|initially|early on|the first \d{1,4} epochs|(?:at|by|in|after) epoch \d{1,4}|"
        r"\d{1,4}(?:st|nd|rd|th) epoch|"
        r"halfway|laptop|my computer|on a gpu|on gpus?|changed|changing|replaced|replacing|switched|switching|removed|"
        r"removing|adding|tried|trying|ablation|tutor|teacher|enough to pass|literature|the paper|other students|"
        r"other groups?|published|random guessing|guessing|online|in \d{4})\b",
        re.IGNORECASE,
    ),
}  # fmt: skip


def elsewhere(text: str, lang: Lang) -> bool:
    """Whether a sentence in normal form speaks of other runs, or of a part of one."""
    return _FRAMES[lang].search(text) is not None
