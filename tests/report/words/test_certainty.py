"""A contradiction counts only where a sentence has been understood whole, and its number is no other finding's."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from report.words.check import Outcome, check_text
from report.words.facts import Facts

HOLDS, FREE, UNMATCHED, CONTRADICTED = Outcome


def checked(text: str, facts: Facts):
    """What the text's last sentence comes to."""
    lang = "zh" if any("\u4e00" <= char <= "\u9fff" for char in text) else "en"
    return check_text(text, lang, facts)[-1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The test accuracy of the CNN is 61.3%.", CONTRADICTED),
        ("The rectified test accuracy of the CNN is 61.3%.", UNMATCHED),  # whatever that is
        ("The test accuracy of the CNN is 61.3% in the pilot.", UNMATCHED),
        ("The test accuracy of the CNN is 86.0%.", UNMATCHED),  # that of the validation images
        ("The accuracy of the corrected variant is 75.42%.", UNMATCHED),  # that of the wrong one
        ("On the training images, the CNN's accuracy is 85.4%.", UNMATCHED),  # that of the test images
        ("I tried another augmentation. The test accuracy of the CNN is 61.3%.", UNMATCHED),  # of another run
        ("The CNN is better than the residual MLP and its speed is 3.", UNMATCHED),
        ("CNN 的测试准确率是 61.3%。", CONTRADICTED),
        ("CNN 的蒸馏测试准确率是 61.3%。", UNMATCHED),
        ("CNN 的测试准确率是 86.0%。", UNMATCHED),
        ("一开始没有做数据增强。CNN 的测试准确率是 61.3%。", UNMATCHED),
        ("残差 MLP 优于 CNN。", CONTRADICTED),
        ("残差 MLP 在能耗上优于 CNN。", UNMATCHED),
    ],
)
def test_only_a_sentence_understood_whole_is_contradicted(text, expected, facts):
    assert checked(text, facts).outcome is expected


def test_what_is_not_certain_comes_with_what_it_was_read_as(facts):
    found = checked("The test accuracy of the CNN is 86.0%.", facts)
    assert (found.finding, found.value) == ("cnn.test_acc", "85.4%")


@pytest.fixture
def spread(facts) -> Facts:
    """The CNN's seeds have 84.17 %, 85.42 % and 86.67 %; the one shown is the first."""
    values = dict(facts.values)
    for name, raw in {"cnn.seed_0.test_acc": 1010 / 1200, "cnn.shown_acc": 1010 / 1200, "cnn.correct": 1010,
                      "cnn.seed_1.test_acc": 1025 / 1200, "cnn.seed_2.test_acc": 1040 / 1200}.items():  # fmt: skip
        values[name] = replace(values[name], raw=float(raw))
    return replace(facts, values=MappingProxyType(values))


@pytest.mark.parametrize(
    ("text", "expected", "value"),
    [
        ("The CNN reaches a test accuracy of 84.17%.", UNMATCHED, "85.42%"),  # of seed 0, not the mean
        ("The CNN reaches a test accuracy of 84.17% with seed 0.", HOLDS, None),
        ("With seed 1 the CNN reaches a test accuracy of 84.17%.", UNMATCHED, "85.42%"),  # that is another seed's
        ("With seed 2 the CNN reaches a test accuracy of 61.3%.", CONTRADICTED, "86.7%"),
        ("In a single run the CNN reaches a test accuracy of 86.67%.", HOLDS, None),
        ("In a single run the CNN reaches a test accuracy of 61.3%.", UNMATCHED, None),
        ("With seed 7 the CNN reaches a test accuracy of 85.42%.", UNMATCHED, None),  # there is none
        ("CNN 的测试准确率是 84.17%。", UNMATCHED, "85.42%"),
        ("种子 0 的 CNN 测试准确率是 84.17%。", HOLDS, None),
        ("在第三个种子上，CNN 的测试准确率是 86.67%。", HOLDS, None),
        ("单次运行中，CNN 的测试准确率为 86.67%。", HOLDS, None),
        ("CNN 在测试集上分对了 1010 张图像。", UNMATCHED, "1,025"),
        ("CNN 在测试集上分对了 1025 张图像。", HOLDS, None),
        ("单次运行中，CNN 在测试集上分对了 1010 张图像。", HOLDS, None),
        ("The CNN gets 1010 test images right.", UNMATCHED, "1,025"),
    ],
)
def test_one_seed_is_not_taken_for_the_mean(text, expected, value, spread):
    found = checked(text, spread)
    assert (found.outcome, found.value) == (expected, value)
