"""What a model's file says about itself, read without running the file. Free of torch: the report reads it too.

A model is one file in this folder, named in the catalogue, with

    NAMES = Names(…)           how the report calls it
    RESOURCES = Resources(…)   what a run costs, for the scheduler
    RECIPE = ImageConfig(…)    how it is trained and evaluated, and the widths and depths of its net
    def build(config, num_classes)   the untrained net: any nn.Module, or an ImageModel

The first three are calls with literal arguments only, since running the file would import torch.
"""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from experiments.config import ImageConfig

FOLDER = Path(__file__).resolve().parent
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Names:
    """A model's short name, as in tables, and one line about its structure, in Chinese and in English."""

    zh: str
    en: str
    description_zh: str
    description_en: str


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What one run needs on a CPU.

    threads: as many as make it faster. bytes_per_pixel: peak memory besides the libraries and the images, for each
    pixel of a batch of the largest views.
    """

    threads: int
    bytes_per_pixel: int


DECLARATIONS: dict[str, type] = {"NAMES": Names, "RESOURCES": Resources, "RECIPE": ImageConfig}


def names(model: str) -> Names:
    """NAMES of a model's file. Raises LookupError if there is none, as the next two do."""
    return _read(model, "NAMES", Names)


def resources(model: str) -> Resources:
    """RESOURCES of a model's file."""
    return _read(model, "RESOURCES", Resources)


def recipe(model: str) -> ImageConfig:
    """RECIPE of a model's file."""
    config = _read(model, "RECIPE", ImageConfig)
    if config.model != model:
        raise LookupError(f"{_shown(model)}: RECIPE has model={config.model!r}; it must be {model!r}, as the file")
    return config


def recipes(*models: str) -> dict[str, ImageConfig]:
    """Model → its recipe, in this order; the files must define NAMES and RESOURCES as well.

    Raises LookupError, naming the file and what it lacks.
    """
    for model in models:
        names(model), resources(model)
    return {model: recipe(model) for model in models}


def declared(statement: ast.stmt) -> tuple[str, ast.Call] | None:
    """The name and the call of a statement NAME = Kind(…), or None if it is another statement."""
    match statement:
        case ast.Assign(targets=[ast.Name(name)], value=ast.Call() as call):
            pass
        case ast.AnnAssign(target=ast.Name(name), value=ast.Call() as call):
            pass
        case _:
            return None
    kind = DECLARATIONS.get(name)
    return (name, call) if kind and ast.unparse(call.func) == kind.__name__ else None


def _read(model: str, name: str, kind: type[T]) -> T:
    path = FOLDER / f"{model}.py"
    try:
        source = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise LookupError(f"{_shown(model)}: there is no such file, and a model of the catalogue needs one") from None
    for statement in ast.parse(source, filename=str(path)).body:
        found = declared(statement)
        if found and found[0] == name:
            return _evaluated(found[1], f"{_shown(model)}: {name}", kind)
    raise LookupError(f"{_shown(model)} has no {name} = {kind.__name__}(…) at its top level")


def _evaluated(call: ast.Call, where: str, kind: type[T]) -> T:
    """The object that a call with literal arguments makes. `where` begins the message of an error."""
    arguments = {}
    if call.args:
        raise LookupError(f"{where}: every argument needs its name, as in {kind.__name__}(name=value)")
    for keyword in call.keywords:
        try:
            arguments[keyword.arg or "**"] = ast.literal_eval(keyword.value)
        except ValueError:
            code = ast.unparse(keyword)
            raise LookupError(f"{where}: {code} is not a literal, and the file is read without running it") from None
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:
        raise LookupError(f"{where}: {error}") from None


def _shown(model: str) -> str:
    return f"experiments/models/{model}.py"
