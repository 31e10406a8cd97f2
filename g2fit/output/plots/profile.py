"""One quantity of several runs: marginal densities and profile likelihoods."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from g2fit.inference.profile.best_fit import DELTA_CHI2_1D
from g2fit.output.plots.run_panel import Legend, Range, RunScans, axis_limits, draw_legend, names_of, panel_below
from g2fit.output.plots.style import COLUMN, GREY, PALETTE, in_style, put_ticks, require_own_figures, save
from g2fit.results import Result
from g2fit.results.marginals import Marginals

__all__ = ["draw_profile", "profile_figure"]


def profile_figure(
    name: str,
    runs: Sequence[Result],
    *,
    profiles: RunScans = (),
    labels: Sequence[str] | None = None,
    values: Range = None,
    width: float = COLUMN,
) -> Figure:
    """Draw marginal densities (filled) and profile likelihoods (lines) of one quantity, relative to their maxima.

    Parameters
    ----------
    name : str
        A parameter, or without `profiles` a derived quantity.
    runs : sequence of Result
        At least one; each has its colour.
    profiles : sequence or mapping of xarray.Dataset
        Profiles (see `g2fit.inference.profile.line.profile`), one for each run in the order of the runs; or by the
        number of the run, from 0.
    labels : sequence of str, optional
        Names of the runs; model and data by default.
    values : pair of float, optional
        Ends of the axis; by default all draws and all profiles.
    width : float
        In inches.
    """
    names = names_of(runs, labels)
    profiles = profiles if isinstance(profiles, Mapping) else dict(enumerate(profiles))
    marginals = [Marginals(run) for run in runs]
    axis = marginals[0].axis(name)
    figure, panel = panel_below(width, 0.62 * width, len(runs) + len(profiles))
    legend: Legend = []
    for run, text, color in zip(marginals, names, PALETTE, strict=False):
        grid, density = run.one(name).curve()
        shown = axis.show(run.axis(name).value(grid))
        panel.fill_between(shown, density / density.max(), color=color, alpha=0.3, lw=0)
        panel.plot(shown, density / density.max(), color=color, lw=0.6)
        legend.append((Patch(color=color, alpha=0.3, lw=0), f"{text}, marginal"))
    for i, profile in profiles.items():
        nodes, rise = axis.show(profile[name].values), profile["delta_chi2"].values
        panel.plot(nodes, np.exp(-0.5 * rise), color=PALETTE[i], lw=1.1)
        legend.append((Line2D([], [], color=PALETTE[i], lw=1.1), f"{names[i]}, profile"))
    for level in DELTA_CHI2_1D if profiles else ():
        panel.axhline(np.exp(-0.5 * level), color=GREY, lw=0.5, ls=(0, (2, 2)))
        panel.annotate(rf"$\Delta\chi^2 = {level:g}$", (0.99, np.exp(-0.5 * level)), (0, 1), fontsize=6.5, ha="right",
                       color=GREY, xycoords=panel.get_yaxis_transform(), textcoords="offset points")  # fmt: skip
    limits = axis_limits(axis, marginals, list(profiles.values()), values)
    panel.set_xscale(**axis.scaling)
    panel.set(xlim=limits, ylim=(0.0, 1.06), xlabel=axis.label, ylabel="relative to maximum")
    put_ticks(panel.xaxis, axis, limits, 5)
    draw_legend(figure, legend)
    return figure


def draw_profile(
    runs: Sequence[Result],
    name: str,
    *,
    profiles: RunScans = (),
    labels: Sequence[str] | None = None,
    values: Range = None,
    formats: Sequence[str] = ("png", "pdf"),
    folder: Path | None = None,
) -> list[Path]:
    """Draw one quantity into ``figures/profile-NAME`` of the first run (or into `folder`)."""
    require_own_figures(folder, f"profile-{name}", formats)
    with in_style():
        figure = profile_figure(name, runs, profiles=profiles, labels=labels, values=values)
        return list(save(figure, (folder or runs[0].folder.figures) / f"profile-{name}", formats))
