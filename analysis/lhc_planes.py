"""What the LHC says about smuons and the lightest neutralino of a fit: ``python -m analysis.lhc_planes RUN [RUN ...]``.

Writes the figure ``lhc-planes`` (PNG and PDF) of the plane of the lighter smuon and the lightest neutralino: credible
regions of runs of the MSSM over the regions of `g2fit.data.planes` that searches for smuons exclude. It also writes
``lhc-planes.md``: for each run what the lightest supersymmetric particle is, and the share of the draws that each limit
excludes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Polygon
from numpy.typing import NDArray

from g2fit import Card, Posterior
from g2fit.core.files import write_text
from g2fit.core.types import FloatArray
from g2fit.data import load
from g2fit.likelihoods.regions import cells_of, edges_of
from g2fit.output.plots.corner import OPAQUE, fill_2d
from g2fit.output.plots.run_panel import Legend, draw_legend, panel_below
from g2fit.output.plots.style import (
    BLACK,
    BLUE,
    COLUMN,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    in_style,
    put_ticks,
    save,
)
from g2fit.results import Result
from g2fit.results.axis_scales import Axis
from g2fit.results.kernel_density import BINS_2D, bin_draws, density_2d
from g2fit.results.levels import LEVELS
from g2fit.results.marginals import Region2D
from g2fit.sampling.diagnostics import ess_bulk

__all__ = ["Draws", "draws_of", "figure", "markdown", "shares"]

OUTPUT = Path(__file__).resolve().parent / "output"
#: Vintage with all regions.
VINTAGE = "latest_2026_11_planes"
#: Colours of the runs.
COLORS = (BLUE, VERMILION)
#: Regions in the figure: what they are for, colour and style of the line.
REGIONS = {
    "slepton_LR_atlas139": (r"$\tilde e,\tilde\mu$, L + R (ATLAS 139 fb$^{-1}$)", BLACK, "-"),
    "slepton_LR_cms137": (r"$\tilde e,\tilde\mu$, L + R (CMS 137 fb$^{-1}$)", GREY, "-"),
    "smuon_LR_cms2024": (r"$\tilde\mu$, L + R (CMS combination)", PURPLE, "-."),
    "smuon_LR_cms36": (r"$\tilde\mu$, L + R (CMS 36 fb$^{-1}$)", GREEN, "-"),
    "smuon_L_cms36": (r"$\tilde\mu_L$ (CMS 36 fb$^{-1}$)", ORANGE, "--"),
    "smuon_R_cms36": (r"$\tilde\mu_R$ or mixed (CMS 36 fb$^{-1}$)", SKY, ":"),
}
#: Limit on the mass of a wino that is the lightest supersymmetric particle, in GeV (2201.02472).
WINO = 660.0


class Draws(NamedTuple):
    """The draws of a run: predictions and likelihood terms of each, by name, for the data with all regions."""

    run: Result
    predictions: dict[str, NDArray[Any]]
    terms: dict[str, FloatArray]

    def column(self, name: str) -> FloatArray:
        """Return a prediction, shape (N,)."""
        values: FloatArray = self.predictions[name]
        return values


def draws_of(run: Result) -> Draws:
    """Compare all draws of a run of the model `mssm` with the data that have regions of masses."""
    card = run.card.resolved()
    card |= {"model": card["model"] | {"sparticles": True}, "data": {"vintage": VINTAGE, "delta_a_e": "cs"}}
    posterior = Posterior(Card.from_dict(card))
    predictions = posterior.predict(run.theta)
    if invalid := np.count_nonzero(predictions["reason"]):
        raise ValueError(f"{run.folder.path}: {invalid} draws are invalid")
    return Draws(run, predictions, posterior.terms(run.theta))


def shares(draws: Draws) -> dict[str, float]:
    """Share of the draws with each kind of lightest supersymmetric particle, and of those that each region excludes."""
    neutral = draws.column("m_slepton") > draws.column("m_N1")
    wino, bino = draws.column("wino_N1") > 0.99, draws.column("bino_N1") > 0.9
    sneutrino = np.minimum(draws.column("m_snu_e"), draws.column("m_snu_mu")) == draws.column("m_slepton")
    found = {
        "LSP: wino": neutral & wino,
        "LSP: bino": neutral & bino,
        "LSP: bino and wino mixed": neutral & ~wino & ~bino,
        "LSP: sneutrino": ~neutral & sneutrino,
        "LSP: charged slepton": ~neutral & ~sneutrino,
    }
    found |= {name: np.isneginf(term) for name, term in draws.terms.items() if name in load().entries}
    found["lightest smuon or selectron below 700 GeV"] = (
        np.minimum(draws.column("m_sel_1"), draws.column("m_smu_1")) < 700.0
    )
    return {name: float(np.mean(values)) for name, values in found.items()}


def markdown(fits: dict[str, dict[str, float]]) -> str:
    """Write the shares of all runs as a table."""
    names = list(next(iter(fits.values())))
    lines = [
        "# Limits of the LHC on supersymmetric particles",
        "",
        "Share of the draws; in the lower part, of those that a limit excludes:",
        "",
        "| | " + " | ".join(fits) + " |",
        "|---|" + "---|" * len(fits),
    ]
    lines += [f"| {name} | " + " | ".join(f"{fit[name]:.2%}" for fit in fits.values()) + " |" for name in names]
    return "\n".join(lines) + "\n"


def _region(draws: Draws, x: Axis, y: Axis) -> Region2D:
    """Marginal density of the two masses."""
    columns = [np.log(draws.column(axis.name)) for axis in (x, y)]
    binned = [bin_draws(column, bins=BINS_2D) for column in columns]
    shape = draws.run.draws(draws.run.parameter_names[0]).shape
    effective = min(float(ess_bulk(column.reshape(shape))) for column in columns)
    return Region2D(x, y, density_2d(binned[0], binned[1], effective))


def _draw_region(panel: Axes, name: str) -> tuple[Line2D, str]:
    """Draw a region that is excluded; return its handle and text for the legend."""
    text, color, style = REGIONS[name]
    plane = load().entries[name].plane
    if plane is None:
        raise ValueError(f"{name} is no region")
    for m, next_m, (low, high), (next_low, next_high) in cells_of(plane.rows):
        corners = [(m, low), (m, high), (next_m, next_high), (next_m, next_low)]
        panel.add_patch(Polygon(np.maximum(corners, 1e-3), closed=True, color=color, alpha=0.08, lw=0))
    lines = [np.maximum(np.reshape(edge, (2, 2)), 1e-3) for edge in edges_of(plane.rows, open_below=False)]
    panel.add_collection(LineCollection(lines, colors=color, linestyles=style, linewidths=0.9))
    return Line2D([], [], color=color, ls=style, lw=0.9), text


def figure(fits: Sequence[Draws], labels: Sequence[str]) -> Figure:
    """Draw the plane of the lighter smuon and the lightest neutralino.

    Parameters
    ----------
    fits : sequence of Draws
        One or two runs.
    labels : sequence of str
        Their names in the legend.
    """
    limits = (80.0, 1.2e4), (10.0, 4e3)
    x = Axis("m_smu_1", r"m_{\tilde\mu_1}", "GeV", "log")
    y = Axis("m_N1", r"m_{\tilde\chi^0_1}", "GeV", "log")
    legend: Legend = []
    drawn, panel = panel_below(1.6 * COLUMN, 1.15 * COLUMN, len(REGIONS) + len(fits) + 4)
    panel.set(xscale="log", yscale="log", xlim=limits[0], ylim=limits[1], xlabel=x.label, ylabel=y.label)
    for draws, label, color in zip(fits, labels, COLORS, strict=False):
        fill_2d(panel, _region(draws, x, y), color, LEVELS)
        legend.append((Patch(color=color, alpha=OPAQUE, lw=0), label))
    for level, alpha in zip(LEVELS, (0.55, 0.2), strict=True):
        legend.append((Patch(fc=(0.5, 0.5, 0.5, alpha), ec=GREY, lw=0.6), f"{100 * level:.2f} % credible"))
    legend += [_draw_region(panel, name) for name in REGIONS]
    panel.plot(limits[0], limits[0], color=BLACK, lw=0.6, ls=(0, (6, 3)))
    panel.text(250.0, 275.0, "smuon lighter than neutralino", rotation=31, fontsize=6.5, ha="center", va="bottom")
    panel.axhline(WINO, color=BLACK, lw=0.9, ls=(0, (1, 1)))
    legend.append((Line2D([], [], color=BLACK, lw=0.9, ls=(0, (1, 1))),
                   rf"excluded below, if a wino: {WINO:.0f} GeV (ATLAS)"))  # fmt: skip
    legend.append((Line2D([], [], lw=0), "regions at 95 % CL, for a bino LSP"))
    panel.set(xlim=limits[0], ylim=limits[1])
    put_ticks(panel.xaxis, x, limits[0], 7)
    put_ticks(panel.yaxis, y, limits[1], 7)
    draw_legend(drawn, legend)
    return drawn


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the figure and the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="run folders of the model mssm, one or two")
    parser.add_argument("--out", type=Path, default=OUTPUT, help="folder of the figure and the table")
    chosen = parser.parse_args(arguments)
    fits = [draws_of(Result(path)) for path in chosen.runs]
    labels = [f"MSSM, {fit.run.vintage.replace('_', ' ')}" for fit in fits]
    chosen.out.mkdir(parents=True, exist_ok=True)
    table = markdown({path.resolve().name: shares(fit) for path, fit in zip(chosen.runs, fits, strict=True)})
    write_text(chosen.out / "lhc-planes.md", table)
    with in_style():
        for path in save(figure(fits, labels), chosen.out / "lhc-planes", ("png", "pdf")):
            print(path)
    print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
