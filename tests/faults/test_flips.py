"""Flipped bits, foreign links and users' files: nothing is changed without a word."""

from __future__ import annotations

import random
from pathlib import Path

import h5py
import numpy as np
import pytest
import xarray as xr

from g2fit import Card
from g2fit.core.errors import StoreError
from g2fit.core.files import atomic_write
from g2fit.core.netcdf import read_netcdf, refuse_links, write_netcdf
from g2fit.core.sealed import read_sealed, write_sealed
from g2fit.output.export import export
from g2fit.pipeline import execute
from g2fit.posterior.simulate import simulate_file
from tests.support.flips import flip_bits, make_files
from tests.support.runs import write_card


def test_flipped_bits(tmp_path: Path) -> None:
    rng = random.Random(5)
    for name, read in make_files(tmp_path / "out").items():
        counts, silent = flip_bits(tmp_path / "out", name, read, 8, rng)
        assert silent == []
        assert counts.total() == 8


def test_sealed_files(tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    write_sealed(path, {"a": 1.5, "b": [float("inf")]})
    assert read_sealed(path, "") == {"a": 1.5, "b": [None]}
    path.write_text(path.read_text().replace("1.5", "2.5"))
    with pytest.raises(StoreError, match=r"file\.json: its content is not what was written.*; do this"):
        read_sealed(path, "do this")
    path.write_text('{"a": 1.5}')
    assert read_sealed(path, "", former=(None,)) == {"a": 1.5}
    with pytest.raises(StoreError, match="is not what was written"):
        read_sealed(path, "")


def test_every_array_of_a_netcdf_file_has_a_checksum(tmp_path: Path) -> None:
    data = xr.Dataset({"a": ("x", np.arange(5.0)), "b": ((), 1.0)}, coords={"x": np.arange(5)}, attrs={"t": "text"})
    write_netcdf(data, tmp_path / "a.nc")
    with h5py.File(tmp_path / "a.nc") as file:
        assert all(file[name].fletcher32 for name in ("a", "x"))
    assert read_netcdf(tmp_path / "a.nc", "a file").drop_attrs().identical(data.drop_attrs())
    with h5py.File(tmp_path / "a.nc", "r+") as file:
        file["b"][...] = 2.0
    with pytest.raises(StoreError, match="its content is not what was written"):
        read_netcdf(tmp_path / "a.nc", "a file")


def test_links_and_raw_storage_are_refused(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["x"] = np.arange(3.0)
    with h5py.File(tmp_path / "links.h5", "w") as file:
        group = file.create_group("group")
        for name, link in {
            "outside": h5py.ExternalLink(tmp_path / "secret.h5", "x"),
            "soft": h5py.SoftLink("/group"),
        }.items():
            group[name] = link
            with pytest.raises(StoreError, match=f"/group/{name} is a link"):
                refuse_links(file, tmp_path / "links.h5")
            del group[name]
        group.create_dataset("raw", (3,), "f8", external=[(str(tmp_path / "secret.h5"), 0, 24)])
        with pytest.raises(StoreError, match="/group/raw is stored in other files"):
            refuse_links(file, tmp_path / "links.h5")


def test_users_files_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    source = write_card(tmp_path / "mine", 4, "local")
    text = source.read_text()
    card = Card.load(source).replace(output=source.parent)
    with pytest.raises(StoreError, match=r"holds card\.yaml but no manifest\.json.*g2fit run --force"):
        execute(card, workers=1)
    with pytest.raises(StoreError, match=r"card\.yaml: exists; .* --force"):
        simulate_file(source, source)
    assert source.read_text() == text
    assert {path.name for path in source.parent.iterdir()} == {"card.yaml"}
    execute(card, workers=1, force=True)
    assert source.read_text() != text
    table = tmp_path / "table.csv"
    table.write_text("mine")
    with pytest.raises(StoreError, match=r"table\.csv: exists"):
        export(source.parent, "csv", table)
    assert table.read_text() == "mine"
    (link := tmp_path / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    with pytest.raises(StoreError, match=r"link\.csv: is a symbolic link"), atomic_write(link):
        pass
    (source.parent / "export").symlink_to(tmp_path)
    with pytest.raises(StoreError, match="export: is a symbolic link"):
        export(source.parent, "csv")
