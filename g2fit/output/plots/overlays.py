"""Lines and regions over a plane: contours of a quantity, limits and projected reaches."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from g2fit.core.errors import InputError, nearest, no_number
from g2fit.core.files import refuse_special
from g2fit.core.types import FloatArray
from g2fit.output.plots.style import BLACK, GREY, number
from g2fit.results.axis_scales import Axis

if TYPE_CHECKING:
    import xarray as xr

_log = logging.getLogger("g2fit")

__all__ = ["Area", "Contour", "Curve", "Limits", "Overlay", "Side", "covering", "draw_overlay", "read_curve"]

Side = Literal["above", "below", "left", "right"]
SIDES: tuple[str, ...] = get_args(Side)

#: Hatchings of what is excluded, one after the other.
HATCHES = ("/////", "\\\\\\\\\\")

#: Least distance of a curve from the end of an axis, as a fraction of the axis.
MARGIN = 0.03

#: Points between two points of a curve at which it is looked for in a panel.
STEPS = 200


@dataclass(frozen=True)
class Contour:
    """Lines on which a quantity is constant.

    Attributes
    ----------
    data : xarray.Dataset
        The quantity over the plane: a scan (its value at the maxima), `Marginals.mean` (its posterior
        mean) or `g2fit.inference.profile.node_grid.fixed_surface` (all other parameters fixed).
    quantity : str
        A variable of `data`.
    levels : sequence of float
        Values.
    color : str
        Colour of the lines.
    style : str
        Style of the lines, as matplotlib names it.
    label : str
        For the legend; the symbol of the quantity by default.
    """

    data: xr.Dataset
    quantity: str
    levels: Sequence[float]
    color: str = BLACK
    style: str = ":"
    label: str = ""


@dataclass(frozen=True)
class Curve:
    """A line, such as the edge of an excluded region or a projected reach.

    Attributes
    ----------
    x, y : array_like
        Its points (values, not shown values); None for one of them: from end to end of the panel.
    label : str
        For the legend.
    excluded : str, optional
        Side that is hatched.
    color, style : str
        Of the line.
    """

    x: ArrayLike | None
    y: ArrayLike | None
    label: str
    excluded: Side | None = None
    color: str = GREY
    style: str = "-"


@dataclass(frozen=True)
class Area:
    """A region that is excluded.

    Attributes
    ----------
    cells : sequence of array
        Polygons (values, not shown values) that make up the region, each of shape (2, n).
    edges : sequence of array
        Lines of its edge, each of shape (2, n).
    label : str
        For the legend.
    color : str
        Of the edge and the hatching.
    """

    cells: Sequence[FloatArray]
    edges: Sequence[FloatArray]
    label: str
    color: str = GREY


Overlay = Contour | Curve | Area

#: Limits of the axes of a panel, in shown values.
type Limits = tuple[tuple[float, float], tuple[float, float]]


def covering(
    limits: Limits, axes: tuple[Axis, Axis], overlays: Sequence[Overlay], fixed: tuple[bool, bool] = (False, False)
) -> Limits:
    """Widen the limits of a panel as little as needed for a part of each curve to lie well inside; in shown values.

    A curve at the end of an axis could not be told from the frame. Limits that are `fixed` are left as they are; a
    curve that then lies nowhere in the panel is an error.
    """
    ends = [list(map(float, axis.coordinate(pair))) for axis, pair in zip(axes, limits, strict=True)]
    for overlay in overlays:
        if isinstance(overlay, Contour):
            continue
        lines = [_coordinates(points, axes) for points in _lines(overlay)]
        for k in (0, 1):
            places = np.concatenate([line[k] for line in lines])
            places = places[np.isfinite(places)]
            if not fixed[k] and places.size:
                ends[k][0] = min(ends[k][0], (places.max() - MARGIN * ends[k][1]) / (1.0 - MARGIN))
                ends[k][1] = max(ends[k][1], (places.min() - MARGIN * ends[k][0]) / (1.0 - MARGIN))
        if not any(_visible(line, ends) for line in lines):
            (x_low, x_high), (y_low, y_high) = (
                axis.value(axis.from_coordinate(pair)) for axis, pair in zip(axes, ends, strict=True)
            )
            raise InputError(
                f"{overlay.label}: lies nowhere in the figure, where {axes[0].name} is {x_low:.4g} to {x_high:.4g} and "
                f"{axes[1].name} is {y_low:.4g} to {y_high:.4g} (--x-limits and --y-limits change that)"
            )
    (x_low, x_high), (y_low, y_high) = (
        (float(axis.from_coordinate(low)), float(axis.from_coordinate(high)))
        for axis, (low, high) in zip(axes, ends, strict=True)
    )
    return (x_low, x_high), (y_low, y_high)


def _lines(overlay: Curve | Area) -> list[tuple[ArrayLike | None, ArrayLike | None]]:
    if isinstance(overlay, Curve):
        return [(overlay.x, overlay.y)]
    return [(edge[0], edge[1]) for edge in (*overlay.edges, *overlay.cells)]


def _coordinates(points: tuple[ArrayLike | None, ArrayLike | None], axes: tuple[Axis, Axis]) -> list[FloatArray]:
    """Coordinates of the points of a line; NaN where they have none, or where the line has no end along this axis."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = [
            np.array([np.nan]) if values is None else np.atleast_1d(axis.coordinate(axis.show(values)))
            for values, axis in zip(points, axes, strict=True)
        ]
    return [np.where(np.isfinite(values), values, np.nan) for values in found]


def _visible(line: list[FloatArray], ends: Sequence[Sequence[float]]) -> bool:
    """Whether a line passes through a box; along an axis without coordinates it goes from end to end."""
    inside = np.array([True])
    for values, (low, high) in zip(line, ends, strict=True):
        if np.isnan(values).all() and values.size == 1:
            continue
        steps = np.linspace(0.0, 1.0, STEPS)
        between = values[:-1, None] + (values[1:] - values[:-1])[:, None] * steps if values.size > 1 else values
        slack = 1e-9 * (high - low)
        inside = inside & ((between >= low - slack) & (between <= high + slack)).ravel()
    return bool(inside.any())


def draw_overlay(panel: Axes, overlay: Overlay, axes: tuple[Axis, Axis], index: int = 0) -> tuple[Line2D | Patch, str]:
    """Draw an overlay; return its handle and text for the legend.

    Contours that lie nowhere are an error, or a note if other ones of the same quantity are drawn.

    What is excluded is hatched, not filled, so that the colours of regions below it stay as they are; overlays of
    different `index` are hatched in different directions.
    """
    if isinstance(overlay, Contour):
        return _draw_contour(panel, overlay, axes)
    hatch = HATCHES[index % len(HATCHES)]
    hatched: dict[str, Any] = {"facecolor": "none", "edgecolor": overlay.color, "hatch": hatch, "lw": 0.0}
    with matplotlib.rc_context({"hatch.linewidth": 0.35}):
        if isinstance(overlay, Area):
            cells = [np.array([axes[0].show(cell[0]), axes[1].show(cell[1])]).T for cell in overlay.cells]
            panel.add_collection(PolyCollection(cells, **hatched), autolim=False)
            for edge in overlay.edges:
                panel.plot(axes[0].show(edge[0]), axes[1].show(edge[1]), color=overlay.color, lw=1.0)
        else:
            _draw_curve(panel, overlay, axes, hatched)
            if overlay.excluded is None:
                return Line2D([], [], color=overlay.color, ls=overlay.style, lw=1.0), overlay.label
        return Patch(fc="none", ec=overlay.color, hatch=hatch, lw=0.8), overlay.label


def _draw_curve(panel: Axes, curve: Curve, axes: tuple[Axis, Axis], hatched: dict[str, Any]) -> None:
    columns, rows = np.broadcast_arrays(
        panel.get_xlim() if curve.x is None else axes[0].show(curve.x),
        panel.get_ylim() if curve.y is None else axes[1].show(curve.y),
    )
    panel.plot(columns, rows, color=curve.color, ls=curve.style, lw=1.0)
    match curve.excluded:
        case "above":
            panel.fill_between(columns, rows, panel.get_ylim()[1], **hatched)
        case "below":
            panel.fill_between(columns, panel.get_ylim()[0], rows, **hatched)
        case "left":
            panel.fill_betweenx(rows, panel.get_xlim()[0], columns, **hatched)
        case "right":
            panel.fill_betweenx(rows, columns, panel.get_xlim()[1], **hatched)


def _draw_contour(panel: Axes, overlay: Contour, axes: tuple[Axis, Axis]) -> tuple[Line2D, str]:
    x, y = axes[0].name, axes[1].name
    if overlay.quantity not in overlay.data:
        raise InputError(f"there is no {overlay.quantity!r} over the plane of {x} and {y}")
    variable = overlay.data[overlay.quantity]
    table = np.ma.masked_invalid(variable.transpose(y, x).values)
    low, high = float(np.min(table)), float(np.max(table))
    levels = sorted({float(level) for level in overlay.levels})
    drawn = [level for level in levels if low < level < high]
    if len(drawn) < len(levels):
        wanted = ", ".join(f"{level:g}" for level in levels if level not in drawn)
        text = f"{overlay.quantity} = {wanted} is nowhere on the plane: there it is {low:.4g} to {high:.4g}"
        if not drawn:
            raise InputError(text)
        _log.info(text)
    columns, rows = axes[0].show(overlay.data[x].values), axes[1].show(overlay.data[y].values)
    lines = panel.contour(columns, rows, table, levels=drawn, colors=[overlay.color],
                          linewidths=0.9, linestyles=overlay.style)  # fmt: skip
    panel.clabel(lines, fmt=lambda value: number(float(f"{value:.3g}")), fontsize=6.5, inline_spacing=2)
    symbol = f"${variable.attrs.get('latex', overlay.quantity)}$"
    return Line2D([], [], color=overlay.color, ls=overlay.style, lw=0.9), overlay.label or symbol


def read_curve(text: str, x: str, y: str, color: str = BLACK) -> Curve:
    """Read a line over a plane from a CSV file with a column for each of its two quantities.

    Parameters
    ----------
    text : str
        ``[LABEL=]FILE[:SIDE]``. The label is the file's name without its ending by default; the side (``above``,
        ``below``, ``left`` or ``right`` of the line) is hatched as excluded. Without one, the line is dashed: a
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
    import pandas as pd

    label, equals, rest = text.rpartition("=")
    file, colon, side = rest.rpartition(":")
    if not colon:
        file, side = rest, ""
    elif side not in SIDES:
        raise InputError(f"curve {text!r}: there is no side {side!r}; {nearest(side, SIDES)}")
    refuse_special(Path(file))
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
            raise no_number(f"{file}: row {bad[0] + 1} of {name!r}", table[name].iloc[bad[0]])
        columns.append(numbers)
    if len(table) < 2:
        raise InputError(f"{file}: a line needs at least two points, not {len(table)}")
    words = label if equals else Path(file).stem.replace("_", " ")
    return Curve(columns[0], columns[1], words, cast(Side, side) if side else None, color, "-" if side else "--")
