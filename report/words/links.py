"""Whether every word of a piece of a sentence is understood: the known ones and those that only link them.

A sentence is called contradicted only where this is so. Where a word around the number or the comparison is not known,
it may change what they mean, and the sentence is left open.
"""

import re

from report.words.lexer import Lexed

_ZH = (
    "的 了 在 上 中 里 内 是 为 有 达到 达 到 只 仅 也 约 以 取得 拿到 获得 得到 得 能 够 则 却 就 都 各 共 还 "
    "已 对 于 从 由 至 与 和 及 以及 这 那 一 类 个 它 其 而 但 并 且 所 最终 最后 结果 表现 效果 性能 模型 "
    "网络 版本 变体 图像 样本 数据 训练 测试 验证 评估 识别 分类 预测 使用 需要 只要 只需 大约 大概 约为 我们 "
    "看 论 来说 而言 方面 之后 以后 时 后 要 用 花 花了 用了 张 正好 恰好 高达 仍然 仍 依然 明显 显著 远远 远 "
    "略 稍 则是 反而 同样 因此 所以 可以 看出 发现 说明 表明 另外 其中 例如 平均 一个 每 次 集 正确 率 值 量 "
    "数 当 把 将 让 使 给出 支持 检验 精确 mcnemar 随机 种子 类别 种 两者 之间 与其 还是 比较 显示 出 更 最 "
    "softmax 回归 起步 "
).split()
_EN = (
    "as long starts ends ended ending the a an of is was are were be been has have had having reaches reached "
    "reach achieves achieved gets got get with at and to on in for only just about its it it's s that this "
    "these those our we than then by so but while whereas which who model models network networks version "
    "variant variants images image set data samples class classes test training train validation accuracy "
    "performance result results one once clearly significantly much far slightly still also even now again "
    "final finally best performs perform does do did trained run runs takes took take needs need uses use used "
    "manages scores score exactly roughly around approximately some nearly almost both all each every per from "
    "between against over there here number value values mean average rate recognises recognized recognised "
    "classified correctly right respectively surprisingly however thus therefore overall main shows show exact "
    "mcnemar supports two three four other others stays remains being after before when where if our's given "
    "seed run single gives reports random seeds softmax regression compared relative up down or nor more less "
).split()
_ZH_LINKS = re.compile("|".join(map(re.escape, sorted(set(_ZH), key=len, reverse=True))))
_EN_LINKS = frozenset(_EN)
_WORD = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)*")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def understood(lexed: Lexed, start: int, end: int) -> bool:
    """Whether nothing stands in this piece but tokens, words that link, and punctuation."""
    if start >= end:
        return True
    rest = list(lexed.text[start:end])
    for token in lexed.tokens:
        for place in range(max(token.start, start), min(token.end, end)):
            rest[place - start] = " "
    text = "".join(rest)
    if any(word.lower() not in _EN_LINKS for word in _WORD.findall(text)):
        return False
    return _CHINESE.search(_ZH_LINKS.sub("", text)) is None
