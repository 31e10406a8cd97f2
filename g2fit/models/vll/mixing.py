"""Exact mixing of a lepton with its vector-like partners, without a numerical diagonalisation.

Mass matrices after electroweak symmetry breaking, with the sign of the Y_L entry that makes eqs (4) and (12) of
2106.01373 hold for positive couplings (y is the lepton's own Yukawa coupling):

    charged, rows (l, E)_L, columns (l, E)_R:      [[y v, 0], [Y_R v, m_L]]
    neutral, rows (nu, N, S)_L, columns (N, S)_R:  [[0, -Y_L v], [m_L, Y_V' v], [Y_V v, m_S]]

The lightest charged state has the measured lepton mass, and one neutral state is massless. A function of the masses of
the two heavy neutral states is f(A) = f(m1^2) + (A - m1^2) f[m1^2, m2^2], where A = M^T M and f[x, y] is the divided
difference. Only the squared masses are needed, not the eigenvectors, and equal masses are no special case.
"""

from math import copysign, sqrt
from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.vll.partners import Partners

__all__ = ["Charged", "Neutral", "charged_mixing", "neutral_mixing", "shift_W", "shift_Z_nu"]


class Charged(NamedTuple):
    """Mixing of the charged states: sines and cosines of the angles, squared mass of the heavy state in GeV^2."""

    sin_R: float
    cos_R: float
    sin_L: float
    cos_L: float
    m_E2: float


class Neutral(NamedTuple):
    """Mixing of the neutral states: squared masses m1 <= m2 and A in GeV^2; massless state in the basis (nu, N, S)."""

    m1_2: float
    m2_2: float
    A_NN: float
    A_SS: float
    A_NS: float
    n_nu: float
    n_N: float
    n_S: float


@scalar
def charged_mixing(p: Partners, v: float) -> Charged:
    """Mixing of the lepton with the charged component of the doublet, for m_l < m_L.

    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> mixing = charged_mixing(p, 174.0)
    >>> round(mixing.sin_R, 10), round(mixing.m_E2**0.5, 9)
    (0.069432034, 1002.419153874)
    """
    gap = (p.m_L - p.m_l) * (p.m_L + p.m_l)
    tangent = p.Y_R * v * p.m_L / gap
    cos_R = 1.0 / sqrt(1.0 + tangent * tangent)
    sin_R = tangent * cos_R
    sin_L = p.m_l / p.m_L * sin_R
    cos_L = sqrt(1.0 - sin_L * sin_L)
    m_E2 = p.m_L * p.m_L * (1.0 + p.Y_R * v * (p.Y_R * v / gap))
    return Charged(sin_R, cos_R, sin_L, cos_L, m_E2)


@scalar
def neutral_mixing(p: Partners, v: float) -> Neutral:
    """Mixing of the neutrino with the neutral component of the doublet and the singlet.

    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> mixing = neutral_mixing(p, 174.0)
    >>> round(mixing.m1_2**0.5, 9), round(mixing.m2_2**0.5, 9)
    (953.662656498, 1154.784991936)
    """
    l, V, Vp = p.Y_L * v, p.Y_V * v, p.Y_Vp * v
    A_NN = p.m_L * p.m_L + V * V
    A_SS = p.m_S * p.m_S + l * l + Vp * Vp
    A_NS = p.m_L * Vp + p.m_S * V
    half = 0.5 * (A_NN - A_SS)
    m2_2 = 0.5 * (A_NN + A_SS) + sqrt(half * half + A_NS * A_NS)
    determinant = p.m_L * p.m_S - V * Vp
    product = sqrt(determinant * determinant + l * l * A_NN)  # m1 m2
    ratio = product / sqrt(m2_2)
    scale = copysign(1.0 / product, determinant)
    return Neutral(ratio * ratio, m2_2, A_NN, A_SS, A_NS, determinant * scale, -l * V * scale, l * p.m_L * scale)


@scalar
def shift_W(charged: Charged, neutral: Neutral) -> float:
    """Exact dgL_W = cos_L n_nu - sin_L n_N - 1, without cancellation; -t_L/2 at leading order, eq (16).

    To leading order in Y_L it is -(t/2)(1 + Y_V^2 v^2/m_L^2), with t = t_L/(1 - Y_V Y_V' v^2/(m_S m_L))^2: the neutrino
    mixes with the doublet partner, too, unless Y_V is zero.

    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> round(shift_W(charged_mixing(p, 174.0), neutral_mixing(p, 174.0)), 15)
    -0.001157981537195
    """
    heavy = neutral.n_N * neutral.n_N + neutral.n_S * neutral.n_S
    lost = charged.cos_L * heavy / (1.0 + neutral.n_nu)
    return -lost - charged.sin_L * (charged.sin_L / (1.0 + charged.cos_L) + neutral.n_N)


@scalar
def shift_Z_nu(neutral: Neutral) -> float:
    """Exact dgL_Znu = -n_S^2/2: the singlet component of the massless neutrino does not couple to the Z boson.

    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> round(shift_Z_nu(neutral_mixing(p, 174.0)), 15)
    -0.001123360618087
    """
    return -0.5 * neutral.n_S * neutral.n_S
