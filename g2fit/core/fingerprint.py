"""Fingerprint of the code that made a number: hashes of the sources of model, likelihoods, data, posterior and sampler.

What a source file says is hashed, not how it is laid out: comments, docstrings and line breaks do not count. The hashes
are the same on all machines and with all versions of Python, and are kept in the cache folder, since parsing takes
half a second.
"""

import ast
import functools
import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from types import FunctionType
from typing import Any

from g2fit.core.cache import cache_root
from g2fit.core.errors import G2fitError, StoreError
from g2fit.core.files import fingerprint_of, write_text
from g2fit.core.sources import HOME, called_sources, place_of, read_source

__all__ = ["Code", "code_of", "differing", "digest_of_source", "package_stamp", "refuse_other_code"]

#: Hash of each part of the code, by the name of the part: ``g2fit.models.vll``, ``g2fit.likelihoods``, an own module.
Code = dict[str, str]

#: Modules of `g2fit.core` that numbers depend on, by the options that kernels are compiled with; the others only
#: read, write and distribute.
CORE = "jit.py"

#: File of the hashes of syntax trees, in the cache folder; its name changes when `digest_of_source` does.
KEPT = "syntax-1.json"

#: Most entries of that file.
MOST_KEPT = 5000


def code_of(made: Sequence[Any], modules: Sequence[str] = ()) -> Code:
    """Hash of each part of the code behind classes and functions, and behind modules of g2fit.

    Parameters
    ----------
    made : sequence of classes and functions
        A model's class with its bases, functions of likelihoods. Their modules count, and what these import within
        g2fit and within their own package or folder.
    modules : sequence of str
        Names of further modules of g2fit, which need not be imported.

    Returns
    -------
    dict of str to str
        SHA-256 by part.

    Raises
    ------
    G2fitError
        If the source of a class or function is no file: its results could not be told from those of other code.

    Examples
    --------
    >>> sorted(code_of([], ["g2fit.models.sm"]))
    ['g2fit.models']
    """
    return dict(_code_of(tuple(_definition(thing) for thing in made), tuple(modules)))


def _definition(thing: Any) -> Any:
    """The class or function that something callable consists of.

    >>> _definition(functools.partial(_definition, thing=1)) is _definition
    True
    """
    while isinstance(thing, functools.partial):
        thing = thing.func
    thing = inspect.unwrap(getattr(thing, "__func__", thing))
    return thing if isinstance(thing, type | FunctionType) else type(thing)


@functools.cache
def _code_of(made: tuple[Any, ...], modules: tuple[str, ...]) -> Code:
    """The same; kept by class and function, so that a module that is loaded anew is also read anew."""
    files: dict[str, dict[str, Path]] = {}
    roots = [(_file_of(thing), str(thing.__module__)) for thing in made]
    roots += [(HOME.joinpath(*name.split(".")).with_suffix(".py"), name) for name in modules]
    for source, module in roots:
        top, _ = place_of(source, module)
        for path in called_sources(source, module):
            own = not path.is_relative_to(HOME / "g2fit")
            name = path.relative_to(top).as_posix() if own and path.is_relative_to(top) else path.name
            if not own:
                name = path.relative_to(HOME).as_posix()
                if name.startswith("g2fit/core/") and path.name != CORE:
                    continue
            files.setdefault(_part(name, own), {})[name] = path
    known = _Kept()
    parts = {part: [(name, known.digest(path)) for name, path in sorted(files[part].items())] for part in sorted(files)}
    known.save()
    return {part: fingerprint_of(listed) for part, listed in parts.items()}


def _part(name: str, own: bool) -> str:
    """Part that a source file belongs to.

    >>> _part("g2fit/models/vll/rge.py", False), _part("g2fit/data/loader.py", False), _part("dark/photon.py", True)
    ('g2fit.models.vll', 'g2fit.data', 'dark')
    """
    places = name.removesuffix(".py").split("/")
    if own:
        return places[0]
    return ".".join(places[: 3 if places[1] == "models" and len(places) > 3 else 2])


def _file_of(thing: Any) -> Path:
    """Source file of a class or function."""
    module = sys.modules.get(thing.__module__)
    named = getattr(module, "__file__", None)
    if named is None:
        functions = [thing, *vars(thing).values()] if isinstance(thing, type) else [thing]
        found = (getattr(function, "__code__", None) for function in functions)
        named = next((code.co_filename for code in found if code is not None), "")
    path = Path(named)
    if not path.is_file():
        raise G2fitError(f"{thing.__module__}.{thing.__qualname__}: has no source file; write it to a module")
    return path.resolve()


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """Names of the parts that are not the same.

    >>> differing({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"})
    ['b', 'c']
    """
    return [part for part in sorted({*one, *other}) if one.get(part) != other.get(part)]


def refuse_other_code(there: Any, here: Mapping[str, str], what: str, remedy: str) -> None:
    """Raise a `StoreError` unless what was made `there`, by code with these hashes, was made by the code `here`.

    `what` begins the message, `remedy` ends it.
    """
    if not isinstance(there, dict) or not there:
        raise StoreError(f"{what} does not say by which code it was made (an older version of g2fit); {remedy}")
    if different := differing(there, here):
        raise StoreError(f"{what} was made by other code: {', '.join(different)} differ; {remedy}")


@functools.cache
def package_stamp() -> str:
    """Version of g2fit and hash of all its sources and data files, by which processes know that they are alike."""
    known = _Kept()
    files = sorted(path for path in (HOME / "g2fit").rglob("*.*") if path.suffix in (".py", ".yaml"))
    listed = [(path.relative_to(HOME).as_posix(), known.digest(path)) for path in files]
    known.save()
    return f"{version('g2fit')} (code {fingerprint_of(listed)[:32]})"


def digest_of_source(content: bytes) -> str:
    r"""SHA-256 of what Python source says; of the bytes themselves, if they are not Python.

    >>> one = digest_of_source(b"def f(x):\n    'Double.'\n    return 2 * x  # a comment")
    >>> one == digest_of_source(b"def f(x): return (2*x)"), one == digest_of_source(b"def f(x): return 3 * x")
    (True, False)
    """
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError):
        return hashlib.sha256(content).hexdigest()
    said: list[str] = []
    _describe(tree, said.append)
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).hexdigest()


def _describe(node: ast.AST, say: Callable[[str], None]) -> None:
    """Say what a syntax tree holds: nodes and values, without positions, docstrings and empty fields."""
    say(type(node).__name__)
    for name in node._fields:
        value = getattr(node, name, None)
        if value is None and not isinstance(node, ast.Constant):
            continue
        if isinstance(value, list):
            items = value[1:] if name == "body" and _is_docstring(node, value) else value
            if items:
                say(f"{name} {len(items)}")
                for item in items:
                    if isinstance(item, ast.AST):
                        _describe(item, say)
                    else:
                        say(repr(item))
        elif isinstance(value, ast.AST):
            say(name)
            _describe(value, say)
        elif name not in ("kind", "type_comment"):
            say(f"{name} {value!r}")


def _is_docstring(node: ast.AST, body: list[Any]) -> bool:
    """Whether the first statement is a docstring."""
    if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or not body:
        return False
    first = body[0]
    return isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)


class _Kept:
    """Hashes of syntax trees that were computed before, by the hash of the file's bytes."""

    def __init__(self) -> None:
        root = cache_root()
        self._path = None if root is None else root / KEPT
        self._known: dict[str, str] = {}
        self._new = False
        if self._path is not None:
            with suppress(OSError, ValueError, TypeError, KeyError):
                copy = json.loads(self._path.read_text(encoding="utf-8"))
                if fingerprint_of(copy["digests"]) == copy["fingerprint"]:
                    self._known = dict(copy["digests"])

    def digest(self, path: Path) -> str:
        """Hash of a source file; a file of g2fit is read once per process, so that what was imported counts."""
        content, key = read_source(path)
        if key not in self._known:
            self._known[key] = digest_of_source(content)
            self._new = True
        return self._known[key]

    def save(self) -> None:
        """Keep what is new, unless the cache folder cannot be written: it is computed again then."""
        if self._path is not None and self._new:
            digests = dict(list(self._known.items())[-MOST_KEPT:])
            with suppress(StoreError):
                write_text(self._path, json.dumps({"fingerprint": fingerprint_of(digests), "digests": digests}))
