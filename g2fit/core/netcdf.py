"""Writing and reading of NetCDF files."""

import io
from collections.abc import Buffer, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike

from g2fit.core.errors import G2fitError, StoreError, one_line
from g2fit.core.files import atomic_write

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
    """Read a NetCDF file into memory, as an `xarray.Dataset` or with its groups as an `xarray.DataTree`.

    Raises
    ------
    StoreError
        If it is missing, truncated, damaged or something else than `what` it should be.
    """
    import xarray as xr

    with open_netcdf(path, what) as file:
        file.visititems(lambda name, item: [*item.attrs.items()] and None)  # damage is found before xarray opens it
        with (xr.open_datatree if groups else xr.open_dataset)(path, engine="h5netcdf") as opened:
            return opened.load()


def write_netcdf(content: Buffer, path: Path) -> None:
    """Write the content of a NetCDF file atomically; it is made in memory.

    HDF5 does not survive a disk that becomes full while it writes: the process crashes later. Bytes do.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)


@dataclass
class Group:
    """Group of variables by name, the attributes of each, and the coordinates of axes, where these are texts.

    The axes of a variable are the first of (chain, draw), and then those that `axes` names for it.
    """

    variables: dict[str, ArrayLike]
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    coordinates: dict[str, list[str]] = field(default_factory=dict)


def write_groups(groups: Mapping[str, Group], attributes: Mapping[str, Any], path: Path) -> None:
    """Write groups, leaving out empty ones, as `write_netcdf` does; quicker than the import of xarray."""
    import h5netcdf

    content = io.BytesIO()
    with h5netcdf.File(content, "w") as file:
        file.attrs.update(attributes)
        for name, group in groups.items():
            if not group.variables:
                continue
            made = file.create_group(name)
            made.attrs.update(created_at=datetime.now(UTC).isoformat(), creation_library="g2fit")
            for key, values in group.variables.items():
                array = np.asarray(values)
                further = group.axes.get(key, ())
                axes = ("chain", "draw")[: array.ndim - len(further)] + further
                for axis, size in zip(axes, array.shape, strict=True):
                    if axis not in made.dimensions:
                        made.dimensions[axis] = size
                        names = group.coordinates.get(axis)
                        data = np.arange(size) if names is None else np.array(names, dtype=h5py.string_dtype())
                        made.create_variable(axis, (axis,), data=data, dtype=data.dtype)
                made.create_variable(key, axes, data=array).attrs.update(group.labels.get(key, {}))
    write_netcdf(content.getbuffer(), path)
