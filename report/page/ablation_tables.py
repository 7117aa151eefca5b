"""The tables of the appendix: recipes without an ingredient, and the models on equal terms."""

from collections.abc import Mapping, Sequence

from experiments.bilingual import Bilingual
from report.analysis.ablation import Outcome
from report.analysis.image_models import ImageFindings
from report.page import numbers
from report.page.model_names import model_names
from report.page.numbers import MISSING
from report.page.tables import Cell, Table

_INGREDIENTS: Mapping[str, Cell] = {
    "crops": Bilingual("随机裁剪", "random crops"),
    "jitter": Bilingual("颜色抖动", "colour jitter"),
    "cutmix": "CutMix",
    "unmixed": Bilingual("最后几轮不用 CutMix", "last epochs without CutMix"),
    "smoothing": Bilingual("标签平滑", "label smoothing"),
    "decay": Bilingual("权重衰减", "weight decay"),
    "filters": Bilingual("Gabor 初始权重", "Gabor filters as initial weights"),
    "whitening": Bilingual("白化的首层", "whitening first layer"),
    "muon": Bilingual("Muon（改用 AdamW）", "Muon (AdamW instead)"),
    "growth": Bilingual("视图由小到大", "growing views"),
    "zoom": Bilingual("评估时放大", "enlargement in evaluation"),
    "warmup": Bilingual("学习率预热", "warm-up"),
    "average": Bilingual("权重的滑动平均", "weight average"),
}


def ablation_table(outcomes: Sequence[Outcome]) -> Table:
    """What leaving out one ingredient changes; each model's group begins with its whole recipe."""
    rows: list[list[Cell]] = []
    for o in outcomes:
        name = model_names(o.model)
        if o.ingredient:
            change = _signed(o.acc_change, numbers.points(o.acc_change)) + ("*" if o.clear else "")
            loss_change = _signed(o.loss_change, numbers.loss(abs(o.loss_change)))
            label = _INGREDIENTS[o.ingredient]
        else:
            label, change, loss_change = Bilingual(f"{name.zh}，完整", f"{name.en}, whole"), MISSING, MISSING
        rows.append([label, numbers.percent_number(o.acc), change, numbers.loss(o.loss), loss_change])
    columns = [
        Bilingual("去掉", "left out"),
        Bilingual("准确率", "accuracy"),
        Bilingual("变化", "change"),
        Bilingual("损失", "loss"),
        Bilingual("变化", "change"),
    ]
    return Table(columns, rows, "l....", rules=tuple(i for i, o in enumerate(outcomes) if i and not o.ingredient))


def _signed(value: float, size: str) -> str:
    return ("\u2212" if value < 0 else "+") + size


def equal_terms_table(images: ImageFindings) -> Table:
    """Each model under its own recipe and under the common one, on the test images."""
    found = images.equal_terms.models if images.equal_terms else ()
    rows: list[list[Cell]] = [
        [
            model_names(o.model),
            _with_sd(images.models[o.model].test_acc, images.models[o.model].test_acc_sd),
            _with_sd(o.acc, o.acc_sd),
            numbers.loss(images.models[o.model].test_loss),
            numbers.loss(o.loss),
        ]
        for o in found
        if o.model in images.models
    ]
    columns = [
        Bilingual("模型", "model"),
        Bilingual("准确率", "accuracy"),
        Bilingual("相同条件", "equal terms"),
        Bilingual("损失", "loss"),
        Bilingual("相同条件", "equal terms"),
    ]
    return Table(columns, rows, "l....")


def _with_sd(accuracy: float, sd: float) -> str:
    return numbers.percent_number(accuracy) + (f" ± {numbers.percent_number(sd)}" if sd == sd else "")
