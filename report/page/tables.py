"""Every table of the report: its columns, rows and alignment, without its caption, which is text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from experiments.bilingual import Bilingual
from report.analysis import homework
from report.analysis.comparison import Comparison, PairVerdict
from report.analysis.image_models import ImageFindings, ModelFindings
from report.analysis.softmax import SoftmaxFindings
from report.analysis.statistics import LEVEL
from report.analysis.theory import DoubleSoftmaxTheory
from report.page import numbers
from report.page.class_labels import displayable, shown_classes
from report.page.cross_references import Document
from report.page.model_names import model_names
from report.page.numbers import MISSING
from report.page.provenance import origin_of
from report.results import Results

LONGEST_NAME = 28  # characters of a class name in a table or a sentence
Cell = str | Bilingual  # Markup is a str


@dataclass(frozen=True)
class Table:
    """columns: one header per column. rows: lists of as many cells, the first of which names the row.

    align: one letter per column, l c r, or . for numbers aligned at the decimal point. rules: indices of the rows that
    begin a group. sortable: whether the rows stand for things of one kind, so that a reader may reorder them.
    """

    columns: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    align: str
    rules: tuple[int, ...] = ()
    sortable: bool = False


def bounds() -> Table:
    """What a double softmax allows for several numbers of classes."""
    rows = [
        [
            numbers.count(theory.classes),
            *(numbers.loss(value) for value in (theory.floor, theory.ceiling, theory.chance, theory.loss_range)),
            numbers.percent_number(theory.confidence_cap),
            numbers.decimal(theory.start_ratio, 3),
        ]
        for theory in map(DoubleSoftmaxTheory, (2, 3, 10, 1000))
    ]
    columns = [
        Bilingual("类别数 K", "classes K"),
        Bilingual("损失下限", "floor"),
        Bilingual("损失上限", "ceiling"),
        Bilingual("均匀预测 log K", "uniform, log K"),
        Bilingual("可下降空间", "room"),
        Bilingual("概率上限 %", "highest prob. %"),
        Bilingual("起步梯度之比", "gradient ratio"),
    ]
    return Table(columns, rows, "r......")


def softmax_results(softmax: SoftmaxFindings) -> Table:
    """The softmax variants after the last epoch."""
    several = len(softmax.seeds) > 1
    rows = [
        [
            v.variant,
            numbers.loss(v.train_loss),
            numbers.loss(v.val_loss),
            numbers.percent_number(v.val_acc),
            numbers.percent_number(v.test_acc) + (f" ± {numbers.percent_number(v.test_acc_sd)}" if several else ""),
            numbers.loss(v.cross_entropy),
        ]
        for v in softmax.variants.values()
    ]
    columns = [
        Bilingual("变体", "variant"),
        Bilingual("训练损失", "train loss"),
        Bilingual("验证损失", "val loss"),
        Bilingual("验证准确率 %", "val acc. %"),
        Bilingual("测试准确率 %", "test acc. %"),
        Bilingual("测试交叉熵", "test cross-entropy"),
    ]
    return Table(columns, rows, "l.....", sortable=True)


def classes(record: Mapping[str, Any]) -> Table:
    """The classes of the images, from the record of the dataset."""
    names = shown_classes(record["classes"], LONGEST_NAME)
    rows: list[list[Cell]] = []
    for label, (class_id, (zh, en), found, used) in enumerate(
        zip(record["classes"], names, record["found"], record["used"], strict=True)
    ):
        chinese = zh if zh != en else MISSING  # a class without a Chinese name has its English one twice
        folder = displayable(class_id)  # whole here, and here alone
        rows.append([str(label), folder, chinese, en, numbers.count(found), numbers.count(used)])
    columns = [
        Bilingual("编号", "number"),
        Bilingual("文件夹", "folder"),
        Bilingual("中文名", "Chinese name"),
        Bilingual("英文名", "English name"),
        Bilingual("文件数", "files"),
        Bilingual("选用", "used"),
    ]
    return Table(columns, rows, "rlllrr", sortable=True)


def layers(record: Mapping[str, Any]) -> Table:
    """The structure of a model, from the record of its run."""
    rows = [
        [layer["name"], layer["type"], shape(layer["shape"]), numbers.count(layer["parameters"])]
        for layer in record["layers"]
    ]
    columns = [
        Bilingual("层", "layer"),
        Bilingual("类型", "type"),
        Bilingual("输出形状", "output shape"),
        Bilingual("可训练参数", "trainable parameters"),
    ]
    return Table(columns, rows, "lllr")


def shape(sides: Sequence[int]) -> str:
    """The shape of a tensor without its batch: 3 × 96 × 96."""
    return " × ".join(str(side) for side in sides)


def results(models: Sequence[str], images: ImageFindings, names: Sequence[Bilingual], seeds: int, lang: str) -> Table:
    """The homework's table: our figures for each model, and next to them those that the homework prints."""
    columns: list[Cell] = [Bilingual("项目", "item")]
    for model in models:
        columns.append(model_names(model))
        if homework.get(model):
            columns.append(Bilingual("原文", "homework"))

    def row(
        name: Cell, ours: Callable[[ModelFindings], str], theirs: Callable[[homework.HomeworkModel], str]
    ) -> list[Cell]:
        cells = [name]
        for model in models:
            findings, printed = images.models.get(model), homework.get(model)
            cells.append(ours(findings) if findings else MISSING)
            if printed:
                cells.append(theirs(printed))
        return cells

    percent, loss = numbers.percent_number, numbers.loss
    sd = Bilingual("　标准差", "s.d.")
    rows = [
        row(Bilingual("轮数", "Epochs"), lambda m: str(m.epochs), lambda h: str(h.epochs)),
        row(Bilingual("测试损失", "Test loss"), lambda m: loss(m.test_loss), lambda h: loss(h.test_loss)),
        row(sd, lambda m: loss(m.test_loss_sd), lambda h: MISSING),
        row(Bilingual("测试准确率", "Test acc."), lambda m: percent(m.test_acc), lambda h: percent(h.test_acc)),
        row(sd, lambda m: percent(m.test_acc_sd), lambda h: MISSING),
    ]
    if seeds == 1:
        rows = [cells for cells in rows if cells[0] != sd]
    first_class = len(rows)
    for label, (zh, en) in enumerate(names):
        # In two languages the number stands once, before the first of the names.
        english = en if lang == "both" else f"{label} {en}"
        name: Cell = f"{label} {en}" if zh == en else Bilingual(f"{label} {zh}", english)
        rows.append(row(name, _class_accuracy(label), _class_accuracy(label)))
    return Table(columns, rows, "l" + "r" * (len(columns) - 1), rules=(first_class,))


def _class_accuracy(label: int) -> Callable[[ModelFindings | homework.HomeworkModel], str]:
    """Of a class by its label; none where there is no such class."""

    def accuracy(model: ModelFindings | homework.HomeworkModel) -> str:
        return numbers.percent_number(model.class_acc[label]) if label < len(model.class_acc) else MISSING

    return accuracy


_VERDICTS: Mapping[PairVerdict, Bilingual] = {
    "supported": Bilingual("前者高", "first higher"),
    "contradicted": Bilingual("前者低", "first lower"),
    "equivalent": Bilingual("相当", "equivalent"),
    "undecided": Bilingual("不能断定", "undecided"),
}


def pairs(comparisons: Iterable[Comparison]) -> Table:
    """The models two by two."""
    comparisons = list(comparisons)
    several = any(not c.of_one_net for c in comparisons)
    rows: list[list[Cell]] = []
    for c in comparisons:
        first, second = model_names(c.a), model_names(c.b)
        low, high = map(numbers.signed_points, c.interval)
        rows.append(
            [
                Bilingual(
                    f"{first.zh}与{second.zh}", Markup('{} and <span class="n">{}</span>').format(first.en, second.en)
                ),
                numbers.signed_points(c.gain),
                *([_by_seed(c)] if several else []),
                f"[{low},\u00a0{high}]",
                numbers.p_value(c.p).removeprefix("=\u00a0"),
                _VERDICTS[c.verdict],
            ]
        )
    level = numbers.percent(1 - LEVEL, 0)
    columns: list[Cell] = [
        Bilingual("模型", "models"),
        Bilingual("百分点", "points"),
        *([Bilingual("各种子", "by seed")] if several else []),
        Bilingual(f"{level} 区间", f"{level} interval"),
        "p",
        Bilingual("结论", "verdict"),
    ]
    return Table(columns, rows, "l." + "c" * several + "crl")


def _by_seed(c: Comparison) -> str:
    """The gain of each seed; of many seeds, the smallest and the largest."""
    gains, joined = (c.gains, ", ") if c.few_seeds else ((min(c.gains), max(c.gains)), " … ")
    return joined.join(numbers.signed_points(gain, 1) for gain in gains)


def cost(records: Mapping[str, Mapping[str, Any]], images: ImageFindings) -> Table:
    """What each model costs; records: one run of each."""
    rows: list[list[Cell]] = []
    for model, record in records.items():
        m = images.models.get(model)
        rows.append(
            [
                model_names(model),
                numbers.count(record["parameters"]),
                numbers.scaled(record["flops"]),
                str(record["config"]["epochs"]),
                numbers.duration(m.seconds_epoch) if m else MISSING,
                numbers.duration(m.seconds_run) if m else MISSING,
                numbers.percent_number(m.test_acc) if m else MISSING,
            ]
        )
    columns = [
        Bilingual("模型", "model"),
        Bilingual("可训练参数", "trainable parameters"),
        Bilingual("前向 FLOP", "forward FLOP"),
        Bilingual("轮数", "epochs"),
        Bilingual("一轮训练", "an epoch"),
        Bilingual("一次训练", "a run"),
        Bilingual("准确率 %", "test acc. %"),
    ]
    return Table(columns, rows, "lrrrrr.", sortable=True)


def runs(results: Results) -> Table:
    """Every variant that was trained, its seeds together."""
    rows = []
    for variant in dict.fromkeys((run_id.experiment, run_id.variant) for run_id in results.records):
        own = {
            run_id: record
            for run_id, record in results.records.items()
            if (run_id.experiment, run_id.variant) == variant
        }
        record = next(iter(own.values()))
        seeds = [run_id.seed for run_id in own]
        rows.append(
            [
                "/".join(variant) + ("*" if any(run_id in results.stale for run_id in own) else ""),
                "0" if len(seeds) == 1 else f"0–{max(seeds)}",
                record["key"][:8],
                record["code"][:8],
                record["dataset"]["fingerprint"][:8],
                numbers.duration(sum(sum(record["seconds"].values()) for record in own.values())),
            ]
        )
    columns = [
        Bilingual("运行", "run"),
        Bilingual("种子", "seeds"),
        Bilingual("键", "key"),
        Bilingual("代码", "code"),
        Bilingual("数据", "data"),
        Bilingual("用时", "time"),
    ]
    return Table(columns, rows, "lclllr", sortable=True)


def glossary(document: Document) -> Table:
    """The terms that the page has used so far, in both languages, two a row."""
    rows = [[zh, en, other_zh, other_en] for (zh, en), (other_zh, other_en) in document.glossary.rows()]
    languages = [Bilingual("中文", "Chinese"), Bilingual("英文", "English")]
    return Table([*languages, *languages], rows, "llll")


def origins(document: Document, words: Callable[[str, str], Markup]) -> Table:
    """Where each figure, table and listing numbered so far comes from; words: the macro for both languages."""
    rows: list[list[Cell]] = []
    for id in document.ids("fig", "tab", "lst"):
        link, origin = document.listed(id), origin_of(id)
        rows.append([words(link, link), origin.runs, origin.code])
    columns = [Bilingual("图、表、代码", "shown"), Bilingual("运行或数据", "runs or data"), Bilingual("程序", "code")]
    return Table(columns, rows, "lll")
