"""Loop functions of the two-loop diagrams, in forms that keep their digits everywhere.

Fa and Fb belong to the mass-insertion form of the one-loop amplitude (1311.1775); f_PS, f_S and f_f to the Barr-Zee
diagrams (hep-ph/0609168 eqs. 63-72), where z is the squared mass of the particle in the loop over that of the Higgs
boson.
"""

import math
from typing import NamedTuple

import numpy as np

from g2fit.core.jit import embedded, scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.logarithm import SMALLEST_NORMAL, log
from g2fit.models.mssm.loop_functions import (
    CLOSE,
    NEAR,
    NODES_3,
    NODES_8,
    WEIGHTS_3,
    WEIGHTS_8,
    loop_F2C,
    loop_fN,
)

__all__ = [
    "BarrZeeLoops",
    "barr_zee_loops",
    "f_PS",
    "f_S",
    "f_f",
    "f_f_over_z",
    "f_f_over_z_difference",
    "loop_Fa",
    "loop_Fb",
]

#: z up to which the series in z is used, and from which that in 1/z; that in ln 4z is between them.
SMALL, LARGE = 0.04, 1.5
#: Numbers of terms; the next one would contribute less than the rounding error.
SMALL_TERMS, MIDDLE_TERMS, LARGE_TERMS = 20, 30, 23
LN_4 = math.log(4.0)
#: Relative distance of two arguments up to which a quadrature with 2 nodes is exact to rounding.
DIFFERENCE = 1e-3
#: Nodes of that quadrature.
LOW_NODE, HIGH_NODE = 0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0)


def _small_z_series() -> FloatArray:
    """Coefficients of ``f_PS = sum_n z^(n+1) (a_n L^2 + b_n L + c_n)``, L = ln z, rows (a_n, b_n, c_n)."""
    rows = [(1.0, 0.0, math.pi**2 / 3.0)]
    for n in range(1, SMALL_TERMS):
        a, b, c = rows[-1]
        k = 4.0 * n - 2.0
        a_n, b_n = k * a / n, (k * b + 8.0 * a - 2.0 * k * a / n) / n
        rows.append((a_n, b_n, (k * c + 4.0 * b - b_n) / n))
    return np.array(rows)


def _middle_z_series() -> FloatArray:
    """Coefficients of ``f_f/z = sum_n c_n t^n``, t = ln 4z, with a radius of convergence of 2 pi.

    They follow from ``2 (e^t - 1) g' = 1 + L - (2 - e^t) g`` for g = f_f/z, g(0) = 1 - ln 4 and L = t - ln 4.
    """
    c = [1.0 - LN_4]
    for n in range(1, MIDDLE_TERMS):
        terms = [c[n - k] * (1.0 - 2.0 * (n - k) / (k + 1)) / math.factorial(k) for k in range(1, n + 1)]
        c.append((math.fsum(terms) + (1.0 if n == 1 else 0.0)) / (2 * n + 1))
    return np.array(c)


def _large_z_series() -> FloatArray:
    """Coefficients of ``-2 f_f = sum_n w^n (b_n L + c_n)``, w = 1/z, L = ln z, rows (b_n, c_n).

    With m = n + 1 they are b_n = m!^2/(2m+1)! and c_n = 2 b_n sum_{j=m+1}^{2m+1} 1/j.
    """
    orders = range(1, LARGE_TERMS + 1)
    b = [math.factorial(m) ** 2 / math.factorial(2 * m + 1) for m in orders]
    h = [math.fsum(1.0 / j for j in range(m + 1, 2 * m + 2)) for m in orders]
    return np.array([(x, 2.0 * x * y) for x, y in zip(b, h, strict=True)])


SMALL_SERIES, MIDDLE_SERIES, LARGE_SERIES = _small_z_series(), _middle_z_series(), _large_z_series()
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

    >>> round(loop_Fa(1.0, 1.0), 15)
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


class BarrZeeLoops(NamedTuple):
    """Loop functions of the Barr-Zee diagrams at one z: f_PS, f_S, f_f/z and the derivative of f_f/z."""

    f_PS: float
    f_S: float
    f_f_over_z: float
    slope: float


@embedded
def barr_zee_loops(z: float) -> BarrZeeLoops:
    """Loop functions at z >= 0, each to some units in the last place.

    All follow from one of them: with g = f_f/z and L = ln z, ``f_PS = 2 + L - 2g``, ``f_S = -(2 + L) + 2 (1 - 2z) g``
    and ``dg/dz = (1 + f_S)/[2z (1 - 4z)]``. Of three series, that for f_PS in z, for g in ln 4z and for f_f in 1/z, the
    first one converges for z < 1/4, the last one for z > 1/4; that between them avoids the vanishing divisor at 1/4.

    >>> [f"{value:.12e}" for value in barr_zee_loops(0.25)]
    ['1.386294361120e+00', '-1.000000000000e+00', '-3.862943611199e-01', '8.182741851735e-01']
    """
    L = log(SMALLEST_NORMAL if 0.0 <= z < SMALLEST_NORMAL else z)
    t, w = L + LN_4, 1.0 / z
    a, b, c = 0.0, 0.0, 0.0
    for n in range(SMALL_TERMS - 1, -1, -1):
        a = a * z + SMALL_SERIES[n, 0]
        b = b * z + SMALL_SERIES[n, 1]
        c = c * z + SMALL_SERIES[n, 2]
    f_PS = z * ((a * L + b) * L + c)
    f_S = (2.0 * z - 1.0) * f_PS - 2.0 * z * (2.0 + L)
    middle, middle_t = 0.0, 0.0
    for n in range(MIDDLE_TERMS - 1, -1, -1):
        middle_t = middle_t * t + middle
        middle = middle * t + MIDDLE_SERIES[n]
    b, c = 0.0, 0.0
    for n in range(LARGE_TERMS - 1, -1, -1):
        b = b * w + LARGE_SERIES[n, 0]
        c = c * w + LARGE_SERIES[n, 1]
    large = -0.5 * w * (b * L + c)
    is_large, is_small = z >= LARGE, not z > SMALL
    g = large if is_large else 0.5 * (2.0 + L - f_PS) if is_small else middle
    f_PS = f_PS if is_small else 2.0 + L - 2.0 * g
    f_S = f_S if is_small else 2.0 * (1.0 - 2.0 * z) * g - (2.0 + L)
    slope = 0.5 * (1.0 + f_S) / (z * (1.0 - 4.0 * z))
    return BarrZeeLoops(f_PS, f_S, g, slope if is_large | is_small else middle_t * w)


@scalar
def f_PS(z: float) -> float:
    """Barr-Zee loop of a fermion and a pseudoscalar, ``z int_0^1 dx ln[x(1-x)/z]/[x(1-x) - z]``, for z >= 0.

    >>> [f"{f_PS(z):.12e}" for z in (1e-8, 0.25, 1e4)]
    ['3.426113532797e-06', '1.386294361120e+00', '1.121052165902e+01']
    """
    return barr_zee_loops(z).f_PS


@scalar
def f_S(z: float) -> float:
    """Barr-Zee loop of a fermion and a scalar, ``(2z - 1) f_PS(z) - 2z (2 + ln z)``, for z >= 0.

    >>> [f"{f_S(z):.12e}" for z in (1e-8, 0.25, 1e4)]
    ['-3.097699849396e-06', '-1.000000000000e+00', '-7.584780797892e+00']
    """
    return barr_zee_loops(z).f_S


@scalar
def f_f_over_z(z: float) -> float:
    """f_f(z)/z = [2 + ln z - f_PS(z)]/2, for z > 0.

    >>> round(f_f_over_z(0.25), 12)
    -0.38629436112
    """
    return barr_zee_loops(z).f_f_over_z


@scalar
def f_f(z: float) -> float:
    """Barr-Zee loop of a sfermion and a scalar, ``(z/2) (2 + ln z - f_PS(z))``, for z >= 0.

    >>> [f"{f_f(z):.12e}" for z in (1e-8, 1e4)]
    ['-8.210342085033e-08', '-9.064352152818e-01']
    """
    return z * f_f_over_z(z)


@embedded
def f_f_over_z_difference(z_1: float, z_2: float) -> float:
    """Divided difference of f_f(z)/z between two arguments > 0, and its limit where they coincide.

    Of arguments closer than 1e-3 it is the mean of the derivative, by two nodes of the Gauss-Legendre quadrature.
    Relative errors stay below 1e-11.

    >>> round(f_f_over_z_difference(2.0, 3.0) / (f_f_over_z(3.0) - f_f_over_z(2.0)), 12)
    1.0
    """
    gap = z_2 - z_1
    is_far = abs(gap) > DIFFERENCE * max(z_1, z_2)
    low = barr_zee_loops(z_1 if is_far else z_1 + LOW_NODE * gap)
    high = barr_zee_loops(z_2 if is_far else z_1 + HIGH_NODE * gap)
    quotient = (high.f_f_over_z - low.f_f_over_z) / (gap if is_far else 1.0)
    return quotient if is_far else 0.5 * (low.slope + high.slope)
