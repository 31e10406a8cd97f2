"""Loop functions of dipole moments with two fermions of squared masses x1 <= x2 in units of that of the boson.

All of them follow from k of `g2fit.models.vll.loops`, q = (3 k - 1)/(1 - x), K = (1/2 - k)/x and S = (1/2 - K)/x
(Leveille, Nucl. Phys. B 137 (1978) 63; Lavoura, hep-ph/0302221):

    W, neutral fermion        F = -5/3 + x q              G = 1 + 6 k
    W, fermion with Q = -2    F = 10/3 + (2 - x) q        G = -3 - 12 K - 6 k
    Z                         F = (5 + 6 q)/12            G = -1/2 - 3 K
    h                         F = (1/6 - K)/(1 - x)       G = -2 S

F multiplies couplings of the same chirality and G those of opposite chirality. Sums over the two fermions are functions
of a matrix, f(A) = f(x1) + (A - x1) f[x1, x2] = base + slope A, so that no eigenvector is needed.
"""

from typing import NamedTuple

from g2fit.core.jit import scalar
from g2fit.models.vll.loops import (
    PAIR_NEAR_ONE,
    S34_SERIES,
    f_tilde,
    higgs_F,
    higgs_G,
    k,
    k_over_one_minus_x,
    pair_series,
    q_pair,
)

__all__ = ["Loop", "NeutralLoop", "higgs_loop", "w_loop_doubly", "w_loop_neutral", "z_loop"]


class Loop(NamedTuple):
    """The functions F and G of a matrix A, in units of the boson's squared mass: F_base + F_slope A, same for G."""

    F_base: float
    F_slope: float
    G_base: float
    G_slope: float


@scalar
def K(x: float, log_x: float, k_x: float) -> float:
    """Return (1/2 - k)/x without cancellation, given ln x and k(x); it decreases, K(0) = 1/2, K(1) = 1/6.

    >>> K(1.0, 0.0, 1 / 3), round(K(1e-9, -20.72326583694641, 0.0), 7)
    (0.16666666666666669, 0.5)
    """
    if x < 0.5:
        inverse = 1.0 / (1.0 - x)
        return inverse * (inverse - 0.5 + x * log_x * inverse * inverse)
    return (0.5 - k_x) / x


class NeutralLoop(NamedTuple):
    """The functions of the W boson and neutral fermions: q, F + 5/3 = A q(A) (0 for a massless neutrino), and G."""

    q_base: float
    q_slope: float
    F_base: float
    F_slope: float
    G_base: float
    G_slope: float


@scalar
def w_loop_neutral(x1: float, x2: float, log_1: float, log_2: float) -> NeutralLoop:
    """W boson and neutral fermions.

    >>> loop = w_loop_neutral(1.0, 1.0, 0.0, 0.0)
    >>> round(loop.F_base + loop.F_slope, 12), round(loop.G_base + loop.G_slope, 12)
    (0.25, 3.0)
    """
    k1, k2 = k(x1, log_1), k(x2, log_2)
    q1, q2 = k_over_one_minus_x(x1, k1), k_over_one_minus_x(x2, k2)
    f = f_tilde(x1, x2, log_1, log_2)
    q12 = q_pair(x1, x2, q1, q2, f)
    return NeutralLoop(q1 - x1 * q12, q12, -x1 * x2 * q12, q1 + x2 * q12, 1.0 + 6.0 * (k1 + x1 * f), -6.0 * f)


@scalar
def w_loop_doubly(x1: float, x2: float, log_1: float, log_2: float) -> Loop:
    """W boson and fermions with Q = -2.

    >>> loop = w_loop_doubly(1.0, 1.0, 0.0, 0.0)
    >>> round(12 * (loop.F_base + loop.F_slope), 12), round(loop.G_base + loop.G_slope, 12)
    (43.0, -7.0)
    """
    k1, k2 = k(x1, log_1), k(x2, log_2)
    q1, q2, K1 = k_over_one_minus_x(x1, k1), k_over_one_minus_x(x2, k2), K(x1, log_1, k1)
    f = f_tilde(x1, x2, log_1, log_2)
    q12 = q_pair(x1, x2, q1, q2, f)
    F_slope, G_slope = 2.0 * q12 - q1 - x2 * q12, 6.0 * f - 12.0 * (f - K1) / x2
    F1, G1 = 10.0 / 3.0 + (2.0 - x1) * q1, -3.0 - 12.0 * K1 - 6.0 * k1
    return Loop(F1 - x1 * F_slope, F_slope, G1 - x1 * G_slope, G_slope)


@scalar
def z_loop(x1: float, x2: float, log_1: float, log_2: float) -> Loop:
    """Z boson and charged fermions.

    >>> loop = z_loop(1.0, 1.0, 0.0, 0.0)
    >>> round(24 * (loop.F_base + loop.F_slope), 12), round(loop.G_base + loop.G_slope, 12)
    (13.0, -1.0)
    """
    k1, k2 = k(x1, log_1), k(x2, log_2)
    q1, q2, K1 = k_over_one_minus_x(x1, k1), k_over_one_minus_x(x2, k2), K(x1, log_1, k1)
    f = f_tilde(x1, x2, log_1, log_2)
    F_slope, G_slope = 0.5 * q_pair(x1, x2, q1, q2, f), -3.0 * (f - K1) / x2
    return Loop((5.0 + 6.0 * q1) / 12.0 - x1 * F_slope, F_slope, -0.5 - 3.0 * K1 - x1 * G_slope, G_slope)


@scalar
def _higgs_F_pair(x1: float, x2: float, F1: float, F2: float, K_12: float) -> float:
    """Divided difference of F of the Higgs boson, given its values, and the divided difference of K."""
    if abs(x1 - 1.0) < PAIR_NEAR_ONE and abs(x2 - 1.0) < PAIR_NEAR_ONE:
        return pair_series(S34_SERIES, 1.0 - x1, 1.0 - x2, 44)
    # Divided difference of F (1 - x) = 1/6 - K, solved with the argument farther from 1.
    if abs(x1 - 1.0) > abs(x2 - 1.0):
        return (F2 - K_12) / (1.0 - x1)
    return (F1 - K_12) / (1.0 - x2)


@scalar
def higgs_loop(x1: float, x2: float, log_1: float, log_2: float) -> Loop:
    """Higgs boson and charged fermions.

    >>> loop = higgs_loop(1.0, 1.0, 0.0, 0.0)
    >>> round(12 * (loop.F_base + loop.F_slope), 12), round(3 * (loop.G_base + loop.G_slope), 12)
    (-1.0, -2.0)
    """
    G1, G2 = higgs_G(x1, log_1), higgs_G(x2, log_2)
    F1, F2 = higgs_F(x1, G1), higgs_F(x2, G2)
    K_12 = (f_tilde(x1, x2, log_1, log_2) - 0.5 - 0.5 * x1 * G1) / x2  # K = 1/2 + x G/2
    F_slope, G_slope = _higgs_F_pair(x1, x2, F1, F2, K_12), (2.0 * K_12 - G1) / x2
    return Loop(F1 - x1 * F_slope, F_slope, G1 - x1 * G_slope, G_slope)
