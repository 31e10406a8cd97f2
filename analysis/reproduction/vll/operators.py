"""Eqs (3), (5), (6), (9) and (10) of 2106.01373: the Lagrangian, the loop integrals, and the effective operators.

Mass matrices are written for the Lagrangian (3) with <H> = v, fields of one chirality as rows and of the other one as
columns. Loop momenta are Euclidean, u = k^2.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from analysis.reproduction.records import Record, identity
from g2fit.core.types import FloatArray
from g2fit.models.vll.model import VectorLikeLeptons

__all__ = ["effective_operators", "loop_integrals", "mass_matrices"]

#: m_L, m_S (GeV), Y_L, Y_R, Y_V, Y_V' of the checks.
POINT = (900.0, 600.0, 0.3, 0.4, 0.8, 0.5)
#: m_L and m_S of the checks of integrals, in units of m_S.
L, S = 3.0, 1.0


def _neutral(m_L: float, m_S: float, Y_L: float, Y_V: float, Y_Vp: float, v: float) -> FloatArray:
    """Mass matrix of the neutral states, rows (nu, N, S), columns (N^c, S^c)."""
    return np.array([[0.0, -Y_L * v], [m_L, Y_Vp * v], [Y_V * v, m_S]])


def mass_matrices() -> list[Record]:
    """Eq (3): what its mass matrices say about tree-level masses, mixing, and couplings.

    >>> [record.verdict for record in mass_matrices()]
    ['agrees', 'agrees', 'agrees', 'agrees']
    """
    m_L, m_S, Y_L, Y_R, Y_V, Y_Vp = POINT
    model = VectorLikeLeptons(formula="exact")
    c = model.constants
    exact = {name: float(value[0]) for name, value in model.predict([list(POINT)]).items()}
    without = np.linalg.svd(np.array([[0.0, 0.0], [Y_R * c.v, m_L]]), compute_uv=False)
    y_v = tree_entry(m_L, Y_R * c.v, c.m_mu)
    left, masses, right = np.linalg.svd(np.array([[y_v, 0.0], [Y_R * c.v, m_L]]))
    neutral = np.linalg.svd(_neutral(m_L, m_S, Y_L, Y_V, Y_Vp, c.v))[0]
    rounding = "rounding of floating-point numbers"
    overlap = abs(left[0, 1] * neutral[0, 2] + left[1, 1] * neutral[1, 2])
    return [
        identity("eq (3)", "mass of the muon without its own Yukawa coupling over m_mu", 0.0, without[1] / c.m_mu, 1e-9,
                 "tree-level exchange gives none", rounding),
        identity("eq (3)", "mass of the muon with it, GeV", c.m_mu, float(masses[1]), 1e-9,
                 reason=rounding),
        identity("eq (3)", "coupling of the W to mu and nu, from the mass matrices", overlap, 1.0 + exact["dgL_W_mu"],
                 1e-9,
                 "exact mixing", rounding),
        identity("eq (3)", "dgR_Z_mu, from the mass matrices", -0.5 * float(right[1, 1]) ** 2, exact["dgR_Z_mu"], 1e-9,
                 "exact mixing", rounding),
    ]  # fmt: skip


def tree_entry(m_L: float, mixing: float, m: float) -> float:
    """Tree-level entry y v of the charged mass matrix [[y v, 0], [mixing, m_L]] whose lighter mass is m.

    det = y v m_L and trace of M M^T give ``(y v)^2 = m^2 (mixing^2 + m_L^2 - m^2)/(m_L^2 - m^2)``.

    >>> y_v = tree_entry(900.0, 70.0, 0.1)
    >>> round(float(np.linalg.svd(np.array([[y_v, 0.0], [70.0, 900.0]]), compute_uv=False)[1]), 12)
    0.1
    """
    return m * math.sqrt((mixing**2 + m_L**2 - m**2) / (m_L**2 - m**2))


def _f(u: FloatArray) -> FloatArray:
    """Evaluate f of eq (5)."""
    return u / ((u + L * L) * (u + S * S))


def _top_diagrams(u: FloatArray, p2: float = 0.0) -> FloatArray:
    """The brackets of eq (6), for u = (k + p)^2."""
    return 1.0 / ((u + S * S) * (u + L * L)) - 1.0 / ((u + S * S) * (p2 + L * L))


def _linear_in_p(f: Callable[[FloatArray], FloatArray], p: float, nodes: int = 64) -> float:
    """Integral over d^4k of (eps k)/k^4 f((k + p)^2), divided by pi^2 (eps p)/2, for a momentum of length p.

    The angle a between k and p has the weight sin(a)^2, and eps k averages to (eps p) (k/p) cos(a): Gauss-Chebyshev
    quadrature in the angle, the trapezoidal rule in ln k.

    >>> round(_linear_in_p(lambda u: 1.0 / (1.0 + u) ** 2, 1e-3), 5)
    -1.0
    """
    logarithms, step = np.linspace(math.log(p) - 12.0, 14.0, 4001, retstep=True)
    k = np.exp(logarithms)[:, None]
    a = np.arange(1, nodes + 1) * math.pi / (nodes + 1)
    weight = math.pi / (nodes + 1) * np.sin(a) ** 2 * np.cos(a)
    angular = (f(k * k + p * p + 2.0 * k * p * np.cos(a)) * weight).sum(axis=1)
    return float(8.0 / math.pi * step * (k[:, 0] / p * angular).sum())


def loop_integrals() -> list[Record]:
    """Eqs (5) and (6): four-dimensional integrals, linear in a small external momentum."""
    p = 1e-2
    u = np.geomspace(1e-3, 1e3, 25)
    ratio = _top_diagrams(u) / (-_f(u) / (L * L))
    only_first = _linear_in_p(lambda x: 1.0 / ((x + S * S) * (x + L * L)), p)
    small = "corrections of order p^2 ln p"
    return [
        identity("eq (5)", "integral, linear in p, over 1/(m_S m_L)^2", 0.0, _linear_in_p(_f, p) * (L * S) ** 2, 3e-3,
                 "it vanishes, as f(0) = 0", small),
        identity("eq (6)", "brackets over -f/m_L^2, deviation from 1", 0.0, float(abs(ratio - 1.0).max()), 1e-9,
                 "p^2 = 0 in the second term", "rounding of floating-point numbers"),
        identity("eq (6)", "integral, linear in p, times m_S^2 m_L^2", 0.0,
                 _linear_in_p(_top_diagrams, p) * (L * S) ** 2,
                 3e-3, "the two terms cancel", small),
        identity("eq (6)", "the first term alone, times m_S^2 m_L^2", -1.0, only_first * (L * S) ** 2, 3e-3,
                 "-f(0): without the cancellation there is a moment of dimension six", small),
    ]  # fmt: skip


def _exchange(u: float, m_L: float, m_S: float, Y_V: float, Y_Vp: float) -> float:
    """Tree-level exchange from S^c to L at first order in Y_V and Y_V', including the emission of the Higgs after L.

    The chirality-flipping propagator is M^T (u + M M^T)^-1 with M = [[m_L, Y_V' h], [Y_V h, m_S]], rows (L, S), columns
    (L^c, S^c), at first order in h; the second diagram of eq (6) has the L propagator outside of the loop, 1/m_L.
    """
    h = 1e-6 * m_L

    def flip(sign: float) -> float:
        M = np.array([[m_L, sign * Y_Vp * h], [sign * Y_V * h, m_S]])
        return float((M.T @ np.linalg.inv(u * np.eye(2) + M @ M.T))[1, 0])

    return (flip(1.0) - flip(-1.0)) / (2.0 * h) + Y_V * m_S / (m_L * (u + m_S * m_S))


def effective_operators() -> list[Record]:
    """Eqs (9) and (10): coefficients of the operators, from tree-level exchange at small momentum.

    >>> {record.verdict for record in effective_operators()}
    {'agrees'}
    """
    m_L, m_S, _, _, Y_V, Y_Vp = POINT
    u = 1e-6 * m_S**2
    Y_h = Y_V * m_S / m_L + Y_Vp
    dimension_8 = _exchange(u, m_L, m_S, Y_V, Y_Vp) / u * m_S**2 * m_L**2 / Y_h
    middle, heavy = 1e-3 * m_L**2, m_L**2  # a momentum between m_S and m_L, the singlet being light
    flip = m_L / (middle + heavy) - 1.0 / m_L
    momentum = "corrections of order u/m^2"
    closed = (Y_V / m_L**3 * m_S + Y_Vp / m_L**2) / m_S**2
    return [
        identity("eq (9)", "coefficient from tree-level exchange over the printed one", 1.0, dimension_8, 1e-5,
                 "Y_V and Y_V' together", momentum),
        identity("eq (9)", "exchange without derivatives, times m_S m_L", 0.0,
                 _exchange(0.0, m_L, m_S, Y_V, Y_Vp) * m_S * m_L,
                 1e-6, "(l H^+) H H e^c does not exist", "accuracy of the difference quotient"),
        identity("eq (10)", "first coefficient from the L propagator over -1/m_L^3", 1.0, flip / middle * -(m_L**3),
                 2e-3,
                 "chirality flipped, 1/m_L subtracted", momentum),
        identity("eq (10)", "second coefficient from the L propagator over 1/m_L^2", 1.0, m_L**2 / (middle + heavy),
                 2e-3,
                 "chirality kept", momentum),
        identity("eq (10)", "S exchange on (10) over (9)", 1.0, closed * m_S**2 * m_L**2 / Y_h, 1e-12,
                 "with Y_L and the propagator of S at u = 0"),
    ]  # fmt: skip
