"""The names that people use for models, variants and classes, made from those that the program gives them."""

import re
from collections.abc import Mapping

# A term and other words for it; a model whose name has the term is also called by them.
SYNONYMS = {
    "CNN": ("卷积神经网络", "卷积网络", "convolutional network", "convolutional neural network", "convnet", "conv net"),
    "残差 MLP": ("残差多层感知机", "残差网络"),
    "residual MLP": ("residual multilayer perceptron", "residual multi-layer perceptron", "ResMLP"),
    "MLP": ("多层感知机", "multilayer perceptron", "multi-layer perceptron"),
    "两层神经网络": ("双层神经网络", "两层网络", "双层网络", "二层网络", "两层 NN", "2 层神经网络", "2 层网络",
                "两层的网络"),
    "2-layer NN": (
        "two-layer NN", "2-layer network", "two-layer network", "2-layer net", "two-layer net", "2 layer NN",
        "two-layer neural network", "2-layer neural network", "2LNN",
    ),
    "Transformer": ("ViT", "transformer"),
}  # fmt: skip
DENSE = re.compile(r"\bNN\b|MLP|全连接|fully connected|perceptron", re.IGNORECASE)  # of names: no convolution
# Of the softmax regression: a variant, its plain names, and its counterpart where it is named alone.
VARIANTS: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "wrong": (
        "corrected",
        (
            "wrong", "错误版本", "错误的版本", "错误的模型", "错误模型", "错误的变体", "错误写法",
            "双重 softmax", "两次 softmax", "原来的版本", "修正前", "改正前", "修复前", "修复之前", "修正之前",
            "改正之前", "未修正的版本", "错误的 softmax 回归", "softmax 做了两次的版本",
        ),
        (
            "wrong", "wrong version", "wrong variant", "wrong model", "wrong one", "faulty version",
            "wrong softmax regression", "faulty softmax regression", "uncorrected softmax regression",
            "buggy version", "double softmax", "double-softmax", "second softmax", "uncorrected version",
            "original version", "before the correction", "without the correction", "before the fix",
            "before correcting", "before fixing", "unfixed version", "uncorrected one",
        ),
    ),
    "double": (
        "corrected",
        (
            "double", "double 变体",
        ),
        (
            "double", "double variant", "double version",
        ),
    ),
    "corrected": (
        "wrong",
        (
            "corrected", "修正版本", "修正后的版本", "修正后的模型", "修正后", "修正以后", "修正之后",
            "改正错误之后", "改正错误后", "改正后", "改正之后", "正确版本", "正确写法", "正确的版本", "修正版",
            "改正后的模型", "修正", "改正错误", "改正 softmax 的错误", "修复错误", "修复后", "修复之后",
            "修正错误", "改好之后", "修好之后", "改对之后", "更正后", "改正了错误", "修正了错误",
            "修复 softmax", "纠正错误", "改正 softmax", "修正 softmax", "纠正后", "修复 bug",
        ),
        (
            "corrected", "corrected version", "corrected variant", "corrected model", "corrected one",
            "corrected softmax regression", "corrected softmax", "corrected regression", "correct softmax regression",
            "correct version", "the correction", "fixing the bug", "fixed version", "fixing the loss",
            "the fix", "after the fix", "correcting the loss", "correcting the mistake",
            "softmax bug is fixed", "bug is fixed", "bug was fixed", "fixing it", "the bug fix",
            "fixing the softmax bug", "fixing the mistake", "fixing the error", "after the correction",
            "after correcting", "correcting it", "corrected code", "once fixed",
        ),
    ),
    "reference": (
        "",
        (
            "reference", "参照版本", "参照变体",
        ),
        (
            "reference", "reference variant", "reference version",
        ),
    ),
}  # fmt: skip
_HIGHER_RATE = (
    "学习率提高到{}倍", "学习率放大到{}倍", "学习率放大{}倍", "学习率提高{}倍", "学习率乘以{}",
    "{}倍学习率", "{}倍的学习率", "学习率增大到{}倍", "学习率扩大{}倍", "学习率调大{}倍",
    "学习率扩大到{}倍",
)  # fmt: skip
FACTORS = {2: ("两", "two", "twofold"), 5: ("五", "five", "fivefold"), 10: ("十", "ten", "tenfold")}


def model_aliases(zh: str, en: str, key: str, others: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A model's names in Chinese and in English. others: all other models' names, in which an alias must not be."""
    names = dict.fromkeys((zh, en, key))
    for name in (zh, en):
        last = name.split()[-1]  # residual MLP: MLP, unless another model is called so too
        if last != name and last.isascii() and not re.search(rf"(?<![A-Za-z]){re.escape(last)}(?![A-Za-z])", others):
            names[last] = None
    for term, words in SYNONYMS.items():
        if any(name.casefold() == term.casefold() for name in names):
            names |= dict.fromkeys(words)
    return tuple(n for n in names if not n.isascii() or n in (en, key) or n.isupper()), tuple(
        n for n in names if n.isascii()
    )


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
    en += [f"{fold} learning rate", f"{fold} rate", f"learning rate is multiplied by {n}", f"{n}-fold learning rate"]
    return tuple(zh), tuple(en)


def class_aliases(zh: str, en: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A class's names; English ones in the plural too."""
    plural = en
    if re.search(r"[A-Za-z]$", en):
        plural = en + ("es" if re.search(r"(?:s|x|z|ch|sh)$", en) else "s")
    names_en = tuple(dict.fromkeys((en, plural, en.replace("-", " "))))
    return tuple(dict.fromkeys((zh, en))), names_en


def slug(name: str) -> str:
    """A class's name as a part of a dotted name: chain saw → chain_saw."""
    return re.sub(r"[^\w]+", "_", name.casefold()).strip("_") or "class"
