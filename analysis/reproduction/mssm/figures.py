"""Figs 1 and 2 of 1906.08768: threshold corrections and moments along the slepton mass, one panel for each mu.

The lines are the complete one-loop result with exact slepton mixing, on the branch that is connected with decoupling.
Where the muon has no such branch its line is interrupted: that is the discontinuity of the paper's figures, in which a
smuon would be a tachyon.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from g2fit.core.types import FloatArray
from g2fit.models.constants import get_constants
from g2fit.models.mssm.model import Mssm
from g2fit.output.plots.style import BLUE, COLUMN, GREY, PURPLE, VERMILION, in_style, new_figure, number

__all__ = ["PANELS", "along_slepton_mass", "figure_1", "figure_2", "paper_panels"]

SM = "paper_2019"
#: mu in GeV and the range of slepton masses in GeV of the left and of the right panel.
PANELS = ((-1e5, 300.0, 6000.0), (-5e5, 300.0, 10000.0))
#: M1, M2 (GeV) and tan(beta) of both figures.
M1, M2, TAN_BETA = 1500.0, 500.0, 70.0
#: Mass in GeV at which the other lepton's sleptons are valid whatever mu is.
ELSEWHERE = 500.0
#: Delta a_e and Delta a_mu with their errors, eqs (1.1) and (1.2).
MEASURED = {"e": (-8.7e-13, 3.6e-13), "mu": (27.4e-10, 7.3e-10)}
COLORS = {"e": BLUE, "mu": VERMILION}
#: Linewidths: the electron's line shows on both sides of the muon's where they coincide.
WIDTHS = {"e": 2.6, "mu": 1.1}
OPTIONS: dict[str, Any] = {"delta": "full", "amu": "full", "two_loop": "photonic", "vacuum": "off", "constants": SM}


def along_slepton_mass(mu: float, masses: FloatArray, **options: Any) -> xr.Dataset:
    """Compute what Figs 1 and 2 show of both leptons, along the common slepton mass mL = mR.

    Parameters
    ----------
    mu : float
        Higgsino mass in GeV.
    masses : (N,) array
        Slepton masses in GeV.
    **options
        Of `Mssm`, in place of `OPTIONS`.

    Returns
    -------
    xarray.Dataset
        Over (lepton, mass): ``Delta``, ``moment`` = a_l/m_l^2 in GeV^-2 and ``vac_ratio``; NaN where there is no
        branch connected with decoupling, or where a slepton is a tachyon.

    Examples
    --------
    The moment of the electron changes its sign through the pole (2.6), at 6.0 TeV in the right panel:

    >>> levels = {"delta": "mia", "amu": "mia", "two_loop": "none"}
    >>> data = along_slepton_mass(-5e5, np.array([5.9e3, 6.2e3]), **levels).sel(lepton="e")
    >>> data.Delta.round(2).values.tolist(), np.sign(data.moment).values.tolist()
    ([-1.06, -0.97], [1.0, -1.0])
    """
    sm = get_constants(SM)
    squares = {"e": sm.m_e**2, "mu": sm.m_mu**2}
    values = {name: np.empty((2, len(masses))) for name in ("Delta", "moment", "vac_ratio")}
    model = Mssm(**{**OPTIONS, **options})
    for j, lepton in enumerate(squares):
        theta = np.tile([M1, M2, mu, TAN_BETA, *[ELSEWHERE] * 4], (len(masses), 1))
        theta[:, 4 + 2 * j : 6 + 2 * j] = masses[:, None]
        prediction = model.predict(theta)
        values["Delta"][j] = prediction[f"Delta_{lepton}"]
        values["moment"][j] = prediction[f"delta_a_{lepton}"] / squares[lepton]
        values["vac_ratio"][j] = prediction[f"vac_ratio_{lepton}"]
    return xr.Dataset(
        {name: (("lepton", "mass"), array) for name, array in values.items()},
        coords={"lepton": list(squares), "mass": ("mass", masses, {"units": "GeV"})},
        attrs={"mu": mu, "M1": M1, "M2": M2, "tan_beta": TAN_BETA},
    )


def paper_panels(points: int = 1201) -> list[xr.Dataset]:
    """Both panels, with the grid of masses dense about the electron's pole."""
    found = []
    for mu, low, high in PANELS:
        even = np.linspace(low, high, points)
        Delta = along_slepton_mass(mu, even).Delta.sel(lepton="e").dropna("mass")  # some masses at the pole have none
        pole = float(np.interp(-1.0, Delta, Delta.mass))
        near = pole + np.outer([-1.0, 1.0], np.geomspace(1e-4, 0.1 * pole, 200)).ravel()
        found.append(along_slepton_mass(mu, np.unique(np.concatenate([even, near]))))
    return found


def _ranges(masses: FloatArray, inside: Any) -> list[tuple[float, float]]:
    """Ends in TeV of the stretches of the grid where `inside` holds.

    >>> _ranges(np.array([1e3, 2e3, 3e3, 4e3]), [False, True, True, False])
    [(2.0, 3.0)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], np.asarray(inside), [False]]).astype(int)))
    return [(float(masses[a]) / 1e3, float(masses[b - 1]) / 1e3) for a, b in edges.reshape(-1, 2)]


def _without_pole(moment: FloatArray) -> FloatArray:
    """Interrupt a line where it jumps from one sign to the other through infinity."""
    line = moment.copy()
    line[np.flatnonzero(line[1:] * line[:-1] < 0.0)] = np.nan
    return line


def _draw_lines(axes: Any, data: xr.Dataset, name: str) -> None:
    mass = data.mass.to_numpy() / 1e3
    for lepton, color in COLORS.items():
        axes.plot(mass, _without_pole(data[name].sel(lepton=lepton).to_numpy()), color=color, lw=WIDTHS[lepton])


def _gap(axes: Any, data: xr.Dataset) -> None:
    """Shade where the muon has no branch connected with decoupling."""
    missing = np.isnan(data.Delta.sel(lepton="mu"))
    for low, high in _ranges(data.mass.to_numpy(), missing):
        axes.axvspan(low, high, fc="none", ec=GREY, hatch="////", lw=0.0, zorder=0)


def _frame(axes: Any, data: xr.Dataset) -> None:
    mass = data.mass.to_numpy() / 1e3
    axes.set(xlim=(0.0, mass[-1]), xlabel=r"slepton mass $m_{\tilde l_L}=m_{\tilde l_R}$ [TeV]")
    mu = data.attrs["mu"] / 1e3
    axes.set_title(rf"$\mu={mu:.0f}$ TeV,  $M_1={M1 / 1e3:g}$ TeV,  $M_2={M2:g}$ GeV,  $\tan\beta={TAN_BETA:g}$")


def _two_panels(panels: Sequence[xr.Dataset], height: float) -> tuple[Figure, Any]:
    figure = new_figure(COLUMN, height)
    figure.set_layout_engine("constrained")
    return figure, figure.subplots(len(panels), 1)


@contextmanager
def _style() -> Iterator[None]:
    with in_style(), matplotlib.rc_context({"hatch.linewidth": 0.5}):
        yield


def _line(lepton: str, label: str) -> Line2D:
    return Line2D([], [], color=COLORS[lepton], lw=WIDTHS[lepton], label=label)


def _gap_handle() -> Patch:
    return Patch(fc="none", ec=GREY, hatch="////", lw=0.0, label="no such muon branch: a smuon would be a tachyon")


def _signed_power(value: float, position: int) -> str:
    return number(value).replace(r"1\times", "")


def figure_1(panels: Sequence[xr.Dataset]) -> Figure:
    """Fig 1: the corrections Delta_e (blue) and Delta_mu (red); both figures take `paper_panels`."""
    with _style():
        figure, grid = _two_panels(panels, 5.6)
        for axes, data in zip(grid, panels, strict=True):
            axes.axhline(-1.0, color="black", lw=0.6, ls=(0, (6, 2)))
            _draw_lines(axes, data, "Delta")
            _gap(axes, data)
            _frame(axes, data)
            axes.set_yscale("symlog", linthresh=0.1, linscale=0.4)
            axes.set(ylim=(-60.0, 0.0), ylabel=r"$\Delta_l$")
            axes.yaxis.set_major_locator(FixedLocator([-50.0, -20.0, -10.0, -5.0, -2.0, -1.0, -0.5, -0.2, -0.1, 0.0]))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
            axes.yaxis.set_minor_formatter(NullFormatter())
            axes.text(axes.get_xlim()[1] * 0.985, -1.06, r"$\Delta_l=-1$", ha="right", va="top", fontsize=7.5)
        figure.legend(
            handles=[
                _line("e", r"$\Delta_e$"),
                _line("mu", r"$\Delta_\mu$"),
                _gap_handle(),
            ],
            loc="outside lower center",
            ncols=1,
        )
        return figure


def figure_2(panels: Sequence[xr.Dataset]) -> Figure:
    """Fig 2: the moments over the squared masses, what is measured (bands), and where the smuons' vacuum is stable."""
    sm = get_constants(SM)
    squares = {"e": sm.m_e**2, "mu": sm.m_mu**2}
    with _style():
        figure, grid = _two_panels(panels, 6.2)
        for axes, data in zip(grid, panels, strict=True):
            stable = data.vac_ratio.sel(lepton="mu") <= 1.0
            for low, high in _ranges(data.mass.to_numpy(), stable):
                axes.axvspan(low, high, color=PURPLE, alpha=0.35, lw=0.0, zorder=0)
            for lepton, (value, error) in MEASURED.items():
                low, high = ((value + sign * error) / squares[lepton] for sign in (-1.0, 1.0))
                axes.axhspan(low, high, color=COLORS[lepton], alpha=0.28, lw=0.0)
            axes.axhline(0.0, color="black", lw=0.5)
            _draw_lines(axes, data, "moment")
            _gap(axes, data)
            _frame(axes, data)
            axes.set_yscale("symlog", linthresh=1e-8, linscale=0.5)
            axes.set(ylim=(-3e-5, 3e-5), ylabel=r"$(a_l)_\mathrm{SUSY}/m_l^2$  [GeV$^{-2}$]")
            powers = [10.0**n for n in range(-8, -4)]
            axes.yaxis.set_major_locator(FixedLocator([*(-p for p in powers), 0.0, *powers]))
            axes.yaxis.set_major_formatter(FuncFormatter(_signed_power))
            axes.yaxis.set_minor_formatter(NullFormatter())
        figure.legend(
            handles=[
                _line("e", r"$(a_e)_\mathrm{SUSY}/m_e^2$"),
                _line("mu", r"$(a_\mu)_\mathrm{SUSY}/m_\mu^2$"),
                Patch(color=BLUE, alpha=0.28, lw=0.0, label=r"$\Delta a_e/m_e^2$, $1\sigma$"),
                Patch(color=VERMILION, alpha=0.28, lw=0.0, label=r"$\Delta a_\mu/m_\mu^2$, $1\sigma$"),
            ],
            loc="outside upper center",
            ncols=2,
        )
        figure.legend(
            handles=[
                Patch(color=PURPLE, alpha=0.35, lw=0.0, label="smuons stable (vacuum, tree level)"),
                _gap_handle(),
            ],
            loc="outside lower center",
        )
        return figure
