"""The layout of the package: one direction of imports, no circles, few items at the root, short modules and calls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

#: Packages and modules at the root of ``g2fit``; each imports only from those before it.
ORDER = (
    "core", "models", "data", "likelihoods", "card", "posterior", "sampling", "results", "inference", "output",
    "pipeline", "cli",
)  # fmt: skip

#: Most items at the root of ``g2fit``, ``__init__`` included.
MOST_ITEMS = 13

#: Longest module, in lines.
LONGEST = 350

#: Most arguments of a function that is not compiled, ``self`` not counted.
MOST_ARGUMENTS = 8

#: Decorators of `g2fit.core.jit` that compile a function.
COMPILED = ("inlined", "kernel", "scalar", "ufunc")


@pytest.fixture(scope="module")
def modules(root: Path) -> dict[str, Path]:
    """Dotted name and file of every module of the package."""
    found = {}
    for path in (root / "g2fit").rglob("*.py"):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@pytest.fixture(scope="module")
def graph(modules: dict[str, Path]) -> dict[str, set[str]]:
    """Modules of the package that each of them imports."""
    return {
        name: {module for module in imports(path, modules) if module in modules} - {name}
        for name, path in modules.items()
    }


def imports(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """Names that a module imports anywhere: at its top, in a function, for type checkers, or by a table of names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in modules else str(node.module)
        elif isinstance(node, ast.Dict):  # a table of names that are imported when first used: "g2fit.card.card:Card"
            values = [value.value for value in node.values if isinstance(value, ast.Constant)]
            yield from (value.partition(":")[0] for value in values if isinstance(value, str) and "." in value)


def place(module: str) -> int:
    """Place in `ORDER` of the item at the root that a module belongs to."""
    return ORDER.index(module.split(".")[1])


def test_no_import_points_upward(graph: dict[str, set[str]]) -> None:
    inner = {module: others for module, others in graph.items() if module != "g2fit"}
    upward = [
        f"{module} imports {other}"
        for module, others in inner.items()
        for other in others
        if other == "g2fit" or place(other) > place(module)
    ]
    assert not upward


def test_no_circles(graph: dict[str, set[str]]) -> None:
    left = {module: others for module, others in graph.items() if module != "g2fit"}
    while free := {module for module, others in left.items() if not others & left.keys()}:
        left = {module: others for module, others in left.items() if module not in free}
    assert not left, "each of these imports another of them"


def test_items_at_the_root(root: Path) -> None:
    items = {
        path.stem for path in (root / "g2fit").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert items == {*ORDER, "__init__"}
    assert len(items) <= MOST_ITEMS


@pytest.mark.parametrize(
    ("folder", "forbidden"), [("g2fit", {"analysis", "benchmarks", "examples", "tests"}), ("tests", {"benchmarks"})]
)
def test_the_library_uses_neither_studies_nor_tests(
    root: Path, modules: dict[str, Path], folder: str, forbidden: set[str]
) -> None:
    wrong = [
        f"{path} imports {name}"
        for path in (root / folder).rglob("*.py")
        for name in imports(path, modules)
        if name.split(".")[0] in forbidden
    ]
    assert not wrong


def test_length_of_modules(modules: dict[str, Path]) -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in modules.items()}
    assert not {name: length for name, length in lengths.items() if length > LONGEST}


def is_compiled(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function is compiled by one of the decorators of `g2fit.core.jit`."""
    return any(isinstance(d, ast.Name) and d.id in COMPILED for d in function.decorator_list)


def test_number_of_arguments(modules: dict[str, Path]) -> None:
    long = []
    for name, path in modules.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_compiled(node):
                every = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
                count = len([argument for argument in every if argument.arg not in ("self", "cls")])
                if count > MOST_ARGUMENTS:
                    long.append(f"{name}.{node.name} has {count} arguments")
    assert not long
