"""Taylor coefficients of the loop functions about x = 1, by exact rational arithmetic from their closed forms.

The closed forms divide a difference that vanishes like (1 - x)^3 or (1 - x)^4 by that power: at |x - 1| = 1e-5 the
two-loop ones have no correct digit left. The series in u = x - 1 has convergence radius 1.
"""

from fractions import Fraction
from math import comb, factorial

import numpy as np

from g2fit.core.types import FloatArray

__all__ = ["BERNOULLI", "CHARGINO_12", "CHARGINO_34", "NEUTRALINO_12", "NEUTRALINO_34", "TERMS"]

#: Number of coefficients: 0.45^52 is below the rounding error.
TERMS = 52

Series = list[Fraction]
_LENGTH = TERMS + 4
_ONE: Series = [Fraction(1)]
_LOG: Series = [Fraction(0), *(Fraction((-1) ** (n + 1), n) for n in range(1, _LENGTH))]
#: Li2(1 - x) = Li2(-u)
_LI2: Series = [Fraction(0), *(Fraction((-1) ** n, n * n) for n in range(1, _LENGTH))]
#: ln(1 + u)^2 = sum 2 H_(n-1)/n (-u)^n
_LOG_SQUARED: Series = [
    Fraction(0),
    *(Fraction(2 * (-1) ** n, n) * sum((Fraction(1, k) for k in range(1, n)), Fraction(0)) for n in range(1, _LENGTH)),
]


def _times(coefficients: tuple[int, ...], series: Series) -> Series:
    """Multiply a polynomial in x (ascending coefficients) with a series in u = x - 1."""
    degree = len(coefficients)
    in_u = [sum(c * comb(k, j) for k, c in enumerate(coefficients) if k >= j) for j in range(degree)]
    product = [Fraction(0)] * _LENGTH
    for j, c in enumerate(in_u):
        if c:
            for n, s in enumerate(series[: _LENGTH - j]):
                product[n + j] += c * s
    return product


def _over_power(prefactor: Fraction, power: int, *terms: Series) -> FloatArray:
    """Sum the terms, divide by (1 - x)^power and multiply with the prefactor."""
    total = [sum(t, Fraction(0)) for t in zip(*terms, strict=True)]
    if any(total[:power]):
        raise ArithmeticError("the closed form of a loop function is singular at x = 1")
    sign = (-1) ** power
    return np.array([float(sign * prefactor * c) for c in total[power : power + TERMS]])


def _bernoulli(count: int) -> list[Fraction]:
    """B_0, B_1, ... (with B_1 = -1/2)."""
    numbers: list[Fraction] = []
    for n in range(count):
        numbers.append(
            Fraction(int(n == 0)) - sum((comb(n, k) * b / (n - k + 1) for k, b in enumerate(numbers)), Fraction(0))
        )
    return numbers


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

#: Coefficients of u^n, one column for each function.
NEUTRALINO_12 = np.stack([_F1N, _F2N], axis=1)
NEUTRALINO_34 = np.stack([_F3N, _F4N], axis=1)
CHARGINO_12 = np.stack([_F1C, _F2C], axis=1)
CHARGINO_34 = np.stack([_F3C, _F4C], axis=1)

#: Li2(1 - exp(-u)) = u - u^2/4 + sum_k BERNOULLI[k] u^(2k+3), for |u| < 2 pi.
BERNOULLI = np.array([float(b / factorial(n + 1)) for n, b in enumerate(_bernoulli(34)) if n >= 2 and n % 2 == 0])
