"""A digest of the code that can change a run's numbers, blind to comments, docstrings and layout.

Which modules those are is computed: everything of this package that the trainer and the model's file import, at any
depth, but for a few that change no number.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from experiments.models.recipe import declared

ROOT = Path(__file__).resolve().parent
PACKAGE = ROOT.name
MODELS = f"{PACKAGE}.models."

# Neither these nor what they import counts.
HARMLESS: Mapping[str, str] = {
    "experiments.config": "the settings are in the key, value by value",
    "experiments.data.dataset": "images, labels and split are in the key, as the dataset's fingerprint",
    "experiments.training.device": "device, threads and precision are recorded with the run; last bits depend on them",
    "experiments.errors": "messages",
    "experiments.limits": "how many cores and how much memory there are: threads are recorded with the run",
    "experiments.models.recipe": "names and cost; the recipe itself is in the key, as settings",
}


@dataclass(frozen=True)
class _Module:
    digest: str
    imports: frozenset[str]  # names that may be modules of this package


def code_digest(modules: Iterable[str], model: str | None = None, root: Path = ROOT) -> str:
    """Hex SHA-256 over the normalised syntax trees of modules of this package and of all that they import.

    modules: e.g. ("experiments.training.loop",). model: the module of a model, whose NAMES, RESOURCES and RECIPE do not
    count: what they say is in the key, or changes no number.
    Raises LookupError if a module is missing, or if one imports another whose name is only known when it runs.
    """
    digest = hashlib.sha256()
    for name, module in sorted(_closure(modules, model, root).items()):
        digest.update(f"{name}:{module.digest}\n".encode())
    return digest.hexdigest()


def _closure(modules: Iterable[str], model: str | None, root: Path) -> dict[str, _Module]:
    """The modules and all that they import from this package, at any depth, without the harmless ones."""
    found: dict[str, _Module] = {}
    waiting = [*modules, *([model] if model else [])]
    for name in waiting:
        if _file(name, root) is None:
            raise LookupError(f"there is no module {name} in {root}")
    while waiting:
        name = waiting.pop()
        path = _file(name, root)
        if name in found or name in HARMLESS or path is None:  # None: no module, but a name in one
            continue
        module = _module(path.read_text(encoding="utf-8"), name, path.name == "__init__.py", name == model)
        found[name] = module
        waiting += module.imports
    return found


def source_files(modules: Iterable[str], root: Path = ROOT) -> list[Path]:
    """The files of modules of this package and of all that they import from it, at any depth, sorted.

    Raises LookupError as code_digest does.
    """
    found: dict[str, Path] = {}
    waiting = list(modules)
    for name in waiting:
        if _file(name, root) is None:
            raise LookupError(f"there is no module {name} in {root}")
    while waiting:
        name = waiting.pop()
        path = _file(name, root)
        if path and name not in found:
            found[name] = path
            source = path.read_text(encoding="utf-8")
            waiting += _module(source, name, path.name == "__init__.py", False).imports
    return sorted(found.values())


def _file(name: str, root: Path) -> Path | None:
    first, *rest = name.split(".")
    if first != PACKAGE:
        return None
    path = root.joinpath(*rest)
    files = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((file for file in files if file.is_file()), None)


@cache
def _module(source: str, name: str, is_package: bool, is_model: bool) -> _Module:
    tree = ast.parse(source, filename=name)
    parts = name.split(".")
    package = parts if is_package else parts[:-1]
    imports = {".".join(parts[:depth]) for depth in range(1, len(parts))}  # the packages around it run as well
    for imported in _imported(tree, package, name):
        within = imported.split(".")
        imports |= {".".join(within[:depth]) for depth in range(1, len(within) + 1)}
    if is_model:
        loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        tree.body = [node for node in tree.body if (found := declared(node)) is None or found[0] in loaded]
    return _Module(_digest(tree), frozenset(imports))


def _imported(tree: ast.AST, package: list[str], name: str) -> Iterator[str]:
    """Every name that a module imports, wherever in it, as a full dotted name."""
    importers = {"import_module", "__import__"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join([*_around(package, node.level), *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
            importers |= {alias.asname or alias.name for alias in node.names if alias.name == "import_module"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called in importers:
                yield from _imported_at_run_time(node.args[0], package, f"{name}, line {node.lineno}")


def _imported_at_run_time(argument: ast.expr, package: list[str], where: str) -> Iterator[str]:
    """The module that import_module(argument) names, if it is one of this package."""
    start = argument.values[0] if isinstance(argument, ast.JoinedStr) and argument.values else argument
    text = start.value if isinstance(start, ast.Constant) and isinstance(start.value, str) else None
    if text is not None and start is argument:
        module = text.lstrip(".")
        yield ".".join([*_around(package, len(text) - len(module)), module])
    elif text is None or (text != MODELS and text.startswith((PACKAGE, "."))):
        raise LookupError(
            f"{where}: a module is imported whose name is only known when the code runs, so that the key of a run "
            f"cannot cover it; name it, or put it in {MODELS}"
        )


def _around(package: list[str], level: int) -> list[str]:
    """The package that this number of leading dots means; [] for none."""
    return package[: len(package) - level + 1] if level else []


def source_digest(source: str) -> str:
    """Hex SHA-256 of one module's normalised syntax tree."""
    return _digest(ast.parse(source))


def _digest(tree: ast.AST) -> str:
    return hashlib.sha256("\n".join(_normalised(tree)).encode()).hexdigest()


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
