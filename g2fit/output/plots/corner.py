"""Corner figures: every pair of parameters with the anomalous magnetic moments, and the derived quantities."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.style import BLUE, GREY, PAGE, VERMILION, best_marker, new_figure, put_ticks, wrapped
from g2fit.results.axis_scales import Axis
from g2fit.results.levels import Levels, level_text
from g2fit.results.marginals import Region1D, Region2D

__all__ = ["corner_figure", "derived_figure", "fill_1d", "fill_2d"]

#: Side of the smallest panel, in inches.
SMALLEST = 0.66

#: Side of the largest panel by the number of columns, in inches; 1.3 for more columns.
LARGEST = {1: 2.4, 2: 2.4, 3: 1.8}

#: Most quantities of the corner of derived quantities.
MOST_DERIVED = 8

#: Opacity of the regions, outermost first.
OPACITY = (0.22, 0.55)

#: Opacity of the inner region, which lies on the outer one.
OPAQUE = 1.0 - (1.0 - OPACITY[0]) * (1.0 - OPACITY[1])


def corner_figure(data: FigureData) -> Figure | None:
    """Draw the parameters and the anomalous magnetic moments that were fitted; None if no parameter varies."""
    moments = [name for name in data.derived if name.startswith("delta_a_") and data.measured(name) is not None]
    names = data.parameters + data.distinct(moments, data.parameters, len(moments))[0]
    return _corner(data, names, []) if data.parameters else None


def derived_figure(data: FigureData) -> Figure | None:
    """Draw derived quantities, without those that are functions of one another; None if there are none."""
    visible = [name for name in data.derived if data.measured(name) is not None or not data.is_spike(name)]
    names, repeats = data.distinct(visible, data.parameters, MOST_DERIVED)
    same: dict[str, list[str]] = {}
    for name, other in repeats.items():
        same.setdefault(other, []).append(data.marginals.axis(name).symbol)
    notes = [f"not shown: {', '.join(symbols)} (as {data.marginals.axis(other).symbol})"
             for other, symbols in same.items() if other in names]  # fmt: skip
    return _corner(data, names, notes) if names else None


def _corner(data: FigureData, names: list[str], notes: list[str]) -> Figure:
    marginals = data.marginals
    marginals.prepare(names)
    n = len(names)
    axes = [marginals.axis(name) for name in names]
    limits = [marginals.limits(name) for name in names]
    left, right, bottom, top = 0.6, 0.06, 0.56, 0.06 if n > 1 else 1.7
    size = float(np.clip((PAGE - left - right) / n, SMALLEST, LARGEST.get(n, 1.3)))
    figure = new_figure(left + right + n * size, bottom + top + n * size)
    width, height = figure.get_size_inches()
    grid = figure.add_gridspec(n, n, left=left / width, right=1 - right / width, bottom=bottom / height,
                               top=1 - top / height, wspace=0.06, hspace=0.06)  # fmt: skip
    for row in range(n):
        for column in range(row + 1):
            panel = figure.add_subplot(grid[row, column])
            panel.set_xscale(**axes[column].scaling)
            if row == column:
                _diagonal(panel, data, names[row])
            else:
                panel.set_yscale(**axes[row].scaling)
                fill_2d(panel, marginals.two(names[column], names[row]), BLUE, data.levels)
                best = data.best_value(names[column]), data.best_value(names[row])
                panel.plot(*best, "P", color=VERMILION, ms=3.8, mec="white", mew=0.4, zorder=5, clip_on=True)
                panel.set_ylim(*limits[row])
                put_ticks(panel.yaxis, axes[row], limits[row], 3, 0.08)
            panel.set_xlim(*limits[column])
            put_ticks(panel.xaxis, axes[column], limits[column], 3, 0.08)
            _outer_labels(panel, axes[column].label if row == n - 1 else "",
                          axes[row].label if column == 0 and row else "", size, left, bottom)  # fmt: skip
    _legend(figure, data, notes, n)
    return figure


def _diagonal(panel: Axes, data: FigureData, name: str) -> None:
    region = data.marginals.one(name)
    unconstrained = data.marginals.constraint(name).kind == "unconstrained"
    fill_1d(panel, region, BLUE, () if unconstrained else data.levels)
    if unconstrained:
        panel.text(0.06, 0.08, "as the prior", fontsize=6.5, color=BLUE, transform=panel.transAxes,
                   bbox={"fc": "white", "ec": "none", "pad": 0.6})  # fmt: skip
    datum = data.measured(name)
    if datum is not None:
        panel.axvspan(datum[0] - datum[1], datum[0] + datum[1], color=GREY, alpha=0.25, lw=0, zorder=0)
        panel.axvline(datum[0], color=GREY, lw=0.7, zorder=0)
    panel.axvline(data.best_value(name), color=VERMILION, lw=0.8, ls=(0, (3, 2)))
    panel.set_ylim(0.0, 1.12 * region.density.density.max())
    panel.set_yticks([])


def _outer_labels(panel: Axes, x_label: str, y_label: str, size: float, left: float, bottom: float) -> None:
    panel.tick_params(which="both", labelbottom=bool(x_label), labelleft=bool(y_label), pad=1.5, labelrotation=45,
                      labelsize=6.5)  # fmt: skip
    panel.set_xlabel(x_label, fontsize=8.5)
    panel.set_ylabel(y_label, fontsize=8.5)
    panel.xaxis.set_label_coords(0.5, -(bottom - 0.17) / size)
    panel.yaxis.set_label_coords(-(left - 0.17) / size, 0.5)
    for label in (panel.xaxis.label, panel.yaxis.label):  # a long one would run into that of the next panel
        box = label.get_window_extent()
        length = max(box.width, box.height) / panel.bbox.width * size
        label.set_fontsize(8.5 * min(1.0, size / max(length, 1e-9)))


def _legend(figure: Figure, data: FigureData, notes: list[str], n: int) -> None:
    handles = [*(Patch(color=BLUE, alpha=alpha, lw=0) for alpha in (OPAQUE, OPACITY[0])), best_marker()]
    labels = [*(f"{level_text(level)} credible region" for level in data.levels), "best fit"]
    if any(data.measured(name) is not None for name in data.derived):
        handles.append(Patch(color=GREY, alpha=0.4, lw=0))
        labels.append(r"measured, $\pm1\sigma$")
    width = 58 if n > 5 else 44
    lines = [line for text in [*data.about, *data.beyond, *notes] for line in wrapped(text, width)]
    figure.legend(handles, labels, loc="upper right", bbox_to_anchor=(0.985, 0.985), alignment="left",
                  title="\n".join(lines), title_fontsize=8, fontsize=8)  # fmt: skip


def fill_1d(panel: Axes, region: Region1D, color: str, levels: Levels | tuple[()]) -> None:
    """Draw a marginal density with its credible regions of two levels, or none."""
    x, density = region.curve()
    panel.plot(x, density, color=color, lw=0.9, solid_joinstyle="miter")
    for level, alpha in zip(levels[::-1], OPACITY, strict=False):
        for low, high in region.intervals(level):
            within = np.concatenate([[low], x[(x > low) & (x < high)], [high]])
            panel.fill_between(within, np.interp(within, x, density), color=color, alpha=alpha, lw=0)


def fill_2d(panel: Axes, region: Region2D, color: str, levels: Levels, axes: tuple[Axis, Axis] | None = None) -> None:
    """Draw the credible regions of a plane, filled, with their contours.

    The axes of the panel show values as `axes` do, those of another run for example; as those of the region by default.
    """
    for level, alpha, width in zip(levels[::-1], OPACITY, (0.6, 0.7), strict=True):
        x, y, surface = region.surface(level)
        if axes is not None:
            x, y = axes[0].show(region.x.value(x)), axes[1].show(region.y.value(y))
        panel.contourf(x, y, surface, levels=[0.0, np.inf], colors=[color], alpha=alpha)
        panel.contour(x, y, surface, levels=[0.0], colors=[color], linewidths=[width])
