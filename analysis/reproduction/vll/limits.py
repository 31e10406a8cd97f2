"""Limits on the mixing of vector-like leptons, computed from the data.

The mixings are t_L = (Y_L v/m_S)^2 and t_R = (Y_R v/m_L)^2 of the muon's partners, unless stated otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from g2fit.data import DataSection, Dataset, load, resolve
from g2fit.likelihoods.build import build_terms
from g2fit.models import get_model

__all__ = [
    "chi2_of_mixing",
    "electroweak_limit",
    "paper_coupling_limits",
    "paper_tau_limit",
    "universality_limit",
    "upper_limit",
]

#: Upper end of the search for a limit.
_T_MAX = 0.2
#: Observables left out of the electroweak limits.
_NOT_ELECTROWEAK = ("delta_a_e", "delta_a_mu", "R_tau", "R_W_mu_e", "mu_h_mumu")
#: Observables left out of the limit by lepton universality.
_NOT_UNIVERSALITY = ("delta_a_e", "delta_a_mu", "mu_h_mumu")


def upper_limit(chi2: Callable[[float], float], rise: float = 4.0, reference: float | None = None) -> float:
    """Return the largest t >= 0 at which chi2 exceeds its reference value by at most `rise`.

    Parameters
    ----------
    chi2 : callable
        chi2 as a function of one parameter.
    rise : float
        4 for two standard deviations.
    reference : float, optional
        Reference value; by default the minimum over t >= 0.

    Examples
    --------
    >>> round(upper_limit(lambda t: ((t - 0.01) / 0.02) ** 2), 12)
    0.05
    """
    best = minimize_scalar(chi2, bounds=(0.0, _T_MAX), method="bounded", options={"xatol": 1e-12})
    start = best.x if best.fun < chi2(0.0) else 0.0
    level = rise + (chi2(start) if reference is None else reference)
    return float(brentq(lambda t: chi2(t) - level, start, _T_MAX, xtol=1e-14, rtol=1e-12))


def chi2_of_mixing(dataset: Dataset, direction: Mapping[str, float]) -> Callable[[float], float]:
    """Return chi2(t) of a data set, every mixing parameter of `direction` being t times its weight.

    Parameters
    ----------
    dataset : Dataset
        The data; by their option `gf_shift` the couplings include the shift of G_F.
    direction : mapping
        Weights of ``t_L_mu``, ``t_R_mu``, ``t_L_e``, ``t_R_e``.
    """
    generations = [lepton for lepton in ("e", "mu") if any(name.endswith(f"_{lepton}") for name in direction)]
    model = get_model("vll", generations=tuple(generations), gf_shift=bool(dataset.options["gf_shift"]))
    likelihood = build_terms(dataset, model)
    mass, v = 1000.0, model.constants.v  # type: ignore[attr-defined]
    theta = np.zeros((1, len(model.parameters)))
    names = [parameter.name for parameter in model.parameters]
    column = {f"{name}_{lepton}": names.index(model.aliases.get(f"{name}_{lepton}", f"{name}_{lepton}"))
              for name in ("m_L", "m_S", "Y_L", "Y_R") for lepton in generations}  # fmt: skip
    for lepton in generations:
        theta[0, [column[f"m_L_{lepton}"], column[f"m_S_{lepton}"]]] = mass
    out = np.empty((1, len(model.observables)))
    reason = np.empty(1, dtype=np.int8)

    def chi2(t: float) -> float:
        for name, weight in direction.items():
            coupling, lepton = name[2], name.rsplit("_", 1)[1]
            theta[0, column[f"Y_{coupling}_{lepton}"]] = math.sqrt(weight * t) * mass / v
        model.evaluate(theta, out, reason)
        return float(sum(values[0] for values in likelihood.chi2(out, theta).values()))

    return chi2


def paper_coupling_limits() -> tuple[float, float]:
    """Limits on t_L and t_R, eq (17) of 2106.01373: the lower two-sigma edges of dgL_W_mu and dgR_Z_mu.

    The shifts are -t/2, eq (16); each edge is that of the marginal distribution of one coupling.

    >>> [float(f"{t:.3g}") for t in paper_coupling_limits()]
    [0.0158, 0.0056]
    """
    entries = load().entries
    edges = []
    for name in ("dgL_W_mu_bfg2021", "dgR_Z_mu_bfg2021"):
        entry = entries[name]
        assert entry.value is not None
        edges.append(-2.0 * (entry.value - 2.0 * entry.error))
    return edges[0], edges[1]


def paper_tau_limit(criterion: Literal["pull", "delta_chi2"] = "pull") -> float:
    """Limit on t_L from R_tau = R_SM (1 - t_L), eq (18) of 2106.01373.

    The paper allows a pull larger by two than that of the Standard Model (``pull``). A chi2 larger by four
    (``delta_chi2``) is stricter, because the measured R_tau is above the Standard Model.

    >>> [float(f"{paper_tau_limit(c):.2g}") for c in ("pull", "delta_chi2")]
    [0.0057, 0.0031]
    """
    entry = load().entries["Rtau_mue_seed"]
    assert entry.value is not None
    standard = float(load().vintages["paper_2021"].options["R_tau_SM"])
    pull = (entry.value - standard) / entry.error
    worst = pull + 2.0 if criterion == "pull" else math.sqrt(pull**2 + 4.0)
    return (worst - pull) * entry.error / standard


def electroweak_limit(
    mixing: Literal["t_L", "t_R", "t_e=t_mu"], block: str = "leptonic10", *, gf_shift: bool = True
) -> float:
    """Limit on one mixing parameter by the electroweak fit of 2103.12074, where chi2 is larger by four.

    ``t_e=t_mu`` is t_L of electron and muon partners together: it cancels in ratios of W couplings, but not in G_F.

    >>> [float(f"{electroweak_limit(m):.3g}") for m in ("t_L", "t_R", "t_e=t_mu")]
    [0.00289, 0.00278, 0.00143]
    """
    directions = {"t_L": {"t_L_mu": 1.0}, "t_R": {"t_R_mu": 1.0}, "t_e=t_mu": {"t_L_e": 1.0, "t_L_mu": 1.0}}
    choices = {"ew_block": block, "gf_shift": gf_shift, "oblique": False, "limits": "off", "exclude": _NOT_ELECTROWEAK}
    section = DataSection(vintage="wp2025", **choices)
    return upper_limit(chi2_of_mixing(resolve(section), directions[mixing]))


def universality_limit() -> float:
    """Limit on t_L by lepton universality alone (decays of tau, two ratios, pi, K and W), where chi2 is larger by four.

    The ratios are exact in t_L; to first order the limit would be 2.45e-3.

    >>> float(f"{universality_limit():.3g}")
    0.00246
    """
    section = DataSection(vintage="latest_2026_11", electroweak="off", limits="off", exclude=_NOT_UNIVERSALITY)
    return upper_limit(chi2_of_mixing(resolve(section), {"t_L_mu": 1.0}))
