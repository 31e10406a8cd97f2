"""Lines over a plane: contours of a quantity, and curves such as limits and projected reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from g2fit.core.errors import InputError, nearest
from g2fit.output.plots.style import BLACK, GREY, number
from g2fit.results.axis_scales import Axis

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Contour", "Curve", "Side", "draw_overlay", "read_curve"]

Side = Literal["above", "below", "left", "right"]
SIDES: tuple[str, ...] = get_args(Side)


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
        Its points (values, not shown values).
    label : str
        For the legend.
    excluded : str, optional
        Side that is shaded.
    color, style : str
        Of the line.
    """

    x: ArrayLike
    y: ArrayLike
    label: str
    excluded: Side | None = None
    color: str = GREY
    style: str = "-"


def draw_overlay(panel: Axes, overlay: Contour | Curve, axes: tuple[Axis, Axis]) -> tuple[Line2D, str]:
    """Draw an overlay; return its handle and text for the legend. Contours that lie nowhere are an error."""
    if isinstance(overlay, Contour):
        return _draw_contour(panel, overlay, axes)
    columns, rows = np.broadcast_arrays(axes[0].show(overlay.x), axes[1].show(overlay.y))
    panel.plot(columns, rows, color=overlay.color, ls=overlay.style, lw=1.0)
    shade: dict[str, Any] = {"color": overlay.color, "alpha": 0.25, "lw": 0.0}
    match overlay.excluded:
        case "above":
            panel.fill_between(columns, rows, panel.get_ylim()[1], **shade)
        case "below":
            panel.fill_between(columns, panel.get_ylim()[0], rows, **shade)
        case "left":
            panel.fill_betweenx(rows, panel.get_xlim()[0], columns, **shade)
        case "right":
            panel.fill_betweenx(rows, columns, panel.get_xlim()[1], **shade)
    return Line2D([], [], color=overlay.color, ls=overlay.style, lw=1.0), overlay.label


def _draw_contour(panel: Axes, overlay: Contour, axes: tuple[Axis, Axis]) -> tuple[Line2D, str]:
    x, y = axes[0].name, axes[1].name
    if overlay.quantity not in overlay.data:
        raise InputError(f"there is no {overlay.quantity!r} over the plane of {x} and {y}")
    variable = overlay.data[overlay.quantity]
    table = np.ma.masked_invalid(variable.transpose(y, x).values)
    low, high = float(np.min(table)), float(np.max(table))
    if not any(low < level < high for level in overlay.levels):
        wanted = ", ".join(f"{level:g}" for level in overlay.levels)
        raise InputError(f"{overlay.quantity} = {wanted} is nowhere on the plane: there it is {low:.4g} to {high:.4g}")
    columns, rows = axes[0].show(overlay.data[x].values), axes[1].show(overlay.data[y].values)
    lines = panel.contour(columns, rows, table, levels=sorted(overlay.levels), colors=[overlay.color],
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
    import pandas as pd

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
