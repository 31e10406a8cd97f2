"""Regions in a plane and profiles of one quantity: marginal and profile likelihood, several runs, overlays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import ArrayLike

from g2fit.core.errors import InputError
from g2fit.inference.profile.best_fit import DELTA_CHI2_1D, DELTA_CHI2_2D
from g2fit.output.plots.corner import OPACITY, fill_2d
from g2fit.output.plots.style import BLACK, COLUMN, GREY, PALETTE, in_style, new_figure, number, put_ticks, save
from g2fit.results import Result
from g2fit.results.axis_scales import Axis
from g2fit.results.marginals import LEVELS, Marginals

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Contour", "Curve", "Side", "draw_plane", "draw_profile", "plane_figure", "profile_figure"]

Side = Literal["above", "below", "left", "right"]

#: Delta chi squared of what is forbidden: so large that a region ends at its last allowed node.
FORBIDDEN = 1e9


@dataclass(frozen=True)
class Contour:
    """Lines of constant quantity.

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
        Of the lines, as matplotlib names it.
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


def plane_figure(
    x: str,
    y: str,
    runs: Sequence[Result],
    *,
    scans: Mapping[int, xr.Dataset] | Sequence[xr.Dataset] = (),
    overlays: Sequence[Contour | Curve] = (),
    labels: Sequence[str] | None = None,
    width: float = COLUMN,
) -> Figure:
    """Draw credible regions (filled), profile likelihood regions (dashed) and overlays.

    Parameters
    ----------
    x, y : str
        Parameters or derived quantities.
    runs : sequence of Result
        At least one; each has its colour.
    scans : sequence or mapping of xarray.Dataset
        Scans of this plane (see `profile.plane.scan`), in the colours of the runs of the same model and data; or by the
        number of the run, from 0.
    overlays : sequence of Contour or Curve
        What else is drawn.
    labels : sequence of str, optional
        Names of the runs; model and data by default.
    width : float
        In inches.
    """
    _require(runs, labels)
    names = labels or _names(runs)
    marginals = [Marginals(run) for run in runs]
    axes = marginals[0].axis(x), marginals[0].axis(y)
    handles: list[Line2D | Patch] = []
    texts: list[str] = []
    entries = len(runs) + 2 + 3 * bool(scans) + len(overlays)
    figure, panel = _panel(width, 0.84 * width, rows=-(-entries // 2))
    for i, (run, name) in enumerate(zip(marginals, names, strict=True)):
        region = run.two(x, y)
        fill_2d(panel, region._replace(x=axes[0], y=axes[1]) if _same(region, axes) else region, PALETTE[i])
        opaque = 1.0 - (1.0 - OPACITY[0]) * (1.0 - OPACITY[1])
        handles.append(Patch(color=PALETTE[i], alpha=opaque, lw=0))
        texts.append(name)
    for scan, color in (drawn := _coloured(scans, runs)):
        _draw_scan(panel, scan, x, y, axes, color)
    handles += [Patch(fc=(0.5, 0.5, 0.5, alpha), ec=GREY, lw=0.6) for alpha in (0.55, 0.2)]
    texts += [f"{100 * level:.2f} % credible" for level in LEVELS]
    if scans:
        handles += [Line2D([], [], color=GREY, lw=1.0, ls=s) for s in ("-", "--")]
        texts += [rf"profile $\Delta\chi^2 = {level:.2f}$" for level in DELTA_CHI2_2D]
        handles.append(Line2D([], [], color=GREY, marker="*", ls="", ms=6))
        texts.append("best fit of the plane")
    limits = _limits(marginals, [scan for scan, _ in drawn], x, y, axes)
    panel.set(xscale=axes[0].scale, yscale=axes[1].scale, xlim=limits[0], ylim=limits[1])
    for overlay in overlays:
        handle, text = _draw_overlay(panel, overlay, x, y, axes)
        handles.append(handle)
        texts.append(text)
    panel.set(xlim=limits[0], ylim=limits[1], xlabel=axes[0].label, ylabel=axes[1].label)
    put_ticks(panel.xaxis, axes[0], limits[0], 5)
    put_ticks(panel.yaxis, axes[1], limits[1], 6)
    _finish(figure, handles, texts)
    return figure


def profile_figure(
    name: str,
    runs: Sequence[Result],
    *,
    profiles: Mapping[int, xr.Dataset] | Sequence[xr.Dataset] = (),
    labels: Sequence[str] | None = None,
    width: float = COLUMN,
) -> Figure:
    """Marginal densities (filled) and profile likelihoods (lines) of one quantity, each relative to its maximum.

    Parameters
    ----------
    name : str
        A parameter, or without `profiles` a derived quantity.
    runs : sequence of Result
        At least one; each has its colour.
    profiles : sequence or mapping of xarray.Dataset
        Profiles (see `best_fit.profile`), one a run in the runs' order; or by the number of the run, from 0.
    labels : sequence of str, optional
        Names of the runs; model and data by default.
    width : float
        In inches.
    """
    _require(runs, labels)
    names = labels or _names(runs)
    profiles = profiles if isinstance(profiles, Mapping) else dict(enumerate(profiles))
    axis = Marginals(runs[0]).axis(name)
    figure, panel = _panel(width, 0.62 * width, rows=-(-(len(runs) + len(profiles)) // 2))
    handles: list[Line2D | Patch] = []
    texts: list[str] = []
    ends = []
    for i, (run, text) in enumerate(zip(runs, names, strict=True)):
        marginals = Marginals(run)
        region = marginals.one(name)
        grid, density = region.curve()
        shown = axis.show(marginals.axis(name).value(grid))
        panel.fill_between(shown, density / density.max(), color=PALETTE[i], alpha=0.3, lw=0)
        panel.plot(shown, density / density.max(), color=PALETTE[i], lw=0.6)
        ends.append(axis.show(marginals.axis(name).value(np.array(marginals.limits(name)))))
        handles.append(Patch(color=PALETTE[i], alpha=0.3, lw=0))
        texts.append(f"{text}, marginal")
    for i, profile in profiles.items():
        values = axis.show(profile[name].values)
        panel.plot(values, np.exp(-0.5 * profile["delta_chi2"].values), color=PALETTE[i], lw=1.1)
        ends.append(np.array([values.min(), values.max()]))
        handles.append(Line2D([], [], color=PALETTE[i], lw=1.1))
        texts.append(f"{names[i]}, profile")
    limits = float(np.min(ends)), float(np.max(ends))
    for level in DELTA_CHI2_1D if profiles else ():
        panel.axhline(np.exp(-0.5 * level), color=GREY, lw=0.5, ls=(0, (2, 2)))
        panel.annotate(rf"$\Delta\chi^2 = {level:g}$", (0.99, np.exp(-0.5 * level)), (0, 1), fontsize=6.5, ha="right",
                       color=GREY, xycoords=panel.get_yaxis_transform(), textcoords="offset points")  # fmt: skip
    panel.set(xscale=axis.scale, xlim=limits, ylim=(0.0, 1.06), xlabel=axis.label, ylabel="relative to maximum")
    put_ticks(panel.xaxis, axis, limits, 5)
    _finish(figure, handles, texts)
    return figure


def draw_plane(
    runs: Sequence[Result],
    x: str,
    y: str,
    *,
    scans: Mapping[int, xr.Dataset] | Sequence[xr.Dataset] | None = None,
    overlays: Sequence[Contour | Curve] = (),
    labels: Sequence[str] | None = None,
    formats: Sequence[str] = ("png", "pdf"),
    folder: Path | None = None,
) -> list[Path]:
    """Draw a plane into ``figures/plane-X-Y`` of the first run (or into `folder`).

    Scans of this plane that lie in the run folders are drawn too, unless `scans` names others.
    """
    from g2fit.inference.profile.plane import load_scan, scan_path

    _require(runs, labels)
    if scans is None:
        paths = {i: scan_path(run.folder.path, x, y) for i, run in enumerate(runs)}
        scans = {i: load_scan(path) for i, path in paths.items() if path.exists()}
    with in_style():
        figure = plane_figure(x, y, runs, scans=scans, overlays=overlays, labels=labels)
        return list(save(figure, (folder or runs[0].folder.figures) / f"plane-{x}-{y}", formats))


def draw_profile(
    runs: Sequence[Result],
    name: str,
    *,
    profiles: Mapping[int, xr.Dataset] | Sequence[xr.Dataset] = (),
    labels: Sequence[str] | None = None,
    formats: Sequence[str] = ("png", "pdf"),
    folder: Path | None = None,
) -> list[Path]:
    """Draw one quantity into ``figures/profile-NAME`` of the first run (or into `folder`)."""
    with in_style():
        figure = profile_figure(name, runs, profiles=profiles, labels=labels)
        return list(save(figure, (folder or runs[0].folder.figures) / f"profile-{name}", formats))


# Parts --------------------------------------------------------------------------------------------------------------


def _require(runs: Sequence[Result], labels: Sequence[str] | None) -> None:
    if not 1 <= len(runs) <= len(PALETTE):
        raise InputError(f"a figure shows 1 to {len(PALETTE)} runs, not {len(runs)}")
    if labels is not None and len(labels) != len(runs):
        raise InputError(f"{len(runs)} runs need as many labels, not {len(labels)}")


def _names(runs: Sequence[Result]) -> list[str]:
    names = [f"{run.card.model_name}, {run.card.dataset.vintage}" for run in runs]
    return names if len(set(names)) == len(names) else [run.folder.path.resolve().name for run in runs]


def _panel(width: float, height: float, rows: int) -> tuple[Figure, Axes]:
    """A figure with one panel, below a legend of so many rows."""
    left, right, bottom, top = 0.5, 0.1, 0.4, 0.14 + 0.145 * rows
    total = height + top
    figure = new_figure(width, total)
    size = (left / width, bottom / total, 1 - (left + right) / width, 1 - (top + bottom) / total)
    return figure, figure.add_axes(size)


def _finish(figure: Figure, handles: list[Line2D | Patch], texts: list[str]) -> None:
    figure.legend(handles, texts, loc="upper left", ncols=2, bbox_to_anchor=(0.02, 1.0), fontsize=7.2,
                  handlelength=1.5, columnspacing=1.0, handletextpad=0.5, labelspacing=0.25)  # fmt: skip


def _same(region: tuple[object, ...], axes: tuple[Axis, Axis]) -> bool:
    return region[0] == axes[0] and region[1] == axes[1]


def _coloured(
    scans: Mapping[int, xr.Dataset] | Sequence[xr.Dataset], runs: Sequence[Result]
) -> list[tuple[xr.Dataset, str]]:
    """Scans with the colours of their runs."""
    if isinstance(scans, Mapping):
        return [(scan, PALETTE[i]) for i, scan in scans.items()]
    return [(scan, _color_of(scan, runs)) for scan in scans]


def _color_of(scan: xr.Dataset, runs: Sequence[Result]) -> str:
    for i, run in enumerate(runs):
        if (scan.attrs.get("model"), scan.attrs.get("vintage")) == (run.card.model_name, run.card.dataset.vintage):
            return PALETTE[i]
    return BLACK


def _draw_scan(panel: Axes, scan: xr.Dataset, x: str, y: str, axes: tuple[Axis, Axis], color: str) -> None:
    if set(scan["delta_chi2"].dims) != {x, y}:
        raise InputError(f"a scan of {', '.join(map(str, scan['delta_chi2'].dims))} is not one of {x} and {y}")
    table = scan["delta_chi2"].transpose(y, x).values
    columns, rows = axes[0].show(scan[x].values), axes[1].show(scan[y].values)
    closed = np.where(np.isfinite(table), table, FORBIDDEN)
    if closed.max() > DELTA_CHI2_2D[0]:
        panel.contour(columns, rows, closed, levels=list(DELTA_CHI2_2D), colors=[color], linewidths=1.0,
                      linestyles=["-", "--"])  # fmt: skip
    row, column = np.unravel_index(int(np.argmin(table)), table.shape)
    panel.plot(columns[column], rows[row], "*", color=color, mec="white", mew=0.4, ms=7, zorder=6)


def _limits(
    marginals: Sequence[Marginals], scans: Sequence[xr.Dataset], x: str, y: str, axes: tuple[Axis, Axis]
) -> list[tuple[float, float]]:
    """Range of both axes: of all draws and, where there are scans, of their grids."""
    limits = []
    for name, axis in zip((x, y), axes, strict=True):
        ends = [axis.show(m.axis(name).value(np.array(m.limits(name)))) for m in marginals]
        ends += [axis.show([scan[name].values.min(), scan[name].values.max()]) for scan in scans]
        limits.append((float(np.min(ends)), float(np.max(ends))))
    return limits


def _draw_overlay(
    panel: Axes, overlay: Contour | Curve, x: str, y: str, axes: tuple[Axis, Axis]
) -> tuple[Line2D | Patch, str]:
    if isinstance(overlay, Contour):
        return _draw_contour(panel, overlay, x, y, axes)
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


def _draw_contour(panel: Axes, overlay: Contour, x: str, y: str, axes: tuple[Axis, Axis]) -> tuple[Line2D, str]:
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
