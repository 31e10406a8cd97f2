"""Writing and reading of NetCDF files."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py

from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["read_netcdf", "write_netcdf"]


def read_netcdf(path: Path, what: str, groups: bool = False) -> Any:
    """Read a file into memory.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What it should be, for the message.
    groups : bool
        Whether to give an `xarray.DataTree` and not a `xarray.Dataset`.

    Raises
    ------
    StoreError
        If it is not there, truncated, damaged or something else.
    """
    import xarray as xr

    try:
        with h5py.File(path) as file:  # a damaged file is found here, where nothing is left half open
            file.visititems(lambda name, item: [*item.attrs.items()] and None)
        opened = (xr.open_datatree if groups else xr.open_dataset)(path, engine="h5netcdf")
        with opened:
            return opened.load()
    except Exception as error:  # noqa: BLE001 (a damaged file makes HDF5 and its readers raise almost anything)
        raise StoreError(
            f"{path}: cannot be read, it is missing, truncated or not {what} ({one_line(error)})"
        ) from None


def one_line(error: BaseException) -> str:
    """Text of an error of a library, in short."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


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
