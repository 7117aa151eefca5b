"""Text to sentences."""

import pytest

from report.words.sentences import split


@pytest.mark.parametrize(
    ("text", "lang", "sentences"),
    [
        ("一。二！三？“四。”五", "zh", ["一。", "二！", "三？", "“四。”", "五"]),
        ("准确率是 85.42%。损失是 0.5。", "zh", ["准确率是 85.42%。", "损失是 0.5。"]),
        (
            "It is 85.42%. So (e.g. the CNN) is best! Why?",
            "en",
            ["It is 85.42%.", "So (e.g. the CNN) is best!", "Why?"],
        ),
        ("See Fig. 3 for this. It rose.", "en", ["See Fig. 3 for this.", "It rose."]),
        ('He said "no." Then he left.', "en", ['He said "no."', "Then he left."]),
        ("A heading\n\nA line that\ngoes on.", "en", ["A heading", "A line that\ngoes on."]),
        ("", "en", []),
        (" \n ", "zh", []),
    ],
)
def test_sentences_end_where_they_should(text, lang, sentences):
    assert [sentence.text for sentence in split(text, lang)] == sentences


def test_a_sentence_knows_its_line_and_place():
    text = "第一句。\n第二句。\n\n  第三句。"
    found = split(text, "zh")
    assert [sentence.line for sentence in found] == [1, 2, 4]
    assert all(text[s.start :].startswith(s.text) for s in found)
