"""Landmarks of Figs 5 and 6 of 2106.01373: masses at which curves cross the diagonal m_S = m_L, and largest masses."""

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
    """Return the mass m = m_S = m_L in GeV at which a function of it vanishes."""
    return float(brentq(lambda m: float(condition(m)), *_RANGE, xtol=1e-9))


def mass_at_limit(plane: MassPlane, corner: Corner, delta_a: float = DELTA_A_LOW) -> float:
    """Return the largest m_S = m_L at which a limit allows Delta a_mu.

    >>> from analysis.reproduction.vll.mass_plane import paper_corners
    >>> round(mass_at_limit(MassPlane(1.0, 0.0), paper_corners()["ew"]), 1)
    1516.9
    """
    return diagonal(lambda m: plane.moment_at(corner, m, m) / delta_a - 1.0)


def mass_at_tuning(plane: MassPlane, tuning: float, delta_a: float = DELTA_A_LOW) -> float:
    """Return the mass m_S = m_L at which Delta a_mu requires a given |Delta m_mu/m_mu|.

    >>> round(mass_at_tuning(MassPlane(0.0, 1.0), 1.0))
    412
    """
    return diagonal(lambda m: plane.tuning(m, m, plane.product_for_moment(m, m, delta_a)) + tuning)


def mass_at_moment(plane: MassPlane, delta_a: float, dm_over_m: float = -3.0) -> float:
    """Return the mass m_S = m_L at which a given Delta m_mu/m_mu implies a given Delta a_mu.

    >>> round(mass_at_moment(MassPlane(1.0, 0.0), 2.51e-9), 1)
    553.4
    """

    def excess(m: float) -> Any:
        P = plane.product_for_tuning(m, m, dm_over_m)
        return plane.predict("delta_a_mu", m, m, P, 1.0) / delta_a - 1.0

    return diagonal(excess)


def mass_at_tuning_limit(plane: MassPlane, corner: Corner, dm_over_m: float = -3.0) -> float:
    """Return the smallest m_S = m_L at which a limit allows a given Delta m_mu/m_mu.

    >>> from analysis.reproduction.vll.mass_plane import paper_corners
    >>> round(mass_at_tuning_limit(MassPlane(1.0, 0.0), paper_corners()["ew"]), 1)
    293.8
    """
    return diagonal(lambda m: plane.product_for_tuning(m, m, dm_over_m) / plane.product_at(corner, m, m) - 1.0)


def largest_doublet_mass(plane: MassPlane, corner: Corner, m_S: tuple[float, float]) -> tuple[float, float]:
    """Return the largest m_L that a limit allows for m_S in a range, and the m_S at which it does (GeV).

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
    """Return whether null results of two future measurements would exclude all points with m_L above `m_L_min`.

    Parameters
    ----------
    corners : mapping of str to Corner
        With the entries ``"ilc"`` and ``"gigaz"`` of `analysis.reproduction.vll.mass_plane.future_corners`.
    plane : MassPlane
        Y_V and Y_V'.
    m_L_min : float
        Reach of the direct search, GeV.
    """
    both = Corner(corners["ilc"].t_L, corners["gigaz"].t_R)
    m_S, m_L = np.meshgrid(np.geomspace(50.0, 1e4, 160), np.geomspace(m_L_min, 1e4, 120))
    return not bool((plane.moment_at(both, m_S, m_L) >= DELTA_A_LOW).any())
