"""Loop functions of the bino-slepton diagrams: I of the Yukawa threshold, f_N of the anomalous magnetic moment.

Every function exists twice: a scalar for the kernels (``loop_I``) and a public one that broadcasts (``I``).
The closed forms lose all digits where arguments coincide. There the divided differences in them are written as the
mean of the derivative over the interval, by Gauss-Legendre quadrature, which converges geometrically because the
nearest singularity is at zero: 3 nodes for intervals shorter than 2 % of the larger argument, 8 nodes up to 30 %.
"""

from __future__ import annotations

import math

import numpy as np

from g2fit.jit import scalar, ufunc

__all__ = ["F2N_slope", "I", "f_N", "loop_F2C", "loop_F2N", "loop_I", "loop_fN"]

#: Relative distance of two arguments up to which 3 nodes of the quadrature do.
CLOSE = 0.02
#: Relative distance up to which 8 nodes do.
NEAR = 0.3


def _unit_interval(n: int) -> tuple[np.ndarray, np.ndarray]:
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return 0.5 * (nodes + 1.0), 0.5 * weights


NODES_3, WEIGHTS_3 = _unit_interval(3)
NODES_8, WEIGHTS_8 = _unit_interval(8)


@scalar
def _g(t: float) -> float:
    """Return t ln t/(1 - t), continued to g(0) = 0 and g(1) = -1."""
    if t <= 0.0:
        return 0.0 if t == 0.0 else math.nan
    if t == 1.0:
        return -1.0
    return t * math.log(t) / (1.0 - t)


@scalar
def _g_slope(t: float) -> float:
    """Derivative of t ln t/(1 - t), which is (1 - t + ln t)/(1 - t)^2."""
    u = t - 1.0
    if abs(u) > 0.05:
        return (math.log(t) - u) / (u * u)
    total = 0.0
    for n in range(14, 1, -1):
        total = 1.0 / n - u * total
    return -total


@scalar
def loop_I(x: float, y: float, z: float) -> float:
    """Scalar form of `I`."""
    largest = max(x, y, z)
    if largest == x:
        a, b = y / largest, z / largest
    elif largest == y:
        a, b = x / largest, z / largest
    else:
        a, b = x / largest, y / largest
    distance = abs(a - b)
    if distance > CLOSE * max(a, b):
        return (_g(b) - _g(a)) / ((a - b) * largest)
    mean = 0.0
    for k in range(3):
        mean += WEIGHTS_3[k] * _g_slope(a + NODES_3[k] * (b - a))
    return -mean / largest


@scalar
def loop_F2N(x: float) -> float:
    """F_2^N of hep-ph/0609168, 3 (1 - x^2 + 2 x ln x)/(1 - x)^3, with F_2^N(1) = 1 and F_2^N(0) = 3."""
    u = x - 1.0
    if abs(u) < NEAR:
        total = 0.0
        for n in range(30, -1, -1):
            total = 6.0 / ((n + 2) * (n + 3)) - u * total
        return total
    if x == 0.0:
        return 3.0
    return -3.0 * (1.0 - x * x + 2.0 * x * math.log(x)) / (u * u * u)


@scalar
def loop_F2C(x: float) -> float:
    """F_2^C of hep-ph/0609168, 3 (-3 + 4x - x^2 - 2 ln x)/[2 (1 - x)^3], with F_2^C(1) = 1."""
    u = x - 1.0
    if abs(u) < NEAR:
        total = 0.0
        for n in range(30, -1, -1):
            total = 3.0 / (n + 3) - u * total
        return total
    return 1.5 * (3.0 - 4.0 * x + x * x + 2.0 * math.log(x)) / (u * u * u)


@scalar
def F2N_slope(x: float) -> float:
    """Derivative of F_2^N."""
    u = x - 1.0
    if abs(u) < NEAR:
        total = 0.0
        for n in range(32, -1, -1):
            total = -6.0 * (n + 1) / ((n + 3) * (n + 4)) - u * total
        return total
    log_x = math.log(x)
    return (9.0 * (1.0 - x * x + 2.0 * x * log_x) / u - 6.0 * (1.0 + log_x - x)) / (u * u * u)


@scalar
def loop_fN(x: float, y: float) -> float:
    """Scalar form of `f_N`."""
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


@ufunc
def I(x: float, y: float, z: float) -> float:  # noqa: E743
    """Loop function of the bino threshold correction, eq. 2.3 of 1906.08768 (with the sign that makes it positive).

    ``I = -[x y ln(x/y) + y z ln(y/z) + z x ln(z/x)] / [(x-y)(y-z)(z-x)] = int_0^oo t dt / [(t+x)(t+y)(t+z)]``

    Parameters
    ----------
    x, y, z : array_like
        Masses squared, >= 0; at most one of them zero.

    Returns
    -------
    array
        Symmetric, positive, homogeneous of degree -1; 1/(2x) for equal arguments. Relative error below 1e-13.

    Examples
    --------
    >>> round(float(I(2.0, 2.0, 2.0)), 12)
    0.25
    >>> round(float(I(0.08769939331008951, 0.008037019897897135, 8.046496713540195)), 12)
    0.538382308368
    """
    return loop_I(x, y, z)


@ufunc
def f_N(x: float, y: float) -> float:
    """Loop function of the bino-slepton contribution to a_l, 1309.3065.

    ``f_N = x y { (-3+x+y+xy)/[(x-1)^2 (y-1)^2] + 2x ln x/[(x-y)(x-1)^3] - 2y ln y/[(x-y)(y-1)^3] }``, which is
    ``-(x y/3) [F_2^N(x) - F_2^N(y)]/(x - y)``.

    Parameters
    ----------
    x, y : array_like
        Slepton masses squared over M1^2, > 0.

    Returns
    -------
    array
        Symmetric and positive, f_N(1, 1) = 1/6. Relative error below 1e-12.

    Examples
    --------
    >>> round(float(f_N(1.0, 1.0)), 15)
    0.166666666666667
    >>> round(float(f_N(8.910907340373527, 9.000016413777262)), 13)
    0.5627569730218
    """
    return loop_fN(x, y)
