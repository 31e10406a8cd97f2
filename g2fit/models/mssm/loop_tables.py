"""Taylor coefficients of the loop functions in ln x, by exact rational arithmetic from their closed forms.

The closed forms divide a difference that vanishes like (1 - x)^3 or (1 - x)^4 by that power: at |x - 1| = 1e-5 the
two-loop ones have no correct digit left. As functions of L = ln x they have no singularity within 2 pi of L = 0, so
that the series in L converge much faster than those in x - 1, whose radius is 1.
"""

from fractions import Fraction
from math import comb, factorial

import numpy as np

from g2fit.core.types import FloatArray

__all__ = ["BERNOULLI", "CHARGINO", "NEUTRALINO", "SERIES_RANGE", "TERMS"]

#: Largest |ln x| at which the series are used.
SERIES_RANGE = 0.55
#: Number of coefficients; the next one would contribute less than the rounding error.
TERMS = 18

Series = list[Fraction]
#: Division by (1 - x)^4 costs four coefficients.
_LENGTH = TERMS + 4


def bernoulli(count: int) -> list[Fraction]:
    """B_0, B_1, ... (with B_1 = -1/2).

    >>> [str(number) for number in bernoulli(5)]
    ['1', '-1/2', '1/6', '0', '-1/30']
    """
    numbers: list[Fraction] = []
    for n in range(count):
        lower = sum((comb(n, k) * b / (n - k + 1) for k, b in enumerate(numbers) if b), Fraction(0))
        numbers.append(Fraction(0) if n > 1 and n % 2 else Fraction(int(n == 0)) - lower)
    return numbers


def _product(one: Series, other: Series) -> Series:
    """Product of two series in L, as far as both are known."""
    pairs = [(k, c) for k, c in enumerate(one) if c]
    return [sum((c * other[n - k] for k, c in pairs if k <= n), Fraction(0)) for n in range(min(len(one), len(other)))]


def _times(coefficients: tuple[int, ...], series: Series) -> Series:
    """Multiply a polynomial in x = exp(L) (ascending coefficients) with a series in L."""
    exponentials = [[Fraction(c * k**n, factorial(n)) for n in range(_LENGTH)] for k, c in enumerate(coefficients)]
    in_L = [sum(terms, Fraction(0)) for terms in zip(*exponentials, strict=True)]
    return _product(series, in_L)


def _over_power(prefactor: Fraction, power: int, *terms: Series) -> FloatArray:
    """Sum the terms, divide by (1 - x)^power and multiply with the prefactor."""
    total = [sum(t, Fraction(0)) for t in zip(*terms, strict=True)]
    if any(total[:power]):
        raise ArithmeticError("the closed form of a loop function is singular at x = 1")
    quotient = _product(total[power:], _INVERSE_POWERS[power])
    return np.array([float(prefactor * c) for c in quotient])


def _padded(*coefficients: Fraction) -> Series:
    return [*coefficients, *[Fraction(0)] * _LENGTH][:_LENGTH]


_BERNOULLI = bernoulli(34)
_ONE = _padded(Fraction(1))
_LOG = _padded(Fraction(0), Fraction(1))
_LOG_SQUARED = _padded(Fraction(0), Fraction(0), Fraction(1))
#: Li2(1 - exp(L)) = sum_n B_n (-L)^(n+1)/(n+1)!
_LI2 = _padded(Fraction(0), *((-1) ** (n + 1) * b / factorial(n + 1) for n, b in enumerate(_BERNOULLI[:_LENGTH])))
#: L/(1 - exp(L)) = -sum_n B_n L^n/n!
_INVERSE = [-b / factorial(n) for n, b in enumerate(_BERNOULLI[:TERMS])]
_SQUARE = _product(_INVERSE, _INVERSE)
#: Power of 1 - x to the series of L^power/(1 - x)^power.
_INVERSE_POWERS = {3: _product(_SQUARE, _INVERSE), 4: _product(_SQUARE, _SQUARE)}

_F1N = _over_power(Fraction(2), 4, _times((1, -6, 3, 2), _ONE), _times((0, 0, -6), _LOG))
_F2N = _over_power(Fraction(3), 3, _times((1, 0, -1), _ONE), _times((0, 2), _LOG))
_F1C = _over_power(Fraction(2), 4, _times((2, 3, -6, 1), _ONE), _times((0, 6), _LOG))
_F2C = _over_power(Fraction(3, 2), 3, _times((-3, 4, -1), _ONE), _times((-2,), _LOG))
_F3N = _over_power(
    Fraction(4, 105), 4, _times((2, -531, 432, 97), _ONE), _times((0, 0, 486, 78), _LOG), _times((0, 432, 756), _LI2)
)
_F4N = _over_power(Fraction(-9, 4), 3, _times((-3, 2, 1), _ONE), _times((0, 3, 1), _LOG), _times((2, 6), _LI2))
_F3C = _over_power(
    Fraction(4, 141),
    4,
    _times((592, -927, 486, -151), _ONE),
    _times((300, -558, -648, 126), _LOG),
    _times((0, 108, 108, -54), _LOG_SQUARED),
    _times((0, -1296, 216, -108), _LI2),
)
_F4C = _over_power(
    Fraction(-9, 122),
    3,
    _times((16, -24, 8), _ONE),
    _times((5, -40, 11), _LOG),
    _times((4, 4, -2), _LOG_SQUARED),
    _times((-36, 8, -4), _LI2),
)

#: Coefficients of L^n (rows) of F1 to F4 (columns) of neutralinos and charginos.
NEUTRALINO = np.stack([_F1N, _F2N, _F3N, _F4N], axis=1)
CHARGINO = np.stack([_F1C, _F2C, _F3C, _F4C], axis=1)

#: Li2(1 - exp(-u)) = u - u^2/4 + sum_k BERNOULLI[k] u^(2k+3), for |u| < 2 pi.
BERNOULLI = np.array([float(b / factorial(n + 1)) for n, b in enumerate(_BERNOULLI) if n >= 2 and n % 2 == 0])
