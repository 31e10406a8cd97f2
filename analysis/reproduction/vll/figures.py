"""Drawings of Figs 2, 5 and 6 of 2106.01373 and their variants, for print, with colours for the colour-blind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib import ticker
from matplotlib.colors import SymLogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.reproduction.vll.mass_plane import DELTA_A, DELTA_A_ERROR
from g2fit.output.plots.style import FORMATS, save

__all__ = [
    "figure_2",
    "figure_5",
    "figure_6",
    "figure_failure",
    "figure_variants",
    "paper_style",
    "save_for_print",
]

#: Width of one column of a journal, inches.
COLUMN = 3.375
#: Width of two columns, inches.
PAGE = 7.0
# Colours of the palette of Okabe and Ito
ORANGE = "#E69F00"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
#: m_L in GeV below which the LHC excludes the doublet.
LHC = 650.0
#: The same as expected of the HL-LHC.
HL_LHC = 1250.0
#: |Delta m_mu/m_mu| of the contours.
TUNINGS = (1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)


@contextmanager
def paper_style() -> Iterator[None]:
    """Context with fonts and lines for print; the former style is restored at its end."""
    style = {
        "font.family": "STIXGeneral",
        "mathtext.fontset": "stix",
        "font.size": 8.5,
        "axes.labelsize": 9.5,
        "axes.titlesize": 8.5,
        "legend.fontsize": 7,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "axes.linewidth": 0.6,
        "lines.linewidth": 1.1,
        "xtick.direction": "in",
        "ytick.direction": "in",
        "xtick.top": True,
        "ytick.right": True,
        "hatch.linewidth": 0.4,
        "savefig.dpi": 300,
        "pdf.fonttype": 42,
    }
    with plt.rc_context(style):
        yield


def save_for_print(figure: Any, stem: Path) -> None:
    """Write a figure as ``stem.pdf`` and ``stem.png``, in the style of `paper_style`."""
    with paper_style():
        list(save(figure, stem, FORMATS))


def figure_2(data: xr.Dataset) -> Any:
    """Draw Fig 2: the loop integrand, whose two lobes cancel."""
    with paper_style():
        figure, axes = plt.subplots(figsize=(COLUMN, 2.2), layout="constrained")
        value = data.integrand / data.attrs["lobe_area"]
        axes.plot(data.u, value, color="black")
        axes.fill_between(data.u, value, 0, where=value > 0, color=BLUE, alpha=0.35, lw=0)
        axes.fill_between(data.u, value, 0, where=value < 0, color=ORANGE, alpha=0.45, hatch="////", ec=ORANGE, lw=0)
        axes.axhline(0, color="black", lw=0.5)
        ratio = data.attrs["m_L_over_m_S"]
        axes.set(xscale="log", xlim=(1e-3, 1e3 * ratio**2), ylim=(-0.33, 0.33))
        axes.set_xticks([1.0, ratio, ratio**2], ["$m_S^2$", "$m_Sm_L$", "$m_L^2$"])
        axes.xaxis.set_minor_locator(ticker.NullLocator())
        axes.set(xlabel="$u$", ylabel=r"$u\,f$ ′$(u)\times(m_S+m_L)^2$")
        axes.text(1.0, 0.08, "$+1$", ha="center")
        axes.text(ratio**2, -0.11, "$-1$", ha="center")
        axes.set_title(rf"$m_L=10^{{{np.log10(ratio):.0f}}}\,m_S$, areas of the lobes in $1/(m_S+m_L)^2$")
        return figure


def _frame(axes: Any, data: xr.Dataset) -> None:
    """Set logarithmic axes of the two masses, labelled with plain numbers."""
    axes.set(xscale="log", yscale="log", xlim=(data.m_S[0], data.m_S[-1]), ylim=(data.m_L[0], data.m_L[-1]))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(ticker.FixedLocator([50, 100, 200, 500, 1000, 2000, 4000]))
        axis.set_major_formatter(ticker.FormatStrFormatter("%d"))
        axis.set_minor_formatter(ticker.NullFormatter())
    axes.set(xlabel="$m_S$ [GeV]", ylabel="$m_L$ [GeV]")


def _log(ratio: Any, missing: float) -> Any:
    """Return the logarithm of a ratio, whose contours are smooth on logarithmic axes; `missing` where it is NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.log(ratio)
    return value.where(np.isfinite(value), missing)


def _region(axes: Any, data: xr.Dataset, excluded: Any, color: str, hatch: str, alpha: float = 0.3) -> None:
    """Shade where `excluded`, the logarithm of a ratio, is positive, and draw its border."""
    filled = axes.contourf(data.m_S, data.m_L, excluded, levels=[0.0, 1e9], colors=[color], alpha=alpha)
    filled.set_edgecolor("none")
    hatched = axes.contourf(data.m_S, data.m_L, excluded, levels=[0.0, 1e9], colors="none", hatches=[hatch])
    hatched.set_edgecolor(color)
    hatched.set_linewidth(0.0)
    axes.contour(data.m_S, data.m_L, excluded, levels=[0.0], colors=[color], linewidths=1.0)


def _line(axes: Any, data: xr.Dataset, excluded: Any, color: str, style: Any) -> None:
    axes.contour(data.m_S, data.m_L, excluded, levels=[0.0], colors=[color], linestyles=[style], linewidths=1.1)


#: Lines of limits: key of `room_...`, colour, dashes.
LINES = (("tau", VERMILION, (0, (5, 2))), ("ilc", PURPLE, (0, (5, 1.5, 1, 1.5))), ("gigaz", ORANGE, (0, (1.2, 1.2))))


def _limits(axes: Any, data: xr.Dataset) -> None:
    """Draw the limits, which Figs 5 and 6 share."""
    _region(axes, data, -_log(data.room_ew, -9.0), VERMILION, "\\\\\\\\")
    _region(axes, data, _log(data["product"], 9.0), "#666666", "....", 0.45)
    bottom = data.m_L[0].item()
    axes.axhspan(bottom, LHC, color=GREEN, alpha=0.22, lw=0)
    axes.axhline(LHC, color=GREEN, lw=1.0)
    axes.axhline(HL_LHC, color=GREEN, lw=1.0, ls=(0, (5, 2)))
    for name, color, style in LINES:
        if f"room_{name}" in data:
            _line(axes, data, -_log(data[f"room_{name}"], -9.0), color, style)


def _label_positions(data: xr.Dataset, field: Any) -> list[tuple[float, float]]:
    """Return where the contours of `TUNINGS` cross a line near the bottom, or else one near the right edge."""
    row, column = field.isel(m_L=len(data.m_L) * 28 // 100), field.isel(m_S=-len(data.m_S) // 12)
    positions = []
    for level in TUNINGS:
        x = float(np.interp(level, row, row.m_S, left=np.nan, right=np.nan))
        y = float(np.interp(level, column, column.m_L, left=np.nan, right=np.nan))
        if x < column.m_S:
            positions.append((x, float(row.m_L)))
        elif np.isfinite(y):
            positions.append((float(column.m_S), y))
    return positions


def _tunings(axes: Any, data: xr.Dataset, size: float) -> None:
    """Draw and label the contours of Delta m_mu/m_mu."""
    field = -data.tuning
    lines = axes.contour(
        data.m_S, data.m_L, field, levels=TUNINGS, colors="black", linewidths=0.7, linestyles=[(0, (3, 2))]
    )
    positions = _label_positions(data, field.where(np.isfinite(field), 1e9))
    axes.clabel(lines, fmt=lambda level: rf"$-{level:g}$", fontsize=size, inline_spacing=1, manual=positions)


def _band(axes: Any, data: xr.Dataset) -> None:
    """Draw the band of the measured Delta a_mu."""
    edges = [DELTA_A - DELTA_A_ERROR, DELTA_A + DELTA_A_ERROR]
    axes.contourf(data.m_S, data.m_L, data.moment, levels=edges, colors=[BLUE], alpha=0.65)
    axes.contour(data.m_S, data.m_L, data.moment, levels=[DELTA_A], colors="white", linewidths=0.8)


def _title(data: xr.Dataset) -> str:
    # The prime as a letter: mathtext sets it too high above an index.
    return rf"$Y_V={data.attrs['Y_V']:g}$,  $Y_V$′$\,={data.attrs['Y_Vp']:g}$"


def _legend(data: xr.Dataset, labels: dict[str, str], band: bool) -> list[Any]:
    """Return the handles of the legend: regions, then lines."""
    handles: list[Any] = [
        Patch(fc=VERMILION, alpha=0.4, hatch="\\\\\\\\", ec=VERMILION, label=labels["ew"]),
        Patch(fc="#666666", alpha=0.5, hatch="....", ec="#666666", label="$Y_LY_R>1$"),
        Patch(fc=GREEN, alpha=0.3, ec=GREEN, label=r"LHC, $m_L<650$ GeV"),
        Line2D([], [], color=GREEN, ls=(0, (5, 2)), label="HL-LHC, 1250 GeV"),
    ]
    handles += [
        Line2D([], [], color=color, ls=style, label=labels[name]) for name, color, style in LINES if name in labels
    ]
    if band:
        handles.append(Patch(fc=BLUE, alpha=0.65, label=r"$\Delta a_\mu=2.51(59)\times10^{-9}$"))
    else:
        handles.append(Line2D([], [], color="black", lw=0.7, ls=(0, (3, 2)), label=r"$\Delta m_\mu/m_\mu$"))
    return handles


def _draw(axes: Any, data: xr.Dataset, label_size: float = 7.0) -> None:
    _frame(axes, data)  # first: labels of contours are placed on the final axes
    if "moment" in data:
        _band(axes, data)
    _limits(axes, data)
    if "tuning" in data:
        _tunings(axes, data, label_size)


def _two_panels(panels: Sequence[xr.Dataset], labels: dict[str, str], subject: str) -> Any:
    with paper_style():
        figure, axes = plt.subplots(2, 1, figsize=(COLUMN, 7.2), sharex=True, layout="constrained")
        for ax, data in zip(axes, panels, strict=True):
            _draw(ax, data)
            ax.set_title(f"{_title(data)}:  {subject}")
        axes[0].set_xlabel("")
        figure.legend(
            handles=_legend(panels[0], labels, "moment" in panels[0]),
            loc="outside lower center",
            ncols=2,
            frameon=False,
            handlelength=2.6,
            columnspacing=1.0,
        )
        return figure


def figure_5(panels: Sequence[xr.Dataset], labels: dict[str, str]) -> Any:
    """Draw Fig 5: limits and tuning for a fixed Delta a_mu.

    Parameters
    ----------
    panels : sequence of xarray.Dataset
        Results of `figure_maps.fixed_moment` for each of `figure_maps.PANELS`.
    labels : dict
        Name of each limit to its text.

    Returns
    -------
    matplotlib.figure.Figure
    """
    return _two_panels(panels, labels, rf"$\Delta a_\mu={panels[0].attrs['delta_a'] * 1e9:.2f}\times10^{{-9}}$")


def figure_6(panels: Sequence[xr.Dataset], labels: dict[str, str]) -> Any:
    """Draw Fig 6: Delta a_mu and limits for a fixed Delta m_mu; arguments as for `figure_5`, from `fixed_tuning`."""
    return _two_panels(panels, labels, rf"$\Delta m_\mu={panels[0].attrs['dm_over_m']:g}\,m_\mu$")


def figure_variants(rows: Sequence[Sequence[xr.Dataset]], titles: Sequence[str], labels: dict[str, str]) -> Any:
    """Draw one of the figures beside its variants: a row for each panel of the paper, a column for each variant."""
    with paper_style():
        n = len(titles)
        figure, grid = plt.subplots(len(rows), n, figsize=(PAGE, 4.6), sharex=True, sharey=True, layout="constrained")
        for row, panels in zip(grid, rows, strict=True):
            for ax, data in zip(row, panels, strict=True):
                _draw(ax, data, 5.5)
                ax.label_outer()
                ax.tick_params(labelsize=7)
            row[0].set_ylabel(f"{_title(panels[0])}\n$m_L$ [GeV]")
        for ax, title in zip(grid[0], titles, strict=True):
            ax.set_title(title)
        figure.legend(
            handles=_legend(rows[0][0], labels, "moment" in rows[0][0]),
            loc="outside lower center",
            ncols=4,
            frameon=False,
            handlelength=2.6,
        )
        return figure


def figure_failure(panels: Sequence[xr.Dataset]) -> Any:
    """Draw where eq (12) fails: the exact one-loop result over eq (12), minus one, with contours at 1, 10 and 50 %."""
    with paper_style():
        figure, axes = plt.subplots(1, len(panels), figsize=(PAGE, 3.0), sharey=True, layout="constrained")
        norm = SymLogNorm(1.0, linscale=0.6, vmin=-100, vmax=100, base=10)
        contours = ((1, (0, (1, 1.5))), (10, (0, (4, 2))), (50, "-"))
        for ax, data in zip(axes, panels, strict=True):
            percent = 100.0 * data.distance
            mesh = ax.pcolormesh(
                data.m_S, data.m_L, percent, cmap="PuOr", norm=norm, shading="gouraud", rasterized=True
            )
            for level, style in contours:
                levels = [-level, level]
                ax.contour(
                    data.m_S, data.m_L, percent, levels=levels, colors="black", linewidths=0.9, linestyles=[style]
                )
            ax.contour(data.m_S, data.m_L, _log(data.room_ew, -9.0), levels=[0.0], colors=[VERMILION], linewidths=1.4)
            ax.axhline(LHC, color=GREEN, lw=1.4)
            _frame(ax, data)
            ax.xaxis.set_major_locator(ticker.FixedLocator([50, 100, 200, 500, 1000, 2000]))
            ax.label_outer()
            ax.set_title(_title(data))
        bar = figure.colorbar(mesh, ax=axes, pad=0.01, ticks=[-100, -50, -10, -1, 0, 1, 10, 50, 100], extend="both")
        bar.ax.minorticks_off()
        bar.ax.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:+.0f}" if value else "0"))
        bar.set_label(r"exact / eq (12) $-\,1$  [%]")
        handles = [
            Line2D([], [], color="black", lw=0.9, ls=style, label=rf"$\pm{level}\,\%$") for level, style in contours
        ]
        handles += [
            Line2D([], [], color=VERMILION, label="EW fit, eq (17): excluded beyond"),
            Line2D([], [], color=GREEN, label=r"LHC: excluded below $m_L=650$ GeV"),
        ]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
        return figure
