"""Compilation of the numerical kernels: five decorators, and a cache on disk that is never stale.

numba notices a change only in the file that holds a cached function, not in the files of the functions it calls.
The compiled kernels of a module therefore lie in a folder named by a hash of that module and of all modules that it
imports, see `g2fit.core.sources`. Where no folder can be written, kernels are compiled anew by every process.
"""

import functools
import inspect
import platform
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from g2fit.core.cache import cache_root, make_writable
from g2fit.core.files import fingerprint_of
from g2fit.core.sources import source_key

__all__ = [
    "cache_dir",
    "embedded",
    "inlined",
    "interpreted",
    "is_compiled",
    "kernel",
    "mark_compiled",
    "scalar",
    "ufunc",
]

#: What all kernels are compiled with. The compiler may change no floating-point operation: whether it contracts
#: ``a * b + c`` to one rounding depends on which functions it inlines, and that on which of them come from the cache:
#: the same card could give other last bits. Nobody calls kernels as functions of C: the wrapper would cost time.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": False, "no_cfunc_wrapper": True}

#: Where numba looks for compiled kernels: in our folder only, never in the ``__pycache__`` beside the source, whose
#: files it finds by the calling function alone.
LOCATOR = "g2fit.core.kernel_cache.KernelCacheLocator"


@functools.cache
def cache_dir(source: Path, module: str) -> Path | None:
    """Folder of the compiled kernels of a module, whose source file is `source`; None if there is no cache."""
    root = cache_root() if source.is_file() else None  # what is typed at a prompt has no file
    settings = f"{version('numba')} {version('numpy')} {platform.machine()} {sys.version_info} {OPTIONS}"
    return None if root is None else root / fingerprint_of([module, source_key(source, module), settings])[:16]


@contextmanager
def _numba_settings(**values: str) -> Iterator[None]:
    """Change settings of numba for a while."""
    from numba import config

    previous = {name: getattr(config, name) for name in values}
    vars(config).update(values)
    try:
        yield
    finally:
        vars(config).update(previous)


def _forget_constants(dispatcher: Any) -> None:
    """Let a constant argument of a call count as a variable of its type, so that a function is compiled once for both.

    numba would compile ``f(x, 0)``, ``f(x, 1)`` and ``f(x, n)`` one by one, which takes a quarter of the time of all.
    """
    from numba import types

    typed = getattr(dispatcher, "get_call_template", None)
    if typed is None:  # a ufunc
        return

    def variable(argument: Any) -> Any:
        plain = types.unliteral(argument)
        return plain if isinstance(plain, types.Integer | types.Boolean) else argument

    def get_call_template(arguments: Any, keywords: Any) -> Any:
        named = {name: variable(argument) for name, argument in keywords.items()}
        return typed(tuple(map(variable, arguments)), named)

    dispatcher.get_call_template = get_call_template


class _Compiled:
    """A function that numba compiles when it is first called, from Python or from another kernel.

    Importing a module of kernels therefore costs little, not even the import of numba. The source files are read when
    the function is defined, so that what is compiled later is stored under the sources that were imported.
    """

    _lock = threading.RLock()

    def __init__(self, function: Callable[..., Any], decorator: str, options: dict[str, Any]) -> None:
        functools.update_wrapper(self, function)
        self._function = function
        self._decorator = decorator
        self._options = options
        self._place = (Path(function.__code__.co_filename).absolute(), function.__module__)
        if self._place[0].is_file():
            source_key(*self._place)

    @functools.cached_property
    def _called_by_python(self) -> Any:
        return self._make_dispatcher(cache_dir(*self._place))

    @property
    def _called_by_kernels(self) -> Any:
        return self._called_by_python

    def _make_dispatcher(self, folder: Path | None, **options: bool) -> Any:
        dispatcher = self._decorated(folder, self._options | options)
        _forget_constants(dispatcher)
        return dispatcher

    def _decorated(self, folder: Path | None, options: dict[str, Any]) -> Any:
        import numba

        decorate = functools.partial(getattr(numba, self._decorator), **options)
        if folder is None:
            return decorate()(self._function)
        with self._lock, _numba_settings(CACHE_DIR=str(folder), CACHE_LOCATOR_CLASSES=LOCATOR):
            try:
                return decorate(cache=True)(self._function)
            except RuntimeError:  # the folder cannot be written, though the one above it can
                return decorate()(self._function)

    @property
    def _numba_type_(self) -> Any:
        """What numba asks of a name in a kernel that it compiles."""
        return self._called_by_kernels._numba_type_

    @property
    def targetoptions(self) -> dict[str, Any]:
        """Options of the decorator, by which numba knows what to inline."""
        return self._options

    @property
    def py_func(self) -> Callable[..., Any]:
        """The function that numba inlines."""
        return self._function

    def __call__(self, *arguments: Any) -> Any:
        return self._called_by_python(*arguments)


class _Part(_Compiled):
    """A function of a few numbers, which kernels call: for them it is compiled without the wrapper for Python.

    The wrappers of all parts of a kernel would take a sixth of the time of its compilation. A part that Python calls,
    too, is compiled once more with its wrapper.
    """

    @functools.cached_property
    def _called_by_kernels(self) -> Any:
        folder = cache_dir(*self._place)
        return self._make_dispatcher(folder and folder / "parts", no_cpython_wrapper=True)


def scalar[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of a few numbers, to be called from kernels (or alone, from Python)."""
    return cast(F, _Part(function, "njit", OPTIONS))


def embedded[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of a few numbers as part of each caller.

    A loop of it over points can then be compiled to SIMD instructions, if it is arithmetic alone, without a loop that
    ends early or a call of the C library; conditions become selections, so that both sides are computed.
    """
    return cast(F, _Part(function, "njit", OPTIONS | {"forceinline": True}))


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Make a function part of each kernel that calls it, so that compiled functions can be among its arguments."""
    return cast(F, _Compiled(function, "njit", {"inline": "always"}))


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a loop over the rows of a batch; it releases the GIL so that threads can share the batch."""
    return cast(F, _Compiled(function, "njit", OPTIONS | {"nogil": True}))


def ufunc[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of a few numbers that also broadcasts over arrays: a public function of the physics."""
    return cast(F, _Compiled(function, "vectorize", {}))


def interpreted[F: Callable[..., Any]](function: F) -> F:
    """Return the Python function behind a compiled one: for single calls, which are not worth starting numba for."""
    return cast(F, inspect.unwrap(function))


def is_compiled(name: str, source: Path, module: str) -> bool:
    """Whether the kernels called `name`, of the module with this source file, are already on disk."""
    folder = cache_dir(source, module)
    return folder is not None and (folder / f"{name}.done").exists()


def mark_compiled(name: str, source: Path, module: str) -> None:
    """Remember that the kernels called `name` are on disk."""
    folder = cache_dir(source, module)
    if folder is not None:
        with suppress(OSError):  # only a note
            make_writable(folder)
            (folder / f"{name}.done").touch()
