"""Loop functions for the kernels; the public functions, with their definitions, are in `loops`.

The closed forms lose all digits where arguments coincide. Their divided differences are there computed as the mean of
the derivative over the interval, by Gauss-Legendre quadrature. It converges geometrically because the nearest
singularity is at zero: 3 nodes suffice for intervals shorter than 2 % of the larger argument, 8 nodes up to 30 %.
"""

import math

import numpy as np

from g2fit.core.jit import embedded, scalar
from g2fit.core.types import FloatArray
from g2fit.models.mssm.logarithm import log
from g2fit.models.mssm.loop_tables import BERNOULLI, CHARGINO, NEUTRALINO, SERIES_RANGE, TERMS

__all__ = [
    "chargino_functions",
    "li2_of_one_minus",
    "loop_I",
    "loop_I_of_distinct",
    "loop_fN",
    "neutralino_functions",
]

PI2_6 = math.pi**2 / 6.0
#: Relative distance of two arguments up to which a quadrature with 3 nodes is exact to rounding.
CLOSE = 0.02
#: Relative distance of two arguments up to which a quadrature with 8 nodes is exact to rounding.
NEAR = 0.3
#: Coefficients of series in 1 - x, in falling order: those of `_g_slope`, `loop_F2N`, `loop_F2C` and `F2N_slope`.
G_SLOPE = np.array([1.0 / n for n in range(14, 1, -1)])
F2N_SERIES = np.array([6.0 / ((n + 2) * (n + 3)) for n in range(30, -1, -1)])
F2C_SERIES = np.array([3.0 / (n + 3) for n in range(30, -1, -1)])
F2N_SLOPE = np.array([-6.0 * (n + 1) / ((n + 3) * (n + 4)) for n in range(32, -1, -1)])


def _unit_interval(n: int) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return 0.5 * (nodes + 1.0), 0.5 * weights


NODES_3, WEIGHTS_3 = _unit_interval(3)
NODES_8, WEIGHTS_8 = _unit_interval(8)


@scalar
def _horner(coefficients: FloatArray, u: float) -> float:
    """Sum of a power series in -u."""
    total = 0.0
    for c in coefficients:
        total = c - u * total
    return total


@embedded
def _g(t: float) -> float:
    """Return t ln t/(1 - t), continued to g(0) = 0 and g(1) = -1."""
    rest = 1.0 - t
    value = t * log(t) / (rest if rest != 0.0 else 1.0)
    if t == 0.0:
        value = 0.0
    return value if rest != 0.0 else -1.0


@scalar
def _g_slope(t: float) -> float:
    """Derivative of t ln t/(1 - t), which is (1 - t + ln t)/(1 - t)^2."""
    u = t - 1.0
    if abs(u) > 0.05:
        return (math.log(t) - u) / (u * u)
    return -_horner(G_SLOPE, u)


@embedded
def _normalised(x: float, y: float, z: float) -> tuple[float, float, float]:
    """Return the two smaller ones of three numbers over the largest one, and the latter."""
    largest = max(max(x, y), z)
    inverse = 1.0 / largest
    if largest == x:
        x = z
    elif largest == y:
        y = z
    return x * inverse, y * inverse, largest


@embedded
def loop_I_of_distinct(x: float, y: float, z: float) -> tuple[float, bool]:
    """I(x, y, z), and whether its two smaller arguments are so far apart that this has not lost digits."""
    a, b, largest = _normalised(x, y, z)
    distance = abs(a - b)
    distinct = distance > CLOSE * max(a, b)
    return (_g(b) - _g(a)) / ((a - b) * largest), distinct


@scalar
def loop_I(x: float, y: float, z: float) -> float:
    """I(x, y, z), see `loops.I`."""
    value, distinct = loop_I_of_distinct(x, y, z)
    if distinct:
        return value
    a, b, largest = _normalised(x, y, z)
    mean = 0.0
    for k in range(3):
        mean += WEIGHTS_3[k] * _g_slope(a + NODES_3[k] * (b - a))
    return -mean / largest


@scalar
def loop_F2N(x: float) -> float:
    """F_2^N of hep-ph/0609168, 3 (1 - x^2 + 2 x ln x)/(1 - x)^3, with F_2^N(1) = 1 and F_2^N(0) = 3."""
    u = x - 1.0
    if abs(u) < NEAR:
        return _horner(F2N_SERIES, u)
    if x == 0.0:
        return 3.0
    return -3.0 * (1.0 - x * x + 2.0 * x * math.log(x)) / (u * u * u)


@scalar
def loop_F2C(x: float) -> float:
    """F_2^C of hep-ph/0609168, 3 (-3 + 4x - x^2 - 2 ln x)/[2 (1 - x)^3], with F_2^C(1) = 1."""
    u = x - 1.0
    if abs(u) < NEAR:
        return _horner(F2C_SERIES, u)
    return 1.5 * (3.0 - 4.0 * x + x * x + 2.0 * math.log(x)) / (u * u * u)


@scalar
def F2N_slope(x: float) -> float:
    """Derivative of F_2^N."""
    u = x - 1.0
    if abs(u) < NEAR:
        return _horner(F2N_SLOPE, u)
    log_x = math.log(x)
    return (9.0 * (1.0 - x * x + 2.0 * x * log_x) / u - 6.0 * (1.0 + log_x - x)) / (u * u * u)


@scalar
def loop_fN(x: float, y: float) -> float:
    """f_N(x, y), see `loops.f_N`."""
    larger = max(x, y)
    distance = abs(x - y)
    if distance > NEAR * larger:
        if larger < 1.0:  # F_2^N = 3 - 2x F_2^C: the constant would cost the digits of small arguments
            return x * y / 1.5 * (x * loop_F2C(x) - y * loop_F2C(y)) / (x - y)
        return x * y / 3.0 * (loop_F2N(y) - loop_F2N(x)) / (x - y)
    mean = 0.0
    if distance > CLOSE * larger:
        for k in range(8):
            mean += WEIGHTS_8[k] * F2N_slope(x + NODES_8[k] * (y - x))
    else:
        for k in range(3):
            mean += WEIGHTS_3[k] * F2N_slope(x + NODES_3[k] * (y - x))
    return -x * y / 3.0 * mean


@embedded
def _li2_series(u: float) -> float:
    """Li2(1 - exp(-u)) for |u| <= 2."""
    u2 = u * u
    total = 0.0
    for k in range(BERNOULLI.size - 1, -1, -1):
        total = total * u2 + BERNOULLI[k]
    return u - 0.25 * u2 + total * u * u2


@embedded
def li2_of_one_minus(x: float, log_x: float) -> float:
    """Li2(1 - x) for x >= 0: Bernoulli series in ln x, after an inversion or reflection where |ln x| > 2."""
    far = abs(log_x) > 2.0
    log_rest = log(1.0 - (1.0 / x if log_x > 0.0 else x))
    series = _li2_series(-log_rest if far else -log_x)
    inverted = series - PI2_6 - 0.5 * log_x * log_x
    beyond = (inverted if log_x > 0.0 else PI2_6 - series) - log_x * log_rest
    return beyond if far else series


@embedded
def _taylor(table: FloatArray, log_x: float) -> tuple[float, float, float, float]:
    """F1 to F4 by their series in ln x."""
    F1, F2, F3, F4 = 0.0, 0.0, 0.0, 0.0
    for n in range(TERMS - 1, -1, -1):
        F1 = F1 * log_x + table[n, 0]
        F2 = F2 * log_x + table[n, 1]
        F3 = F3 * log_x + table[n, 2]
        F4 = F4 * log_x + table[n, 3]
    return F1, F2, F3, F4


@embedded
def neutralino_functions(x: float, log_x: float) -> tuple[float, float, float, float]:
    """F_1^N to F_4^N at x, see `loops`."""
    if abs(log_x) < SERIES_RANGE:
        return _taylor(NEUTRALINO, log_x)
    inverse = 1.0 / (1.0 - x)
    cube = inverse * inverse * inverse
    li2 = li2_of_one_minus(x, log_x)
    x2, x_log = x * x, x * log_x
    F1 = 1.0 - 6.0 * x + 3.0 * x2 + 2.0 * x2 * x - 6.0 * x * x_log
    F2 = 1.0 - x2 + 2.0 * x_log
    F3 = (1.0 - x) * (-97.0 * x2 - 529.0 * x + 2.0) + 6.0 * x * (13.0 * x + 81.0) * x_log
    F3 += 108.0 * x * (7.0 * x + 4.0) * li2
    F4 = (x + 3.0) * (x_log - (1.0 - x)) + (6.0 * x + 2.0) * li2
    return 2.0 * F1 * cube * inverse, 3.0 * F2 * cube, 4.0 / 105.0 * F3 * cube * inverse, -2.25 * F4 * cube


@embedded
def chargino_functions(x: float, log_x: float) -> tuple[float, float, float, float]:
    """F_1^C to F_4^C at x, see `loops`."""
    if abs(log_x) < SERIES_RANGE:
        return _taylor(CHARGINO, log_x)
    inverse = 1.0 / (1.0 - x)
    cube = inverse * inverse * inverse
    li2 = li2_of_one_minus(x, log_x)
    x2, log2 = x * x, log_x * log_x
    square = x2 - 2.0 * x - 2.0
    F1 = 2.0 + 3.0 * x - 6.0 * x2 + x2 * x + 6.0 * x * log_x
    F2 = -3.0 + 4.0 * x - x2 - 2.0 * log_x
    F3 = (1.0 - x) * (151.0 * x2 - 335.0 * x + 592.0)
    F3 += 6.0 * (21.0 * x2 * x - 108.0 * x2 - 93.0 * x + 50.0) * log_x
    F3 -= 54.0 * x * square * log2 + 108.0 * x * (x2 - 2.0 * x + 12.0) * li2
    F4 = 8.0 * (x2 - 3.0 * x + 2.0) + (11.0 * x2 - 40.0 * x + 5.0) * log_x
    F4 -= 2.0 * square * log2 + 4.0 * (x2 - 2.0 * x + 9.0) * li2
    return 2.0 * F1 * cube * inverse, 1.5 * F2 * cube, 4.0 / 141.0 * F3 * cube * inverse, -9.0 / 122.0 * F4 * cube
