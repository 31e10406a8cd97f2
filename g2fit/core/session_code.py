"""Hash of a class or function that no file holds: defined at a prompt, in a notebook or inside a function."""

from __future__ import annotations

import dataclasses
import dis
import functools
import hashlib
import inspect
import os
import pickle
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from pydantic import BaseModel

__all__ = ["session_code_hash"]

#: Folders of Python, of installed packages and of this one.
INSTALLED = (
    *{sysconfig.get_path(kind) + os.sep for kind in ("stdlib", "platstdlib", "purelib", "platlib")},
    f"{Path(__file__).resolve().parents[1]}{os.sep}",
)

#: Attributes of a class that say nothing about what it does.
NO_MATTER = ("__dict__", "__weakref__", "__module__", "__doc__", "__firstlineno__", "_abc_impl", "__abstractmethods__")


def session_code_hash(item: Any) -> str:
    """Hash of what a class or function does: its code, and the values that it takes from elsewhere.

    These are default values of arguments, variables of the function around it, and what its code calls by name:
    numbers, texts, arrays, other functions, classes and modules of the user. What has no content that can be compared,
    such as an open file, counts as another one whenever it is another object. The hash holds for this process only.

    Examples
    --------
    >>> def line(slope):
    ...     return lambda x: slope * x
    >>> [session_code_hash(line(1.0)) == session_code_hash(line(slope)) for slope in (1.0, 2.0)]
    [True, False]
    """
    digest = hashlib.sha256()
    seen = {id(item): item}
    for part in [type(item).__qualname__, item.__qualname__, *_parts(item)]:
        _say(part, lambda text: digest.update(f"{len(text)} {text}\n".encode("utf-8", "surrogatepass")), seen)
    return digest.hexdigest()


def _say(value: Any, say: Callable[[str], None], seen: dict[int, Any]) -> None:
    """Say what a value is; code of installed packages by its name, all other code by what it does."""
    kind = f"{type(value).__module__}.{type(value).__qualname__}"
    if value is None or isinstance(value, bool | int | float | complex | str | bytes):
        say(f"{kind} {value!r}")
        return
    if id(value) in seen:
        say("again")
        return
    seen[id(value)] = value  # kept, so that no other one gets its identity
    if isinstance(value, ModuleType | FunctionType | type) and _is_installed(value):
        say(f"{kind} {getattr(value, '__module__', '')} {getattr(value, '__qualname__', value.__name__)}")
        return
    say(kind)
    for part in _parts(value):
        _say(part, say, seen)


def _is_installed(value: ModuleType | FunctionType | type) -> bool:
    """Whether code belongs to this package, Python or an installed package, and not to the user."""
    name = value.__name__ if isinstance(value, ModuleType) else str(value.__module__)
    if name.partition(".")[0] in sys.stdlib_module_names:
        return name != "__main__"
    return str(getattr(sys.modules.get(name), "__file__", None)).startswith(INSTALLED)


def _parts(value: Any) -> list[Any]:
    """What a value consists of."""
    if isinstance(value, ModuleType):
        file = Path(getattr(value, "__file__", None) or "")
        return [value.__name__, file.read_bytes() if file.is_file() else id(value)]
    if isinstance(value, Mapping):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if isinstance(value, np.ndarray | np.generic) and not np.asarray(value).dtype.hasobject:
        return [str(value.dtype), repr(value.shape), value.tobytes()]
    if isinstance(value, CodeType):
        return [value.co_name, value.co_code, value.co_consts, value.co_names, value.co_varnames, value.co_freevars]
    if isinstance(value, FunctionType):
        return [value.__code__, value.__defaults__, value.__kwdefaults__, _cells(value), _globals(value), vars(value)]
    if isinstance(value, type):
        fields = repr(value.model_fields) if issubclass(value, BaseModel) else ""
        content = {
            name: part
            for name, part in vars(value).items()
            if name not in NO_MATTER and not name.startswith(("__pydantic", "model_"))
        }
        return [value.__qualname__, fields, list(value.__bases__), content]
    if isinstance(value, staticmethod | classmethod):
        return [value.__func__]
    if isinstance(value, property):
        return [value.fget, value.fset]
    if isinstance(value, functools.cached_property):
        return [value.func]
    if inspect.ismethod(value):
        return [value.__func__, value.__self__]
    if isinstance(compiled := getattr(value, "py_func", None), FunctionType):
        return [compiled, repr(getattr(value, "targetoptions", None))]
    if dataclasses.is_dataclass(value):
        return [type(value), *(getattr(value, field.name) for field in dataclasses.fields(value))]
    try:
        return [type(value), pickle.dumps(value)]
    except Exception:  # noqa: BLE001 (any class can refuse in its own way)
        return [type(value), id(value)]


def _cells(function: FunctionType) -> list[Any]:
    """Values of the variables of functions around this one; those that are not set yet are left out."""
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:
            continue
    return found


def _globals(function: FunctionType) -> dict[str, Any]:
    """Variables of the module that a function, or one inside it, may use."""
    names: set[str] = set()
    waiting = [function.__code__]
    while waiting:
        code = waiting.pop()
        names |= {
            str(step.argval) for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")
        }
        waiting += [part for part in code.co_consts if isinstance(part, CodeType)]
    return {name: function.__globals__[name] for name in sorted(names & function.__globals__.keys())}
