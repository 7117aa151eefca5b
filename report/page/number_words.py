"""Numbers and lists as words of a sentence, for templates."""

from collections.abc import Sequence
from typing import Any, Literal

_CHINESE = "零一两三四五六七八九十"
_ENGLISH = "zero one two three four five six seven eight nine ten".split()


def in_words(number: int, lang: Literal["zh", "en"]) -> str:
    """A count from 0 to 10 in words, as it stands before a measure word in Chinese: 三 or three; digits from 11 on."""
    words: Sequence[str] = _CHINESE if lang == "zh" else _ENGLISH
    return words[number] if 0 <= number < len(words) else f"{number:,}"


def all_of(number: int, noun: str) -> str:
    """The whole of a group in English: the model, both models, all three models."""
    if number == 1:
        return f"the {noun}"
    return f"both {noun}s" if number == 2 else f"all {in_words(number, 'en')} {noun}s"


def is_one(number: int) -> bool:
    """Whether English takes the singular: {{ "s" if n is not one }}."""
    return number == 1


def comma(loop: Any, word: str = "and") -> str:
    """What follows this item of an English list that a template's loop writes: a comma, the word, or nothing."""
    if loop.last:
        return ""
    return f" {word} " if loop.revindex == 2 else ", "


FILTERS = {"in_words": in_words, "all_of": all_of}  # the names under which templates call them
