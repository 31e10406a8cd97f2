"""Prior figure: prior and posterior density of every parameter, with the information gain."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from g2fit.output.plots.corner import OPACITY, OPAQUE, fill_1d
from g2fit.output.plots.figure_data import FigureData
from g2fit.output.plots.style import BLUE, COLUMN, GREY, PAGE, VERMILION, new_figure, put_ticks
from g2fit.results.grid_density import Density1D
from g2fit.results.kernel_density import bin_draws, density_1d
from g2fit.results.levels import level_text
from g2fit.results.marginals import Region1D

__all__ = ["information_gain", "prior_figure"]

#: Most columns of panels.
COLUMNS = 4

#: Height of a row, in inches.
ROW = 1.42


def prior_figure(data: FigureData) -> Figure | None:
    """Draw prior (with the cuts of role prior) and posterior of each parameter; None if no parameter varies.

    There is none either if evaluations are so slow that the result has no draws of the prior.
    """
    names = data.parameters
    if not names or not data.result.has("prior"):
        return None
    columns = next((n for n in (4, 3) if len(names) % n == 0), min(COLUMNS, len(names)))
    rows = -(-len(names) // columns)
    top, side = 0.62, 0.12
    figure = new_figure(PAGE if columns > 2 else COLUMN, top + rows * ROW)
    width, height = figure.get_size_inches()
    grid = figure.subplots(rows, columns, squeeze=False)
    figure.subplots_adjust(left=side / width, right=1 - side / width, bottom=0.42 / height, top=1 - top / height,
                           wspace=0.08, hspace=0.55)  # fmt: skip
    for panel in grid.ravel()[len(names) :]:
        panel.remove()
    for panel, name in zip(grid.ravel(), names, strict=False):
        axis = data.marginals.axis(name)
        draws = axis.coordinate(axis.show(data.result.array("prior", name).ravel()))
        prior = Region1D(axis, density_1d(bin_draws(draws, *axis.ends)))
        posterior = data.marginals.one(name)
        x, density = prior.curve()
        panel.fill_between(x, density, color=GREY, alpha=0.2, lw=0)
        panel.plot(x, density, color=GREY, lw=0.8)
        unconstrained = data.marginals.constraint(name).kind == "unconstrained"
        fill_1d(panel, posterior, BLUE, () if unconstrained else data.levels)
        panel.axvline(data.best_value(name), color=VERMILION, lw=0.8, ls=(0, (3, 2)))
        gain = information_gain(posterior.density, prior.density)
        panel.set_title(f"{gain:.2f} nat", fontsize=7, pad=2, loc="right")
        low, high = (float(v) for v in axis.from_coordinate(np.array([prior.density.grid[0], prior.density.grid[-1]])))
        panel.set_xscale(**axis.scaling)
        panel.set_xlim(low, high)
        panel.set_ylim(0.0, 1.15 * max(density.max(), posterior.density.density.max()))
        panel.set_yticks([])
        put_ticks(panel.xaxis, axis, (low, high), 4)
        panel.set_xlabel(axis.label, labelpad=1.5)
    handles = [Patch(fc=(0.5, 0.5, 0.5, 0.2), ec=GREY, lw=0.8), Patch(color=BLUE, alpha=OPAQUE, lw=0),
               Patch(color=BLUE, alpha=OPACITY[0], lw=0),
               Line2D([], [], color=VERMILION, lw=0.8, ls=(0, (3, 2)))]  # fmt: skip
    labels = ["prior", *(f"posterior, {level_text(level)}" for level in data.levels), "best fit"]
    anchor = (side / width - 0.012, 1 - 0.2 / height)
    figure.legend(handles, labels, loc="upper left", ncols=4, bbox_to_anchor=anchor, handlelength=1.6,
                  columnspacing=1.2)  # fmt: skip
    text = "; ".join([*data.about[:2], "numbers: information gain"])
    figure.text(side / width, 1 - 0.06 / height, text, va="top", fontsize=8)
    return figure


def information_gain(posterior: Density1D, prior: Density1D) -> float:
    """Relative entropy of the posterior of one parameter with respect to its prior, in nat."""
    before = np.maximum(prior.at(posterior.grid), 1e-12)
    ratio = np.log(np.maximum(posterior.density, 1e-300) / before)
    return float(np.sum(posterior.density * ratio) * posterior.cell)
