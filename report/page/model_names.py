"""What the report calls the image models: the names in their files, wherever a model is named."""

from experiments.bilingual import Bilingual
from experiments.models.recipe import names


def model_names(variant: str) -> Bilingual:
    """The name of an image model within a sentence. Raises LookupError for a model whose file gives none."""
    own = names(variant)
    return Bilingual(own.zh, own.en)


def model_heading(variant: str) -> Bilingual:
    """The name of an image model as a heading or at the start of a sentence without an article."""
    zh, en = model_names(variant)
    return Bilingual(zh, en[:1].upper() + en[1:])
