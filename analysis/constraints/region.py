"""The masses that survive: the plane of Fig 5 of 2106.01373 with all constraints.

At each point the product Y_L Y_R gives a fixed Delta a_mu, and the ratio of the two couplings is free. A constraint is
described by an excess, which is negative where it holds; a point survives a set of constraints if some ratio makes the
largest of their excesses negative.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.constraints.fits import RISE
from analysis.constraints.steps import ORDER, STEPS, card_of, null_card
from analysis.reproduction.vll.mass_plane import DELTA_A_LOW, MassPlane, paper_corners
from g2fit import Posterior
from g2fit.core.types import FloatArray

__all__ = ["LEVELS", "MOMENTS", "PANELS", "couplings_for_moment", "paper_excess", "surviving"]

#: (Y_V, Y_V') of the panels of Fig 5.
PANELS = ((1.0, 0.0), (0.0, 1.0))
#: Delta a_mu of Fig 5, and today's (wp2025).
MOMENTS = (DELTA_A_LOW, 3.85e-10)
#: Constraints in the order in which they are added.
LEVELS = ("electroweak", "stable", "CKM", "neutrinos")
#: Largest coupling, as in the priors.
LARGEST = 3.5
#: Scale in GeV up to which the model makes sense.
SCALE = 1e4


def couplings_for_moment(
    posterior: Posterior, masses: FloatArray, couplings: tuple[float, float], moment: float, start: FloatArray
) -> FloatArray:
    """Return points (N, 6) at which Delta a_mu is `moment`, with the ratio Y_L/Y_R of a start; NaN where there is none.

    Parameters
    ----------
    posterior : Posterior
        Its model predicts Delta a_mu.
    masses : (N, 2) array
        m_L and m_S in GeV.
    couplings : tuple of float
        Y_V and Y_V'.
    moment : float
        Delta a_mu.
    start : (N, 2) array
        Y_L and Y_R.
    """
    theta = np.column_stack([masses, start, np.broadcast_to(couplings, masses.shape)])
    column = [quantity.name for quantity in posterior.model.observables].index("delta_a_mu")
    close = np.zeros(len(theta), dtype=bool)
    for _ in range(10):  # Delta a_mu is nearly linear in the product
        found = posterior.solutions(theta)[1][:, column]
        close = np.abs(found / moment - 1.0) < 1e-5
        if close.all():
            break
        scale = np.where(found > 0.0, np.clip(moment / np.where(found > 0.0, found, moment), 0.1, 10.0), 0.3)
        theta[~close, 2:4] *= np.sqrt(scale[~close, None])
        np.clip(theta[:, 2:4], 1e-6, 30.0, out=theta[:, 2:4])
    theta[~close] = np.nan
    return theta


def excesses(posterior: Posterior, theta: FloatArray) -> dict[str, FloatArray]:
    """Return the excess of each constraint at points without NaN."""
    inputs, rows = posterior.solutions(theta)
    chi2 = posterior.likelihood.chi2(rows, inputs)
    null = Posterior(null_card(posterior.card)).likelihood.chi2(np.empty((1, 0)), np.empty((1, 0)))
    rise = {name: (chi2[name] - null[name]) / RISE - 1.0 for name in chi2}
    others = [name for name in chi2 if name not in ("delta_a_e", "delta_a_mu", "CKM_row_1", "mu_h_mumu")]
    terms = posterior.terms(theta)
    columns = [quantity.name for quantity in posterior.model.observables]
    lowest = np.minimum(*(rows[:, columns.index(name)] for name in ("mu_tunnel", "mu_landau")))
    neutrinos = np.isfinite(terms["U2_N1"]) & np.isfinite(terms["U2_N2"])
    return {
        "electroweak": sum((rise[name] + 1.0 for name in others), start=np.full(len(theta), -1.0)),
        "stable": np.log(SCALE / lowest),
        "CKM": rise["CKM_row_1"],
        "neutrinos": np.where(neutrinos, -1.0, 1.0),
    }


def surviving(couplings: tuple[float, float], moment: float, axis: FloatArray, ratios: FloatArray) -> xr.Dataset:
    """Excess of all constraints up to each of `LEVELS`, over the plane of the masses, at the best of the ratios.

    Parameters
    ----------
    couplings : tuple of float
        Y_V and Y_V'.
    moment : float
        The required Delta a_mu.
    axis : array
        Masses in GeV.
    ratios : array
        Values of Y_L/Y_R.

    Returns
    -------
    xarray.Dataset
        Over (m_L, m_S), for each level: negative where the point survives.
    """
    last = replace(STEPS[ORDER.index("neutrinos")], scale=10.0 * SCALE)  # couplings run further than the bound
    posterior = Posterior(card_of("2026, Cs", "μ", last))
    plain = Posterior(card_of("2026, Cs", "μ", STEPS[ORDER.index("oblique")]))
    L, S = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
    best = {level: np.full(len(S), 9.0) for level in LEVELS}
    product = np.full(len(S), 0.03)
    for ratio in ratios:
        start = np.sqrt(np.column_stack([product * ratio, product / ratio]))
        theta = couplings_for_moment(plain, np.column_stack([L, S]), couplings, moment, start)
        product = np.where(np.isfinite(theta[:, 2]), theta[:, 2] * theta[:, 3], product)
        fine = np.isfinite(theta[:, 2]) & (theta[:, 2:4] < LARGEST).all(axis=1)
        if not fine.any():
            continue
        found = excesses(posterior, np.ascontiguousarray(theta[fine]))
        total = np.full(int(fine.sum()), -np.inf)
        for level in LEVELS:
            total = np.maximum(total, found[level])
            best[level][fine] = np.fmin(best[level][fine], total)
    shape = (len(axis), len(axis))
    return xr.Dataset(
        {level: (("m_L", "m_S"), best[level].reshape(shape)) for level in LEVELS},
        coords={"m_L": axis, "m_S": axis},
        attrs={"Y_V": couplings[0], "Y_Vp": couplings[1], "moment": moment},
    )


def paper_excess(couplings: tuple[float, float], moment: float, axis: FloatArray) -> dict[str, FloatArray]:
    """Return the excess of the limits of the paper: eqs (17) and (18), and Y_L Y_R < 1, with eq (12)."""
    plane, corners = MassPlane(*couplings), paper_corners()
    S, L = np.meshgrid(axis, axis)
    found = {name: -np.log(plane.moment_at(corner, S, L) / moment) for name, corner in corners.items()}
    return found | {"product": np.log(plane.product_for_moment(S, L, moment, corners["ew"]))}
