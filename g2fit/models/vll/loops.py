r"""Loop functions of the vector-like leptons, accurate for all arguments.

The one-loop functions of a heavy fermion and a W boson (unitary gauge), x = m^2/m_W^2, all follow from

    k(x) = 1/[2(1-x)] - x/(1-x)^2 - x^2 ln x/(1-x)^3 = 2 sum_n (1-x)^n/[(n+1)(n+2)(n+3)]

and its divided difference. The printed forms suffer from cancellation near x = 1 and near equal masses. Here each
region has a stable form: a series around x = 1, the difference of k for distinct arguments, and otherwise the product
rule of divided differences, which is exact algebra with one ``log1p``.
"""

from math import inf, log, log1p, nan
from typing import Any

import numpy as np

from g2fit.core.jit import scalar, ufunc
from g2fit.core.types import FloatArray

__all__ = ["L4", "F", "f_tilde", "k", "k_over_one_minus_x", "log_slope", "mass_logarithm"]

#: Distance from 1 below which functions of one argument are evaluated by their series.
NEAR_ONE = 0.35
#: Distance from 1 below which divided differences of nearby arguments are evaluated by the series.
PAIR_NEAR_ONE = 0.5
#: Relative distance of two arguments above which a divided difference is the difference of the two functions.
NEAR_EQUAL = 0.1

_N = np.arange(64.0)
#: Coefficients of k(x) in powers of 1 - x.
K_SERIES = 2.0 / ((_N + 1.0) * (_N + 2.0) * (_N + 3.0))
#: Coefficients of (3 k(x) - 1)/(1 - x) in powers of 1 - x.
Q_SERIES = 6.0 / ((_N + 2.0) * (_N + 3.0) * (_N + 4.0))
#: Coefficients of -G_h(x)/2 in powers of 1 - x.
S3_SERIES = 1.0 / (_N + 3.0)
#: Coefficients of -F_h(x) in powers of 1 - x.
S34_SERIES = 1.0 / ((_N + 3.0) * (_N + 4.0))


@scalar
def power_series(coefficients: FloatArray, z: float, terms: int) -> float:
    """Sum of the first `terms` terms of a power series at z."""
    total = 0.0
    for n in range(terms - 1, -1, -1):
        total = total * z + coefficients[n]
    return total


@scalar
def pair_series(coefficients: FloatArray, z: float, w: float, terms: int) -> float:
    """Divided difference of a power series between z and w, regular at z = w."""
    total, symmetric, power = 0.0, 0.0, 1.0
    for n in range(1, terms):
        symmetric = z * symmetric + power  # sum of z^i w^j with i + j = n - 1
        power *= w
        total += coefficients[n] * symmetric
    return total


@scalar
def k(x: float, log_x: float) -> float:
    """Function of one mass in eq (12) of 2106.01373; it decreases, k(0) = 1/2, k(1) = 1/3, k(oo) = 0.

    Arguments are the squared mass over m_W^2 (>= 0), and its logarithm (any finite number at x = 0).

    >>> k(0.0, 0.0), k(1.0, 0.0)
    (0.5, 0.3333333333333333)
    """
    if abs(x - 1.0) < NEAR_ONE:
        return power_series(K_SERIES, 1.0 - x, 30)
    inverse = 1.0 / (x - 1.0)
    ratio = x * inverse
    return ratio * ratio * inverse * log_x - (1.5 + inverse) * inverse


@scalar
def _k_slope_from_zero(x: float, log_x: float) -> float:
    """Return k(x) - 1/2 without cancellation, for x < 1/2."""
    inverse = 1.0 / (1.0 - x)
    return x * inverse * (0.5 - inverse - x * log_x * inverse * inverse)


@scalar
def log_slope(a: float, b: float, log_a: float, log_b: float) -> float:
    """Return ln(a/b)/(a - b), or its limit 1/b for a = b; used in eqs (4) and (14) of 2106.01373.

    >>> log_slope(2.0, 2.0, 0.693, 0.693)
    0.5
    """
    difference = a - b
    if difference == 0.0:
        return 1.0 / b
    if abs(difference) < 0.5 * b:
        return log1p(difference / b) / difference
    return (log_a - log_b) / difference


@scalar
def _k_slope_product_rule(x: float, y: float, log_x: float, log_y: float) -> float:
    """Return -(k(x) - k(y))/(x - y) for nearby arguments away from 1.

    k is x^2/(x-1)^3 ln x plus a rational function, whose divided differences are algebraic.
    """
    a, b = 1.0 / (x - 1.0), 1.0 / (y - 1.0)
    ab, a_plus_b = a * b, a + b
    rational = ab * (1.5 + a_plus_b)
    weight = (x * a) ** 2 * a  # x^2/(x-1)^3
    weight_slope = -ab * (1.0 + 2.0 * a_plus_b + a * a + ab + b * b)
    return -(weight * log_slope(x, y, log_x, log_y) + weight_slope * log_y + rational)


@scalar
def f_tilde(x: float, y: float, log_x: float, log_y: float) -> float:
    """Symmetric kernel F(x, y)/(x y) = [k(x) - k(y)]/(y - x) of eq (12) of 2106.01373.

    Arguments are the squared masses over m_W^2 (>= 0), and their logarithms (any finite number at 0).

    >>> round(f_tilde(1.0, 1.0, 0.0, 0.0), 15) == round(1 / 12, 15)
    True
    """
    if abs(x - y) > NEAR_EQUAL * max(x, y):
        if max(x, y) < 0.5:
            return (_k_slope_from_zero(x, log_x) - _k_slope_from_zero(y, log_y)) / (y - x)
        return (k(x, log_x) - k(y, log_y)) / (y - x)
    if max(abs(x - 1.0), abs(y - 1.0)) < PAIR_NEAR_ONE:
        return pair_series(K_SERIES, 1.0 - x, 1.0 - y, 44)
    if x == 0.0 and y == 0.0:
        return 0.5
    return _k_slope_product_rule(x, y, log_x, log_y)


@scalar
def k_over_one_minus_x(x: float, k_x: float) -> float:
    """Return q(x) = (3 k(x) - 1)/(1 - x), given k(x), which determines the chirality-conserving W loop.

    >>> k_over_one_minus_x(0.0, 0.5), k_over_one_minus_x(1.0, 1 / 3)
    (0.5, 0.25)
    """
    if abs(x - 1.0) < NEAR_ONE:
        return power_series(Q_SERIES, 1.0 - x, 30)
    return (3.0 * k_x - 1.0) / (1.0 - x)


@scalar
def q_pair(x: float, y: float, q_x: float, q_y: float, f_tilde_xy: float) -> float:
    """Divided difference of q(x) = `k_over_one_minus_x` between x and y, given q and `f_tilde` there.

    >>> round(q_pair(1.0, 1.0, 0.25, 0.25, 1 / 12), 15)
    -0.1
    """
    if abs(x - 1.0) < PAIR_NEAR_ONE and abs(y - 1.0) < PAIR_NEAR_ONE:
        return -pair_series(Q_SERIES, 1.0 - x, 1.0 - y, 44)
    # Divided difference of q (1 - x) = 3 k - 1, solved with the argument farther from 1, so that 1 - x is not small.
    if abs(x - 1.0) > abs(y - 1.0):
        return (q_y - 3.0 * f_tilde_xy) / (1.0 - x)
    return (q_x - 3.0 * f_tilde_xy) / (1.0 - y)


@scalar
def higgs_G(x: float, log_x: float) -> float:
    """Chirality-flipping Higgs loop G_h(x) = (x^2 - 4 x + 2 ln x + 3)/(1 - x)^3, x = m^2/m_h^2; G_h(1) = -2/3.

    >>> round(higgs_G(1.0, 0.0), 15)
    -0.666666666666667
    """
    z = 1.0 - x
    if abs(z) < NEAR_ONE:
        return -2.0 * power_series(S3_SERIES, z, 40)
    return (2.0 * log_x / z + 2.0 + z) / (z * z)


@scalar
def higgs_F(x: float, G: float) -> float:
    """Chirality-conserving Higgs loop F_h(x), given G_h(x); F_h(1) = -1/12.

    F_h = -(x^3 - 6 x^2 + 3 x + 6 x ln x + 2)/[6 (1-x)^4] = -(1/3 + x G_h/2)/(1 - x).

    >>> round(higgs_F(1.0, -2 / 3), 15)
    -0.083333333333333
    """
    z = 1.0 - x
    if abs(z) < NEAR_ONE:
        return -power_series(S34_SERIES, z, 36)
    return -(1.0 / 3.0 + 0.5 * x * G) / z


@scalar
def mass_logarithm(x: float, y: float, log_x: float, log_y: float, slope: float, log_Lambda2: float) -> float:
    """Logarithm `L4` given x = m_S^2 and y = m_L^2 in any unit, their logarithms and `log_slope`, and ln Lambda^2."""
    # With the heavier mass in the logarithm the last term is between 0 and 1.
    return log_Lambda2 - max(log_x, log_y) - min(x, y) * slope


@ufunc
def F(x: Any, y: Any) -> Any:
    r"""Loop function of the one-loop Delta a_mu, eq (12) of 2106.01373.

    .. math:: F(x,y) = xy \int_0^\infty \frac{u^2\,du}{(1+u)^3(u+x)(u+y)} > 0

    Broadcasts over arrays; NaN for arguments that are not positive and finite. The printed form loses all digits near
    x = y, x = 1 and y = 1; this one is accurate to 3e-13 everywhere, mostly to 1e-15. Limits: F(1, 1) = 1/12; for large
    masses F -> (y ln x - x ln y)/(y - x) - 3/2.

    Parameters
    ----------
    x, y : array_like
        m_S^2/m_W^2 and m_L^2/m_W^2; F is symmetric.

    Returns
    -------
    array

    Examples
    --------
    >>> round(float(F(1.0, 1.0)) * 12.0, 12)
    1.0
    >>> round(float(F(154.7799857673642655, 154.7799857673642655)), 11)
    2.68891720742
    """
    if not (x > 0.0 and y > 0.0 and x < inf and y < inf):
        return nan
    return x * (y * f_tilde(x, y, log(x), log(y)))


@ufunc
def L4(m_S: Any, m_L: Any, Lambda: Any) -> Any:
    r"""Logarithm of the radiative lepton mass, eq (4) of 2106.01373, accurate also for m_S near m_L.

    .. math:: L_4 = \frac{m_S^2\ln(\Lambda^2/m_S^2) - m_L^2\ln(\Lambda^2/m_L^2)}{m_S^2-m_L^2}

    Broadcasts over arrays; NaN for arguments that are not positive and finite. L_4 -> ln(Lambda^2/m^2) - 1 for
    m_S = m_L = m.

    Parameters
    ----------
    m_S, m_L, Lambda : array_like
        Masses of singlet and doublet, and the cut-off, in GeV.

    Returns
    -------
    array

    Examples
    --------
    >>> round(float(L4(1e3, 1e3, 1e5)), 12)
    8.210340371976
    """
    if not (m_S > 0.0 and m_L > 0.0 and Lambda > 0.0 and m_S < inf and m_L < inf and Lambda < inf):
        return nan
    x = (m_S / m_L) ** 2
    return mass_logarithm(x, 1.0, log(x), 0.0, log_slope(x, 1.0, log(x), 0.0), 2.0 * log(Lambda / m_L))
