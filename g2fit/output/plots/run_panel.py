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
from g2fit.output.plots.style import PALETTE, new_figure, wrapped
from g2fit.results import Result
from g2fit.results.axis_scales import Axis
from g2fit.results.marginals import Marginals

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["Legend", "Range", "Ranges", "RunScans", "axis_limits", "draw_legend", "names_of", "panel_below"]

#: Scans or profiles: one for each run in the order of the runs, or by the number of the run, from 0.
RunScans = Mapping[int, "xr.Dataset"] | Sequence["xr.Dataset"]

#: Values at the ends of an axis, and of both axes of a plane.
Range = tuple[float, float] | None
Ranges = tuple[Range, Range]

#: Letters of a legend per inch of its width.
LETTERS = 16

#: Between a legend and the panel below it, in inches.
GAP = 0.02

#: Entries of a legend, collected while a figure is drawn.
Legend = list[tuple[Line2D | Patch, str]]


def draw_legend(figure: Figure, legend: Legend) -> None:
    """Draw a legend at the top of a figure, in two columns or one; the figure grows if it would cover the panel."""
    handles, texts = zip(*legend, strict=True)
    letters = int(LETTERS * figure.get_figwidth())
    for columns, shown in ((2, texts), (1, ["\n".join(wrapped(text, letters)) for text in texts])):
        drawn = figure.legend(handles, shown, loc="upper left", ncols=columns, bbox_to_anchor=(0.02, 1.0), fontsize=7.2,
                              handlelength=1.5, columnspacing=1.0, handletextpad=0.5, labelspacing=0.25)  # fmt: skip
        box = drawn.get_window_extent()
        if columns == 1 or box.x1 <= figure.bbox.x1:
            break
        drawn.remove()
    panel = figure.axes[0]
    missing = (panel.get_window_extent().y1 - box.y0) / figure.dpi + GAP
    if missing > 0.0:
        width, height = figure.get_size_inches()
        place, scale = panel.get_position(), height / (height + missing)
        figure.set_size_inches(width, height + missing)
        panel.set_position((place.x0, place.y0 * scale, place.width, place.height * scale))


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


def axis_limits(
    axis: Axis, marginals: Sequence[Marginals], scans: Sequence[xr.Dataset], values: Range = None
) -> tuple[float, float]:
    """Range of an axis in shown values: between two `values` if given, else all draws of all runs and all scans' grids.

    Values without a place on the axis, a range of no width, and runs of both signs on a logarithmic axis are an error.
    """
    name = axis.name
    if values is not None:
        low, high = sorted(float(end) for end in axis.show(values))
        if not (np.isfinite([low, high]).all() and low < high and (axis.scale != "log" or low > 0.0)):
            allowed = "two different numbers" + (f" of the sign of {name}, not 0" if axis.scale == "log" else "")
            raise InputError(f"limits of {name}: {values[0]:g} to {values[1]:g}; allowed: {allowed}")
        return low, high
    ends = [axis.show(run.axis(name).value(run.limits(name))) for run in marginals]
    ends += [axis.show([scan[name].values.min(), scan[name].values.max()]) for scan in scans]
    low, high = float(np.min(ends)), float(np.max(ends))
    if axis.scale == "log" and not low > 0.0:
        raise InputError(
            f"{name} has both signs in these runs or scans, and the axis of the first run is logarithmic: "
            "draw those of one sign together"
        )
    return low, high
