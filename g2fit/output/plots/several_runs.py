"""Several runs in one figure: planes and single quantities, with overlays that are asked for by name or by file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import numpy as np
import pandas as pd

from g2fit.core.errors import InputError, nearest
from g2fit.inference.profile.line import line_path
from g2fit.inference.profile.plane import load_scan, scan_path
from g2fit.output.plots import draw
from g2fit.output.plots.plane import Contour, Curve, Side, draw_plane, draw_profile
from g2fit.output.plots.style import BLACK, GREEN, ORANGE, PALETTE, PURPLE, SKY, VERMILION, file_formats
from g2fit.results import Result
from g2fit.results.marginals import Marginals

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw_request", "draw_together", "read_curve"]

#: Colours of overlays, one after the other, without those of the runs.
COLORS = (BLACK, VERMILION, GREEN, PURPLE, ORANGE, SKY)
SIDES: tuple[str, ...] = get_args(Side)


def draw_request(
    runs: Sequence[str | Path],
    *,
    kinds: Sequence[str] | None = None,
    x: str | None = None,
    y: str | None = None,
    formats: Sequence[str] | None = None,
    **together: Any,
) -> list[Path]:
    """Draw the figures of each run (`g2fit.output.plots.draw`), or with `x` one figure of all runs (`draw_together`).

    Raises
    ------
    InputError
        As these do, and for what belongs to the other one.
    """
    if x is not None:
        if kinds:
            raise InputError(f"kind {kinds[0]!r} is a figure of each run, {x} is one of all runs: ask for one of them")
        return draw_together([Result(run) for run in runs], x, y, formats=formats, **together)
    for name, value in {"y": y, **together}.items():
        if value:
            raise InputError(f"{name.replace('_', ' ')}: is for a plane; name its quantities, x and y")
    return [path for run in runs for path in draw(Result(run), kinds, formats)]


def draw_together(
    runs: Sequence[Result],
    x: str,
    y: str | None = None,
    *,
    contours: Iterable[str] = (),
    best_contours: Iterable[str] = (),
    curves: Iterable[str] = (),
    labels: Sequence[str] | None = None,
    formats: Sequence[str] | None = None,
    folder: str | Path | None = None,
) -> list[Path]:
    """Draw the plane of two quantities, or one quantity, for one or several runs.

    Profile likelihoods that `profile.plane.scan` or `scan_line` left in the run folders are drawn too.

    Parameters
    ----------
    runs : sequence of Result
        At least one; each has its colour.
    x, y : str
        Parameters or derived quantities; without `y`, the densities of `x`.
    contours : iterable of str
        ``QUANTITY=VALUE,…``: lines of constant posterior mean of the first run.
    best_contours : iterable of str
        ``QUANTITY=VALUE,…``: lines of constant value at the maxima of the first run's scan.
    curves : iterable of str
        ``[LABEL=]FILE[:SIDE]``: a line from a file, and the side of it that is excluded; see `read_curve`.
    labels : sequence of str, optional
        Names of the runs; model and data by default.
    formats : sequence of str, optional
        ``png``, ``pdf``; both by default.
    folder : path, optional
        Where the files go; the folder ``figures`` of the first run by default.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    InputError
        For unknown quantities, formats or sides, files that cannot be read, and overlays without a plane.
    """
    endings = file_formats(formats)
    for name in (x,) if y is None else (x, y):
        for run in runs:
            _require(run, name)
    target = None if folder is None else Path(folder)
    names = list(labels) if labels else None
    if y is None:
        given = [*contours, *best_contours, *curves]
        if given:
            raise InputError(f"{given[0]}: is drawn over a plane; give a second quantity, y")
        lines = {i: load_scan(path) for i, run in enumerate(runs) if (path := line_path(run.folder.path, x)).exists()}
        return draw_profile(runs, x, profiles=lines, labels=names, formats=endings, folder=target)
    if x == y:
        raise InputError(f"a plane needs two different quantities, not {x!r} twice")
    overlays: list[Contour | Curve] = []
    colors = [color for color in COLORS if color not in PALETTE[: len(runs)]]
    for text in contours:
        name, levels = _levels(text)
        _require(runs[0], name)
        data = Marginals(runs[0]).mean(x, y, name)
        overlays.append(_contour(data, name, levels, "mean", colors[len(overlays) % len(colors)]))
    for text in best_contours:
        name, levels = _levels(text)
        data = _scan_of(runs[0], x, y, name)
        overlays.append(_contour(data, name, levels, "at the maxima", colors[len(overlays) % len(colors)]))
    for text in curves:
        overlays.append(read_curve(text, x, y, colors[len(overlays) % len(colors)]))
    return draw_plane(runs, x, y, overlays=overlays, labels=names, formats=endings, folder=target)


def _require(run: Result, name: str) -> None:
    if name not in run.names:
        raise InputError(f"{run.folder.path}: has no quantity {name!r}; {nearest(name, run.names)}")


def _levels(text: str) -> tuple[str, list[float]]:
    name, _, values = text.partition("=")
    try:
        levels = [float(value) for value in values.split(",")]
    except ValueError:
        levels = []
    if not levels or not np.isfinite(levels).all():
        raise InputError(f"contour {text!r} must be QUANTITY=VALUE,… with numbers, such as delta_a_mu=1e-9,2e-9")
    return name, levels


def _scan_of(run: Result, x: str, y: str, name: str) -> xr.Dataset:
    path = scan_path(run.folder.path, x, y)
    if not path.exists():
        raise InputError(f"{path}: there is no scan; `g2fit scan {run.folder.path} --x {x} --y {y}` makes it")
    data = load_scan(path)
    known = [str(key) for key in data.data_vars]
    if name not in known:
        raise InputError(f"{path}: has no quantity {name!r}; {nearest(name, known)}")
    return data


def _contour(data: xr.Dataset, name: str, levels: list[float], what: str, color: str) -> Contour:
    symbol = data[name].attrs.get("latex") or rf"\mathrm{{{name}}}".replace("_", r"\_")
    return Contour(data, name, levels, color, label=f"${symbol}$, {what}")


def read_curve(text: str, x: str, y: str, color: str = BLACK) -> Curve:
    """Read a line over a plane from a CSV file with a column for each of its two quantities.

    Parameters
    ----------
    text : str
        ``[LABEL=]FILE[:SIDE]``. The label is the file's name without its ending by default; the side (``above``,
        ``below``, ``left`` or ``right`` of the line) is shaded as excluded. Without one, the line is dashed: a
        projection.
    x, y : str
        The quantities, which are the names of the columns; both in the units of the model.
    color : str
        Colour of the line.

    Raises
    ------
    InputError
        If the file cannot be read, lacks a column or holds anything but numbers, and for an unknown side.
    """
    label, equals, rest = text.rpartition("=")
    file, colon, side = rest.rpartition(":")
    if not colon:
        file, side = rest, ""
    elif side not in SIDES:
        raise InputError(f"curve {text!r}: there is no side {side!r}; {nearest(side, SIDES)}")
    try:
        table = pd.read_csv(file, comment="#", skipinitialspace=True)
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror or error})") from None
    except (ValueError, pd.errors.ParserError) as error:  # also what is not text
        raise InputError(f"{file}: is not a CSV table ({str(error).strip()})") from None
    columns = []
    for name in (x, y):
        if name not in table.columns:
            raise InputError(f"{file}: has no column {name!r}; there are: {', '.join(map(str, table.columns))}")
        numbers = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float)
        bad = np.flatnonzero(~np.isfinite(numbers))
        if bad.size:
            raise InputError(f"{file}: row {bad[0] + 1} of {name!r} is not a number: {table[name].iloc[bad[0]]!r}")
        columns.append(numbers)
    if len(table) < 2:
        raise InputError(f"{file}: a line needs at least two points, not {len(table)}")
    words = label if equals else Path(file).stem.replace("_", " ")
    return Curve(columns[0], columns[1], words, cast(Side, side) if side else None, color, "-" if side else "--")
