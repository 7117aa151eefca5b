"""The table of the training settings, and what the text has to know of them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from experiments.bilingual import Bilingual
from experiments.config import ImageConfig
from report.page.model_names import model_names
from report.page.numbers import MISSING
from report.page.tables import Cell, Table


def mixes(config: ImageConfig) -> bool:
    """Whether some epochs of a training use CutMix: a quick run is over before the last epochs, which never do."""
    return config.cutmix > 0 and config.unmixed_epochs < config.epochs


# A setting's name, and how it is written for one model; "" where the model does without it.
_SETTINGS: Sequence[tuple[Bilingual, Callable[[ImageConfig], Any]]] = (
    (Bilingual("轮数", "epochs"), lambda c: c.epochs),
    (Bilingual("批量大小", "batch size"), lambda c: c.batch_size),
    (
        Bilingual("训练视图边长（px）", "side of training views (px)"),
        lambda c: " → ".join(str(side) for _, side in c.sizes),
    ),
    (Bilingual("各边长起始轮次", "from epoch"), lambda c: ", ".join(str(first) for first, _ in c.sizes)),
    (Bilingual("评估视图边长（px）", "side of evaluated view (px)"), lambda c: c.eval_size),
    (Bilingual("裁剪面积", "crop area"), lambda c: f"{c.crop_area[0]}–{c.crop_area[1]}"),
    (Bilingual("评估裁剪边长（占图像）", "side of evaluated crop (share)"), lambda c: c.eval_crop),
    (Bilingual("CutMix 的视图（占比）", "views with CutMix (share)"), lambda c: c.cutmix if mixes(c) else ""),
    (
        Bilingual("不用 CutMix 的最后几轮", "last epochs without CutMix"),
        lambda c: (mixes(c) and c.unmixed_epochs) or "",
    ),
    (
        Bilingual("对比度抖动（对数）", "contrast jitter (log)"),
        lambda c: f"±{c.colour_jitter}" if c.colour_jitter else "",
    ),
    (Bilingual("AdamW 学习率", "AdamW learning rate"), lambda c: c.lr),
    (Bilingual("权重衰减", "weight decay"), lambda c: c.weight_decay),
    (Bilingual("Muon 学习率", "Muon learning rate"), lambda c: c.muon_lr or ""),
    (Bilingual("首层 Gabor 滤波器的范数", "norm of the first layer’s Gabor filters"), lambda c: c.filter_norm or ""),
    (Bilingual("首层学习率", "first layer’s learning rate"), lambda c: c.filter_lr or ""),
    (Bilingual("学习率预热（占步数）", "warm-up (share of steps)"), lambda c: c.warmup),
    (Bilingual("标签平滑", "label smoothing"), lambda c: c.label_smoothing),
    (Bilingual("EMA 跨度（占步数）", "EMA horizon (share of steps)"), lambda c: c.ema or ""),
)


def settings_table(configs: Mapping[str, ImageConfig]) -> Table:
    """How each model is trained: one column per model, without the settings that no model uses."""
    rows: list[list[Cell]] = []
    for name, value in _SETTINGS:
        values = [str(value(config)) for config in configs.values()]
        if any(values):
            rows.append([name, *(text or MISSING for text in values)])
    columns = [Bilingual("设置", "setting"), *map(model_names, configs)]
    return Table(columns, rows, "l" + "c" * len(configs))
