"""Compilation of the numerical kernels: four decorators, and a disk cache that is never stale.

numba notices a change only in the file that holds a cached function, not in the files of the functions it calls.
The compiled kernels of a folder therefore lie under a hash of every source file of that folder and of the shared
numerical modules at the top of the package. A kernel may call functions of its own folder and of those modules only.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import platform
import sys
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from g2fit.core.files import user_cache

__all__ = ["cache_dir", "inlined", "interpreted", "is_compiled", "kernel", "mark_compiled", "scalar", "ufunc"]

#: Passed to LLVM: fused multiply-add and products with reciprocals are allowed, reassociation is not.
FASTMATH = {"contract", "arcp", "nsz"}

_PACKAGE = Path(__file__).parent


@functools.cache
def cache_dir(folder: Path = _PACKAGE) -> Path:
    """Folder of the compiled kernels of the source files in `folder`, exactly as they are now.

    The environment variable ``G2FIT_CACHE_DIR`` sets its parent, which is the user's cache folder otherwise.
    """
    versions = f"{version('numba')} {version('numpy')} {platform.machine()} {sys.version_info} {sorted(FASTMATH)}"
    digest = hashlib.sha256(versions.encode())
    shared = [path for path in _PACKAGE.glob("*.py") if b"g2fit.core.jit" in path.read_bytes()]
    for source in sorted({*folder.glob("*.py"), *shared} - {Path(__file__)}):
        digest.update(source.as_posix().encode())
        digest.update(source.read_bytes())
    return user_cache() / digest.hexdigest()[:16]


class _Compiled:
    """A function that numba is asked to compile when it is first called, from Python or from another kernel.

    Importing a module of kernels therefore costs nothing, not even the import of numba.
    """

    _lock = threading.RLock()

    def __init__(self, function: Callable[..., Any], decorator: str, options: dict[str, Any]) -> None:
        functools.update_wrapper(self, function)
        self._decorator = decorator
        self._options = options

    @functools.cached_property
    def _dispatcher(self) -> Callable[..., Any]:
        import numba

        with self._lock:
            previous = numba.config.CACHE_DIR
            numba.config.CACHE_DIR = str(cache_dir(Path(inspect.getfile(inspect.unwrap(self))).parent))
            try:
                decorator = getattr(numba, self._decorator)(cache=True, **self._options)
                return cast(Callable[..., Any], decorator(inspect.unwrap(self)))
            finally:
                numba.config.CACHE_DIR = previous

    @property
    def _numba_type_(self) -> Any:
        """What numba asks of a name in a kernel that it compiles."""
        return self._dispatcher._numba_type_

    @property
    def targetoptions(self) -> dict[str, Any]:
        """Options of the decorator, by which numba knows what to inline."""
        return self._options

    @property
    def py_func(self) -> Callable[..., Any]:
        """The function that numba inlines."""
        return inspect.unwrap(self)

    def __call__(self, *arguments: Any) -> Any:
        return self._dispatcher(*arguments)


def scalar[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of a few numbers, to be called from kernels (or alone, from Python)."""
    return cast(F, _Compiled(function, "njit", {"error_model": "numpy", "fastmath": FASTMATH}))


def inlined[F: Callable[..., Any]](function: F) -> F:
    """Make a function part of each kernel that calls it, so that compiled functions can be among its arguments."""
    return cast(F, _Compiled(function, "njit", {"inline": "always"}))


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a loop over the rows of a batch; it releases the GIL so that threads can share the batch."""
    return cast(F, _Compiled(function, "njit", {"error_model": "numpy", "fastmath": FASTMATH, "nogil": True}))


def ufunc[F: Callable[..., Any]](function: F) -> F:
    """Compile a function of a few numbers that also broadcasts over arrays: a public function of the physics."""
    return cast(F, _Compiled(function, "vectorize", {}))


def interpreted[F: Callable[..., Any]](function: F) -> F:
    """Return the Python function behind a compiled one: for single calls, which are not worth starting numba for."""
    return cast(F, inspect.unwrap(function))


def is_compiled(name: str, folder: Path = _PACKAGE) -> bool:
    """Whether the kernels called `name` are already on disk for this source."""
    return (cache_dir(folder) / f"{name}.done").exists()


def mark_compiled(name: str, folder: Path = _PACKAGE) -> None:
    """Remember that the kernels called `name` are on disk."""
    cache_dir(folder).mkdir(parents=True, exist_ok=True)
    (cache_dir(folder) / f"{name}.done").touch()
