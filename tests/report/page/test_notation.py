import pytest
from jinja2 import DictLoader, Environment, TemplateSyntaxError

from report.page.notation import Notation


def rendered(source: str, shown: tuple[str, ...] = ("zh", "en"), **values: str) -> str:
    env = Environment(loader=DictLoader({"t": source}), extensions=[Notation], autoescape=True)
    env.shown = shown
    env.globals.update(formula=lambda latex: f"[{latex}]", equation=lambda id, latex: f"[{id}|{latex}]")
    return env.get_template("t").render(values)


def test_a_pair_holds_both_languages():
    assert rendered("{% both %}中{% en %}En{% endboth %}") == (
        '<div class="pair p"><p class="zh" lang="zh-Hans">中</p><p class="en" lang="en">En</p></div>'
    )


def test_a_paragraph_ends_with_its_last_word():
    html = rendered("{% both %}\n中\n{% en %}\nEn {{ x }}\n{% endboth %}", x="<")
    assert '<p class="zh" lang="zh-Hans">中</p><p class="en" lang="en">En &lt;</p>' in html


def test_an_edition_in_one_language_leaves_the_other_out():
    assert "En" not in rendered("{% both %}中{% en %}En{% endboth %}", shown=("zh",))
    assert "中" not in rendered("{% both li %}中{% en %}En{% endboth %}", shown=("en",))


def test_a_pair_may_branch_on_values():
    source = "{% both %}{% if x == '1' %}一{% else %}多{% endif %}{% en %}{{ x }}{% endboth %}"
    assert "一" in rendered(source, x="1")


def test_a_pair_of_an_unknown_kind_is_refused():
    with pytest.raises(TemplateSyntaxError, match="must be one of p, li, lead"):
        rendered("{% both lede %}中{% en %}En{% endboth %}")


def test_backticks_are_code_and_dollars_are_formulas():
    assert rendered("`a < b` and $p_i$") == "<code>a &lt; b</code> and [p_i]"
    assert rendered(r"$\frac{a}{b_{i}}$") == r"[\frac{a}{b_{i}}]"
    assert rendered(r"$e^{{2}} \text{ a}$") == r"[e^{{2}} \text{ a}]"


def test_a_displayed_formula_may_have_a_number():
    assert rendered("$$\na = b\n$$ (eq:ab)") == "[eq:ab|a = b]"
    assert rendered("$$a$$") == "[|a]"


def test_a_backslash_makes_the_sign_itself():
    assert rendered(r"5 \$ and \`") == "5 $ and `"


def test_notation_in_a_value_stays_text():
    assert rendered("{{ x }} `{{ x }}`", x="$a$ `b` <i>") == "$a$ `b` &lt;i&gt; <code>$a$ `b` &lt;i&gt;</code>"


def test_an_option_of_a_command_is_not_broken():
    assert rendered("`build.py --skip-train`") == '<code>build.py <span class="n">--skip-train</span></code>'
