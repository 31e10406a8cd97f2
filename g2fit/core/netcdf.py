"""Writing and reading of NetCDF files."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Buffer, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from g2fit.core.errors import G2fitError, StoreError, one_line
from g2fit.core.files import atomic_write, refuse_special

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Group", "groups_as_netcdf", "open_netcdf", "read_netcdf", "refuse_links", "write_netcdf"]

#: Attribute with the digest of a file's content.
DIGEST = "digest"

#: Attributes that NetCDF adds to what it is given.
NETCDF_OWN = {
    "CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates", "_NCProperties",
}  # fmt: skip


def refuse_links(group: h5py.Group, path: Path) -> None:
    """Refuse an HDF5 file with links or with data that lie outside of it: nobody knows what those hold.

    Raises
    ------
    StoreError
        If it has any.
    """
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise StoreError(f"{path}: {group.name.rstrip('/')}/{name} is a link, which g2fit never writes")
        item = group[name]
        if isinstance(item, h5py.Group):
            refuse_links(item, path)
        elif isinstance(item, h5py.Dataset) and (item.external or item.is_virtual):
            raise StoreError(f"{path}: {item.name} is stored in other files, which g2fit never does")


def content_digest(file: h5py.File) -> str:
    """SHA-256 of the names, values and attributes in a file, `DIGEST` itself and what NetCDF keeps for itself aside."""
    said = hashlib.sha256()

    def say(name: str, item: h5py.Group | h5py.Dataset) -> None:
        own = {k: v for k, v in item.attrs.items() if k not in NETCDF_OWN and k != DIGEST}
        said.update(repr((name, [(k, _text(v)) for k, v in sorted(own.items())])).encode())
        if isinstance(item, h5py.Dataset):
            said.update(repr((item.dtype.str, item.shape)).encode())
            said.update(repr(item[()]).encode() if item.dtype.hasobject else np.ascontiguousarray(item[()]).tobytes())

    say("", file)
    file.visititems(say)
    return said.hexdigest()


def _text(value: Any) -> str:
    return repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)


@contextmanager
def open_netcdf(path: Path, what: str) -> Iterator[h5py.File]:
    """Open a NetCDF file with h5py, which is quick; `what` it should be is named in errors.

    Raises
    ------
    StoreError
        If it is missing, truncated, damaged or something else, even if this shows only inside the block.
    """
    refuse_special(path, StoreError)
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
        If it is missing, truncated, damaged, changed or something else than `what` it should be.
    """
    import xarray as xr

    with open_netcdf(path, what) as file:
        refuse_links(file, path)
        if DIGEST in file.attrs and file.attrs[DIGEST] != content_digest(file):
            raise StoreError(
                f"{path}: its content is not what was written, it was changed or is damaged; make it again"
            )
        file.visititems(lambda name, item: [*item.attrs.items()] and None)  # damage is found before xarray opens it
        with (xr.open_datatree if groups else xr.open_dataset)(path, engine="h5netcdf") as opened:
            return opened.load()


def write_netcdf(data: xr.Dataset, path: Path) -> None:
    """Write a dataset atomically, with checksums of its variables and a digest of everything.

    The content is made in memory: HDF5 does not survive a disk that becomes full while it writes, the process crashes
    later. Bytes do.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    encoding = {
        name: {"fletcher32": True, "chunksizes": variable.shape}
        for name, variable in data.variables.items()
        if variable.size and variable.ndim
    }
    content = io.BytesIO(data.to_netcdf(engine="h5netcdf", encoding=encoding))
    with h5py.File(content, "r+") as file:
        file.attrs[DIGEST] = content_digest(file)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content.getbuffer())


@dataclass
class Group:
    """Group of variables by name, the attributes of each, and the coordinates of axes, where these are texts.

    The axes of a variable are the first of (chain, draw), and then those that `axes` names for it.
    """

    variables: dict[str, ArrayLike]
    labels: dict[str, dict[str, Any]] = field(default_factory=dict)
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    coordinates: dict[str, list[str]] = field(default_factory=dict)


def groups_as_netcdf(groups: Mapping[str, Group], attributes: Mapping[str, Any]) -> Buffer:
    """Content of a NetCDF file of groups, with checksums of its variables; empty groups are left out.

    It is quicker than the import of xarray.
    """
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
                        numbers = np.arange(size) if names is None else np.array(names, dtype=h5py.string_dtype())
                        _create(made, axis, (axis,), numbers)
                _create(made, key, axes, array).attrs.update(group.labels.get(key, {}))
    return content.getbuffer()


def _create(group: Any, name: str, axes: tuple[str, ...], values: NDArray[Any]) -> Any:
    """Variable of a group, with a checksum if it is an array of numbers: as one chunk, since each has its own."""
    checked = {"fletcher32": True, "chunks": values.shape} if values.size and values.ndim else {}
    if values.dtype.kind == "O":  # text cannot have one
        checked = {}
    return group.create_variable(name, axes, data=values, dtype=values.dtype, **checked)
