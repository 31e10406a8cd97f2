"""Likelihoods and limits of the user that are tables: of one quantity or two, read from CSV files.

A table is a likelihood, the confidence level CLs of a search, or the bound on one quantity as a function of another.
The last is a limit whose bound is a curve, see `g2fit.data.curves`; the others are functions on a grid, see
`g2fit.data.dataset.Grid`.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from g2fit.core.errors import DataError, nearest
from g2fit.core.types import FloatArray
from g2fit.data.curves import check_curve
from g2fit.data.dataset import Grid, Limit
from g2fit.data.loader import parse_entry
from g2fit.data.measurement import ANY_MODEL, Application, Measurement, Measurements
from g2fit.data.section import ExtraTable

__all__ = ["inline_table", "own_tables"]

#: Most characters of all tables of a card: its run folder has to hold them.
MAX_TEXT = 500_000


def inline_table(name: str, table: ExtraTable, base: Path) -> ExtraTable:
    """Return a table with the content of its file as `rows`, one line for each row of the columns that are used."""
    where = f"data.tables.{name}"
    if (table.table is None) == (table.rows is None):
        raise DataError(f"{where} needs either `table`, a CSV file, or `rows`")
    if table.table is None:
        return table
    path = base / table.table
    try:
        if path.exists() and not path.is_file():
            raise DataError(f"{where}: {path} is not a file")
        with path.open(encoding="utf-8-sig") as file:
            text = file.read(MAX_TEXT + 1)
    except OSError as error:
        raise DataError(f"{where}: {path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise DataError(f"{where}: {path} is not UTF-8 text") from None
    if len(text) > MAX_TEXT:
        raise DataError(f"{where}: {path} has more than {MAX_TEXT} characters")
    rows = _numbers(text, table.columns, _columns(table), str(path))
    return table.model_copy(update={"table": None, "columns": None, "rows": rows})


def _columns(table: ExtraTable) -> int:
    return 3 if table.y is not None and not _is_bound(table) else 2


def _is_bound(table: ExtraTable) -> bool:
    return table.kind in ("upper_limit", "lower_limit")


def _numbers(text: str, wanted: Sequence[str] | None, columns: int, where: str) -> tuple[tuple[float, ...], ...]:
    """Read lines of numbers with commas between them; empty lines and those that begin with ``#`` are left out.

    The first line may be a head with the names of the columns, of which `wanted` chooses some.
    """
    places: list[int] | None = None
    rows: list[tuple[float, ...]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = [cell.strip() for cell in next(csv.reader([line]))]
        if places is None:
            head = None if _are_numbers(cells) else cells
            places = _places(head, len(cells), wanted, columns, f"{where}:{number}")
            if head is not None:
                continue
        chosen = [cells[i] for i in places] if len(cells) > max(places) else []
        if not chosen or not _are_numbers(chosen):
            raise DataError(f"{where}:{number}: {line[:80]!r} must hold {columns} finite numbers with commas between")
        rows.append(tuple(map(float, chosen)))
    if len(rows) < 2:
        raise DataError(f"{where}: must hold two rows of numbers or more")
    return tuple(rows)


def _places(
    head: Sequence[str] | None, found: int, wanted: Sequence[str] | None, columns: int, where: str
) -> list[int]:
    """Places of the columns that are used."""
    if wanted is None:
        if found != columns:
            raise DataError(f"{where}: has {found} columns, needed are {columns}; choose them by name with `columns`")
        return list(range(columns))
    if head is None or len(wanted) != columns:
        needed = "a head with the names of the columns" if head is None else f"{columns} names in `columns`"
        raise DataError(f"{where}: `columns` needs {needed}")
    for name in wanted:
        if head.count(name) != 1:
            raise DataError(
                f"{where}: the head names the column {name!r} {head.count(name)} times; {nearest(name, head)}"
            )
    return [head.index(name) for name in wanted]


def _are_numbers(cells: Sequence[str]) -> bool:
    try:
        return bool(np.all(np.isfinite([float(cell) for cell in cells])))
    except ValueError:
        return False


def own_tables(
    tables: Mapping[str, ExtraTable], file: Measurements
) -> tuple[tuple[Grid, ...], tuple[Limit, ...], Measurements]:
    """Return the functions on grids, the limits that are curves, and the file with their entries.

    The tables have their content as `rows`. A `DataError` names the first thing that is wrong.
    """
    grids, limits, entries, curves = [], [], dict(file.entries), dict(file.tables)
    if sum(len(str(table.rows)) for table in tables.values()) > MAX_TEXT:
        raise DataError(f"data.tables: all tables together must have less than {MAX_TEXT} characters")
    for name, table in tables.items():
        where = f"data.tables.{name}"
        if name in entries or name in file.tables:
            raise DataError(f"{where}: the name belongs to an entry that comes with the package, or stands there twice")
        _check_keys(table, where)
        columns = _columns(table)
        if table.rows is None or len(table.rows) < 2 or {len(row) for row in table.rows} != {columns}:
            raise DataError(f"{where}: rows must be two lines or more of {columns} numbers")
        entries[name] = entry = _entry(name, table, where)
        rows = np.array(table.rows)
        if not entry.curve:
            grids.append(_grid(entry, table, rows, where))
            continue
        curves[name] = ((table.x, str(table.y)), rows)
        check_curve(entry, {name: curves[name]}, where)
        kind, width = ("hard", 0.05) if table.width is None else ("smooth", table.width)
        limits.append(Limit.of(entry, curves, kind=kind, role=table.role, width=width))
    own = {**file.own, **dict.fromkeys(tables)}
    return tuple(grids), tuple(limits), replace(file, entries=entries, tables=curves, own=own)


def _check_keys(table: ExtraTable, where: str) -> None:
    """Refuse keys that do not belong to the kind of a table, and demand those that do."""
    allowed: dict[str, tuple[object, ...]]
    if _is_bound(table):
        allowed = {"outside": (None,), "scale": (None,), "level": (None,)}
        if table.y is None:
            raise DataError(
                f"{where}: y is missing, the quantity that is bounded; a bound on x alone is a cut (`cuts`)"
            )
        if table.width is not None and table.role == "prior":
            raise DataError(
                f"{where}: a smooth step has no edge, so that it cannot have the role prior; leave `width` out"
            )
    elif table.kind == "cls":
        allowed = {"outside": ("edge", "allowed", "excluded"), "width": (None,)}
    else:
        allowed = {"outside": ("edge", "excluded"), "width": (None,), "level": (None,)}
        if table.role == "prior":
            raise DataError(f"{where}: a likelihood has the role likelihood, not prior")
    for key, values in allowed.items():
        value = getattr(table, key)
        if value not in values:
            choices = "none" if values == (None,) else ", ".join(map(str, values))
            raise DataError(f"{where}: {key} = {value!r}; allowed with kind {table.kind}: {choices}")


def _entry(name: str, table: ExtraTable, where: str) -> Measurement:
    """Entry of a table: its name, what it is about, and its source."""
    about = table.x if table.y is None else f"{table.x}, {table.y}"
    content = {
        "observable": str(table.y) if _is_bound(table) else about,
        "value": None,
        "kind": table.kind if _is_bound(table) else "excluded_region" if table.kind == "cls" else "likelihood",
        "status": "user",
        "origin": "run card",
        "reference": table.reference,
        "date": table.date,
        "note": table.note,
    }
    entry = parse_entry(name, content, where)
    bounded = (Application(ANY_MODEL, str(table.y), against=table.x),)
    return replace(entry, curve=name, applies_to=bounded) if _is_bound(table) else entry


def _grid(entry: Measurement, table: ExtraTable, rows: FloatArray, where: str) -> Grid:
    """Sort the rows of a table into a grid, which must be complete."""
    names = (table.x,) if table.y is None else (table.x, table.y)
    log = table.scale == "log"
    if log and np.any(rows[:, :-1] <= 0.0):
        raise DataError(f"{where}: scale log needs positive {' and '.join(names)}; found {rows[:, :-1].min():g}")
    nodes = [np.unique(rows[:, i]) for i in range(len(names))]
    for coordinate, values in zip(names, nodes, strict=True):
        if len(values) < 2:
            raise DataError(
                f"{where}: {coordinate} has one value, {values[0]:g}, in all rows; a table needs two or more"
            )
    shape = (len(nodes[0]), len(nodes[1]) if len(nodes) > 1 else 1)
    values = np.full(shape, np.nan)
    for row in rows:
        place = tuple(int(np.searchsorted(nodes[i], row[i])) for i in range(len(names)))
        if not np.isnan(values[place]).all():
            raise DataError(f"{where}: two rows have {_point(names, row)}")
        values[place] = row[-1]
    if np.isnan(values).any():
        i, j = np.argwhere(np.isnan(values))[0]
        lacking = (nodes[0][i], nodes[1][j])
        raise DataError(
            f"{where}: no row has {_point(names, lacking)}; the rows must fill a rectangular grid, here {shape[0]} x "
            f"{shape[1]}"
        )
    if table.kind == "cls" and (values.min() < 0.0 or values.max() > 1.0):
        raise DataError(f"{where}: CLs must lie between 0 and 1; found {values.min():g} to {values.max():g}")
    return Grid(
        entry=entry,
        names=names,
        nodes=tuple(tuple(axis.tolist()) for axis in nodes),
        values=tuple(tuple(row) for row in (-0.5 * values if table.kind == "chi2" else values).tolist()),
        threshold=None if table.kind != "cls" else 1.0 - (0.95 if table.level is None else table.level),
        log=log,
        outside=str(table.outside),
        role=table.role,
    )


def _point(names: Sequence[str], values: Sequence[float] | FloatArray) -> str:
    return ", ".join(f"{name} = {value:g}" for name, value in zip(names, values, strict=False))
