"""A natural logarithm that the compiler can evaluate for several points at once.

That of the C library is a call, with which a loop over points stays scalar. This one is arithmetic alone.
"""

import math

import numpy as np

from g2fit.core.jit import embedded

__all__ = ["log"]

#: Bit pattern of sqrt(1/2): mantissas are taken from [sqrt(1/2), sqrt(2)).
_SQRT_HALF = 0x3FE6A09E667F3BCD
#: Bits of a mantissa in double precision.
_MANTISSA_BITS = 52
LN_2 = math.log(2.0)
SMALLEST_NORMAL = float(np.finfo(float).tiny)
LARGEST = float(np.finfo(float).max)


@embedded
def log(x: float) -> float:
    """Natural logarithm, to 2 units in the last place; NaN below zero, and -inf for subnormal numbers.

    With x = 2^k m and s = (m - 1)/(m + 1) it is ``k ln 2 + 2 artanh(s)``, where |s| < 0.172.

    >>> log(1.0), round(log(10.0), 14), log(0.0), log(math.inf)
    (0.0, 2.30258509299405, -inf, inf)
    """
    bits = np.float64(x).view(np.int64)
    k = (bits - _SQRT_HALF) >> _MANTISSA_BITS
    mantissa = np.int64(bits - (k << _MANTISSA_BITS)).view(np.float64)
    s: float = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    rest = 1 / 11 + z * (1 / 13 + z * (1 / 15 + z * (1 / 17 + z * (1 / 19))))
    rest = 1 / 3 + z * (1 / 5 + z * (1 / 7 + z * (1 / 9 + z * rest)))
    normal: float = float(k) * LN_2 + (2.0 * s + 2.0 * s * (z * rest))
    if x < SMALLEST_NORMAL:
        normal = -math.inf if x >= 0.0 else math.nan
    return normal if x <= LARGEST else x
