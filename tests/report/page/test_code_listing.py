import pytest

from report.page.code_listing import highlighted


def test_code_is_cut_into_lines_with_every_element_closed():
    lines = highlighted('def f():\n    """a\n    b"""\n    return 1 < 2\n', "python")
    assert len(lines) == 4
    assert all(line.count("<span") == line.count("</span>") for _, line in lines)
    assert "&lt;" in lines[3][1]


def test_a_diff_names_what_was_added_and_removed_and_keeps_its_signs():
    lines = highlighted("@@ -1 +1 @@\n x = 1\n-y = 2\n+y = '<3>'\n", "diff")
    assert [kind for kind, _ in lines] == ["meta", "", "removed", "added"]
    assert [line[0] for _, line in lines] == ["@", " ", "-", "+"]
    assert "&lt;3&gt;" in lines[3][1]


def test_an_unknown_language_is_named():
    with pytest.raises(ValueError, match="'klingon'"):
        highlighted("x", "klingon")
