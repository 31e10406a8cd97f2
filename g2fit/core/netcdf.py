"""Writing and reading of NetCDF files."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.errors import G2fitError, StoreError
from g2fit.core.files import atomic_write

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Group", "open_netcdf", "read_netcdf", "write_groups", "write_netcdf"]


@contextmanager
def open_netcdf(path: Path, what: str) -> Iterator[h5py.File]:
    """Open a NetCDF file with h5py, which is quick; `what` it should be is named in errors.

    Raises
    ------
    StoreError
        If it is missing, truncated, damaged or something else, even if this shows only inside the block.
    """
    try:
        with h5py.File(path) as file:
            yield file
    except G2fitError:
        raise
    except Exception as error:  # noqa: BLE001 (a damaged file makes HDF5 and its readers raise almost anything)
        raise StoreError(
            f"{path}: cannot be read, it is missing, truncated or not {what} ({one_line(error)})"
        ) from None


def read_netcdf(path: Path, what: str, groups: bool = False) -> Any:
    """Read a NetCDF file into memory.

    Parameters
    ----------
    path : Path
        The file.
    what : str
        What the file should be, for errors.
    groups : bool
        Whether to return an `xarray.DataTree` rather than a `xarray.Dataset`.

    Raises
    ------
    StoreError
        If it is missing, truncated, damaged or something else.
    """
    import xarray as xr

    with open_netcdf(path, what) as file:
        file.visititems(lambda name, item: [*item.attrs.items()] and None)  # damage is found before xarray opens it
        with (xr.open_datatree if groups else xr.open_dataset)(path, engine="h5netcdf") as opened:
            return opened.load()


def one_line(error: BaseException) -> str:
    """Text of an exception in one line of at most 300 characters."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def write_netcdf(data: xr.Dataset, path: Path) -> None:
    """Write data atomically, through memory.

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


@dataclass
class Group:
    """Group of variables with common dimensions, and their attributes.

    Attributes
    ----------
    variables : dict of str to array
        Arrays whose axes are the first of `dimensions`.
    labels : dict of str to dict
        Attributes of the variables.
    attributes : dict
        Attributes of the group.
    dimensions : tuple of str
        Names of the axes; each gets a coordinate that counts from 0.
    """

    variables: dict[str, ArrayLike]
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    dimensions: tuple[str, ...] = ("chain", "draw")


def write_groups(groups: Mapping[str, Group], attributes: Mapping[str, Any], path: Path) -> None:
    """Write groups as `write_netcdf` does, without the import of xarray.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    import h5netcdf

    content = io.BytesIO()
    with h5netcdf.File(content, "w") as file:
        file.attrs.update(attributes)
        for name, group in groups.items():
            made = file.create_group(name)
            made.attrs.update(group.attributes)
            for key, values in group.variables.items():
                array = np.asarray(values)
                axes = group.dimensions[: array.ndim]
                for axis, size in zip(axes, array.shape, strict=True):
                    if axis not in made.dimensions:
                        made.dimensions[axis] = size
                        made.create_variable(axis, (axis,), data=np.arange(size))
                made.create_variable(key, axes, data=array).attrs.update(group.labels.get(key, {}))
    with atomic_write(path) as temporary:
        temporary.write_bytes(content.getbuffer())
