"""Where numba keeps compiled kernels: in the folder that `g2fit.core.jit` names by the sources, wherever these lie.

numba would look in a different place for each folder of the sources, and every installation and every clone would
compile the same kernels again. It imports this module by its name.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numba.core.caching import UserProvidedCacheLocator

from g2fit.core.jit import LOCATOR, _Compiled, _numba_settings, cache_dir

__all__ = ["KernelCacheLocator", "kept_by_sources"]


class KernelCacheLocator(UserProvidedCacheLocator):  # type: ignore[misc]
    """Find the compiled kernels of a module in the folder of settings that numba calls ``CACHE_DIR``."""

    @classmethod
    def get_suitable_cache_subpath(cls, _: Any) -> str:
        """No folder below: the one of the kernels belongs to one module."""
        return ""

    def get_source_stamp(self) -> str:
        """What tells one source from another: nothing more, since the folder is named by a hash of the sources."""
        return "hash of the sources"


@contextmanager
def kept_by_sources(source: Path, module: str) -> Iterator[None]:
    """Let numba's own ``cache=True`` in a user's module keep what it compiles by the sources, too, for a while.

    Beside the source file, it would take compiled code for current although a function that it calls has changed.
    """
    folder = cache_dir(source, module)
    if folder is None:
        yield
        return
    with _Compiled._lock, _numba_settings(CACHE_DIR=str(folder), CACHE_LOCATOR_CLASSES=LOCATOR):
        yield
