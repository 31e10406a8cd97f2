"""Where numba keeps compiled kernels: in the folder that `g2fit.core.jit` names by the sources, wherever these lie.

numba would look in a different place for each folder of the sources, and every installation and every clone would
compile the same kernels again. It imports this module by its name.
"""

from typing import Any

from numba.core.caching import UserProvidedCacheLocator

__all__ = ["KernelCacheLocator"]


class KernelCacheLocator(UserProvidedCacheLocator):  # type: ignore[misc]
    """Find the compiled kernels of a module in the folder of settings that numba calls ``CACHE_DIR``."""

    @classmethod
    def get_suitable_cache_subpath(cls, _: Any) -> str:
        """No folder below: the one of the kernels belongs to one module."""
        return ""

    def get_source_stamp(self) -> str:
        """What tells one source from another: nothing more, since the folder is named by a hash of the sources."""
        return "hash of the sources"
