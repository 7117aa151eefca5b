"""The texts of a hand-in, from templates/handin, and the pieces of code that stand in them."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parents[2]


def render(template: str, values: Mapping[str, Any]) -> str:
    """A template of the hand-in as text. Its functions: file(path), definition(path, name)."""
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "handin"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # Markdown, and code in it
    )
    environment.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
    return environment.get_template(template).render(file=source_of, definition=definition, **values)


def source_of(path: str) -> str:
    """The text of one of the program's files, without blank lines at its end."""
    return (ROOT / path).read_text(encoding="utf-8").rstrip("\n")


def definition(path: str, name: str) -> str:
    """The source of a class, a function or a method (Class.method) as it stands in a file of the program.

    A method keeps its indentation, as inspect.getsource has it. Raises LookupError if there is none.
    """
    text = source_of(path)
    node: ast.AST = ast.parse(text)
    for part in name.split("."):
        found = [n for n in ast.iter_child_nodes(node) if isinstance(n, _NAMED) and n.name == part]
        if not found:
            raise LookupError(f"{path} has no {name}")
        node = found[-1]
    assert isinstance(node, _NAMED)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno])


_NAMED = (ast.ClassDef, ast.FunctionDef)
