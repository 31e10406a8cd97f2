"""One panel that shows several runs: what figures of a plane and of one quantity have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from g2fit.core.errors import InputError
from g2fit.output.plots.style import PALETTE, new_figure
from g2fit.results import Result
from g2fit.results.axis_scales import Axis
from g2fit.results.marginals import Marginals

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Legend", "RunScans", "axis_limits", "draw_legend", "names_of", "panel_below"]

#: Scans or profiles: one for each run in the order of the runs, or by the number of the run, from 0.
RunScans = Mapping[int, "xr.Dataset"] | Sequence["xr.Dataset"]


#: Entries of a legend, collected while a figure is drawn.
Legend = list[tuple[Line2D | Patch, str]]


def draw_legend(figure: Figure, legend: Legend) -> None:
    """Draw a legend in two columns at the top of a figure."""
    handles, texts = zip(*legend, strict=True)
    figure.legend(handles, texts, loc="upper left", ncols=2, bbox_to_anchor=(0.02, 1.0), fontsize=7.2,
                  handlelength=1.5, columnspacing=1.0, handletextpad=0.5, labelspacing=0.25)  # fmt: skip


def names_of(runs: Sequence[Result], labels: Sequence[str] | None) -> Sequence[str]:
    """Return the names of runs: the labels if given, else model and data, or the folder names if these are not unique.

    Too many runs, and another number of labels than of runs, are an error.
    """
    if not 1 <= len(runs) <= len(PALETTE):
        raise InputError(f"a figure shows 1 to {len(PALETTE)} runs, not {len(runs)}")
    if labels is not None and len(labels) != len(runs):
        raise InputError(f"{len(runs)} runs need as many labels, not {len(labels)}")
    names = [f"{run.model_name}, {run.vintage}" for run in runs]
    return labels or (names if len(set(names)) == len(names) else [run.folder.path.resolve().name for run in runs])


def panel_below(width: float, height: float, entries: int) -> tuple[Figure, Axes]:
    """Make a figure with one panel below a legend with so many entries; sizes in inches."""
    left, right, bottom, top = 0.5, 0.1, 0.4, 0.14 + 0.145 * -(-entries // 2)
    total = height + top
    figure = new_figure(width, total)
    size = (left / width, bottom / total, 1 - (left + right) / width, 1 - (top + bottom) / total)
    return figure, figure.add_axes(size)


def axis_limits(axis: Axis, marginals: Sequence[Marginals], scans: Sequence[xr.Dataset]) -> tuple[float, float]:
    """Range that covers the draws of all runs and the grids of all scans, in shown values."""
    name = axis.name
    ends = [axis.show(run.axis(name).value(run.limits(name))) for run in marginals]
    ends += [axis.show([scan[name].values.min(), scan[name].values.max()]) for scan in scans]
    return float(np.min(ends)), float(np.max(ends))
