"""The report's terms: one table for both languages."""

from report.errors import RenderError

TERMS = {
    "交叉熵": "cross-entropy",
    "独热": "one-hot",
    "标签平滑": "label smoothing",
    "轮次": "epoch",
    "种子": "seed",
    "小批量": "mini-batch",
    "雅可比矩阵": "Jacobian",
    "饱和": "saturation",
    "随机失活": "dropout",
    "残差块": "residual block",
    "随机深度": "stochastic depth",
    "批量归一化": "batch normalisation",
    "白化": "whitening",
    "指数滑动平均": "exponential moving average, EMA",
    "过拟合": "overfitting",
    "泛化差距": "generalisation gap",
    "混淆矩阵": "confusion matrix",
    "查准率": "precision",
    "查全率": "recall",
    "宏平均": "macro mean",
    "置信度": "confidence",
    "校准": "calibration",
    "期望校准误差": "expected calibration error, ECE",
    "可靠性图": "reliability diagram",
}  # Chinese → English


class Glossary:
    """Which terms a page has used so far. A term's first use carries its English, the later ones do not."""

    def __init__(self) -> None:
        self.used: list[str] = []

    def term(self, zh: str) -> str:
        """The term as it is written at this place of the Chinese text. Raises RenderError for one not in TERMS."""
        if zh not in TERMS:
            raise RenderError(f"{zh!r} is no term of the report; add it to TERMS in report/page/glossary.py")
        if zh in self.used:
            return zh
        self.used.append(zh)
        return f"{zh}（{TERMS[zh]}）"

    def rows(self) -> list[list[tuple[str, str]]]:
        """The terms used, (Chinese, English) by their English, two a row; the last row is filled up with blanks."""
        pairs = sorted(((zh, TERMS[zh]) for zh in self.used), key=lambda pair: pair[1].lower())
        half = -(-len(pairs) // 2)
        right = [*pairs[half:], *[("", "")] * (2 * half - len(pairs))]
        return [list(row) for row in zip(pairs[:half], right, strict=True)]
