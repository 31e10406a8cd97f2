"""Figure of the masses that survive all constraints, beside the region of Fig 5 of 2106.01373."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib import ticker
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.constraints.region import paper_excess
from analysis.reproduction.vll.figures import BLUE, GREEN, PAGE, VERMILION, paper_style

__all__ = ["figure"]

SKY = "#56B4E9"
#: Lower limits on m_L in GeV: of the paper, and of 2411.07143 for a doublet that couples to muons.
LHC = (650.0, 1270.0)
#: Lines of the paper's limits: key of `paper_excess`, dashes.
PAPER = (("ew", "-"), ("tau", (0, (5, 2))), ("product", (0, (1, 1.5))))


def _panel(axes: Any, data: xr.Dataset) -> None:
    m_S, m_L = data.m_S.values, data.m_L.values
    axes.set(xscale="log", yscale="log", xlim=(m_S[0], m_S[-1]), ylim=(m_L[0], m_L[-1]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(ticker.FixedLocator([100, 200, 500, 1000, 2000, 4000]))
        axis.set_major_formatter(ticker.FormatStrFormatter("%d"))
        axis.set_minor_formatter(ticker.NullFormatter())
    for level, color in (("electroweak", SKY), ("neutrinos", BLUE)):
        axes.contourf(m_S, m_L, data[level], levels=[-1e9, 0.0], colors=[color], alpha=0.55)
    axes.contour(m_S, m_L, data.stable, levels=[0.0], colors="black", linewidths=1.0)
    paper = paper_excess((data.attrs["Y_V"], data.attrs["Y_Vp"]), data.attrs["moment"], m_S)
    for name, style in PAPER:
        excess = np.where(np.isfinite(paper[name]), paper[name], 9.0)
        axes.contour(m_S, m_L, excess, levels=[0.0], colors=[VERMILION], linestyles=[style], linewidths=1.2)
    axes.axhline(LHC[0], color=GREEN, lw=1.2, ls="--")
    axes.axhline(LHC[1], color=GREEN, lw=1.2)


def figure(rows: Sequence[Sequence[xr.Dataset]]) -> Any:
    """Draw the planes: a row for each pair of Y_V and Y_V', a column for each Delta a_mu.

    Parameters
    ----------
    rows : sequence of sequence of xarray.Dataset
        Results of `analysis.constraints.region.surviving`.

    Returns
    -------
    matplotlib.figure.Figure
    """
    with paper_style():
        drawn, grid = plt.subplots(len(rows), len(rows[0]), figsize=(PAGE, 6.6), sharex=True, sharey=True,
                                   layout="constrained", squeeze=False)  # fmt: skip
        drawn.get_layout_engine().set(w_pad=0.1)
        for line, panels in zip(grid, rows, strict=True):
            for axes, data in zip(line, panels, strict=True):
                _panel(axes, data)
                couplings = rf"$Y_V={data.attrs['Y_V']:g}$, $Y_V$′$={data.attrs['Y_Vp']:g}$"
                axes.set_title(rf"$\Delta a_\mu={data.attrs['moment'] * 1e10:.4g}\times10^{{-10}}$, {couplings}")
            line[0].set_ylabel("$m_L$ [GeV]")
        for axes in grid[-1]:
            axes.set_xlabel("$m_S$ [GeV]")
        handles: list[Any] = [
            Line2D([], [], color=VERMILION, label="2106.01373: eq (17)"),
            Line2D([], [], color=VERMILION, ls=(0, (5, 2)), label="eq (18), $τ$ decays"),
            Line2D([], [], color=VERMILION, ls=(0, (1, 1.5)), label="$Y_LY_R=1$"),
            Line2D([], [], color=GREEN, ls="--", label="LHC (2021): $m_L>650$ GeV"),
            Line2D([], [], color=GREEN, label="LHC (2024): $m_L>1270$ GeV"),
            Patch(fc=SKY, alpha=0.55, label="allowed: $G_F$, $S$, $T$, $U$, universality"),
            Line2D([], [], color="black", lw=1.0, label="and stable up to 10 TeV"),
            Patch(fc=BLUE, alpha=0.7, label="and CKM row, heavy neutrinos"),
        ]
        drawn.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, handlelength=2.6,
                     title="Regions: data of November 2026 (latest_2026_11)", title_fontsize=7.5)  # fmt: skip
        return drawn
