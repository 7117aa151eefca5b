import re

import pytest

from report.errors import RenderError
from report.page.render import render_html, running_head
from tests.sample_report import HERE, sample_html, write_figures


@pytest.fixture
def figures(tmp_path):
    return write_figures(tmp_path / "figures")


def page(tmp_path, figures, body: str, **values) -> str:
    (tmp_path / "page.html").write_text(
        '{% extends "base.html" %}{% block content %}' + body + "{% endblock %}", encoding="utf-8"
    )
    return sample_html(figures, "page.html", tmp_path, values=values)


def test_the_screen_edition_is_one_file_that_loads_nothing(figures):
    html = sample_html(figures, edition="screen")
    addresses = re.findall(r"""(?:src|href)=["']?([^"'\s>]+)|url\(["']?([^"')]+)""", html)
    assert addresses
    assert all((a or b).startswith(("data:", "#")) for a, b in addresses)


def test_both_editions_say_the_same(figures):
    def words(edition):
        html = sample_html(figures, edition=edition)
        main = html[html.index('<div class="pair lead') : html.index("</main>")]
        main = re.sub(r"<nav.*?</nav>|\s", "", main, flags=re.S)
        return re.sub(r"<[^>]*>", "", main)

    assert words("print") == words("screen")


@pytest.mark.parametrize(("lang", "other"), [("zh", 'lang="en"'), ("en", 'lang="zh-Hans"')])
def test_an_edition_in_one_language_has_no_word_of_the_other(figures, lang, other):
    html = sample_html(figures, lang=lang)
    assert other not in html[html.index("<body") :]
    assert html.startswith(f'<!DOCTYPE html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}"')


def test_a_missing_field_of_the_title_is_a_line_to_fill_in(figures):
    html = sample_html(figures)
    assert '<dd class="blank"></dd>' in html
    assert '<dd><bdi class="">张三</bdi></dd>' in html


def test_the_banner_is_there_only_when_asked_for(figures):
    assert 'class="banner"' not in sample_html(figures)
    assert "demo data" in sample_html(figures, banner=("演示数据", "demo data"))


def test_values_are_escaped_and_never_read_as_templates(figures):
    html = sample_html(figures, values={"name": "<script>alert(1)</script> {{7*7}} $x$"})
    whole = html.replace('<i class="b"></i>', "")  # where a long word may be broken
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} $x$" in whole


def test_an_undefined_name_stops_the_build(tmp_path, figures):
    with pytest.raises(RenderError, match="'accuracy' is undefined"):
        page(tmp_path, figures, "{{ accuracy }}")


def test_a_mistake_in_a_template_names_file_and_line(tmp_path, figures):
    with pytest.raises(RenderError, match=r"page\.html, line 3"):
        page(tmp_path, figures, "\n\n{% if %}")


def test_a_value_cannot_reach_into_python(tmp_path, figures):
    with pytest.raises(RenderError, match="unsafe"):
        page(tmp_path, figures, "{{ x.__class__.__mro__ }}", x="text")


def test_a_missing_picture_stops_the_build(tmp_path, figures):
    body = '{{ ref("fig:x") }}{{ figure("fig:x", "gone.svg", "甲", "a", "乙", "b") }}'
    with pytest.raises(RenderError, match=r"gone\.svg is missing"):
        page(tmp_path, figures, body)


def test_a_picture_without_alternative_text_stops_the_build(tmp_path, figures):
    with pytest.raises(RenderError, match="empty alternative text"):
        page(tmp_path, figures, '{{ figure("fig:x", "loss.svg", "甲", " ", "图", "figure") }}')


def test_a_dangling_reference_stops_the_build(tmp_path, figures):
    with pytest.raises(RenderError, match="leads to fig:nowhere"):
        page(tmp_path, figures, '{{ ref("fig:nowhere") }}')


def test_a_template_that_is_not_there_is_named(figures):
    with pytest.raises(RenderError, match=r"absent\.html"):
        sample_html(figures, "absent.html")


def test_names_of_the_page_cannot_be_given_as_values(figures):
    with pytest.raises(ValueError, match="banner"):
        render_html("report.html", {"banner": 1}, figures=figures, title=("", ""), templates=HERE / "sample")


def test_contents_list_every_heading_in_order(figures):
    html = sample_html(figures)
    contents = html[html.index('<nav class="contents"') : html.index("</nav>")]
    assert re.findall(r'href="#([^"]+)"', contents) == [
        "sec:code", "sec:error", "sec:results", "sec:images", "sec:data", "sec:mosaic",
    ]  # fmt: skip


def test_a_table_names_its_rows_and_columns(figures):
    html = sample_html(figures)
    table = html[html.index("<table>") : html.index("</table>")]
    assert table.count('scope="col"') == 5
    assert table.count('scope="row"') == 3


def test_a_line_in_a_table_begins_a_group_of_rows(tmp_path, figures):
    table = '{{ ref("tab:x") }}{{ table("tab:x", ["a"], [["1"], ["2"], ["3"]], "表。", "Table.", rules=[1]) }}'
    html = page(tmp_path, figures, table)
    groups = [re.findall(r"<th[^>]*>(\d)</th>", group) for group in re.findall(r"<tbody>(.*?)</tbody>", html, re.S)]
    assert groups == [["1"], ["2", "3"]]
    assert html.count('<tr class="rule">') == 1


def test_in_print_a_short_pair_is_marked_to_stay_on_its_page(tmp_path, figures):
    (tmp_path / "pairs.html").write_text(
        '{% extends "base.html" %}{% block content %}'
        + "".join(
            f"{{% both {kind} %}}{'短' * count}{{% en %}}{'word ' * 200}{{% endboth %}}"
            for kind, count in [("", 200), ("", 201), ("li", 3), ("li", 300)]
        )
        + "{% endblock %}",
        encoding="utf-8",
    )
    kept = re.findall(r'class="pair (\w+)( short)?"', sample_html(figures, "pairs.html", tmp_path, edition="print"))
    assert [bool(short) for _, short in kept] == [True, False, True, False]
    assert (
        " short" not in re.findall("<main.*", sample_html(figures, "pairs.html", tmp_path, edition="screen"), re.S)[0]
    )


def test_a_long_title_is_cut_where_it_heads_a_page_and_whole_on_the_first():
    assert running_head("HW1-DL 代码分析与图像分类") == "HW1-DL 代码分析与图像分类"
    assert running_head("字" * 31) == "字" * 29 + "…"  # 30 em: 29 characters and the ellipsis
    assert running_head("HW1-DL: code analysis and image classification")[-1] != "…"
