"""The layout of the package: one direction of imports, no circle, few items at the root, modules of readable length."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

#: Packages and modules at the root of ``g2fit``, each of which imports only from those before it.
ORDER = (
    "core", "models", "data", "likelihoods", "card", "posterior", "sampling", "results", "inference", "output",
    "pipeline", "cli",
)  # fmt: skip

#: Longest module, in lines.
LONGEST = 350

#: Most arguments of a function, outside compiled kernels.
MOST_ARGUMENTS = 8


def modules(root: Path) -> dict[str, Path]:
    """Dotted name and file of every module of the package."""
    found = {}
    for path in sorted((root / "g2fit").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.AST, known: dict[str, Path]) -> set[str]:
    """Modules of the package that a module imports anywhere: at its top, in a function, for type checkers."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else node.module)
        elif isinstance(node, ast.Dict):  # tables of names imported when first used: "g2fit.models.sm:StandardModel"
            values = [value.value for value in node.values if isinstance(value, ast.Constant)]
            found |= {value.partition(":")[0] for value in values if isinstance(value, str) and "." in value}
    return found & known.keys()


@pytest.fixture(scope="module")
def graph(root: Path) -> dict[str, set[str]]:
    known = modules(root)
    return {name: imports(ast.parse(path.read_text()), known) - {name} for name, path in known.items()}


def item(module: str) -> str:
    """The item at the root of the package that a module belongs to."""
    return module.split(".")[1] if "." in module else ""


def test_no_import_points_upward(graph: dict[str, set[str]]) -> None:
    upward = [
        f"{module} imports {other}"
        for module, others in graph.items()
        for other in others
        if item(module) and (not item(other) or ORDER.index(item(other)) > ORDER.index(item(module)))
    ]
    assert not upward


def test_no_circles(graph: dict[str, set[str]]) -> None:
    left = {module: set(others) for module, others in graph.items() if module != "g2fit"}
    while True:
        free = {module for module, others in left.items() if not others & left.keys()}
        if not free:
            break
        for module in free:
            del left[module]
    assert not left, "each of these imports another of them"


def test_items_at_the_root(root: Path) -> None:
    names = {
        path.stem for path in (root / "g2fit").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert names == {*ORDER, "__init__"}


def test_the_library_uses_neither_studies_nor_tests(root: Path) -> None:
    outside = ("analysis", "benchmarks", "tests", "examples")
    for folder in ("g2fit", "tests"):
        forbidden = outside if folder == "g2fit" else ("benchmarks",)
        for path in (root / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                assert not [n for n in names if n.split(".")[0] in forbidden], path


def test_length_of_modules(root: Path) -> None:
    lengths = {str(path): len(path.read_text().splitlines()) for path in modules(root).values()}
    assert not {path: n for path, n in lengths.items() if n > LONGEST}


def is_kernel(function: ast.FunctionDef) -> bool:
    """Whether a function is compiled by one of the decorators of `g2fit.core.jit`."""
    return any(isinstance(d, ast.Name) and d.id in ("kernel", "scalar", "ufunc") for d in function.decorator_list)


def test_number_of_arguments(root: Path) -> None:
    long = []
    for path in modules(root).values():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not is_kernel(node):
                a = node.args
                given = [x for x in (*a.posonlyargs, *a.args, *a.kwonlyargs) if x.arg not in ("self", "cls")]
                if len(given) > MOST_ARGUMENTS:
                    long.append(f"{path}:{node.lineno} {node.name} {len(given)}")
    assert not long
