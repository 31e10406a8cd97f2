"""Log likelihoods of a limit for one value of the quantity that it bounds: hard cuts and smooth steps."""

import math

from g2fit.core.jit import scalar

__all__ = ["hard_cut", "log_normal_cdf", "smooth_step"]


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
