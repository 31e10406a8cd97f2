"""Loop functions of the two-loop diagrams, in forms that keep their digits everywhere.

Fa and Fb belong to the mass-insertion form of the one-loop amplitude (1311.1775); f_PS, f_S and f_f to the Barr-Zee
diagrams (hep-ph/0609168 eqs. 63-72), where z is the squared mass of the particle in the loop over that of the Higgs
boson.
"""

import math
from fractions import Fraction

import numpy as np

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.loop_functions import (
    CLOSE,
    NEAR,
    NODES_3,
    NODES_8,
    PI2_6,
    WEIGHTS_3,
    WEIGHTS_8,
    li2_of_one_minus,
    loop_F2C,
    loop_fN,
)
from g2fit.models.mssm.loop_tables import bernoulli

__all__ = ["f_PS", "f_S", "f_f", "f_f_over_z", "f_f_over_z_difference", "loop_Fa", "loop_Fb"]

#: Number of terms of the series in 1/z, which fall like (4 z)^-n.
TERMS = 40


def _large_z_coefficients() -> tuple[FloatArray, FloatArray]:
    """b_n = n!^2/(2n+1)! and 2 b_n h_n, h_n = sum_{j=n+1}^{2n+1} 1/j, so that f_PS = sum b_n (ln z + 2 h_n)/z^n."""
    b = [Fraction(math.factorial(n) ** 2, math.factorial(2 * n + 1)) for n in range(TERMS + 1)]
    h = [sum((Fraction(1, j) for j in range(n + 1, 2 * n + 2)), Fraction(0)) for n in range(TERMS + 1)]
    return np.array([float(x) for x in b]), np.array([float(2 * x * y) for x, y in zip(b, h, strict=True)])


def _middle_z_coefficients() -> FloatArray:
    """Coefficients of ln 2 - sum_k |B_2k| (4^k - 1) q^k/[2k (2k+1)!], with the Bernoulli numbers B_2k."""
    even = bernoulli(2 * TERMS + 1)[::2]
    terms = [-float(abs(even[k]) * (4**k - 1) / (2 * k * math.factorial(2 * k + 1))) for k in range(1, TERMS + 1)]
    return np.array([math.log(2.0), *terms])


POWER, POWER_2H = _large_z_coefficients()
MIDDLE = _middle_z_coefficients()
#: z up to which f_PS is written with a dilogarithm, and from which as a series in 1/z.
SMALL, LARGE = 0.15, 0.9
#: Relative distance of two arguments up to which a quadrature with 2 nodes is exact to rounding.
DIFFERENCE = 1e-3
#: Nodes of that quadrature.
NODES_2 = np.array([0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0)])
#: |4z - 1| below which the derivative of the arc tangent is summed as a series.
EDGE = 0.05
#: Coefficients of the derivative of the series in 1 - x of `loop_F2C`, in falling order.
F2C_SLOPE = np.array([-3.0 * (n + 1) / (n + 4) for n in range(32, -1, -1)])


@scalar
def F2C_slope(x: float) -> float:
    """Derivative of F_2^C of hep-ph/0609168.

    >>> F2C_slope(1.0)
    -0.75
    """
    u = x - 1.0
    if abs(u) < NEAR:
        total = 0.0
        for c in F2C_SLOPE:
            total = c - u * total
        return total
    cubic = 3.0 - 4.0 * x + x * x + 2.0 * math.log(x)
    return 3.0 / (x * u) - 4.5 * cubic / (u * u * u * u)


@scalar
def loop_Fa(x: float, y: float) -> float:
    """Fa(x, y) = int_0^1 t^3 dt/{[1 - t + t x][1 - t + t y]} = -[F_2^C(x) - F_2^C(y)]/[3 (x - y)], for x, y > 0.

    Where x and y are close, the mean of the derivative of F_2^C between them.

    >>> loop_Fa(1.0, 1.0)
    0.25
    >>> f"{loop_Fa(29176.823532603823, 31858.86257592429):.12e}"
    '5.378649387081e-10'
    """
    larger, distance = max(x, y), abs(x - y)
    if distance > NEAR * larger:
        return (loop_F2C(y) - loop_F2C(x)) / (3.0 * (x - y))
    mean = 0.0
    if distance > CLOSE * larger:
        for k in range(8):
            mean += WEIGHTS_8[k] * F2C_slope(x + NODES_8[k] * (y - x))
    else:
        for k in range(3):
            mean += WEIGHTS_3[k] * F2C_slope(x + NODES_3[k] * (y - x))
    return -mean / 3.0


@scalar
def loop_Fb(x: float, y: float) -> float:
    """Fb(x, y) = int_0^1 t^2 (1 - t) dt/{[1 - t + t x][1 - t + t y]} = f_N(x, y)/(2 x y), for x, y > 0.

    >>> round(loop_Fb(1.0, 1.0) * 12, 14)
    1.0
    """
    return loop_fN(x, y) / (2.0 * x * y)


@scalar
def _terms(z: float) -> int:
    """Number of terms of the series in 1/z that double precision needs, for z >= 0.9."""
    return min(TERMS, 3 + int(38.0 / math.log(4.0 * z)))


@scalar
def _arc(z: float) -> tuple[float, float]:
    """Return p/y and q = p^2, signed: y = sqrt|4z - 1|, p = 2 atan y for z > 1/4 (q > 0), 2 atanh y below (q < 0)."""
    e = 4.0 * z - 1.0
    y = math.sqrt(abs(e))
    if y < 1e-4:
        return 2.0 - 2.0 / 3.0 * e, 4.0 * e
    p = 2.0 * math.atan(y) if e > 0.0 else 2.0 * math.atanh(y)
    return p / y, math.copysign(p * p, e)


@scalar
def _middle(q: float) -> tuple[float, float]:
    """Sum of the power series of f_PS near z = 1/4 and its derivative with respect to q; terms fall like (q/pi^2)^k."""
    size = abs(q)
    terms = 16 if size < 1.0 else 26 if size < 2.4 else TERMS
    value, slope = 0.0, 0.0
    for k in range(terms, -1, -1):
        slope = slope * q + value
        value = value * q + MIDDLE[k]
    return value, slope


@scalar
def f_PS(z: float) -> float:
    """Barr-Zee loop of a fermion and a pseudoscalar, ``z int_0^1 dx ln[x(1-x)/z]/[x(1-x) - z]``, for z >= 0.

    Below 0.15 by a dilogarithm, above 0.9 by its series in 1/z, and between them by a power series around z = 1/4.

    >>> [f"{f_PS(z):.12e}" for z in (1e-8, 0.25, 1e4)]
    ['3.426113532797e-06', '1.386294361120e+00', '1.121052165902e+01']
    """
    if z >= LARGE:
        log_z, w = math.log(z), 1.0 / z
        total = 0.0
        for n in range(_terms(z), -1, -1):
            total = total * w + (POWER[n] * log_z + POWER_2H[n])
        return total
    if z > SMALL:
        ratio, q = _arc(z)
        value, _ = _middle(q)
        return 4.0 * z * ratio * value
    if not z > 0.0:
        return 0.0 if z == 0.0 else math.nan
    y = math.sqrt(1.0 - 4.0 * z)
    r = 2.0 * z / (1.0 + y)
    log_odds = math.log(r) - math.log1p(-r)
    # Li2[-r/(1-r)] = Li2(1 - x) at x = 1/(1-r)
    dilogarithm = li2_of_one_minus(1.0 / (1.0 - r), -math.log1p(-r))
    return z / y * (log_odds * log_odds + 2.0 * PI2_6 + 4.0 * dilogarithm)


@scalar
def f_S(z: float) -> float:
    """Barr-Zee loop of a fermion and a scalar, ``(2z - 1) f_PS(z) - 2z (2 + ln z)``, for z >= 0.

    >>> [f"{f_S(z):.12e}" for z in (1e-8, 0.25, 1e4)]
    ['-3.097699849396e-06', '-1.000000000000e+00', '-7.584780797892e+00']
    """
    if z >= LARGE:
        log_z, w = math.log(z), 1.0 / z
        total = 0.0
        for n in range(min(_terms(z), TERMS - 1), -1, -1):
            total = total * w + (2.0 * POWER[n + 1] - POWER[n]) * log_z + (2.0 * POWER_2H[n + 1] - POWER_2H[n])
        return total
    if not z > 0.0:
        return 0.0 if z == 0.0 else math.nan
    return (2.0 * z - 1.0) * f_PS(z) - 2.0 * z * (2.0 + math.log(z))


@scalar
def f_f_over_z(z: float) -> float:
    """f_f(z)/z = [2 + ln z - f_PS(z)]/2, for z > 0.

    >>> round(f_f_over_z(0.25), 12)
    -0.38629436112
    """
    if z >= LARGE:
        log_z, w = math.log(z), 1.0 / z
        total = 0.0
        for n in range(_terms(z), 0, -1):
            total = total * w + (POWER[n] * log_z + POWER_2H[n])
        return -0.5 * total * w
    return 0.5 * (2.0 + math.log(z) - f_PS(z))


@scalar
def f_f(z: float) -> float:
    """Barr-Zee loop of a sfermion and a scalar, ``(z/2) (2 + ln z - f_PS(z))``, for z >= 0.

    >>> [f"{f_f(z):.12e}" for z in (1e-8, 1e4)]
    ['-8.210342085033e-08', '-9.064352152818e-01']
    """
    return z * f_f_over_z(z) if z != 0.0 else 0.0


@scalar
def _f_f_over_z_slope(z: float) -> float:
    """Derivative of f_f(z)/z, from that of f_PS: ``z (1 - 4z) f_PS' = (1 - 2z) f_PS + 2 z ln z`` away from z = 1/4."""
    if z >= LARGE:
        log_z, w = math.log(z), 1.0 / z
        total = 0.0
        for n in range(_terms(z), 0, -1):
            total = total * w + (POWER[n] * (1.0 - n * log_z) - n * POWER_2H[n])
        return -0.5 * total * w * w
    if z <= SMALL:
        slope = ((1.0 - 2.0 * z) * f_PS(z) / z + 2.0 * math.log(z)) / (1.0 - 4.0 * z)
        return 0.5 * (1.0 / z - slope)
    e = 4.0 * z - 1.0
    ratio, q = _arc(z)
    value, value_slope = _middle(q)
    ratio_slope = 0.0
    if abs(e) > EDGE:
        ratio_slope = (2.0 / (1.0 + e) - ratio) / (2.0 * e)
    else:  # ratio = 2 sum (-e)^n/(2n+1)
        for n in range(12, 0, -1):
            ratio_slope = -ratio_slope * e - 2.0 * n / (2.0 * n + 1.0)
    q_slope = ratio * (ratio + 2.0 * e * ratio_slope)
    slope = 4.0 * ratio * value + 16.0 * z * (ratio_slope * value + ratio * value_slope * q_slope)
    return 0.5 * (1.0 / z - slope)


@scalar
def f_f_over_z_difference(z_1: float, z_2: float) -> float:
    """Divided difference of f_f(z)/z between two arguments > 0, and its limit where they coincide.

    Of arguments closer than 1e-3 it is the mean of the derivative, by two nodes of the Gauss-Legendre quadrature.
    Relative errors stay below 1e-11.

    >>> round(f_f_over_z_difference(2.0, 3.0) / (f_f_over_z(3.0) - f_f_over_z(2.0)), 12)
    1.0
    """
    gap = z_2 - z_1
    if abs(gap) > DIFFERENCE * max(z_1, z_2):
        return (f_f_over_z(z_2) - f_f_over_z(z_1)) / gap
    return 0.5 * (_f_f_over_z_slope(z_1 + NODES_2[0] * gap) + _f_f_over_z_slope(z_1 + NODES_2[1] * gap))
