"""A small report that uses every macro, for the tests of the page."""

from pathlib import Path

from markupsafe import Markup
from PIL import Image

from report.page.render import render_html

HERE = Path(__file__).resolve().parent
CODE = '''def loss(self, Y_hat, Y):
    """Cross-entropy on logits."""
    return F.cross_entropy(Y_hat, Y)  # 展平成二维
'''
DIFF = """--- a/softmax.py
+++ b/softmax.py
@@ -12,3 +12,5 @@
 class Corrected(SoftmaxRegressionScratch):
-    pass
+    def loss(self, Y_hat, Y):
+        return -torch.log(Y_hat[range(len(Y_hat)), Y]).mean()
"""
ROWS = [
    ["wrong", 10, "1.6632", "72.41% ± 0.30%", ("继承默认损失", "inherits the default loss")],
    ["corrected", 10, Markup("<strong>0.4512</strong>"), "83.9% ± 0.12%", ("覆盖 loss", "overrides loss")],
    ["reference", 10, "10.45", "—", ("直接用 logits", "logits as they are")],
]


def write_figures(folder: Path) -> Path:
    """loss.svg and mosaic.png in `folder`; returns it."""
    folder.mkdir(exist_ok=True)
    (folder / "loss.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="120mm" height="40mm" viewBox="0 0 120 40">'
        '<path d="M5 5 L60 25 L115 30" fill="none" stroke="#0f4c64"/></svg>',
        encoding="utf-8",
    )
    Image.linear_gradient("L").resize((640, 128)).save(folder / "mosaic.png", dpi=(150, 150))
    return folder


def sample_html(figures: Path, template: str = "report.html", templates: Path = HERE / "sample", **options) -> str:
    """The sample, in the print edition unless `options` of render_html say otherwise."""
    values = {"name": "张三", "code": CODE, "diff": DIFF, "rows": ROWS, "acc": "72.4%", "paragraphs": 2}
    values |= options.pop("values", {})
    options = {
        "title": ("双重 softmax", "The double softmax"),
        "created": "2026-11-23",
        "edition": "print",
        **options,
    }
    return render_html(template, values, figures=figures, templates=templates, **options)
