"""Numbers behind Figs 5 and 6 of 2106.01373: where lines and regions cross the diagonal m_S = m_L, and their maxima."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from analysis.reproduction.vll.mass_plane import DELTA_A_LOW, Corner, MassPlane

__all__ = [
    "covered",
    "diagonal",
    "largest_doublet_mass",
    "mass_at_limit",
    "mass_at_moment",
    "mass_at_tuning",
    "mass_at_tuning_limit",
]

_RANGE = (60.0, 1e4)


def diagonal(condition: Callable[[float], Any]) -> float:
    """Mass m = m_S = m_L in GeV where a function of it vanishes."""
    return float(brentq(lambda m: float(condition(m)), *_RANGE, xtol=1e-9))


def mass_at_limit(plane: MassPlane, corner: Corner, delta_a: float = DELTA_A_LOW) -> float:
    """Largest m_S = m_L at which a limit leaves room for Delta a_mu.

    >>> from analysis.reproduction.vll.mass_plane import paper_corners
    >>> round(mass_at_limit(MassPlane(1.0, 0.0), paper_corners()["ew"]), 1)
    1516.9
    """
    return diagonal(lambda m: plane.moment_at(corner, m, m) / delta_a - 1.0)


def mass_at_tuning(plane: MassPlane, tuning: float, delta_a: float = DELTA_A_LOW) -> float:
    """Mass m_S = m_L at which Delta a_mu comes with a given |Delta m_mu/m_mu|.

    >>> round(mass_at_tuning(MassPlane(0.0, 1.0), 1.0))
    412
    """
    return diagonal(lambda m: plane.tuning(m, m, plane.product_for_moment(m, m, delta_a)) + tuning)


def mass_at_moment(plane: MassPlane, delta_a: float, dm_over_m: float = -3.0) -> float:
    """Mass m_S = m_L at which a given Delta m_mu/m_mu comes with a given Delta a_mu.

    >>> round(mass_at_moment(MassPlane(1.0, 0.0), 2.51e-9), 1)
    553.4
    """

    def excess(m: float) -> Any:
        P = plane.product_for_tuning(m, m, dm_over_m)
        return plane.predict("delta_a_mu", m, m, P, 1.0) / delta_a - 1.0

    return diagonal(excess)


def mass_at_tuning_limit(plane: MassPlane, corner: Corner, dm_over_m: float = -3.0) -> float:
    """Smallest m_S = m_L at which a limit leaves room for a given Delta m_mu/m_mu.

    >>> from analysis.reproduction.vll.mass_plane import paper_corners
    >>> round(mass_at_tuning_limit(MassPlane(1.0, 0.0), paper_corners()["ew"]), 1)
    293.8
    """
    return diagonal(lambda m: plane.product_for_tuning(m, m, dm_over_m) / plane.product_at(corner, m, m) - 1.0)


def largest_doublet_mass(plane: MassPlane, corner: Corner, m_S: tuple[float, float]) -> tuple[float, float]:
    """Largest m_L that a limit allows at any m_S within a range, and that m_S (GeV).

    >>> from analysis.reproduction.vll.mass_plane import paper_corners
    >>> m_L, m_S = largest_doublet_mass(MassPlane(0.0, 1.0), paper_corners()["ew"], (150.0, 400.0))
    >>> round(m_L), round(m_S)
    (3004, 223)
    """

    def m_L(log_m_S: float) -> float:
        mass = float(np.exp(log_m_S))
        return float(brentq(lambda m: float(plane.moment_at(corner, mass, m)) / DELTA_A_LOW - 1.0, 0.3 * mass, 2e4))

    best = minimize_scalar(lambda x: -m_L(x), bounds=tuple(np.log(m_S)), method="bounded", options={"xatol": 1e-9})
    return -float(best.fun), float(np.exp(best.x))


def covered(corners: Mapping[str, Corner], plane: MassPlane, m_L_min: float = 650.0) -> bool:
    """Whether the null results of two future measurements leave no point with m_L above the direct search.

    Parameters
    ----------
    corners : mapping of str to Corner
        With the entries ``"ilc"`` and ``"gigaz"`` of `analysis.reproduction.vll.mass_plane.future_corners`.
    plane : MassPlane
        Y_V and Y_V'.
    m_L_min : float
        GeV.
    """
    both = Corner(corners["ilc"].t_L, corners["gigaz"].t_R)
    m_S, m_L = np.meshgrid(np.geomspace(50.0, 1e4, 160), np.geomspace(m_L_min, 1e4, 120))
    return not bool((plane.moment_at(both, m_S, m_L) >= DELTA_A_LOW).any())
