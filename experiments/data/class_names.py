"""What the classes are called in Chinese and in English."""

import csv
import unicodedata
from functools import cache
from pathlib import Path

from experiments.bilingual import Bilingual

# id: (Chinese, English). Of several Chinese names the one whose characters every font has (GB 2312).
_NAMES = {
    # Imagenette, by WordNet id
    "n01440764": ("丁桂鱼", "tench"),
    "n02102040": ("英国史宾格犬", "English springer"),
    "n02979186": ("卡带播放机", "cassette player"),
    "n03000684": ("链锯", "chain saw"),
    "n03028079": ("教堂", "church"),
    "n03394916": ("圆号", "French horn"),
    "n03417042": ("垃圾车", "garbage truck"),
    "n03425413": ("加油机", "gas pump"),
    "n03445777": ("高尔夫球", "golf ball"),
    "n03888257": ("降落伞", "parachute"),
    # Fashion-MNIST
    "t-shirt": ("T恤", "T-shirt"),
    "trouser": ("裤子", "trouser"),
    "pullover": ("套头衫", "pullover"),
    "dress": ("连衣裙", "dress"),
    "coat": ("外套", "coat"),
    "sandal": ("凉鞋", "sandal"),
    "shirt": ("衬衫", "shirt"),
    "sneaker": ("运动鞋", "sneaker"),
    "bag": ("包", "bag"),
    "ankle boot": ("短靴", "ankle boot"),
    # the stand-in textures
    "bricks": ("砖墙", "bricks"),
    "checkerboard": ("棋盘格", "checkerboard"),
    "cross": ("十字", "cross"),
    "dots": ("圆点", "dots"),
    "rings": ("同心圆", "rings"),
    "spiral": ("螺旋", "spiral"),
    "star": ("五角星", "star"),
    "stripes": ("条纹", "stripes"),
    "triangle": ("三角形", "triangle"),
    "waves": ("波浪", "waves"),
}


def class_name(class_id: str) -> Bilingual:
    """Chinese and English name of a class.

    An ImageNet class without a Chinese name here has its English one twice; any other id is its own name, in Unicode's
    form NFC.
    """
    class_id = unicodedata.normalize("NFC", class_id)
    if class_id in _NAMES:
        return Bilingual(*_NAMES[class_id])
    english = _imagenet().get(class_id, class_id)
    return Bilingual(english, english)


@cache
def _imagenet() -> dict[str, str]:
    """English names of ImageNet's 1,000 classes by WordNet id, as in torchvision.models."""
    with open(Path(__file__).with_name("imagenet_classes.csv"), encoding="utf-8", newline="") as file:
        return {row["wnid"]: row["en"] for row in csv.DictReader(file)}
