"""Writing of NetCDF files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from g2fit.yamlio import atomic_write

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["write_netcdf"]


def write_netcdf(data: xr.Dataset | xr.DataTree, path: Path) -> None:
    """Write data at once, by way of memory.

    HDF5 does not survive a disk that becomes full while it writes: the process crashes later. Bytes do.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        content = data.to_netcdf(None, engine="h5netcdf")
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
