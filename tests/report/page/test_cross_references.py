import pytest

from report.errors import RenderError
from report.page.cross_references import Document


def test_a_reference_may_come_before_what_it_names_and_speaks_the_language_around_it():
    document = Document()
    page = '<p lang="zh-Hans">见{0}</p><p lang="en">see {0}</p>'.format(document.ref("fig:loss"))
    document.number("fig", "fig:acc")
    document.number("fig", "fig:loss")
    page += str(document.ref("fig:acc"))
    resolved = document.resolve(page)
    assert '<a class="ref" href="#fig:loss">图2</a>' in resolved
    assert '<a class="ref" href="#fig:loss">Figure 2</a>' in resolved


@pytest.mark.parametrize(
    ("kind", "zh", "en"),
    [("tab", "表1", "Table 1"), ("lst", "代码1", "Listing 1"), ("eq", "式</span>(1)", "Equation (1)")],
)
def test_each_kind_has_its_label(kind, zh, en):
    document = Document()
    document.number(kind, f"{kind}:x")
    assert zh in document.resolve(f"<p>{document.ref(f'{kind}:x')}</p>")
    assert en in document.resolve(f'<p lang="en">{document.ref(f"{kind}:x")}</p>')


def test_a_section_is_referred_to_by_its_own_number():
    document = Document()
    document.heading(2, "1.1", "sec:error", "错误分析", "Error analysis")
    assert "第1.1节" in document.resolve(str(document.ref("sec:error")))


def test_a_dangling_reference_stops_the_build_and_names_what_there_is():
    document = Document()
    document.number("fig", "fig:loss")
    with pytest.raises(RenderError, match=r"fig:los, which is not in the report \(there is fig:loss\)"):
        document.resolve(str(document.ref("fig:los")))


@pytest.mark.parametrize("kind", ["fig", "tab"])
def test_a_figure_or_table_that_no_sentence_mentions_stops_the_build(kind):
    document = Document()
    document.number(kind, f"{kind}:lonely")
    with pytest.raises(RenderError, match="no sentence refers to"):
        document.resolve("<p></p>")


def test_an_id_stands_for_one_thing_only():
    document = Document()
    document.number("fig", "fig:loss")
    with pytest.raises(RenderError, match="fig:loss is defined twice"):
        document.number("fig", "fig:loss")


@pytest.mark.parametrize("id", ["loss", "tab:loss", "fig:", 'fig:a"b'])
def test_an_id_begins_with_its_kind(id):
    with pytest.raises(RenderError, match="must look like fig:name"):
        Document().number("fig", id)


def test_a_list_of_everything_is_no_sentence_about_it():
    document = Document()
    document.number("fig", "fig:a")
    document.number("tab", "tab:b")
    assert document.ids("tab", "fig") == ["tab:b", "fig:a"]
    page = f"<p>{document.ref('tab:b')}</p><p>{document.listed('fig:a')}{document.listed('tab:b')}</p>"
    with pytest.raises(RenderError, match="no sentence refers to fig:a"):
        document.resolve(page)
    assert "图1" in document.resolve(page + f"<p>{document.ref('fig:a')}</p>")
