"""A digest of the code that can change a run's numbers, blind to comments, docstrings and layout."""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def code_digest(modules: Iterable[str]) -> str:
    """Hex SHA-256 over the normalised syntax trees of modules of this package, e.g. ("train", "cnn")."""
    digest = hashlib.sha256()
    for module in sorted(modules):
        digest.update(f"{module}:{_module_digest(ROOT / f'{module}.py')}\n".encode())
    return digest.hexdigest()


@cache
def _module_digest(path: Path) -> str:
    return source_digest(path.read_text(encoding="utf-8"))


def source_digest(source: str) -> str:
    """Hex SHA-256 of one module's normalised syntax tree."""
    return hashlib.sha256("\n".join(_normalised(ast.parse(source))).encode()).hexdigest()


def _normalised(node: ast.AST) -> Iterator[str]:
    """One line for each node and value, in order.

    `ast.dump` would do but for its dependence on the Python version: newer ones add empty fields.
    """
    yield f"({type(node).__name__}"
    for name, value in ast.iter_fields(node):
        if value is None or value == [] or name in ("type_comment", "kind"):
            continue
        if name == "body" and isinstance(value, list) and _is_docstring(value[0]):
            value = value[1:]
        yield name
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, ast.AST):
                yield from _normalised(item)
            else:
                yield repr(item)
    yield ")"


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
