"""Versions of the packages that a result depends on."""

import platform
from importlib.metadata import version

__all__ = ["PACKAGES", "versions"]

#: Packages whose versions a manifest records.
PACKAGES = ("g2fit", "numpy", "scipy", "numba", "emcee", "arviz", "xarray", "h5py", "pydantic", "ruamel.yaml")


def versions() -> dict[str, str]:
    """Versions of Python and of `PACKAGES`, by name."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
