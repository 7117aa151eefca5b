"""The names that people use for models and classes, made from those that the program gives them."""

import re

# A term and other words for it, separated by bars; a model whose name has the term is also called by them.
SYNONYMS = {
    "CNN": (
        "卷积神经网络|卷积网络|convolutional network|convolutional neural network|convnet|conv net|"
        "convolutional one|convolutions|convolutional net|convolutional model|conv network|卷积模型"
    ),
    "残差 MLP": "残差多层感知机|残差网络|带残差的|带残差的网络|残差 MLP 网络|带残差的 MLP|残差的 MLP|残差模型",
    "residual MLP": (
        "residual multilayer perceptron|residual multi-layer perceptron|ResMLP|deeper MLP|deep MLP|"
        "residual network|residual one|residual net|residual model"
    ),
    "MLP": "多层感知机|multilayer perceptron|multi-layer perceptron",
    "两层神经网络": (
        "双层神经网络|两层网络|双层网络|二层网络|两层 NN|2 层神经网络|2 层网络|两层的网络|两层的|两层 NN 网络|"
        "浅层网络|两层模型|两层全连接网络"
    ),
    "2-layer NN": (
        "two-layer NN|2-layer network|two-layer network|2-layer net|two-layer net|2 layer NN|"
        "two-layer neural network|2-layer neural network|2LNN|shallow net|shallow network|shallow two-layer net|"
        "two-layer one|plain two-layer net|shallow one|two-layer model|2-layer model|two layer network|"
        "two layer net"
    ),
    "Transformer": "ViT|transformer",
}
# Other words for a class, by the name that the program gives it.
CLASS_SYNONYMS = {
    "加油机": "加油泵|油泵",
    "链锯": "电锯",
    "丁桂鱼": "丁鱥|丁鲷",
    "英国史宾格犬": "史宾格犬|英国跳猎犬|史宾格",
    "卡带播放机": "磁带播放机|卡带机|磁带机",
    "圆号": "法国号",
    "短靴": "踝靴|靴子",
    "裤子": "长裤",
    "外套": "大衣",
    "套头衫": "毛衣",
    "连衣裙": "裙子",
    "运动鞋": "球鞋",
    "包": "手提包|包包",
    "english springer": "springer|springers|springer spaniel|springer spaniels",
    "french horn": "horn|horns",
    "ankle boot": "boot|boots",
    "gas pump": "petrol pump|petrol pumps",
    "sneaker": "trainer|trainers",
    "cassette player": "tape player|tape players",
    "tench": "tenches",
    "trouser": "trousers|a pair of trousers",
}
DENSE = re.compile(r"\bNN\b|MLP|全连接|fully connected|perceptron", re.IGNORECASE)  # of names: no convolution


def model_aliases(zh: str, en: str, key: str, others: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A model's names in Chinese and in English. others: all other models' names, in which an alias must not be."""
    names = dict.fromkeys((zh, en, key))
    for name in (zh, en):
        last = name.split()[-1]  # residual MLP: MLP, unless another model is called so too
        if last != name and last.isascii() and not re.search(rf"(?<![A-Za-z]){re.escape(last)}(?![A-Za-z])", others):
            names[last] = None
    for term, words in SYNONYMS.items():
        if any(name.casefold() == term.casefold() for name in names):
            names |= dict.fromkeys(words.split("|"))
    return tuple(n for n in names if not n.isascii() or n in (en, key) or n.isupper()), tuple(
        n for n in names if n.isascii()
    )


def class_aliases(zh: str, en: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A class's names; English ones in the plural too."""
    plural = en
    if re.search(r"[A-Za-z]$", en):
        plural = en + ("es" if re.search(r"(?:s|x|z|ch|sh)$", en) else "s")
    others = [n for key in (zh, en.casefold()) for n in CLASS_SYNONYMS.get(key, "").split("|") if n]
    names_en = (en, plural, en.replace("-", " "), *(n for n in others if n.isascii()))
    return tuple(dict.fromkeys((zh, en, *(n for n in others if not n.isascii())))), tuple(dict.fromkeys(names_en))


def slug(name: str) -> str:
    """A class's name as a part of a dotted name: chain saw → chain_saw."""
    return re.sub(r"[^\w]+", "_", name.casefold()).strip("_") or "class"
