"""The plane of two quantities of several runs: marginal and profile likelihood regions, and overlays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from g2fit.core.errors import InputError
from g2fit.inference.profile.best_fit import DELTA_CHI2_2D
from g2fit.inference.profile.plane import scan_of_run, scan_path
from g2fit.output.plots.corner import OPAQUE, fill_2d
from g2fit.output.plots.overlays import Overlay, covering, draw_overlay
from g2fit.output.plots.run_panel import Legend, Ranges, RunScans, axis_limits, draw_legend, names_of, panel_below
from g2fit.output.plots.style import BLACK, COLUMN, GREY, PALETTE, in_style, put_ticks, require_own_figures, save
from g2fit.results import Result
from g2fit.results.axis_scales import Axis
from g2fit.results.levels import Levels, level_text
from g2fit.results.marginals import Marginals

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["draw_plane", "plane_figure"]

#: Delta chi squared of what is forbidden: so large that a region ends at its last allowed node.
FORBIDDEN = 1e9


def plane_figure(
    x: str,
    y: str,
    runs: Sequence[Result],
    *,
    scans: RunScans = (),
    overlays: Sequence[Overlay] = (),
    ranges: Ranges = (None, None),
    labels: Sequence[str] | None = None,
    levels: Levels | None = None,
) -> Figure:
    """Draw credible regions (filled), profile likelihood regions (lines) and overlays.

    Parameters
    ----------
    x, y : str
        Parameters or derived quantities.
    runs : sequence of Result
        At least one; each has its colour.
    scans : sequence or mapping of xarray.Dataset
        Scans of this plane (see `g2fit.inference.profile.plane.scan`), in the colours of the runs of the same model and
        data; or by the number of the run, from 0.
    overlays : sequence of Contour, Curve or Area
        What else is drawn; without `ranges` the axes are wide enough for it.
    ranges : pair of pairs of float, optional
        Values at the ends of each axis; by default they cover the draws of all runs and all scans.
    labels : sequence of str, optional
        Names of the runs; model and data by default.
    levels : tuple of float, optional
        Probabilities of the credible regions; those of the first run by default.
    """
    names = names_of(runs, labels)
    levels = levels or runs[0].levels
    marginals = [Marginals(run, levels) for run in runs]
    axes = marginals[0].axis(x), marginals[0].axis(y)
    legend: Legend = []
    figure, panel = panel_below(COLUMN, 0.84 * COLUMN, len(runs) + 2 + 3 * bool(scans) + len(overlays))
    for run, name, color in zip(marginals, names, PALETTE, strict=False):
        fill_2d(panel, run.two(x, y), color, levels, axes)
        legend.append((Patch(color=color, alpha=OPAQUE, lw=0), name))
    coloured = _coloured(scans, runs)
    for scan, color in coloured:
        _draw_scan(panel, scan, axes, color)
    for level, alpha in zip(levels, (0.55, 0.2), strict=True):
        legend.append((Patch(fc=(0.5, 0.5, 0.5, alpha), ec=GREY, lw=0.6), f"{level_text(level)} credible"))
    if scans:
        for level, style in zip(DELTA_CHI2_2D, ("-", "--"), strict=True):
            legend.append((Line2D([], [], color=GREY, lw=1.0, ls=style), rf"profile $\Delta\chi^2 = {level:.2f}$"))
        legend.append((Line2D([], [], color=GREY, marker="*", ls="", ms=6), "best fit of the plane"))
    found = [scan for scan, _ in coloured]
    limits = (axis_limits(axes[0], marginals, found, ranges[0]), axis_limits(axes[1], marginals, found, ranges[1]))
    limits = covering(limits, axes, overlays, (ranges[0] is not None, ranges[1] is not None))
    panel.set_xscale(**axes[0].scaling)
    panel.set_yscale(**axes[1].scaling)
    panel.set(xlim=limits[0], ylim=limits[1])
    legend += [draw_overlay(panel, overlay, axes, index) for index, overlay in enumerate(overlays)]
    panel.set(xlim=limits[0], ylim=limits[1], xlabel=axes[0].label, ylabel=axes[1].label)
    put_ticks(panel.xaxis, axes[0], limits[0], 5)
    put_ticks(panel.yaxis, axes[1], limits[1], 6)
    draw_legend(figure, legend)
    return figure


def draw_plane(
    runs: Sequence[Result],
    x: str,
    y: str,
    *,
    overlays: Sequence[Overlay] = (),
    formats: Sequence[str] = ("png", "pdf"),
    folder: Path | None = None,
    **style: Any,
) -> list[Path]:
    """Draw a plane into ``figures/plane-X-Y`` of the first run (or into `folder`).

    Scans of this plane that lie in the run folders are drawn too. Other arguments are those of `plane_figure`.
    """
    require_own_figures(folder, f"plane-{x}-{y}", formats)
    paths = {i: scan_path(run.folder.path, x, y) for i, run in enumerate(runs)}
    scans = {i: scan_of_run(path, runs[i]) for i, path in paths.items() if path.exists()}
    with in_style():
        figure = plane_figure(x, y, runs, scans=scans, overlays=overlays, **style)
        return list(save(figure, (folder or runs[0].folder.figures) / f"plane-{x}-{y}", formats))


def _coloured(scans: RunScans, runs: Sequence[Result]) -> list[tuple[xr.Dataset, str]]:
    """Scans with the colours of their runs; black where there is no run of the same model and data."""
    if isinstance(scans, Mapping):
        return [(scan, PALETTE[i]) for i, scan in scans.items()]
    colors = {(run.model_name, run.vintage): PALETTE[i] for i, run in reversed([*enumerate(runs)])}
    return [(scan, colors.get((scan.attrs.get("model"), scan.attrs.get("vintage")), BLACK)) for scan in scans]


def _draw_scan(panel: Axes, scan: xr.Dataset, axes: tuple[Axis, Axis], color: str) -> None:
    x, y = axes[0].name, axes[1].name
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
