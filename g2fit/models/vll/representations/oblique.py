r"""Oblique parameters S, T, U of a pair of vector-like leptons that mix with a lepton, at one loop.

They are differences of self-energies, since light states take part in the loops: Maksymyk, Burgess and London
(hep-ph/9306267), for all representations as in Lavoura and Silva, Phys. Rev. D 47 (1993) 2046. With s^2, c^2 of the
weak mixing angle, D_XY = [Pi_XY(M^2) - Pi_XY(0)]/M^2 at the mass of the boson and Pi' the derivatives at q^2 = 0,

    S = 16 pi [D_ZZ - (c^2 - s^2) (Pi_3Q' - s^2 Pi_QQ') - s^2 c^2 Pi_QQ']
    U = 16 pi [D_11 - D_ZZ - s^4 Pi_QQ' - 2 s^2 (Pi_3Q' - s^2 Pi_QQ')]
    T = 4 pi [Pi_11(0) - Pi_33(0)]/(s^2 c^2 m_Z^2),

minus the Standard Model. Two fermions of squared masses a and b with couplings of the same (g = |gL|^2 + |gR|^2) and of
opposite chirality (h = 2 gL gR) give, with D(x) = x a + (1 - x) b - x (1 - x) q^2,

    16 pi^2 Pi(q^2) = g 4 int [x (1 - x) q^2 - (x a + (1 - x) b)/2] ln D + h 2 sqrt(ab) int ln D.

Only real parts are taken, and the heavy states have to be heavier than m_Z/2. Two light leptons are massless here.
"""

from math import log, pi, sqrt
from typing import Final, NamedTuple

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.vll.oblique import pair, rotation
from g2fit.models.vll.representations.fields import Content
from g2fit.models.vll.representations.mass_matrix import Charged, Doubly, Neutral

__all__ = ["States", "fill_states", "new_states", "oblique_parameters"]

#: Number of points of an integral over the Feynman parameter.
POINTS: Final = 8
#: Ratio of q^2 and squared masses below which the logarithm is evaluated by its series.
SMALL: Final = 0.05
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(POINTS)
#: Nodes and weights of the integrals over the Feynman parameter.
NODES, WEIGHTS = 0.5 * (1.0 + _NODES), 0.5 * _WEIGHTS
#: Loop of two massless leptons, 4 int x (1 - x) ln[x (1 - x)].
MASSLESS: Final = -10.0 / 9.0
#: Relative distance of two squared masses below which they follow from the matrix between the two states.
NEAR_EQUAL: Final = 1e-4
PLUS, ZERO, MINUS, DOUBLE = 0, 1, 2, 3


class States(NamedTuple):
    """Mass eigenstates by charge (+1, 0, -1, -2): arrays that are filled anew for each point.

    The components of a state are those of the lepton, D and X; state 0 is the light one. Masses squared are in units of
    m_Z^2. `T3` and `Q` are the isospins and charges of the components (0 for the isospin of e_R), and `up`
    the couplings of the W boson to a component and the one of higher charge.
    """

    squared: FloatArray  # (4, 3)
    logs: FloatArray  # (4, 3)
    left: FloatArray  # (4, component, state)
    right: FloatArray  # (4, component, state)
    T3: FloatArray  # (4, component)
    Q: FloatArray  # (4, component)
    up: FloatArray  # (4, component)


def new_states(content: Content) -> States:
    """Return arrays for the states of a pair, with its charges."""
    c = content
    T3, Q, up = np.zeros((4, 3)), np.zeros((4, 3)), np.zeros((4, 3))
    T3[PLUS] = 0.0, 0.0, float(c.X_plus)
    Q[PLUS] = T3[PLUS]
    T3[ZERO] = 0.5, 0.5 * c.D_neutral, (0.5 + c.N_X) * c.X_neutral
    up[ZERO] = 0.0, 0.0, -sqrt(2.0) * c.X_plus
    T3[MINUS] = -0.5, c.T_D, c.T_X
    Q[MINUS] = -1.0, -float(c.D_charged), -float(c.X_charged)
    up[MINUS] = 1.0, c.W_D, c.W_X
    T3[DOUBLE] = 0.0, -0.5 * c.D_double, -1.0 * c.X_double
    Q[DOUBLE] = 0.0, -2.0 * c.D_double, -2.0 * c.X_double
    up[DOUBLE] = 0.0, c.WW_D, c.WW_X
    shape = (4, 3, 3)
    return States(np.ones((4, 3)), np.zeros((4, 3)), np.zeros(shape), np.zeros(shape), T3, Q, up)


@scalar
def _complement(n1: float, n2: float, n3: float, out: FloatArray) -> None:
    """Fill a matrix with orthonormal columns, of which the first is the unit vector n; n1 > -1."""
    scale = -1.0 / (1.0 + n1)
    out[0, 0], out[1, 0], out[2, 0] = n1, n2, n3
    out[0, 1], out[1, 1], out[2, 1] = -n2, 1.0 + scale * n2 * n2, scale * n2 * n3
    out[0, 2], out[1, 2], out[2, 2] = -n3, scale * n2 * n3, 1.0 + scale * n3 * n3


@scalar
def _turn(out: FloatArray, cos: float, sin: float) -> None:
    """Rotate columns 1 and 2 of a matrix: the second becomes cos (column 1) + sin (column 2)."""
    for k in range(3):
        one, two = out[k, 1], out[k, 2]
        out[k, 1], out[k, 2] = -sin * one + cos * two, cos * one + sin * two


@scalar
def _diagonalise(
    states: States, c: int, b: tuple[float, float, float, float], m1_2: float, m2_2: float, m_Z: float
) -> None:
    """Rotate states 1 and 2 of charge number `c` to masses m1 <= m2 of the mass matrix b between them, in GeV.

    The squared masses are given, but their difference loses digits where they are nearly equal.
    """
    left, right = states.left[c], states.right[c]
    half = 0.5 * (b[0] * b[0] + b[2] * b[2] - b[1] * b[1] - b[3] * b[3])
    cos, sin = rotation(half, b[0] * b[1] + b[2] * b[3])
    x, y = b[0] * cos + b[1] * sin, b[2] * cos + b[3] * sin
    length = x * x + y * y
    if m2_2 - m1_2 < NEAR_EQUAL * m2_2:
        m1_2, m2_2 = (b[1] * cos - b[0] * sin) ** 2 + (b[3] * cos - b[2] * sin) ** 2, length
    inverse = 1.0 / sqrt(length)
    _turn(right, cos, sin)
    _turn(left, x * inverse, y * inverse)
    if b[0] * b[3] - b[1] * b[2] < 0.0:
        for k in range(3):
            left[k, 1] = -left[k, 1]
    scale = 1.0 / (m_Z * m_Z)
    states.squared[c, 1], states.squared[c, 2] = m1_2 * scale, m2_2 * scale
    states.logs[c, 1], states.logs[c, 2] = log(m1_2 * scale), log(m2_2 * scale)


@scalar
def fill_states(states: States, charged: Charged, neutral: Neutral, doubly: Doubly, M_X: float, m_Z: float) -> None:
    """Fill in the mass eigenstates of a point."""
    c, n, d = charged, neutral, doubly
    left, right = states.left[MINUS], states.right[MINUS]
    _complement(c.u1, c.u2, c.u3, left)
    _complement(c.w1, c.w2, c.w3, right)
    x1 = left[0, 1] * c.a + left[1, 1] * c.c1
    x2 = left[1, 1] * c.p + left[2, 1] * c.s
    x3 = left[0, 1] * c.a1 + left[1, 1] * c.q + left[2, 1] * c.t
    y1 = left[0, 2] * c.a + left[1, 2] * c.c1
    y2 = left[1, 2] * c.p + left[2, 2] * c.s
    y3 = left[0, 2] * c.a1 + left[1, 2] * c.q + left[2, 2] * c.t
    b11 = x1 * right[0, 1] + x2 * right[1, 1] + x3 * right[2, 1]
    b12 = x1 * right[0, 2] + x2 * right[1, 2] + x3 * right[2, 2]
    b21 = y1 * right[0, 1] + y2 * right[1, 1] + y3 * right[2, 1]
    b22 = y1 * right[0, 2] + y2 * right[1, 2] + y3 * right[2, 2]
    _diagonalise(states, MINUS, (b11, b12, b21, b22), c.m1_2, c.m2_2, m_Z)
    states.squared[MINUS, 0] = (c.m / m_Z) ** 2
    states.logs[MINUS, 0] = 2.0 * log(c.m / m_Z)
    left, right = states.left[ZERO], states.right[ZERO]
    _complement(n.n1, n.n2, n.n3, left)
    right[:] = 0.0
    right[1, 1] = right[2, 2] = 1.0
    x2 = left[1, 1] * n.p + left[2, 1] * n.s
    x3 = left[0, 1] * n.r + left[1, 1] * n.q + left[2, 1] * n.t
    y2 = left[1, 2] * n.p + left[2, 2] * n.s
    y3 = left[0, 2] * n.r + left[1, 2] * n.q + left[2, 2] * n.t
    _diagonalise(states, ZERO, (x2, x3, y2, y3), n.m1_2, n.m2_2, m_Z)
    states.squared[ZERO, 0] = 0.0
    left, right = states.left[DOUBLE], states.right[DOUBLE]
    left[:] = 0.0
    right[:] = 0.0
    left[1, 1] = left[2, 2] = right[1, 1] = right[2, 2] = 1.0
    _diagonalise(states, DOUBLE, (d.p, d.q, d.s, d.t), d.m1_2, d.m2_2, m_Z)
    states.left[PLUS, 2, 2] = states.right[PLUS, 2, 2] = 1.0
    states.squared[PLUS, 2] = (M_X / m_Z) ** 2
    states.logs[PLUS, 2] = 2.0 * log(M_X / m_Z)


@scalar
def _log_of_one_minus(z: float) -> float:
    """Return ln(1 - z) for 0 <= z <= `SMALL`, by its series: to 1e-11 relative, as an integrand needs it."""
    return -z * (
        1.0 + z * (0.5 + z * (1.0 / 3.0 + z * (0.25 + z * (0.2 + z * (1.0 / 6.0 + z * (1.0 / 7.0 + z * 0.125))))))
    )


class Loop(NamedTuple):
    """16 pi^2 Pi(0) and 16 pi^2 [Pi(q^2) - Pi(0)]/q^2 per unit of the couplings of the same and opposite chirality."""

    zero_same: float
    zero_opposite: float
    slope_same: float
    slope_opposite: float


@scalar
def _loop(a: float, b: float, log_a: float, log_b: float, q2: float) -> Loop:
    """Return the loop of two states, at most one of which is massless; squared masses in any unit."""
    if b == 0.0:
        a, b, log_a, log_b = b, a, log_b, log_a
    root = 2.0 * sqrt(a * b)
    if a == 0.0:
        zero_same, zero_opposite, slope = b * (0.5 - log_b), 0.0, 2.0 / 3.0 * log_b - 5.0 / 9.0
    else:
        of = pair(a, b, log_a, log_b)
        zero_same = 0.5 * of.plus - a * log_a - b * log_b
        zero_opposite = 0.5 * root * (0.5 * of.minus + log_a + log_b)
        slope = (log_a + log_b) / 3.0 + 4.0 * of.J
    inverse, opposite = 1.0 / q2, 0.0
    if q2 < SMALL * (a + b + root):  # so that x (1 - x) q^2 < SMALL (x a + (1 - x) b) for all x
        for i in range(POINTS):
            x = NODES[i]
            product, mean = x * (1.0 - x), x * a + (1.0 - x) * b
            change = WEIGHTS[i] * _log_of_one_minus(product * q2 / mean)
            slope += change * (4.0 * product - 2.0 * mean * inverse)
            opposite += change
    else:
        for i in range(POINTS):
            x = NODES[i]
            product, mean = x * (1.0 - x), x * a + (1.0 - x) * b
            change = WEIGHTS[i] * log(abs(1.0 - product * q2 / mean))
            slope += change * (4.0 * product - 2.0 * mean * inverse)
            opposite += change
    return Loop(zero_same, zero_opposite, slope, opposite * root * inverse)


@scalar
def _neutral_currents(states: States, s2: float) -> tuple[float, float]:
    """Return Pi_33(0) and D_ZZ, times 16 pi^2, minus the Standard Model."""
    zero, slope = 0.0, 0.0
    for c in range(4):
        left, right, T3, Q = states.left[c], states.right[c], states.T3[c], states.Q[c]
        for i in range(3):
            for j in range(i + 1):
                t_L, t_R, e_L, e_R = 0.0, 0.0, 0.0, 0.0
                for k in range(3):
                    L, R = left[k, i] * left[k, j], right[k, i] * right[k, j]
                    t_L += T3[k] * L
                    t_R += (T3[k] if k > 0 else 0.0) * R
                    e_L += Q[k] * L
                    e_R += Q[k] * R
                g_L, g_R, multiplicity = t_L - s2 * e_L, t_R - s2 * e_R, 1.0 if i == j else 2.0
                if i == 0:
                    if c == ZERO:
                        slope += (g_L * g_L - 0.25) * MASSLESS
                    elif c == MINUS:
                        a = states.squared[c, 0]
                        slope += ((g_L - s2 + 0.5) * (g_L + s2 - 0.5) + (g_R - s2) * (g_R + s2)) * MASSLESS
                        zero -= 2.0 * a * states.logs[c, 0] * (t_L * t_L + t_R * t_R - 0.25 - 2.0 * t_L * t_R)
                elif g_L != 0.0 or g_R != 0.0 or t_L != 0.0 or t_R != 0.0:
                    of = _loop(states.squared[c, j], states.squared[c, i], states.logs[c, j], states.logs[c, i], 1.0)
                    zero += multiplicity * ((t_L * t_L + t_R * t_R) * of.zero_same + 2.0 * t_L * t_R * of.zero_opposite)
                    slope += multiplicity * (
                        (g_L * g_L + g_R * g_R) * of.slope_same + 2.0 * g_L * g_R * of.slope_opposite
                    )
    return zero, slope


@scalar
def _charged_currents(states: States, W2: float) -> tuple[float, float]:
    """Return Pi_11(0) and D_11, times 16 pi^2, minus the Standard Model; W2 is m_W^2/m_Z^2."""
    zero, slope = 0.0, 0.0
    for c in range(1, 4):
        factor = states.up[c]
        for i in range(3):
            for j in range(3):
                L, R = 0.0, 0.0
                for k in range(3):
                    L += factor[k] * states.left[c - 1, k, i] * states.left[c, k, j]
                    R += (factor[k] if k > 0 else 0.0) * states.right[c - 1, k, i] * states.right[c, k, j]
                if c == MINUS and i == 0 and j == 0:
                    b = states.squared[c, 0]
                    zero += 0.5 * (L * L - 1.0) * b * (0.5 - states.logs[c, 0])
                    slope += 0.5 * (L * L - 1.0) * (MASSLESS + 2.0 / 3.0 * log(W2))
                elif L != 0.0 or R != 0.0:
                    a, b = states.squared[c - 1, i], states.squared[c, j]
                    of = _loop(a, b, states.logs[c - 1, i], states.logs[c, j], W2)
                    zero += 0.5 * (L * L + R * R) * of.zero_same + L * R * of.zero_opposite
                    slope += 0.5 * (L * L + R * R) * of.slope_same + L * R * of.slope_opposite
    return zero, slope


@scalar
def _photon_slopes(states: States) -> tuple[float, float]:
    """Return the derivatives of Pi_3Q and Pi_QQ at q^2 = 0, times 16 pi^2, minus the Standard Model."""
    mixed, photon = 0.0, 0.0
    for c in range(4):
        for i in range(3):
            three, two = -0.5 if c == MINUS and i == 0 else 0.0, -2.0 if c == MINUS and i == 0 else 0.0
            for k in range(3):
                Q, T3 = states.Q[c, k], states.T3[c, k]
                L, R = states.left[c, k, i], states.right[c, k, i]
                three += Q * T3 * (L * L + (R * R if k > 0 else 0.0))
                two += Q * Q * (L * L + R * R)
            mixed += 2.0 / 3.0 * three * states.logs[c, i]
            photon += 2.0 / 3.0 * two * states.logs[c, i]
    return mixed, photon


@scalar
def oblique_parameters(states: States, m_W: float, m_Z: float, s2: float) -> tuple[float, float, float]:
    """Return S, T and U, given the states of a point (see `fill_states`) and the on-shell weak mixing angle."""
    c2 = 1.0 - s2
    P33, ZZ = _neutral_currents(states, s2)
    P11, D11 = _charged_currents(states, (m_W / m_Z) ** 2)
    mixed, QQ = _photon_slopes(states)
    mixed -= s2 * QQ
    S = (ZZ - (c2 - s2) * mixed - s2 * c2 * QQ) / pi
    return S, (P11 - P33) / (4.0 * pi * s2 * c2), (D11 - ZZ - s2 * s2 * QQ - 2.0 * s2 * mixed) / pi
