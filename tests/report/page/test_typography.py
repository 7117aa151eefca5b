import re

import pytest

from report.page.typography import tokens, typeset

G = '<span class="g">{}</span>'.format


def text(html: str) -> str:
    return re.sub("<[^>]*>", "", html)


def test_tokens_joined_again_are_the_page():
    page = '<!DOCTYPE html><p title="a > b">x<br/>中<!-- < --></p><script>if (a < b) "</p>"</script> end'
    assert "".join(token.text for token in tokens(page)) == page


def test_a_gap_is_padding_on_the_left_neighbour_and_adds_no_character():
    assert typeset("第10轮") == G("第") + G("10") + "轮"
    assert text(typeset("第10轮的loss为72.4%。")) == "第10轮的loss为72.4%。"


def test_a_percent_sign_that_begins_a_word_gets_a_gap():
    assert typeset("以%计") == G("以") + G("%") + "计"
    assert typeset("72%") == "72%"


def test_a_gap_follows_code_whose_end_is_not_to_be_broken():
    code = '<code>a <span class="n">{}</span></code>只'
    assert typeset(code.format("--b")) == code.format(G("--b"))


def test_spaces_and_line_breaks_beside_han_characters_vanish():
    assert typeset("第 10 轮") == typeset("第10轮")
    assert typeset("损失\n  下降，\n于是") == "损失下降，于是"
    assert typeset("<b>very</b> 好") == "<b>" + G("very") + "</b>好"


def test_gaps_reach_across_tags_code_and_formulas():
    assert typeset("用<code>F.x</code>时") == f"{G('用')}<code>{G('F.x')}</code>时"
    assert typeset("见<a>图1</a>中") == f"见<a>{G('图')}{G('1')}</a>中"
    assert typeset('当 <svg class="math"><title>p 中</title></svg> 为') == (
        f'{G("当")}<svg class="g math"><title>p 中</title></svg>为'
    )


def test_full_width_marks_need_no_gap():
    assert typeset("损失，loss（logits）") == "损失，loss（logits）"


def test_english_keeps_its_spaces():
    assert typeset('<p lang="en">a b\nc 中 d</p>') == '<p lang="en">a b\nc 中 d</p>'


def test_words_of_two_languages_side_by_side_keep_the_space_between_them():
    pair = '<h2><span lang="zh-Hans">图</span> <span lang="en">Figure</span></h2>'
    assert typeset(pair) == pair


@pytest.mark.parametrize(
    ("straight", "curly"),
    [
        ('It\'s "fine".', "It’s “fine”."),
        ('the models\' ("ok")', "the models’ (“ok”)"),
        ("<b>&#34;x&#34;</b> &#39;y&#39;", "<b>“x”</b> ‘y’"),
    ],
)
def test_straight_quotes_become_curly_in_english(straight, curly):
    assert typeset(f'<p lang="en">{straight}</p>') == f'<p lang="en">{curly}</p>'


def test_chinese_quotes_alternate_and_a_line_may_end_beside_them():
    broken = typeset('他说"好"，也说"坏"。')
    assert text(broken) == "他说“好”，也说“坏”。"
    assert '说<i class="b"></i>“' in broken


@pytest.mark.parametrize("tag", ["code", "pre", "script", "style", "textarea"])
def test_code_and_scripts_stay_as_they_are(tag):
    page = f"<{tag}>'第 10 轮' = \"x\"</{tag}>"
    assert typeset(page) == page


def test_a_formula_and_its_full_stop_stay_on_one_line():
    assert typeset('<p lang="en">is <svg class="math"><path/></svg>. By') == (
        '<p lang="en">is <span class="n"><svg class="math"><path/></svg>.</span> By'
    )


CITED = '<a class="cite" href="#work:x">[1]</a>'


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        (f'<p lang="en">in AdamW {CITED}, and', f'<p lang="en">in <span class="n">AdamW {CITED},</span> and'),
        (f'<p lang="en">in AdamW {CITED} and', f'<p lang="en">in <span class="n">AdamW {CITED}</span> and'),
        (f"<p>检验{CITED}，经", f'<p>检<span class="n">验{CITED}，</span>经'),
        (
            f"<p>（GELU）{CITED}的",
            '<p>（GELU<span class="n">）<a class="cite" href="#work:x"><span class="g">[1]</span></a></span>的',
        ),
        (f"<p>（Muon{CITED}）", f'<p>（<span class="n">Muon{CITED}）</span>'),
        (f"<p><b>x</b>{CITED} y", f"<p><b>x</b>{CITED} y"),
    ],
)
def test_no_line_begins_with_a_citation_or_what_clings_to_it(written, set_):
    assert typeset(written) == set_


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("Tomato___Target_Spot", "Tomato___|Target_|Spot"),
        ("leaf-disease/v2.final_set", "leaf-|disease/|v2.|final_|set"),
        ("TomatoLeafMoldAndHTTPServer", "Tomato|Leaf|Mold|And|HTTPServer"),
        ("0.0005/0.00012345678", "0.0005/|0.00012345678"),
        ("W" * 25, "W" * 10 + "|" + "W" * 10 + "|" + "W" * 5),
        ("a&amp;b_c" * 3, "a&amp;b_|ca&amp;b_|ca&amp;b_|c"),
        ("&lt;" * 21, "&lt;" * 10 + "|" + "&lt;" * 10 + "|&lt;"),
        ("e\u0301" * 21, "e\u0301" * 10 + "|" + "e\u0301" * 10 + "|e\u0301"),
        ("Target_Spot", "Target_Spot"),  # short words stay whole
        ("internationalization", "internationalization"),
    ],
)
def test_long_words_may_be_broken_where_their_parts_meet_without_a_character_more(word, parts):
    page = typeset(f'<p lang="en">{word}</p>')
    assert page == f'<p lang="en">{parts}</p>'.replace("|", '<i class="b"></i>')


def test_code_and_attributes_are_not_broken():
    page = '<pre>Tomato___Target_Spot_of_code</pre><p title="Tomato___Target_Spot_of_code">x</p>'
    assert typeset(page) == page


def test_the_authors_own_words_are_left_as_they_are_but_for_gaps():
    page = '<p lang="zh-Hans"><bdi>张三 李四 "A" it\'s王b</bdi> 代码</p>'
    ungapped = re.sub(r'<span class="g">(.*?)</span>', r"\1", typeset(page))
    assert '<bdi>张三 李四 "A" it\'s王b</bdi>' in ungapped
