"""Log likelihoods of a limit for one value of the quantity that it bounds: hard cuts and smooth steps."""

import math

from g2fit.core.jit import scalar
from g2fit.core.types import FloatArray

__all__ = ["curve_bound", "curve_row", "hard_cut", "log_normal_cdf", "smooth_step"]


@scalar
def log_normal_cdf(z: float) -> float:
    """Logarithm of the standard normal distribution function, accurate also far in its lower tail.

    >>> round(log_normal_cdf(0.0), 12)
    -0.69314718056
    >>> round(log_normal_cdf(-40.0), 9)
    -804.608442014
    """
    if z > -30.0:
        tail = 0.5 * math.erfc(abs(z) / math.sqrt(2.0))
        return math.log1p(-tail) if z > 0.0 else math.log(tail)
    w = 1.0 / (z * z)
    series = w * (-1.0 + w * (3.0 + w * (-15.0 + w * 105.0)))
    return -0.5 * z * z - math.log(-z) - 0.5 * math.log(2.0 * math.pi) + math.log1p(series)


@scalar
def hard_cut(x: float, low: float, high: float) -> float:
    """Return 0 for low <= x <= high, -inf elsewhere and for NaN.

    >>> hard_cut(649.0, 650.0, math.inf)
    -inf
    """
    return 0.0 if low <= x <= high else -math.inf


@scalar
def smooth_step(x: float, low: float, high: float, width: float) -> float:
    """Logarithm of the normal distribution function of the distance to each bound: a limit of finite resolution.

    A bound is infinite where there is none; `width` is the resolution, in the unit of `x`.

    >>> round(smooth_step(650.0, 650.0, math.inf, 32.5), 6)
    -0.693147
    """
    if math.isnan(x):
        return -math.inf
    total = 0.0
    if low > -math.inf:
        total += log_normal_cdf((x - low) / width)
    if high < math.inf:
        total += log_normal_cdf((high - x) / width)
    return total


@scalar
def curve_row(x: float, nodes: FloatArray, first: int, count: int) -> int:
    """Row of `nodes` at which the interval of a curve begins that contains the abscissa x; -1 outside of the curve.

    The curve consists of `count` rows from `first` on; the first column of `nodes` holds the abscissas, which increase.
    Where two are equal, the bound jumps, and the second row counts.

    >>> import numpy as np
    >>> nodes = np.array([[10.0], [20.0], [20.0], [40.0]])
    >>> [curve_row(x, nodes, 0, 4) for x in (9.0, 10.0, 19.0, 20.0, 40.0, 41.0)]
    [-1, 0, 0, 2, 2, -1]
    """
    if not nodes[first, 0] <= x <= nodes[first + count - 1, 0]:
        return -1
    low, intervals = first, count - 1
    while intervals > 1:
        half = intervals // 2
        low += half if nodes[low + half, 0] <= x else 0
        intervals -= half
    return low


@scalar
def curve_bound(x: float, abscissa: float, bound: float, exponent: float) -> float:
    """Bound at the abscissa x within an interval of a curve: a power law, linear in the logarithms.

    >>> round(curve_bound(20.0, 10.0, 1e-4, 2.0), 12)
    0.0004
    """
    return bound * math.pow(x / abscissa, exponent)
