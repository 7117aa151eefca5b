"""A claim holds where it is true of what stands around it, and not where one word or number of it is another."""

import pytest

from report.words.check import Outcome, check_text
from report.words.facts import Facts

HOLDS, FREE, UNMATCHED, CONTRADICTED = Outcome


def outcome(text: str, facts: Facts) -> Outcome:
    """The worst outcome of the text's sentences."""
    lang = "zh" if any("\u4e00" <= char <= "\u9fff" for char in text) else "en"
    found = {sentence.outcome for sentence in check_text(text, lang, facts)}
    return next(o for o in (CONTRADICTED, UNMATCHED, FREE, HOLDS) if o in found)


PAIRS = {
    "the homework as a second subject": (
        (
            "我的两层神经网络准确率为 50.58%，高于原文的 43.83%。",
            "我的两层神经网络准确率为 50.58%，低于原文的 43.83%。",
        ),
        ("Our CNN (85.42%) is above the handout's 77.50%.", "Our CNN (85.42%) is below the handout's 77.50%."),
    ),
    "before and after the correction": (
        ("修正之后，测试准确率由 75.42% 升至 84.25%。", "修正之后，测试准确率由 75.42% 降至 84.25%。"),
        (
            "Fixing the bug lifts accuracy from 75.42% to 84.25%.",
            "Fixing the bug lifts accuracy from 84.25% to 75.42%.",
        ),
    ),
    "a subject that goes on": (
        (
            "CNN 在降落伞上答对了 91.67%，在加油泵上只有 76.67%。",
            "CNN 在降落伞上答对了 91.67%，在加油泵上只有 86.67%。",
        ),
        (
            "The CNN gets 91.67% on parachutes, and 76.67% on gas pumps.",
            "The CNN gets 76.67% on parachutes, and 91.67% on gas pumps.",
        ),
    ),
    "a unit that goes on": (
        ("套头衫修正后提高了 6.67 个百分点，外套提高了 5.83。", "套头衫修正后提高了 6.67 个百分点，外套提高了 8.53。"),
        (
            "Pullovers gain 6.67 points from the correction, coats 5.83.",
            "Pullovers gain 5.83 points from the correction, coats 6.67.",
        ),
    ),
    "a rank from the end": (
        ("加油机是 CNN 的倒数第二名，只有 76.67%。", "教堂是 CNN 的倒数第二名，有 90%。"),
        (
            "Gas pumps come second to last for the CNN, with 76.7%.",
            "Churches come second to last for the CNN, with 90%.",
        ),
    ),
    "a rank from the top": (
        ("CNN 的各类别中教堂排第三。", "CNN 的各类别中垃圾车排第三。"),
        ("Church is the CNN's third best class.", "Garbage truck is the CNN's third best class."),
    ),
    "every class": (
        ("CNN 在每一个类别上都超过了 70%。", "CNN 在每一个类别上都超过了 80%。"),
        ("The CNN is above 70% on every class.", "The CNN is above 80% on every class."),
    ),
    "all classes but some": (
        ("除链锯外，CNN 在每个类别上都超过 75%。", "除教堂外，CNN 在每个类别上都超过 75%。"),
        (
            "Apart from shirts, no class falls below 65% under the wrong loss.",
            "Apart from coats, no class falls below 65% under the wrong loss.",
        ),
    ),
    "so many classes": (
        ("CNN 有两个类别低于 80%，即链锯和加油机。", "CNN 有两个类别低于 80%，即圆号和加油机。"),
        ("Two of the CNN's classes stay below 80%.", "Three of the CNN's classes stay below 80%."),
    ),
    "so many of ten": (
        ("在教堂图片上，CNN 答对了九成。", "在加油机图片上，CNN 答对了九成。"),
        ("The CNN recognises nine out of ten churches.", "The CNN recognises nine out of ten gas pumps."),
    ),
    "a class taken for another": (
        ("CNN 把五分之一左右的链锯认成了教堂。", "CNN 把一半左右的链锯认成了教堂。"),
        (
            "Some 17% of the gas pumps end up as golf balls with the CNN.",
            "Some 77% of the gas pumps end up as golf balls with the CNN.",
        ),
    ),
    "a range": (
        ("三个模型的参数都在 170 万到 220 万之间。", "三个模型的参数都在 120 万到 170 万之间。"),
        (
            "All three models have between 1.7 and 2.2 million parameters.",
            "All three models have between 2.7 and 3.2 million parameters.",
        ),
    ),
    "the calibration error": (
        ("残差 MLP 的期望校准误差是 CNN 的两倍半以上。", "残差 MLP 的期望校准误差是 CNN 的三倍以上。"),
        ("The CNN has the lowest ECE, 20.1 points.", "The residual MLP has the lowest ECE, 52.6 points."),
    ),
    "the generalisation gap": (
        ("泛化差距最小的是残差 MLP，只有 8 个百分点。", "泛化差距最小的是 CNN，只有 10.8 个百分点。"),
        (
            "The 2-layer NN has the widest generalisation gap, 11.4 points.",
            "The CNN has the widest generalisation gap, 10.8 points.",
        ),
    ),
    "bounds from the formula": (
        ("两次 softmax 时，最大概率不会超过 23.2%。", "两次 softmax 时，最大概率不会超过 33.2%。"),
        ("With two softmaxes the loss cannot fall below 1.46.", "With two softmaxes the loss cannot fall below 1.06."),
    ),
    "the interval of a lead": (
        (
            "CNN 领先残差 MLP 的 95% 区间为 28.50 至 38.34 个百分点。",
            "CNN 领先残差 MLP 的 95% 区间为 19.25 至 27.56 个百分点。",
        ),
        (
            "Our data put the CNN's lead over the residual MLP between 29 and 38 points.",
            "Our data put the CNN's lead over the residual MLP between 19 and 28 points.",
        ),
    ),
    "so many more": (
        ("CNN 分对的图像比残差 MLP 多 401 张。", "CNN 分对的图像比残差 MLP 少 401 张。"),
        (
            "The CNN gets 401 more images right than the residual MLP.",
            "The residual MLP gets 401 more images right than the CNN.",
        ),
    ),
    "settings": (
        ("CNN 的批量大小是 100，残差 MLP 是 600。", "CNN 的批量大小是 600，残差 MLP 是 100。"),
        (
            "Batch sizes were 100 for the CNN and 600 for the residual MLP.",
            "Batch sizes were 600 for the CNN and 100 for the residual MLP.",
        ),
    ),
    "a significance without a comparison": (
        ("残差 MLP 与两层网络之间没有显著差异。", "残差 MLP 与两层网络之间有显著差异，二者都远不及 CNN。"),
        (
            "The correction gains 8.83 points, and this improvement is significant.",
            "We found a significant difference between the two fully connected nets, and both are behind the CNN.",
        ),
    ),
    "the same figure": (
        ("double 与 wrong 的测试准确率同为 75.42%。", "reference 与 wrong 的测试准确率同为 75.42%。"),
        ("Bags and trousers tie for the corrected model.", "Bags and sandals tie for the corrected model."),
    ),
    "more than a whole number": (
        ("CNN 比残差 MLP 高三十三个多百分点。", "CNN 比残差 MLP 高四十三个多百分点。"),
        (
            "The CNN is a little over 33 points above the residual MLP.",
            "The CNN is a little over 43 points above the residual MLP.",
        ),
    ),
}


@pytest.mark.parametrize(("true", "false"), [pair for pairs in PAIRS.values() for pair in pairs])
def test_a_claim_holds_and_its_like_with_another_word_does_not(true, false, facts):
    assert outcome(true, facts) is HOLDS
    assert outcome(false, facts) in (UNMATCHED, CONTRADICTED)


@pytest.mark.parametrize(
    "text",
    [
        "The CNN is right in 85.42% of cases, which pleased me after a long night.",
        "作业很有意思，写报告也花了不少功夫，CNN 的准确率是 85.42%。",
    ],
)
def test_a_clause_that_claims_nothing_does_not_hold_the_rest_back(text, facts):
    assert outcome(text, facts) is HOLDS


def test_the_value_of_a_ratio_is_printed_as_sentences_have_it(facts):
    (checked,) = check_text("CNN 的错误率约为残差 MLP 错误率的一半。", "zh", facts)
    assert "48.000%" not in (checked.value or "")
