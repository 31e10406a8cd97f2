"""The moment of the muon against its coupling to the Higgs boson: the figure, and the bands that it shows.

For heavy partners Delta a_mu = -(k/16 pi^2) m_mu m_mix/v^2 and kappa_mu = 1 + 2 m_mix/m_mu, m_mix being the part of the
mass that comes from the mixing, so that mu(h -> mu mu) is a function of Delta a_mu for each pair. The bands are
computed with the exact model from draws of the prior, weighted with the likelihood of all other data.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from analysis.constraints.fits import NEGLIGIBLE
from analysis.constraints.steps import ANALYSIS
from analysis.reproduction.vll.figures import BLUE, GREEN, ORANGE, PURPLE, VERMILION, paper_style
from analysis.which_vll.models import Scenario, card_of
from g2fit import Card, Posterior
from g2fit.core.types import FloatArray
from g2fit.data import load
from g2fit.models.constants import LOOP_FACTOR, get_constants
from g2fit.models.vll.representations.predictions import LATEX

__all__ = ["LEVEL", "K", "bands", "figure", "relation"]

#: Ratio k of the moment to the mass from the mixing, see docs/theory-vll.md.
K: Final = {("L", "E"): 1, ("L_3/2", "E"): 5, ("L", "Sigma0"): 1, ("L", "Sigma1"): 9, ("L_3/2", "Sigma1"): 5}
#: Probability within a band, at a given Delta a_mu.
LEVEL: Final = 0.95
#: Effective number of draws below which a bin of Delta a_mu is left out.
FEWEST: Final = 100.0
#: Draws that are evaluated together.
CHUNK: Final = 2**18
#: Entries of the moments and signal strength that the figure shows, with their labels.
MOMENTS: Final = {"damu_seed2021": "2021", "damu_2025_wp2025": "2026"}
SIGNAL: Final = "mu_hmumu_pdg2026"

_STYLES: Final = {
    ("L", "N"): ("0.45", ":"),
    ("L", "E"): (BLUE, "-"),
    ("L", "Sigma0"): (ORANGE, "--"),
    ("L_3/2", "E"): (GREEN, "-"),
    ("L_3/2", "Sigma1"): (VERMILION, "--"),
    ("L", "Sigma1"): (PURPLE, "-"),
}


def relation(k: float, moment: FloatArray) -> FloatArray:
    """Signal strength of h -> mu mu as a function of Delta a_mu, for partners much heavier than v.

    >>> [round(float(relation(k, np.array(2.51e-9))), 2) for k in (1, 5, 9)]
    [1.32, 0.32, 0.58]
    """
    c = get_constants("paper_2021")
    mass = -moment * c.v**2 / (k * c.m_mu * LOOP_FACTOR)
    return np.asarray((1.0 + 2.0 * mass / c.m_mu) ** 2)


def _others(names: tuple[str, ...], data: str) -> Posterior:
    """Return the posterior of a pair without Delta a_mu and mu(h -> mu mu)."""
    content = card_of(Scenario(names, data)).resolved()
    content["data"] = {**content["data"], "exclude": ["delta_a_e", "delta_a_mu", "mu_h_mumu"]}
    return Posterior(Card.from_dict(content, ANALYSIS))


def _weighted(posterior: Posterior, draws: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Delta a_mu and mu(h -> mu mu) of draws of the prior, and their weights; those without weight are left out."""
    columns = [quantity.name for quantity in posterior.model.observables]
    wanted = [columns.index(name) for name in ("delta_a_mu", "mu_h_mumu")]
    kept, top = [], -np.inf
    for _ in range(-(-draws // CHUNK)):
        theta = posterior.sample_prior(rng, CHUNK)
        log_weight = posterior.log_likelihood(theta)
        top = max(top, float(log_weight.max()))
        some = log_weight > top - NEGLIGIBLE
        predicted = posterior.solutions(np.ascontiguousarray(theta[some]))[1][:, wanted]
        kept.append(np.c_[predicted, log_weight[some]])
    moment, signal, log_weight = np.concatenate(kept).T
    return moment, signal, np.exp(log_weight - top)


def bands(names: tuple[str, ...], edges: FloatArray, draws: int, data: str = "2026", seed: int = 1) -> xr.Dataset:
    """Central interval of mu(h -> mu mu) in bins of Delta a_mu, with the probability `LEVEL`.

    The interval is that of the difference to `relation`, where there is one, so that it does not contain the change of
    the relation within a bin.

    Parameters
    ----------
    names : tuple of str
        The pair.
    edges : (B + 1,) array
        Edges of the bins in Delta a_mu.
    draws : int
        Number of draws of the prior.
    data : str
        Key of `analysis.which_vll.models.DATA`.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    xarray.Dataset
        ``low``, ``middle`` (the median) and ``high`` over the centres of the bins, NaN where there are too few draws,
        and the ``effective`` number of draws.
    """
    moment, signal, weight = _weighted(_others(names, data), draws, np.random.default_rng(seed))
    centres = 0.5 * (edges[1:] + edges[:-1])
    expected = np.zeros(len(centres))
    if names in K:
        signal, expected = signal - relation(K[names], moment), relation(K[names], centres)
    found = np.full((4, len(centres)), np.nan)
    bins = np.digitize(moment, edges) - 1
    for b in range(len(centres)):
        inside = bins == b
        own = weight[inside]
        found[3, b] = own.sum() ** 2 / np.sum(own**2) if len(own) else 0.0
        if found[3, b] >= FEWEST:
            levels = (0.5 - 0.5 * LEVEL, 0.5, 0.5 + 0.5 * LEVEL)
            interval = np.quantile(signal[inside], levels, weights=own, method="inverted_cdf")
            found[:3, b] = np.maximum(expected[b] + interval, 0.0)
    names_of_rows = ("low", "middle", "high", "effective")
    return xr.Dataset(
        {name: ("delta_a_mu", row) for name, row in zip(names_of_rows, found, strict=True)},
        coords={"delta_a_mu": centres},
        attrs={"pair": "+".join(names), "data": data},
    )


def figure(found: dict[tuple[str, ...], xr.Dataset]) -> Any:
    """Draw the bands of all pairs, the relation for heavy partners, and the measured values with one standard error."""
    entries = load().entries
    with paper_style():
        drawn, axes = plt.subplots(figsize=(5.0, 4.0), layout="constrained")
        for (name, year), shade in zip(MOMENTS.items(), ("0.87", "0.78"), strict=True):
            entry = entries[name]
            assert entry.value is not None
            axes.axvspan(1e10 * (entry.value - entry.minus), 1e10 * (entry.value + entry.plus), color=shade, lw=0)
            axes.text(1e10 * entry.value, 2.93, year, ha="center", va="top", fontsize=8)
        signal = entries[SIGNAL]
        assert signal.value is not None
        for edge in (signal.value - signal.minus, signal.value + signal.plus):
            axes.axhline(edge, color="black", lw=0.8, ls=(0, (5, 3)))
        handles: list[Any] = []
        for pair in _STYLES:
            data, (color, style) = found[pair], _STYLES[pair]
            x = 1e10 * data.delta_a_mu
            axes.fill_between(x, data.low, data.high, color=color, alpha=0.35, lw=0)
            for border in (data.low, data.high):
                axes.plot(x, border, color=color, ls=style, lw=0.9)
            pretty = ",\\,".join(LATEX[name] for name in pair)
            ratio = f", $k={K[pair]}$" if pair in K else ""
            handles.append(Patch(fc=color, ec=color, ls=style, alpha=0.6, label=f"${pretty}${ratio}"))
        x = np.linspace(-5.0, 40.0, 400)
        for k in sorted(set(K.values())):
            axes.plot(x, relation(k, 1e-10 * x), color="black", lw=0.5)
        handles += [
            Line2D([], [], color="black", lw=0.5, label="heavy partners"),
            Line2D([], [], color="black", lw=0.8, ls=(0, (5, 3)), label=r"$\mu(h\to\mu\mu)$, PDG 2026 $\pm1\sigma$"),
            Patch(fc="0.82", label=r"$\Delta a_\mu\pm1\sigma$, 2021 and 2026"),
        ]
        axes.set(xlim=(-3.0, 36.0), ylim=(0.0, 3.0))
        axes.set_xlabel(r"$\Delta a_\mu\times10^{10}$")
        axes.set_ylabel(r"$\mu(h\to\mu\mu)$")
        drawn.legend(handles=handles, loc="outside lower center", ncols=3, frameon=False, handlelength=2.0,
                     title=f"Bands: {100 * LEVEL:.0f} % at each $\\Delta a_\\mu$, other data of November 2026 "
                     "(latest_2026_11)", title_fontsize=7.5)  # fmt: skip
        return drawn
