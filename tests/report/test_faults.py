from report.faults import bookmark_faults, with_finding

FINDINGS = {
    "images": {"models": {"cnn": {"test_acc": 0.8633, "correct": 170}, "mlp": {"test_acc": 0.5, "val_acc": 0.5}}}
}
PAGE = '<h2 data-bookmark="1 代码 · Code">x</h2><h2 data-bookmark="2 图像 &amp; · Images">y</h2>'


def test_a_fault_about_a_number_names_its_finding():
    fault = "96.33%, the data give 86.33% (in: …)"
    assert with_finding(fault, FINDINGS) == f"{fault} [finding: images.models.cnn.test_acc]"
    fault = "60.00%, the data give 50.00% (in: …)"
    assert with_finding(fault, FINDINGS).endswith(" [finding: images.models.mlp.test_acc and 1 more of that value]")


def test_a_fault_about_a_word_or_a_short_number_is_left_as_it_is():
    for fault in ("best, the data give worst (in: …)", "9, the data give 5 (in: …)", "x, the data give 11.11% (in: …)"):
        assert with_finding(fault, FINDINGS) == fault


def test_only_the_bookmarks_that_differ_are_named():
    right = ["1 代码 · Code", "2 图像 & · Images"]
    assert bookmark_faults(PAGE, right) == []
    assert bookmark_faults(PAGE, [right[0], "CNN 99%"]) == ["bookmark 'CNN 99%', the data give '2 图像 & · Images'"]
    assert bookmark_faults(PAGE, right[1:]) == ["bookmark nothing, the data give '1 代码 · Code'"]
    assert bookmark_faults(PAGE, [*right, "3"]) == ["bookmark '3', the data give nothing"]
