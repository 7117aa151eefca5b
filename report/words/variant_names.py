"""What people call the variants of the softmax regression, the mistake in it, and its correction."""

from collections.abc import Mapping

# How the correction is spoken of: a verb, then what it is done to. Names are separated by bars.
_FIX_ZH = "删掉|删除|删去|改|修正|修复|改正|改掉|去掉|纠正|更正|修改|改好|修好|改对|修掉|去除".split("|")
_BUG_ZH = (
    "一个 softmax|错误|bug|这个错误|这个 bug|损失|损失函数|重复的 softmax|多余的 softmax|第二个 softmax|softmax|"
    "softmax 的错误|"
    "双重 softmax|多出来的 softmax|一行代码|这一行|那一行|一行|这行代码|那行代码|多余的那个 softmax|重复 softmax"
).split("|")
_AFTER_ZH = "后|以后|之后".split("|")
_FIX_EN = (
    "fixing|correcting|repairing|removing|dropping|taking out|getting rid of|leaving out|deleting|taken out|"
    "took out|removed|left out|deleted|fixed|corrected"
).split("|")
_BUG_EN = (
    "one softmax|the bug|the mistake|the error|the loss|the softmax|the double softmax|the second softmax|"
    "the extra softmax|"
    "the redundant softmax|the softmax bug|the duplicate softmax|this bug|it|the superfluous softmax|one line|"
    "a single line|this line|one line of code|a single line of code|that line|the wrong line|this mistake|"
    "the duplicated softmax|the loss function"
).split("|")
_FIXED_EN = (
    "is fixed|was fixed|is corrected|was corrected|is removed|was removed|had been fixed|has been fixed|were fixed|"
    "is repaired|is gone"
).split("|")


def _corrected() -> tuple[list[str], list[str]]:
    zh = [
        f"{fix}{le}{bug}{after}"
        for fix in _FIX_ZH
        for le in ("", "了")
        for bug in _BUG_ZH
        for after in ("", *_AFTER_ZH)
    ]
    zh += [f"把{bug}{fix}{after}" for fix in _FIX_ZH for bug in _BUG_ZH for after in ("", "了", *_AFTER_ZH)]
    bare = [fix for fix in _FIX_ZH if fix not in ("去掉", "修改", "去除")]
    zh += [
        f"{fix}{after}{what}"
        for fix in bare
        for after in _AFTER_ZH
        for what in ("", "的版本", "的模型", "的写法", "的变体")
    ]
    en = [f"{fix} {bug}" for fix in (*_FIX_EN, "changing", "after we removed", "after we fixed") for bug in _BUG_EN]
    en += [f"{bug} {fixed}" for bug in _BUG_EN for fixed in _FIXED_EN]
    en += [f"{bug.removeprefix('the ')} {fixed}" for bug in _BUG_EN for fixed in _FIXED_EN if bug.startswith("the ")]
    return zh, en


# A variant's counterpart where it is named alone, and its plain names.
_NAMES: Mapping[str, tuple[str, str, str]] = {
    "wrong": (
        "corrected",
        (
            "wrong|错误版本|错误的版本|错误的模型|错误模型|错误的变体|错误写法|错误的写法|错误版|错误的代码|"
            "错误代码|错误的损失|错误的损失函数|错误的实现|错误实现|有 bug 的版本|有错的版本|双重 softmax|"
            "两次 softmax|原来的版本|修正前|改正前|修复前|修复之前|修正之前|双 softmax|改正之前|未修正的版本|"
            "错误的 softmax 回归|softmax 做了两次的版本|更正前|改错之前|重复 softmax|做两次 softmax|"
            "做了两次 softmax|未修正时|没修之前|修改前|错误变体|代码有错的时候|代码有错时|有错的时候|有 bug 的时候|"
            "有 bug 时|代码写错时|写错的时候"
        ),
        (
            "wrong|wrong version|wrong variant|wrong model|wrong one|faulty version|wrong code|"
            "wrong softmax regression|faulty softmax regression|uncorrected softmax regression|wrong loss|"
            "buggy version|double softmax|double-softmax|second softmax|uncorrected version|buggy variant|"
            "original version|before the correction|without the correction|before the fix|without the fix|"
            "before correcting|before fixing|unfixed version|uncorrected one|buggy one|plain buggy one|buggy code|"
            "buggy implementation|buggy model|faulty variant|faulty code|two softmaxes|doubled softmax|faulty one|"
            "buggy loss|wrong implementation|wrong formulation|uncorrected variant|softmax applied twice|"
            "with the error|with the bug|with the mistake|with the wrong loss|with the bug in place|"
            "with the error in the code|with two softmaxes|with the double softmax|before it was fixed|"
            "before the bug was fixed|faulty loss"
        ),
    ),
    "double": (
        "corrected",
        "double|double 变体",
        "double|double variant|double version",
    ),
    "corrected": (
        "wrong",
        (
            "corrected|修正版本|正确版本|正确写法|正确的版本|修正版|修正|正确的写法|正确的实现|损失函数的修正|"
            "这一修正|这个修正|正确的损失|正确的损失函数|改正版|正确变体|修正变体"
        ),
        (
            "corrected|corrected version|corrected variant|corrected model|corrected one|right loss|"
            "corrected softmax regression|corrected softmax|corrected regression|correct softmax regression|"
            "correct version|the correction|fixed version|the fix|after the fix|the bug fix|correct loss|"
            "after the correction|after correcting|corrected code|once fixed|corrected loss|fixed variant|"
            "fixed code|fixed one|the repair|after the repair|right version|correct variant|after fixing|"
            "correct implementation|corrected implementation|this correction|without it|without the error|"
            "without the bug|without the mistake|without the double softmax|without the second softmax|"
            "without the extra softmax|this fix"
        ),
    ),
    "reference": (
        "",
        "reference|参照版本|参照变体|参照实现|参考实现",
        "reference|reference variant|reference version|reference implementation",
    ),
}
VARIANTS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    name: (
        against,
        (*zh.split("|"), *(_corrected()[0] if name == "corrected" else ())),
        (*en.split("|"), *(_corrected()[1] if name == "corrected" else ())),
    )
    for name, (against, zh, en) in _NAMES.items()
}
_HIGHER_RATE = (
    "学习率提高到{}倍|学习率放大到{}倍|学习率放大{}倍|学习率提高{}倍|学习率乘以{}|{}倍学习率|{}倍的学习率|"
    "学习率增大到{}倍|学习率扩大{}倍|学习率调大{}倍|学习率扩大到{}倍|放大{}倍后|放大{}倍之后|放大到{}倍|"
    "学习率调到{}倍|学习率加大{}倍|学习率加大到{}倍|学习率增大{}倍|学习率乘{}|学习率变为{}倍"
).split("|")
_HIGHER_EN = (
    "higher learning rate|larger learning rate|raising the learning rate|increasing the learning rate|"
    "buggy variant with the higher learning rate|wrong variant with the higher learning rate|"
    "wrong variant with ten times the learning rate|higher rate|larger rate"
)
_HIGHER_ZH = "加大学习率|提高学习率|调大学习率|增大学习率|学习率放大后|更大的学习率|更高的学习率|大学习率|高学习率"
FACTORS = {2: ("两", "two", "twofold"), 5: ("五", "five", "fivefold"), 10: ("十", "ten", "tenfold")}


def higher_rate_aliases(key: str, factor: float) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the variant whose learning rate is `factor` times as large."""
    n = f"{factor:g}"
    zh, en = [key], [key]
    for number in (n, f"{n} ", FACTORS.get(round(factor), (n,))[0]):
        for words in _HIGHER_RATE:
            zh.append(words.format(number))
    _, number, fold = FACTORS.get(round(factor), (n, n, f"{n}-fold"))
    for count in (n, number):
        en += [f"{count} times the learning rate", f"{count} times the rate", f"learning rate {count} times as large",
               f"{count} times larger learning rate", f"{count}x learning rate", f"{count}× learning rate"]  # fmt: skip
    en += _HIGHER_EN.split("|")
    en += [f"learning rate {fold}", f"{fold} counterpart", f"{fold} variant", f"{fold} version"]
    zh += _HIGHER_ZH.split("|")
    en += [f"{fold} learning rate", f"{fold} rate", f"learning rate is multiplied by {n}", f"{n}-fold learning rate"]
    return tuple(zh), tuple(en)
