r"""Loops of two fermions in the self-energies of gauge bosons, at the momentum of the boson and at zero.

Two fermions of squared masses a and b with couplings of the same (g = |gL|^2 + |gR|^2) and of opposite chirality
(h = 2 gL gR) contribute, with D(x) = x a + (1 - x) b - x (1 - x) q^2,

    16 pi^2 Pi(q^2) = g 4 int [x (1 - x) q^2 - (x a + (1 - x) b)/2] ln D + h 2 sqrt(ab) int ln D,

of which only the real part is taken (B_0 and B_22 of Passarino and Veltman, Nucl. Phys. B 160 (1979) 151). All that is
needed at q^2 != 0 is I(q^2) = int ln D - int ln D(q^2 = 0) = sum_n g_n q^(2n), n > 0: the loop with h contributes
2 sqrt(ab) I, and reduction of the loop with g gives, beyond its first derivative at q^2 = 0,

    1/3 + sum_(n>1) p_n q^(2n-2),    p_n = (n + 1)/(n + 2) [g_(n-1) - (a + b) g_n]

to [Pi(q^2) - Pi(0)]/q^2. Squared masses and q^2 are in any unit, which is also the renormalisation scale.
"""

from math import atan2, copysign, log, sqrt
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import scalar
from g2fit.models.vll.loops import power_series
from g2fit.models.vll.oblique import NEAR_EQUAL, Pair, pair

__all__ = ["MASSLESS", "Loop", "heavy_loop", "lepton_loop", "loop_of_one", "neutrino_loop"]

#: [Pi(q^2) - Pi(0)]/q^2 of two massless leptons with couplings of the same chirality, at q^2 = 1: -10/9 + 2/3 ln q^2.
MASSLESS = -10.0 / 9.0
#: q^2/b below which a loop of a light and a heavy fermion is evaluated by its series, and the number of terms.
LIGHT, TERMS = 0.1, 9
#: (m_a + m_b)^2/q^2 above which a loop of two heavy fermions is evaluated by five terms of its power series in q^2.
HEAVY = 25.0

_N = np.arange(1.0, TERMS + 1.0)
#: Coefficients of the loops with a light fermion in powers of z = q^2/b, from z on: of p_n, of its derivative in
#: a/q^2, and of I.
LIGHT_SERIES = -2.0 / (_N * (_N + 1.0) * (_N + 3.0))
SLOPE_SERIES = np.where(_N > 1.0, 1.0 / _N + 1.0 / (_N + 2.0), 0.0)
LIGHT_I_SERIES = -1.0 / (_N * (_N + 1.0))


class Loop(NamedTuple):
    """16 pi^2 Pi(0) and 16 pi^2 [Pi(q^2) - Pi(0)]/q^2 per unit of the couplings g and h, see this module."""

    zero_same: float
    zero_opposite: float
    slope_same: float
    slope_opposite: float


class _Momentum(NamedTuple):
    """What q^2 adds to the first derivative at q^2 = 0: the sum of q^(2n-2) p_n, and I."""

    same: float
    opposite: float


@scalar
def _sum(a: float, b: float, log_a: float, log_b: float, of: Pair, at: _Momentum, q2: float) -> Loop:
    """Loop from its value and first derivative at q^2 = 0, given the `Pair`, and the rest, `at`."""
    both, root = log_a + log_b, sqrt(a * b)
    zero, slope = 0.5 * of.plus - a * log_a - b * log_b, (both + 1.0) / 3.0 + 4.0 * of.J
    return Loop(zero, root * (0.5 * of.minus + both), slope + at.same, 2.0 * root / q2 * at.opposite)


@scalar
def _log_of_massless(z: float) -> tuple[float, float]:
    """Return L = -ln|1 - z|, and sum_(n>3) z^(n-3)/n = (L - z - z^2/2 - z^3/3)/z^3."""
    L, inverse = -log(max(abs(1.0 - z), 1e-300)), 1.0 / z
    return L, ((L * inverse - 1.0) * inverse - 0.5) * inverse - 1.0 / 3.0


@scalar
def neutrino_loop(b: float, log_b: float, q2: float) -> Loop:
    """Loop of a massless neutrino and a heavy fermion: p_n = -2/[n' (n' + 1) (n' + 3)] b^-n', n' = n - 1.

    >>> loop, limit = neutrino_loop(4.0, 1.386294361119891, 2.0), heavy_loop(1e-9, 4.0, -20.7232658, 1.3862943611, 2.0)
    >>> max(abs(x - y) for x, y in zip(loop, limit)) < 1e-4
    True
    >>> near = [neutrino_loop(b, 0.0, 1.0).slope_same for b in (10.000001, 9.999999)]
    >>> abs(near[0] - near[1]) < 1e-7
    True
    """
    z = q2 / b
    if z < LIGHT:
        beyond = z * power_series(LIGHT_SERIES, z, TERMS)
    else:
        L, tail = _log_of_massless(z)
        beyond = L * (1.0 / z - 2.0 / 3.0) - 1.0 - tail / 3.0
    return Loop(b * (0.5 - log_b), 0.0, 2.0 / 3.0 * log_b - 2.0 / 9.0 + beyond, 0.0)


@scalar
def lepton_loop(a: float, b: float, log_a: float, log_b: float, q2: float) -> Loop:
    """Loop of a lepton and a heavy fermion, exact at q^2 = 0 and to first order in its squared mass a beyond.

    >>> from math import log
    >>> for b in (3.0, 9.0, 11.0, 300.0):
    ...     loop, exact = lepton_loop(1e-6, b, log(1e-6), log(b), 1.0), heavy_loop(1e-6, b, log(1e-6), log(b), 1.0)
    ...     print(max(abs(x - y) for x, y in zip(loop, exact)) < 1e-7)
    True
    True
    True
    True
    """
    z, x = q2 / b, a / q2
    if z < LIGHT:
        same = z * (power_series(LIGHT_SERIES, z, TERMS) + x * power_series(SLOPE_SERIES, z, TERMS))
        at = _Momentum(same, z * power_series(LIGHT_I_SERIES, z, TERMS))
    else:
        L, tail = _log_of_massless(z)
        inverse = 1.0 / z
        same = L * (inverse - 2.0 / 3.0) - 1.0 - tail / 3.0 + x * (L - z + z * tail)
        at = _Momentum(same, (inverse - 1.0) * L - 1.0)
    total, inverse = a + b, 1.0 / (a - b)
    slope, ratio = (log_a - log_b) * inverse, total * inverse
    L = 0.5 * total * slope
    J = 0.25 * L - (L - 1.0) * ratio * ratio / 12.0 - 2.0 / 9.0
    return _sum(a, b, log_a, log_b, Pair(total - 2.0 * a * b * slope, 4.0 * L - 4.0, J, 0.0), at, q2)


@scalar
def _closed_form(a: float, b: float, minus: float, K: float) -> _Momentum:
    """Loops at q^2 = 1 by the closed form of int ln D, which loses digits where a and b are large.

    `minus` and `K` are those of the `Pair`. With L = (a + b) ln(a/b)/[2 (a - b)], d = a - b,
    r^2 = |(1 - a - b)^2 - 4 a b| and c = (a + b - 1)/(2 sqrt(ab)),

        I = (d^2/(a + b) - 1) L - 1 + r arccos(c)      where |c| < 1; otherwise the last term is -+ r arcosh(+-c),

    and the series in p_n sums up to [(2 - a - b - d^2) I - (2 (a + b) + d^2) K + 1/3]/3.
    """
    total, difference = a + b, a - b
    above, product, d2 = total - 1.0, 2.0 * sqrt(a * b), difference * difference
    square = (above - product) * (above + product)
    r, L, last = sqrt(abs(square)), 1.0 + 0.25 * minus, 0.0
    if square < 0.0:
        last = r * atan2(r, above)
    elif square > 0.0:
        last = copysign(r, -above) * log((abs(above) + r) / product)
    opposite = (d2 / total - 1.0) * L - 1.0 + last
    same = ((2.0 - total - d2) * opposite - (2.0 * total + d2) * K + 1.0 / 3.0) / 3.0
    return _Momentum(same, opposite)


@scalar
def _power_series(a: float, b: float, K: float, q2: float) -> _Momentum:
    """Loops by five terms of the power series in q^2, given K of the `Pair`.

    By the differential equation of int ln D in q^2, the coefficients h_n = (a + b)^n g_n obey

        e (n + 1) h_n = (2 n - 1) h_(n-1) - (n - 2) h_(n-2), plus 1 for n = 2,    h_1 = -(a + b) K,

    with e = [(a - b)/(a + b)]^2. Where e is small it is solved for h_(n-1), with h_6 = 0, as a continued fraction.
    """
    total, difference = a + b, a - b
    h1, y = -total * K, q2 / total
    if difference * difference < NEAR_EQUAL * total * total:
        z = difference / total
        e = z * z
        ratio4 = 3.0 / (9.0 - e * 24.0 / 11.0)  # h_4/h_3, with h_5/h_4 = 4/11
        ratio3 = 2.0 / (7.0 - 5.0 * e * ratio4)
        h2 = h1 / (5.0 - 4.0 * e * ratio3)
        h3 = h2 * ratio3
        h4 = h3 * ratio4
        h5 = h4 * (4.0 / 11.0)
    else:
        ratio = total / difference
        inverse = ratio * ratio
        h2 = (h1 + 1.0 / 3.0) * inverse
        h3 = (1.25 * h2 - 0.25 * h1) * inverse
        h4 = (1.4 * h3 - 0.4 * h2) * inverse
        h5 = (1.5 * h4 - 0.5 * h3) * inverse
    same = y * (0.75 * (h1 - h2) + y * (0.8 * (h2 - h3) + y * (5.0 / 6.0 * (h3 - h4) + y * (6.0 / 7.0) * (h4 - h5))))
    return _Momentum(same, y * (h1 + y * (h2 + y * (h3 + y * (h4 + y * h5)))))


@scalar
def _heavy(a: float, b: float, minus: float, K: float, q2: float) -> _Momentum:
    """Loops of two heavy fermions; `minus` and `K` of the `Pair`.

    >>> from math import log
    >>> for b in (6.3, 7.6, 30.0):
    ...     of = pair(6.2, b, log(6.2), log(b))
    ...     closed, series = _closed_form(6.2, b, of.minus, of.K), _power_series(6.2, b, of.K, 1.0)
    ...     print(max(abs(x - y) for x, y in zip(closed, series)) < 2e-8)
    True
    True
    True
    """
    if a + b + 2.0 * sqrt(a * b) > HEAVY * q2:
        return _power_series(a, b, K, q2)
    return _closed_form(a / q2, b / q2, minus, K * q2)


@scalar
def heavy_loop(a: float, b: float, log_a: float, log_b: float, q2: float) -> Loop:
    """Loop of two heavy fermions, given their squared masses.

    >>> loop = heavy_loop(1.5, 4.0, 0.405465108108164, 1.386294361119891, 1.0)
    >>> [round(x, 9) for x in loop]
    [-5.757365314, 4.775485584, 0.95434761, -0.322981995]
    """
    of = pair(a, b, log_a, log_b)
    return _sum(a, b, log_a, log_b, of, _heavy(a, b, of.minus, of.K, q2), q2)


@scalar
def loop_of_one(a: float, log_a: float, q2: float) -> Loop:
    """Loop of two heavy fermions of the same squared mass.

    >>> loop_of_one(4.0, 1.386294361119891, 2.0) == heavy_loop(4.0, 4.0, 1.386294361119891, 1.386294361119891, 2.0)
    True
    """
    at = _heavy(a, a, 0.0, 1.0 / (6.0 * a), q2)
    return _sum(a, a, log_a, log_a, Pair(0.0, 0.0, 0.0, 0.0), at, q2)
