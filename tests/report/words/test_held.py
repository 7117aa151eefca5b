"""Words with markup held to the findings: sentences, lines, and what two languages say."""

import pytest

from report.words.held import ContradictedError, hold
from report.words.places import Words, word_file
from report.words.printed import printed


def held(files: dict[str, str], facts):
    return hold(Words(tuple(word_file(name, text, f"words/{name}") for name, text in files.items())), facts)


def outcomes(text: str, facts, name="reflection.en.md"):
    return [(s.line, str(s.outcome)) for _, s in held({name: text}, facts).sentences()]


def test_a_sentence_is_read_through_its_markup_and_named_by_its_line(facts):
    right = facts.values["cnn.test_acc"].format("en")
    items = f"- The **CNN** reaches\n  a test accuracy of {right}.\n- The *CNN* reaches a test accuracy of 12.34%."
    text = f"I liked it.\n\n{items}"
    assert outcomes(text, facts) == [(1, "free"), (3, "holds"), (5, "contradicted")]


def test_a_finding_filled_in_for_the_wrong_model_is_contradicted(facts):
    assert outcomes("The residual MLP has a test accuracy of {{ cnn.test_acc }}.", facts) == [(1, "contradicted")]
    assert outcomes("The CNN has a test accuracy of {{ cnn.test_acc }}.", facts) == [(1, "holds")]


def test_a_row_of_a_table_is_a_sentence(facts):
    table = "| model | test accuracy |\n|---|---|\n| CNN | {{ cnn.test_acc }} |\n| CNN | 12.34% |"
    assert outcomes(table, facts)[1:] == [(3, "holds"), (4, "contradicted")]


def test_a_broken_line_of_chinese_is_read_as_one(facts):
    right = facts.values["cnn.test_acc"].format("zh")
    assert outcomes(f"CNN 的测试准\n确率是 {right}。", facts, "reflection.zh.md") == [(1, "holds")]


def test_a_number_in_code_in_a_formula_or_in_a_heading_is_not_overlooked(facts):
    for text in (
        "It is `12.34%`.",
        "It is $12.34\\%$.",
        "### 12.34%",
        "```\n12.34%\n```",
        "> 12.34%",
        "a[^1]\n\n[^1]: 12.34%",
    ):
        assert {outcome for _, outcome in outcomes(text, facts)} - {"free", "holds"}, text


def test_another_result_turns_one_sentence_and_the_message_has_the_right_value(facts, tmp_path):
    right = facts.values["cnn.test_acc"].format("en")
    files = {"reflection.en.md": "I am content.\n\nThe CNN has a test accuracy of 12.34%."}
    with pytest.raises(ContradictedError) as error:
        held(files, facts).stop_if_wrong()
    assert "words/reflection.en.md:3:1: contradicted: The CNN has a test accuracy of 12.34%. → cnn.test_acc" in str(
        error.value
    )
    assert right.rstrip("0%").rstrip(".") in str(error.value)


def test_what_only_one_language_says_is_reported(facts):
    zh, en = "CNN 的测试准确率是 {{ cnn.test_acc }}。", "The CNN has a test accuracy of {{ cnn.test_acc }}."
    assert not held({"reflection.zh.md": zh, "reflection.en.md": en}, facts).one_sided()
    (line,) = held({"reflection.zh.md": zh, "reflection.en.md": "I am content."}, facts).one_sided()
    assert line == "words/reflection.en.md: does not say what words/reflection.zh.md says of cnn.test_acc"


@pytest.mark.parametrize(
    ("zh", "en", "said"),
    [
        ("我用了 12 个小时。", "It took me 14 hours.", "12个小时 against 14 hours"),
        ("另一次实验的准确率是 61%。", "Another attempt had an accuracy of 62.5%.", "61% against 62.5%"),
        ("准确率约为 61%。\n\n我用了 2 台电脑。", "The accuracy is about 61%.\n\nI used 3 computers.", "2 against 3"),
        ("CNN 的测试准确率是 85.42%。", "The CNN's test accuracy in the pilot is 80.10%.", "85.42% against 80.10%"),
    ],
)
def test_two_languages_that_disagree_stop_a_build_with_the_pair_of_sentences(zh, en, said, facts):
    words = held({"reflection.zh.md": zh, "reflection.en.md": en}, facts)
    (line,) = words.disagreements
    assert line.startswith("words/reflection.zh.md:")
    assert said in line
    assert words.wrong
    assert not words.contradicted
    with pytest.raises(ContradictedError, match="the two languages disagree in a place"):
        words.stop_if_wrong()


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("我用了 12 个小时。", "It took me 12 hours."),
        ("我用了半天。我有 2 台电脑。", "It took me 14 hours."),  # one says more than the other
        ("我用了两台电脑。", "I used 2 computers."),
        ("我用了 2 台电脑。", "I used two computers with 16 GB."),
        ("大约五分钟。", "About 305 seconds."),
        ("CNN 的测试准确率是 85.42%。", "The CNN's error rate on the test set is 14.58%."),  # both are true
        ("一半是我写的。", "I wrote 50% of it."),
        ("只写了中文：61%。\n\n- 甲", "Only 62%."),
    ],
)
def test_two_languages_may_say_it_differently(zh, en, facts):
    assert not held({"reflection.zh.md": zh, "reflection.en.md": en}, facts).disagreements


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("I am content. The CNN is good.", [1, 15]),
        ("  I am **content**. *The CNN* is good. The CNN is good.", [3, 22, 40]),
        ("- one. Two.\n- {{ cnn.test_acc }} is it. $x$ is it.", [3, 8, 3, 29]),
        ("| a | b |\n|---|---|\n| CNN | 1 |", [3, 3]),
        ("### Head\n\n> a. b[^1].\n\n[^1]: c. d.", [5, 3, 6, 7, 10]),
    ],
)
def test_a_sentence_is_found_by_its_column(text, columns, facts):
    sentences = [s for _, s in held({"reflection.en.md": text}, facts).sentences()]
    assert [s.column for s in sentences] == columns


def row_texts(place):
    return [{lang: str(text) for lang, text in row.texts.items()} for row in place.rows]


def test_two_languages_stand_side_by_side_passage_by_passage_or_else_one_below_the_other(facts):
    same = printed(held({"reflection.zh.md": "甲\n\n- 乙", "reflection.en.md": "a\n\n- b"}, facts), ("zh", "en"))
    assert [set(row) for row in row_texts(same["own"]["reflection"])] == [{"zh", "en"}] * 2
    other = printed(held({"reflection.zh.md": "甲\n\n- 乙", "reflection.en.md": "a"}, facts), ("zh", "en"))
    assert [set(row) for row in row_texts(other["own"]["reflection"])] == [{"zh"}, {"zh"}, {"en"}]


def test_an_edition_prints_its_language_or_the_only_one_there_is(facts):
    both = {"reflection.zh.md": "甲", "reflection.en.md": "a", "contributions.zh.md": "乙"}
    own = printed(held(both, facts), ("en",))["own"]
    assert row_texts(own["reflection"]) == [{"en": "<p>a</p>"}]
    assert row_texts(own["contributions"]) == [{"zh": "<p>乙</p>"}]


def test_marks_stand_where_sentences_begin_and_no_text_is_lost(facts):
    text = "I am content. We made 77 *runs* & <3. The CNN has a test accuracy of **just** 12.34%. The end."
    markup = row_texts(printed(held({"reflection.en.md": text}, facts), ("en",))["own"]["reflection"])[0]["en"]
    assert 'I am content. <i class="sign unmatched"' in markup
    assert markup.count('class="sign') == 2
    assert '<span class="contradicted">The CNN has a test accuracy of </span><strong>' in markup
    assert "&amp; &lt;3." in markup
    assert "</b> The end.</p>" in markup


@pytest.mark.parametrize("name", ["reflection.en.md", "reflection.zh.md"])
def test_a_combining_mark_is_printed_with_its_word_in_the_font_that_places_it(facts, name):
    text = "Nguyê\u0303n & ŷ\u0302 took 77 pictures."  # not matched: the sentence is cut into pieces
    own = printed(held({name: text}, facts), ["zh", "en"])["own"]["reflection"]
    (row,) = own.rows
    (markup,) = row.texts.values()
    assert '<span class="marked">Nguyễn</span>' not in markup  # that one is a letter of its own in NFC
    assert 'Nguyễn &amp; <span class="marked">ŷ\u0302</span> took' in markup
