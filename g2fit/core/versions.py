"""Versions of the packages that a result depends on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

__all__ = ["PACKAGES", "versions"]

#: Packages whose versions a manifest records.
PACKAGES = ("g2fit", "numpy", "scipy", "numba", "emcee", "arviz", "xarray", "h5py", "pydantic", "ruamel.yaml")


def versions() -> dict[str, str]:
    """Versions of Python and of `PACKAGES`, by name."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
