r"""Oblique parameters S, T, U of a lepton and its vector-like partners, at one loop.

They parametrise the self-energies of the gauge bosons, Peskin and Takeuchi, Phys. Rev. D 46 (1992) 381:

    alpha T = Pi_WW(0)/m_W^2 - Pi_ZZ(0)/m_Z^2,   S = 16 pi [Pi_33'(0) - Pi_3Q'(0)],   U = 16 pi [Pi_11'(0) - Pi_33'(0)]

The Standard Model is subtracted. T contains the mixing of the partners with the lepton and its neutrino, to all orders;
it contributes more than 0.02 where Y_L is large. S and U are those of the partners alone (Y_L = Y_R = 0), since the
derivative of the loop with two neutrinos at q^2 = 0 is infinite once the coupling of the neutrino differs from the
Standard Model's. Left out are about 1.2 t_R + 0.6 t_L in S and 0.6 t_R in U, whatever the masses are. Generations do
not mix, so that their contributions add.

The functions of two squared masses a and b are written with z = (a - b)/(a + b), L = atanh(z)/z and r = (L - 1)/z^2,
which are regular at a = b; none of them suffers from cancellation.
"""

from math import copysign, log, pi, sqrt
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import inlined, scalar
from g2fit.models.vll.loops import power_series
from g2fit.models.vll.mixing import Charged, Neutral
from g2fit.models.vll.partners import Partners

__all__ = [
    "HeavyNeutral",
    "Logs",
    "Pair",
    "custodial_breaking",
    "heavy_neutral",
    "logarithms",
    "oblique_S_U",
    "oblique_T",
    "pair",
    "rotation",
    "slope_at_zero",
    "slope_of_one",
]

#: z^2 below which functions of two masses are evaluated by their series in z^2.
NEAR_EQUAL = 0.02
#: Terms of these series.
TERMS = 10

_N = np.arange(float(TERMS))
#: Coefficients of r in powers of z^2.
R_SERIES = 1.0 / (2.0 * _N + 3.0)
#: Coefficients of L/4 - r/12 - 2/9 in powers of z^2; the first vanishes.
J_SERIES = np.where(_N > 0.0, 0.25 / (2.0 * _N + 1.0) - 1.0 / (12.0 * (2.0 * _N + 3.0)), 0.0)


class Pair(NamedTuple):
    """Loops of two fermions as functions of their squared masses a and b.

    - `plus`: a + b - 2 a b ln(a/b)/(a - b), with two couplings of the same handedness;
    - `minus`: 2 (a + b) ln(a/b)/(a - b) - 4, to be multiplied by m_a m_b, with couplings of opposite handedness;
    - `K`: plus/[2 (a - b)^2], and `J`: L/4 - r/12 - 2/9, in the derivatives of both at q^2 = 0.

    The first two, theta_+ = (a + b) z^2 (L - r) and theta_-/(m_a m_b) = 4 z^2 r, vanish at a = b.
    """

    plus: float
    minus: float
    J: float
    K: float


@scalar
def pair(a: float, b: float, log_a: float, log_b: float) -> Pair:
    """Return the `Pair` of two squared masses (positive, in any unit), given their logarithms.

    >>> equal = pair(2.0, 2.0, 0.7, 0.7)
    >>> equal.plus, equal.minus, equal.J, round(12.0 * equal.K, 15)
    (0.0, 0.0, 0.0, 1.0)
    >>> from math import log
    >>> round(pair(4.0, 1.0, log(4.0), 0.0).minus, 12) == round(10.0 / 3.0 * log(4.0) - 4.0, 12)
    True
    """
    total, difference = a + b, a - b
    if difference * difference < NEAR_EQUAL * total * total:
        inverse = 1.0 / total
        z = difference * inverse
        z2 = z * z
        r = power_series(R_SERIES, z2, TERMS)
        bracket = 1.0 + z2 * r - r  # L - r
        return Pair(total * z2 * bracket, 4.0 * z2 * r, power_series(J_SERIES, z2, TERMS), 0.5 * bracket * inverse)
    inverse = 1.0 / difference
    slope = (log_a - log_b) * inverse
    plus = total - 2.0 * a * b * slope
    L = 0.5 * total * slope
    ratio = total * inverse
    return Pair(
        plus, 4.0 * L - 4.0, 0.25 * L - (L - 1.0) * ratio * ratio / 12.0 - 2.0 / 9.0, 0.5 * plus * inverse * inverse
    )


@scalar
def slope_at_zero(same: float, opposite: float, log_product: float, of: Pair) -> float:
    """Derivative at q^2 = 0 of the loop of two fermions, without its ultraviolet divergence.

    `same` is g_L^2 + g_R^2 and `opposite` g_L g_R m_a m_b; `log_product` is ln(a b), with squared masses in units of
    the renormalisation scale, which cancels in S and U:

        (g_L^2 + g_R^2) (ln(a b)/12 + J + 1/12) - g_L g_R m_a m_b K
    """
    return same * (log_product / 12.0 + of.J + 1.0 / 12.0) - opposite * of.K


@scalar
def slope_of_one(same: float, opposite: float, log_a: float, a: float) -> float:
    """Return `slope_at_zero` for two fermions of the same squared mass a."""
    return same * (log_a / 6.0 + 1.0 / 12.0) - opposite / (6.0 * a)


class HeavyNeutral(NamedTuple):
    """The two heavy neutral states: masses m1 <= m2 in GeV, and their components.

    Components of the left-handed states in the basis (nu, N, S) begin with U, those of the right-handed states in the
    basis (N, S) with V.
    """

    m1: float
    m2: float
    U_nu1: float
    U_N1: float
    U_S1: float
    U_nu2: float
    U_N2: float
    U_S2: float
    V_N1: float
    V_N2: float


@scalar
def rotation(half: float, off_diagonal: float) -> tuple[float, float]:
    """Cosine and sine of the rotation to the larger eigenvalue of [[half, off], [off, -half]]; (1, 0) if both are 0."""
    length = sqrt(half * half + off_diagonal * off_diagonal)
    if length == 0.0:
        return 1.0, 0.0
    large = sqrt(0.5 * (1.0 + abs(half) / length))
    small = 0.5 * off_diagonal / (length * large)
    if half >= 0.0:
        return large, small
    return abs(small), copysign(large, off_diagonal)


@inlined
def heavy_neutral(p: Partners, neutral: Neutral, v: float) -> HeavyNeutral:
    """Return masses and components of the heavy neutral states.

    Right-handed states are the eigenvectors of A = M^T M. The left-handed state of the larger mass is M V/m2, that of
    the smaller mass is orthogonal to it and to the massless neutrino: no digits are lost where m1 is small.

    >>> from g2fit.models.vll.mixing import neutral_mixing
    >>> p = Partners(m_L=1000.0, m_S=1100.0, Y_L=0.3, Y_R=0.4, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> states = heavy_neutral(p, neutral_mixing(p, 174.0), 174.0)
    >>> round(states.m1, 9), round(states.U_nu1**2 + states.U_nu2**2, 15)
    (953.662656498, 0.00231474296832)
    """
    l, V, Vp = p.Y_L * v, p.Y_V * v, p.Y_Vp * v
    cos, sin = rotation(0.5 * (neutral.A_NN - neutral.A_SS), neutral.A_NS)
    m1, m2 = sqrt(neutral.m1_2), sqrt(neutral.m2_2)
    inverse = 1.0 / m2
    nu2, N2, S2 = -l * sin * inverse, (p.m_L * cos + Vp * sin) * inverse, (V * cos + p.m_S * sin) * inverse
    sign = copysign(1.0, p.m_L * p.m_S - V * Vp)
    nu, N, S = sign * neutral.n_nu, sign * neutral.n_N, sign * neutral.n_S
    nu1, N1, S1 = N * S2 - S * N2, S * nu2 - nu * S2, nu * N2 - N * nu2
    return HeavyNeutral(m1, m2, nu1, N1, S1, nu2, N2, S2, -sin, cos)


class Logs(NamedTuple):
    """Logarithms of squared masses in GeV^2: of the heavy neutral states, of E and of the lepton."""

    N1: float
    N2: float
    E: float
    l: float


@scalar
def logarithms(charged: Charged, neutral: Neutral, log_l: float) -> Logs:
    """Return the `Logs` of a point, given that of the lepton."""
    return Logs(log(neutral.m1_2), log(neutral.m2_2), log(charged.m_E2), log_l)


@inlined
def custodial_breaking(p: Partners, charged: Charged, neutral: Neutral, states: HeavyNeutral, logs: Logs) -> float:
    """16 pi s^2 c^2 m_Z^2 T in GeV^2: the loops of W_3 and of W_1 at q^2 = 0, minus the Standard Model's.

    W bosons couple neutral states i to charged states j (the lepton and E) with W_L = U_nu U_l + U_N U_E and
    W_R = V_N V_E; Z bosons couple neutral states with -U_Si U_Sj and V_Ni V_Nj, and E_R to l_R with the product of
    their E_R components:

        sum_ij [(W_L^2 + W_R^2) theta_+ + 2 W_L W_R theta_-] - sum_(i<j) [(L^2 + R^2) theta_+ + 2 L R theta_-]
            - (E_R E_R)^2 theta_+(l, E) - m_l^2
    """
    l2, E2, a1, a2 = p.m_l * p.m_l, charged.m_E2, neutral.m1_2, neutral.m2_2
    sR, cR, sL, cL = charged.sin_R, charged.cos_R, charged.sin_L, charged.cos_L
    # The massless neutrino: theta_+(0, b) = b and theta_- = 0.
    to_l, to_E = neutral.n_nu * cL - neutral.n_N * sL, neutral.n_nu * sL + neutral.n_N * cL
    total = (to_l * to_l - 1.0) * l2 + to_E * to_E * E2
    total -= neutral.n_S * neutral.n_S * (states.U_S1 * states.U_S1 * a1 + states.U_S2 * states.U_S2 * a2)
    # The heavy neutral states with E and with the lepton.
    m_E = sqrt(E2)
    L1, R1 = states.U_nu1 * sL + states.U_N1 * cL, states.V_N1 * cR
    L2, R2 = states.U_nu2 * sL + states.U_N2 * cL, states.V_N2 * cR
    total += _loop(L1, R1, states.m1 * m_E, pair(a1, E2, logs.N1, logs.E))
    total += _loop(L2, R2, states.m2 * m_E, pair(a2, E2, logs.N2, logs.E))
    L1, R1 = states.U_nu1 * cL - states.U_N1 * sL, -states.V_N1 * sR
    L2, R2 = states.U_nu2 * cL - states.U_N2 * sL, -states.V_N2 * sR
    total += _loop(L1, R1, states.m1 * p.m_l, pair(a1, l2, logs.N1, logs.l))
    total += _loop(L2, R2, states.m2 * p.m_l, pair(a2, l2, logs.N2, logs.l))
    # The Z boson.
    L, R = -states.U_S1 * states.U_S2, states.V_N1 * states.V_N2
    total -= _loop(L, R, states.m1 * states.m2, pair(a1, a2, logs.N1, logs.N2))
    return total - _loop(0.0, sR * cR, 0.0, pair(E2, l2, logs.E, logs.l))


@scalar
def _loop(left: float, right: float, product: float, of: Pair) -> float:
    """Loop at q^2 = 0 of two states with these couplings, and with `product` as the product of their masses."""
    return (left * left + right * right) * of.plus + 2.0 * left * right * product * of.minus


@scalar
def oblique_T(breaking: float, m_Z: float, s2: float) -> float:
    """Return the parameter T, given `custodial_breaking`, m_Z in GeV and the effective weak mixing angle.

    >>> from g2fit.models.vll.mixing import charged_mixing, neutral_mixing
    >>> p = Partners(m_L=650.0, m_S=650.0, Y_L=0.2, Y_R=0.19, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> charged, neutral = charged_mixing(p, 174.0), neutral_mixing(p, 174.0)
    >>> logs = logarithms(charged, neutral, log(p.m_l**2))
    >>> breaking = custodial_breaking(p, charged, neutral, heavy_neutral(p, neutral, 174.0), logs)
    >>> round(oblique_T(breaking, 91.1876, 0.2312), 12)
    0.013658046242
    """
    return breaking / (16.0 * pi * s2 * (1.0 - s2) * m_Z * m_Z)


@inlined
def oblique_S_U(p: Partners, v: float) -> tuple[float, float]:
    """Return S and U of the partners alone, from derivatives of their loops at q^2 = 0.

    The mass matrix of the neutral partners is M = [[m_L, Y_V' v], [Y_V v, m_S]] = sum_k M_k u_k v_k^T; their doublet
    components are the first of u_k and v_k, and half of their products are the couplings of W_3. Squared masses are in
    units of m_L^2, the mass of E.

    >>> p = Partners(m_L=650.0, m_S=650.0, Y_L=0.2, Y_R=0.19, Y_V=1.0, Y_Vp=0.0, Lambda=1e5, m_l=0.1056583745)
    >>> S, U = oblique_S_U(p, 174.0)
    >>> round(S, 13), round(U, 13)
    (0.0029577213751, 4.90509522e-05)
    """
    s, V, Vp = p.m_S / p.m_L, p.Y_V * v / p.m_L, p.Y_Vp * v / p.m_L
    A_NN, A_SS, A_NS = 1.0 + V * V, s * s + Vp * Vp, Vp + s * V
    half = 0.5 * (A_NN - A_SS)
    a2 = 0.5 * (A_NN + A_SS) + sqrt(half * half + A_NS * A_NS)
    M2 = sqrt(a2)
    M1 = (s - V * Vp) / M2
    a1 = M1 * M1
    cos, sin = rotation(half, A_NS)
    u2, v2 = (cos + Vp * sin) / M2, cos
    u1, v1 = -(V * cos + s * sin) / M2, -sin
    u1_2, u2_2, v1_2, v2_2 = u1 * u1, u2 * u2, v1 * v1, v2 * v2
    w1, w2 = u1 * v1 * M1, u2 * v2 * M2
    log_1, log_2 = log(a1), log(a2)
    B = slope_of_one(u1_2 * u1_2 + v1_2 * v1_2, w1 * w1, log_1, a1)
    B += slope_of_one(u2_2 * u2_2 + v2_2 * v2_2, w2 * w2, log_2, a2)
    both = pair(a1, a2, log_1, log_2)
    B += 2.0 * slope_at_zero(u1_2 * u2_2 + v1_2 * v2_2, w1 * w2, log_1 + log_2, both)
    A = slope_at_zero(u1_2 + v1_2, w1, log_1, pair(a1, 1.0, log_1, 0.0))
    A += slope_at_zero(u2_2 + v2_2, w2, log_2, pair(a2, 1.0, log_2, 0.0))
    A, B = 0.5 * A, 0.25 * B
    return 4.0 * B / pi, 4.0 * (A - B) / pi
