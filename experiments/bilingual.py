"""One thing named in both languages of the report. Free of torch."""

from typing import NamedTuple


class Bilingual(NamedTuple):
    """A wording in Chinese and in English; equal where a name is the same in both."""

    zh: str
    en: str
